/**
 * A resolved scenario: one cell of an experiment with every unit converted, every default filled in and every
 * group of nodes spelled out. Plain data: it survives JSON and crosses to worker threads.
 *
 * Durations are nanoseconds, sizes bytes, rates bit/s, probabilities 0..1.
 */
import type { Duration, Instant } from "../kernel/index.js";
import type { ClockSpec, CpuSpec, DiskSpec } from "../host/index.js";
import type { OptionValues } from "../model/index.js";
import type { FaultSpec, LinkSpec, TransportSpec } from "../network/index.js";

export interface Scenario {
  readonly nodes: readonly NodeSpec[];
  readonly links: readonly LinkSpec[];
  readonly workload: readonly ActivitySpec[];
  readonly faults: readonly FaultSpec[];
  /** Messages published before this instant do not count in the metrics (they do for the guarantees). */
  readonly warmup: Duration;
  /**
   * The run ends at `horizon` if it is given, else `drain` after the workload's last operation has been
   * performed and the last fault has healed, at the latest at the longest exact instant.
   */
  readonly drain: Duration;
  readonly horizon?: Instant;
  /** Sampling of gauges and link queues over time. */
  readonly series?: SeriesSpec;
  /** Keep a row a message. */
  readonly messages: boolean;
  readonly eventsMax?: number;
}

export interface NodeSpec {
  readonly name: string;
  /** `<model>.<role>` */
  readonly role: string;
  readonly options: OptionValues;
  readonly cpu?: CpuSpec;
  readonly clock?: ClockSpec;
  readonly disk?: DiskSpec;
  /** The transport of the channels that this node opens. */
  readonly transport: TransportSpec;
}

export interface ActivitySpec {
  readonly node: string;
  /** Name of an activity of the node's role. */
  readonly activity: string;
  readonly options: OptionValues;
  readonly pace: Pace;
}

/** How often and when an activity is performed. */
export type Pace =
  /** Once, at `start`. */
  | { readonly kind: "once"; readonly start: Instant }
  /** At start, start + every, …, `count` times. */
  | { readonly kind: "fixed"; readonly start: Instant; readonly every: Duration; readonly count: number }
  /** A Poisson process with that mean gap. */
  | { readonly kind: "poisson"; readonly start: Instant; readonly every: Duration; readonly count: number }
  /** Once at a uniformly random instant of each slot of length `every`. */
  | {
      readonly kind: "uniform-slot";
      readonly start: Instant;
      readonly every: Duration;
      readonly count: number;
    }
  /** As soon as fewer than `window` are unfinished. */
  | { readonly kind: "closed"; readonly start: Instant; readonly window: number; readonly count: number };

export interface SeriesSpec {
  readonly every: Duration;
  /** Names of gauges; `link_queue_bytes`, `link_in_flight` and, with logs, `group_lag` are built in. */
  readonly of: readonly string[];
}
