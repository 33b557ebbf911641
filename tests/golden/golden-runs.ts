/** The runs whose fingerprints are kept: the first replication of every cell of every shipped experiment. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadExperiment } from "../../src/experiment/index.js";
import { Registry, type Scenario } from "../../src/scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { mqtt } from "../../models/mqtt/index.js";

const ROOT = new URL("../..", import.meta.url).pathname;
export const GOLDEN_FILE: string = join(ROOT, "tests/golden/fingerprints.csv");
export const registry: Registry = new Registry([kafka, mqtt]);

export interface GoldenRun {
  readonly experiment: string;
  /** `experiment,cell label in quotes,replication` */
  readonly id: string;
  readonly scenario: Scenario;
  readonly seed: string;
  readonly replication: number;
}

/** In order of file name, then of cells. */
export async function goldenRuns(): Promise<GoldenRun[]> {
  const files = readdirSync(join(ROOT, "experiments"))
    .filter((name) => /\.(yaml|ts)$/.test(name))
    .sort((a, b) => (a < b ? -1 : 1));
  const runs: GoldenRun[] = [];
  for (const file of files) {
    const plan = await loadExperiment(join(ROOT, "experiments", file), registry);
    for (const cell of plan.cells) {
      const id = `${plan.name},"${cell.label}",0`;
      runs.push({ experiment: plan.name, id, scenario: cell.scenario, seed: plan.seed, replication: 0 });
    }
  }
  return runs;
}

/** Run id → fingerprint, as committed. */
export function goldenFingerprints(): Map<string, string> {
  const rows = readFileSync(GOLDEN_FILE, "utf8").trim().split("\n").slice(1);
  return new Map(
    rows.map((row) => {
      const comma = row.lastIndexOf(",");
      return [row.slice(0, comma), row.slice(comma + 1)];
    }),
  );
}
