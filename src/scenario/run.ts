/** What one run leaves behind. Plain data. */
import type { Instant, RunEnd } from "../kernel/index.js";
import type { TraceEvent } from "../trace/index.js";
import type { CheckResult, MessageRow } from "../guarantees/index.js";

export type { MessageRow } from "../guarantees/index.js";

export interface RunResult {
  /** `horizon`: as the scenario says. `livelock`, `exhausted`: cut short, a finding in itself. */
  readonly end: RunEnd;
  /** Sixteen hexadecimal digits. */
  readonly fingerprint: string;
  readonly eventsProcessed: number;
  /** The instant at which the run ended. */
  readonly endedAt: Instant;
  /** Built-in and model metrics by name; null where there is nothing to measure (no delivery, no latency). */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** One entry a checker, in a fixed order. */
  readonly checks: readonly CheckResult[];
  readonly series: readonly SeriesPoint[];
  readonly messages: readonly MessageRow[];
  /** Kept only when asked for. */
  readonly trace?: readonly TraceEvent[];
}

export interface SeriesPoint {
  readonly at: Instant;
  readonly gauge: string;
  /** Node or `from>to` link that it was read from. */
  readonly place: string;
  readonly value: number;
}
