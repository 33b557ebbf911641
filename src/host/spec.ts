/** What a node stands on, as resolved plain data. */
import type { Distribution, Duration } from "../kernel/index.js";

export interface CpuSpec {
  readonly cores: number;
  /** Service time of one input. */
  readonly service: Distribution;
  /** The node's program says what its inputs cost beside that. */
  readonly priced?: boolean;
}

export interface ClockSpec {
  readonly offset: Duration;
  /** Parts per million; positive runs fast. */
  readonly drift: number;
}

export interface DiskSpec {
  /** How long the device takes to write, whatever the size … */
  readonly write: Distribution;
  /** … and how much longer until it is on stable storage, when that is asked for. */
  readonly sync: Distribution;
  /** bit/s; absent: the size costs nothing. */
  readonly bandwidth?: number;
  /** After this time the operating system has written back what nobody synced. */
  readonly writeback: Duration;
  /** Probability that a power loss leaves a part of the first entry that it takes from a file. */
  readonly tearing: number;
  /** Bytes; absent: it never fills. */
  readonly capacity?: number;
}

/** A node as the host sees it. */
export interface HostSpec {
  readonly name: string;
  /** Absent: inputs cost no time. */
  readonly cpu?: CpuSpec;
  /** Absent: the clock is right. */
  readonly clock?: ClockSpec;
  /** Absent: it costs no time, never fills, and writes back like Linux. */
  readonly disk?: DiskSpec;
}
