/**
 * A resolved scenario: one cell of an experiment with every unit converted, every default filled in and every
 * group of nodes spelled out. Plain data: it survives JSON and crosses to worker threads.
 *
 * Durations are nanoseconds, sizes bytes, rates bit/s, probabilities 0..1.
 */
import type { Distribution, Duration, Instant } from "../kernel/index.js";
import type { OptionValues } from "../model/index.js";

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
  /** The transport of the channels that this node opens. */
  readonly transport: TransportSpec;
}

export interface CpuSpec {
  readonly cores: number;
  /** Service time of one input. */
  readonly service: Distribution;
}

export interface ClockSpec {
  readonly offset: Duration;
  /** Parts per million; positive runs fast. */
  readonly drift: number;
}

export type TransportSpec = DatagramSpec | TcpSpec;

export interface DatagramSpec {
  readonly kind: "datagram";
}

/** TCP options with the defaults of Linux. */
export interface TcpSpec {
  readonly kind: "tcp";
  readonly nagle: boolean;
  readonly mss: number;
  readonly initialWindow: number;
  readonly rtoMin: Duration;
  readonly rtoInitial: Duration;
  readonly rtoMax: Duration;
  readonly synRetries: number;
  readonly retries: number;
  readonly delayedAck: Duration;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly congestion: "reno" | "none";
  /** Idle time before the first keepalive probe; absent: off. */
  readonly keepaliveIdle?: Duration;
  readonly keepaliveInterval: Duration;
  readonly keepaliveProbes: number;
}

/** A directed link. A pair of nodes that talk needs one each way. */
export interface LinkSpec {
  readonly from: string;
  readonly to: string;
  readonly delay: Distribution;
  /** bit/s; absent: packets take no time to be put on the link. */
  readonly bandwidth?: number;
  /** Bytes that may wait to be put on the link; more are dropped from the tail. Absent: no limit. */
  readonly queueLimit?: number;
  readonly loss: LossSpec;
  /** Probability that a packet arrives twice. */
  readonly duplication: number;
  /** Probability that a packet arrives damaged, which a checksum detects: lost. */
  readonly corruption: number;
  /** Packets may overtake each other when their delays say so; otherwise the link is FIFO, jitter included. */
  readonly reorder: boolean;
}

export type LossSpec =
  | { readonly kind: "none" }
  | { readonly kind: "bernoulli"; readonly probability: number }
  | {
      readonly kind: "gilbert-elliott";
      /** Probability, per packet, to go from the good state to the bad one, and back. */
      readonly toBad: number;
      readonly toGood: number;
      readonly lossGood: number;
      readonly lossBad: number;
    }
  /** Loses the packets numbered offset, offset + every, … (from 0, per link). */
  | { readonly kind: "periodic"; readonly every: number; readonly offset: number }
  /** Loses the n-th packet (from 1) that carries a content of this name, such as `PUBACK`. */
  | { readonly kind: "scripted"; readonly drops: readonly { readonly name: string; readonly nth: number }[] }
  /** Packet i is lost when pattern[i mod length] is true. */
  | { readonly kind: "pattern"; readonly pattern: readonly boolean[] };

/** When a fault happens. */
export type FaultTiming =
  | { readonly kind: "at"; readonly at: Instant }
  /** At `first`, `first + every`, … up to `until`. */
  | {
      readonly kind: "periodic";
      readonly first: Instant;
      readonly every: Duration;
      readonly until: Instant;
    }
  /** A Poisson process between `from` and `until`, drawn from the source `fault/<index>/when`. */
  | {
      readonly kind: "random";
      readonly meanEvery: Duration;
      readonly from: Instant;
      readonly until: Instant;
    };

/** `lasting` undoes the fault (mend, release, restart, resume, skew back) that much later; absent: never. */
export type FaultSpec = { readonly when: FaultTiming; readonly lasting?: Duration } & (
  | { readonly verb: "cut" | "hold"; readonly from: string; readonly to: string; readonly bothWays: boolean }
  | {
      readonly verb: "mend" | "release";
      readonly from: string;
      readonly to: string;
      readonly bothWays: boolean;
    }
  | { readonly verb: "reset"; readonly between: readonly [string, string] }
  /** `power`: the power fails, so the operating system dies too. */
  | { readonly verb: "crash"; readonly node: string; readonly power: boolean }
  | { readonly verb: "restart" | "pause" | "resume"; readonly node: string }
  | { readonly verb: "skew"; readonly node: string; readonly offset: Duration }
);

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
  /** Names of gauges; `link_queue_bytes` and `link_in_flight` are built in. */
  readonly of: readonly string[];
}
