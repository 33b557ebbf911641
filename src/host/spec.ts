/** What a node stands on, as resolved plain data. */
import type { Distribution, Duration } from "../kernel/index.js";

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

/** A node as the host sees it. */
export interface HostSpec {
  readonly name: string;
  /** Absent: inputs cost no time. */
  readonly cpu?: CpuSpec;
  /** Absent: the clock is right. */
  readonly clock?: ClockSpec;
}
