/**
 * Golden fingerprints: did any trajectory move? A change here is a change of behaviour: it goes into a commit
 * that says why, and into the changelog under *Changed behaviour*. `npm run golden:update` rewrites the file.
 */
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RandomChance } from "../../src/kernel/index.js";
import { runOne } from "../../src/scenario/index.js";
import { GOLDEN_FILE, goldenFingerprints, goldenRuns, registry } from "./golden-runs.js";

const runs = await goldenRuns();

if (process.env.GOLDEN === "update") {
  it("rewrites the golden fingerprints", { timeout: 600_000 }, () => {
    const rows = runs.map((run) => `${run.id},${fingerprintOf(run)}`);
    writeFileSync(GOLDEN_FILE, ["experiment,cell,replication,fingerprint", ...rows, ""].join("\n"));
  });
} else {
  const golden = goldenFingerprints();
  it("has one golden fingerprint for every cell and none too many", () => {
    expect([...golden.keys()]).toEqual(runs.map((run) => run.id));
  });
  it.each([...new Set(runs.map((run) => run.experiment))])("finds %s unmoved", (experiment) => {
    const own = runs.filter((run) => run.experiment === experiment);
    const found = own.map((run) => `${run.id},${fingerprintOf(run)}`);
    expect(found).toEqual(own.map((run) => `${run.id},${golden.get(run.id)}`));
  });
}

function fingerprintOf(run: (typeof runs)[number]): string {
  return runOne(run.scenario, registry, new RandomChance(run.seed, run.replication)).fingerprint;
}
