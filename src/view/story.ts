/**
 * What a trace tells, put together for drawing: flights (a packet or frame from its sending to its end),
 * marks (something at one instant on one node), and spans (a node is down, a link is cut).
 */
import type { Instant } from "../kernel/index.js";
import type { LossCause, TraceEvent } from "../trace/index.js";

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
  /** What the protocol above a stream has written, not what a link carried. */
  readonly frame: boolean;
  /** Drawn under the frames that it carries, as the segment that it is. */
  readonly segment: SegmentTraits | undefined;
  readonly sentAt: Instant;
  /** Place of the sending in the trace. */
  readonly sentOrder: number;
  outcome: Outcome;
  cause: LossCause | undefined;
  /** Undefined while in flight. */
  endedAt: Instant | undefined;
  endOrder: number;
}

/** What is shown of a TCP segment beside what is shown of every packet. */
export interface SegmentTraits {
  /** RST before SYN before FIN before data; `acknowledgement`: nothing but that. */
  readonly kind: "data" | "acknowledgement" | "syn" | "fin" | "rst";
  /** The sender's number for the connection. */
  readonly connection: number;
  /** Bytes of payload. */
  readonly length: number;
  /** Ranges acknowledged selectively. */
  readonly blocks: number;
  /** Sent because a timer asked for an answer. */
  readonly probe: boolean;
}

/** What one end of a TCP connection may send, and what it has under way, from one instant to the next. */
export interface CongestionSample extends Pick<
  Extract<TraceEvent, { type: "congestion" }>,
  "at" | "state" | "window" | "threshold" | "segmentsInFlight" | "bytesInFlight" | "receiveWindow"
> {
  readonly order: number;
}

export interface ConnectionEnd {
  readonly node: string;
  readonly peer: string;
  /** The number that its segments carry. */
  readonly connection: number;
  readonly samples: readonly CongestionSample[];
  /** When the connection ended for it; undefined: not in this story. */
  readonly closed: { readonly at: Instant; readonly order: number } | undefined;
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
  readonly kind: "crashed" | "stopped" | "power-lost" | "paused";
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
  /** The ends of TCP connections, at the level `segments` only. */
  readonly ends: readonly ConnectionEnd[];
}

/**
 * `packets`: every packet that a link carried. `protocol`: where frames were traced (over a stream), the
 * frames instead of the packets that carried them. `segments`: those frames, and under them the TCP segments
 * that carried them.
 */
export type Level = "protocol" | "packets" | "segments";
