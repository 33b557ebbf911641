/** Records and plans for tests, made by rule from their numbers. */
import type { RunRecord } from "../../src/experiment/node/record.js";

export function record(cell: number, replication: number, text = "x"): RunRecord {
  return {
    cell,
    replication,
    fingerprint: `${cell}`.padStart(8, "0") + `${replication}`.padStart(8, "0"),
    end: "idle",
    eventsProcessed: 10,
    endedAt: 1_000_000,
    metrics: { delivered_ratio: replication / 10, latency_p50_ms: null },
    checks: [{ check: "at-most-once", verdict: "violated", atRisk: 3, violations: 1, what: text }],
    series: [],
    messages: [],
  };
}
