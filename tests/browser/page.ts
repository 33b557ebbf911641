/** Runs in a browser: makes the runs that the test asks for and reports their fingerprints. */
import { RandomChance } from "../../src/kernel/index.js";
import { Registry, runOne, type Scenario } from "../../src/scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { mqtt } from "../../models/mqtt/index.js";

/** One run to make: a cell's scenario, and what its chance is derived from. */
export interface RunOrder {
  readonly id: string;
  readonly scenario: Scenario;
  readonly seed: string;
  readonly replication: number;
}

/** Run id → fingerprint and metrics, as the engine found them. */
export type RunReport = Readonly<Record<string, { readonly fingerprint: string; readonly metrics: string }>>;

async function main(): Promise<void> {
  const orders = (await (await fetch("/orders.json")).json()) as RunOrder[];
  const registry = new Registry([kafka, mqtt]);
  const report: Record<string, { fingerprint: string; metrics: string }> = {};
  for (const { id, scenario, seed, replication } of orders) {
    const result = runOne(scenario, registry, new RandomChance(seed, replication));
    report[id] = { fingerprint: result.fingerprint, metrics: JSON.stringify(result.metrics) };
  }
  await fetch("/report", { method: "POST", body: JSON.stringify(report) });
}

main().catch((error: unknown) => {
  void fetch("/failure", { method: "POST", body: String(error instanceof Error ? error.stack : error) });
});
