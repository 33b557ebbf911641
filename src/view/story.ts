/**
 * What a trace tells, put together for drawing: flights (a packet or frame from its sending to its end),
 * marks (something at one instant on one node), and spans (a node is down, a link is cut).
 */
import type { Instant } from "../kernel/index.js";
import type { LossCause } from "../trace/index.js";

export type Outcome = "received" | "lost" | "in-flight";

export interface Flight {
  /** Number of the packet; of frames, the place among the frames. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly label: string;
  /** Everything that the packet says of itself. */
  readonly detail: string;
  readonly again: boolean;
  /** Made by the network from another packet. */
  readonly copy: boolean;
  /** Carries nothing but an acknowledgement of the transport. */
  readonly bare: boolean;
  readonly sentAt: Instant;
  /** Place of the sending in the trace. */
  readonly sentOrder: number;
  outcome: Outcome;
  cause: LossCause | undefined;
  /** Undefined while in flight. */
  endedAt: Instant | undefined;
  endOrder: number;
}

export type MarkKind =
  | "published"
  | "delivered"
  | "delivered-again"
  | "acknowledged"
  | "failed"
  | "timer"
  | "connected"
  | "disconnected"
  | "note";

export interface Mark {
  readonly at: Instant;
  readonly order: number;
  readonly node: string;
  readonly kind: MarkKind;
  readonly text: string;
}

export interface NodeSpan {
  readonly kind: "crashed" | "power-lost" | "paused";
  readonly node: string;
  readonly from: Instant;
  readonly fromOrder: number;
  /** Undefined: to the end. */
  until: Instant | undefined;
  untilOrder: number;
}

export interface LinkSpan {
  readonly kind: "cut" | "held";
  readonly from: string;
  readonly to: string;
  bothWays: boolean;
  readonly since: Instant;
  readonly sinceOrder: number;
  until: Instant | undefined;
  untilOrder: number;
}

export interface Story {
  /** In order of first appearance. */
  readonly nodes: readonly string[];
  readonly flights: readonly Flight[];
  readonly marks: readonly Mark[];
  readonly nodeSpans: readonly NodeSpan[];
  readonly linkSpans: readonly LinkSpan[];
}

/**
 * `packets`: every packet that a link carried. `protocol`: where frames were traced (over a stream), the
 * frames instead of the packets that carried them.
 */
export type Level = "protocol" | "packets";
