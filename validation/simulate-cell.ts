/** Runs a measured cell in the simulator and takes the measurements that the rig took. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RandomChance } from "../src/kernel/index.js";
import { type ExperimentPlan, loadExperiment, quantile } from "../src/experiment/index.js";
import {
  type Assembly,
  type MessageRow,
  Registry,
  type Scenario,
  assemble,
  collect,
  runToEnd,
} from "../src/scenario/index.js";
import { mqtt } from "../models/mqtt/index.js";
import { experimentOf, outagesOf } from "./experiment-of-cell.js";
import { type MeasuredCell, messagesOf } from "./measured-cell.js";

/** What one run came to, by the rig's names. Times are milliseconds; NaN where there is nothing to measure. */
export interface SimulatedRun {
  readonly delivered_ratio: number;
  readonly duplicates: number;
  readonly latency_mean_ms: number;
  readonly latency_p50_ms: number;
  readonly latency_p90_ms: number;
  readonly latency_p99_ms: number;
  readonly latency_max_ms: number;
  readonly leg1_mean_ms: number;
  readonly leg2_mean_ms: number;
  readonly ack_mean_ms: number;
  readonly sub_reconnects: number;
  readonly pub_reconnects: number;
  readonly tcp_retransmits: number;
}

const NANOSECONDS_PER_MS = 1e6;
const registry = new Registry([mqtt]);

/** As many runs as asked for, which meet the replicates' outages in turn. */
export async function simulateCell(cell: MeasuredCell, runs: number): Promise<SimulatedRun[]> {
  const replicates = outagesOf(cell).length;
  const results: SimulatedRun[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const own = Array.from({ length: runs }, (_, run) => run).filter((run) => run % replicates === replicate);
    if (own.length === 0) continue;
    const { cells, seed } = await planOf(cell, own, replicate);
    cells.forEach(({ scenario }, index) => {
      results.push(runCell(cell, scenario, new RandomChance(seed, own[index] as number)));
    });
  }
  return results;
}

async function planOf(
  cell: MeasuredCell,
  runs: readonly number[],
  replicate: number,
): Promise<ExperimentPlan> {
  const folder = mkdtempSync(join(tmpdir(), "onceover-reality-"));
  try {
    const experiment = experimentOf(cell, runs, replicate);
    const path = join(folder, `${experiment.name}.yaml`);
    writeFileSync(path, JSON.stringify(experiment)); // JSON is YAML too
    return await loadExperiment(path, registry);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runCell(cell: MeasuredCell, scenario: Scenario, chance: RandomChance): SimulatedRun {
  const assembly = assemble(scenario, registry, chance);
  const { messages, metrics } = collect(assembly, runToEnd(assembly));
  const [toSub, toProbe] = ["sub", "probe"].map((name) => messages.filter((row) => row.recipient === name));
  const received = (toSub as MessageRow[]).filter(({ deliveredAt }) => deliveredAt !== null);
  const routedAt = new Map((toProbe as MessageRow[]).map((row) => [row.message, row.deliveredAt]));
  const latencies = received
    .map((row) => milliseconds(row.deliveredAt, row.publishedAt))
    .sort((a, b) => a - b);
  const routed = received.filter(({ message }) => typeof routedAt.get(message) === "number");
  return {
    delivered_ratio: received.length / messagesOf(cell),
    duplicates: received.reduce((sum, { deliveries }) => sum + deliveries - 1, 0),
    latency_mean_ms: meanOf(latencies),
    latency_p50_ms: quantileOf(latencies, 0.5),
    latency_p90_ms: quantileOf(latencies, 0.9),
    latency_p99_ms: quantileOf(latencies, 0.99),
    latency_max_ms: latencies.at(-1) ?? NaN,
    leg1_mean_ms: meanOf(
      routed.map(({ message, publishedAt }) => milliseconds(routedAt.get(message) ?? null, publishedAt)),
    ),
    leg2_mean_ms: meanOf(
      routed.map(({ message, deliveredAt }) => milliseconds(deliveredAt, routedAt.get(message) ?? 0)),
    ),
    ack_mean_ms: meanOf(
      (toProbe as MessageRow[])
        .filter(({ acknowledgedAt }) => acknowledgedAt !== null)
        .map(({ acknowledgedAt, publishedAt }) => milliseconds(acknowledgedAt, publishedAt)),
    ),
    sub_reconnects: reconnectsOf(assembly, "sub", cell),
    pub_reconnects: reconnectsOf(assembly, "pub", cell),
    tcp_retransmits: metrics["retransmissions"] ?? NaN,
  };
}

/** The rig counts `connect` events after the first, which MQTT.js reports when its store has drained. */
function reconnectsOf({ residents }: Assembly, name: string, { killSub }: MeasuredCell): number {
  const program = residents.find(({ node }) => node.name === name)?.program;
  const connects = program?.metrics()["mqtt_caught_up"] ?? 0;
  const processes = name === "sub" ? 1 + (killSub?.length ?? 0) : 1;
  return Math.max(0, connects - processes);
}

function milliseconds(to: number | null, from: number): number {
  return ((to ?? NaN) - from) / NANOSECONDS_PER_MS;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantileOf(sorted: readonly number[], share: number): number {
  return sorted.length === 0 ? NaN : quantile(sorted, share);
}
