/** What is kept of a finished run: plain data that goes into the journal, one line a run. */
import type { Instant, RunEnd } from "../../kernel/index.js";
import type { Verdict } from "../../guarantees/index.js";
import type { MessageRow, RunResult, SeriesPoint } from "../../scenario/index.js";

/** A checker's answer without the events of its witness: a replay makes those again. */
export interface CheckRecord {
  readonly check: string;
  readonly verdict: Verdict;
  readonly atRisk: number;
  readonly violations: number;
  /** What the first violation was, in one sentence. */
  readonly what?: string;
}

export interface RunRecord {
  /** Index of the cell in the plan. */
  readonly cell: number;
  readonly replication: number;
  readonly fingerprint: string;
  readonly end: RunEnd;
  readonly eventsProcessed: number;
  readonly endedAt: Instant;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly checks: readonly CheckRecord[];
  readonly series: readonly SeriesPoint[];
  readonly messages: readonly MessageRow[];
}

export function recordOf(cell: number, replication: number, result: RunResult): RunRecord {
  return {
    cell,
    replication,
    fingerprint: result.fingerprint,
    end: result.end,
    eventsProcessed: result.eventsProcessed,
    endedAt: result.endedAt,
    metrics: result.metrics,
    checks: result.checks.map(({ check, verdict, atRisk, violations, witness }) => ({
      check,
      verdict,
      atRisk,
      violations,
      ...(witness === undefined ? {} : { what: witness.what }),
    })),
    series: result.series,
    messages: result.messages,
  };
}
