/**
 * Trace events: what happened, as data. Only built when a trace is kept; everything here survives JSON.
 * Instants are nanoseconds; nodes are named; `packet` numbers packets in the order in which they were sent.
 */
import type { Duration, Instant } from "../kernel/index.js";

/** Why a packet did not arrive. */
export type LossCause =
  "loss" | "corruption" | "cut" | "queue-full" | "node-down" | "no-listener" | "link-reset";

/** Why a connection ended, as the side that reports it sees it. */
export type CloseReason =
  /** This side closed it. */
  | "closed"
  /** The peer closed it in an orderly way. */
  | "peer-closed"
  /** A reset arrived, or this side sent one. */
  | "reset"
  /** Retransmission, keepalive or user timeout gave up. */
  | "timeout"
  /** The connection could not be opened. */
  | "refused";

/** A packet's content in words: `name` is the protocol's own word, `detail` what tells it from others. */
export interface ContentDescription {
  readonly protocol: string;
  readonly name: string;
  readonly detail: string;
  /** Sent before, and now again (DUP, a TCP retransmission). */
  readonly again: boolean;
  /** The fields of a TCP segment; absent for everything else. */
  readonly segment?: SegmentDescription;
}

/** A TCP segment as its header says. Numbers count from 0, which is the SYN; the first byte is number 1. */
export interface SegmentDescription {
  /** The sender's number for the connection; with the sender's name it names one end of it. */
  readonly connection: number;
  /** Number of the first byte, or of the SYN or FIN. */
  readonly sequence: number;
  /** Bytes of payload. */
  readonly length: number;
  /** The next number expected from the other side; null where the header has none. */
  readonly acknowledgment: number | null;
  /** Bytes that the other side may send from there on. */
  readonly window: number;
  readonly flags: readonly ("SYN" | "ACK" | "FIN" | "RST" | "PSH")[];
  /** Selective acknowledgments: first number, and number after the last, of each range. */
  readonly sack: readonly (readonly [start: number, end: number])[];
}

/** What the application sees of a partitioned log beyond messages. */
export interface LogTraceEvent {
  readonly type:
    | "stored"
    | "polled"
    | "positioned"
    | "assigned"
    | "revoked"
    | "committed"
    | "derived"
    | "transaction-begun"
    | "transaction-ended";
  readonly at: Instant;
  /** Producer, consumer, or, for `committed`, group. */
  readonly node: string;
  /** Empty for transactions. */
  readonly partition: string;
  readonly offset?: number;
  /** `stream#index` of the record. */
  readonly message?: string;
  /** Why it is positioned there; the group; what it was made from; the transaction and its outcome. */
  readonly detail?: string;
}

export type TraceEvent =
  | LogTraceEvent
  | {
      readonly type: "packet-sent";
      readonly at: Instant;
      readonly packet: number;
      readonly from: string;
      readonly to: string;
      /** Bytes on the wire. */
      readonly bytes: number;
      /** The packet itself first, then what it begins to carry (frames in a TCP segment). */
      readonly contents: readonly ContentDescription[];
      /** Number of the packet that this one is a network-made copy of. */
      readonly copyOf?: number;
    }
  | { readonly type: "packet-lost"; readonly at: Instant; readonly packet: number; readonly cause: LossCause }
  | { readonly type: "packet-received"; readonly at: Instant; readonly packet: number }
  /** A frame of the protocol above a stream: written to, or read whole from, a connection. */
  | {
      readonly type: "frame-sent" | "frame-received";
      readonly at: Instant;
      readonly node: string;
      readonly peer: string;
      readonly content: ContentDescription;
      readonly bytes: number;
    }
  | { readonly type: "connection-opened"; readonly at: Instant; readonly node: string; readonly peer: string }
  | {
      readonly type: "connection-closed";
      readonly at: Instant;
      readonly node: string;
      readonly peer: string;
      readonly reason: CloseReason;
    }
  /** One end of a TCP connection, whenever something of this has changed. */
  | {
      readonly type: "congestion";
      readonly at: Instant;
      readonly node: string;
      readonly peer: string;
      /** The number that the segments of this end carry. */
      readonly connection: number;
      /** `recovery`: repairs a loss; `loss`: goes on after a timeout; `disorder`: something is out of order. */
      readonly state: "open" | "disorder" | "recovery" | "loss";
      /** Congestion window and slow-start threshold in segments; null: no limit. */
      readonly window: number | null;
      readonly threshold: number | null;
      /** What is thought to be in the network, and what is sent and not acknowledged. */
      readonly segmentsInFlight: number;
      readonly bytesInFlight: number;
      /** Bytes that the other side's receive window allows from the first unacknowledged one. */
      readonly receiveWindow: number;
      /** Smoothed round-trip time, and the retransmission timeout with its doublings. */
      readonly roundTrip: Duration;
      readonly timeout: Duration;
    }
  | { readonly type: "timer-fired"; readonly at: Instant; readonly node: string; readonly timer: string }
  | {
      readonly type:
        | "node-crashed"
        | "node-stopped"
        | "node-lost-power"
        | "node-restarted"
        | "node-paused"
        | "node-resumed";
      readonly at: Instant;
      readonly node: string;
    }
  | { readonly type: "node-lost-disk"; readonly at: Instant; readonly node: string }
  | {
      readonly type: "link-cut" | "link-mended" | "link-held" | "link-released";
      readonly at: Instant;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly type: "published" | "acknowledged" | "failed" | "delivered";
      readonly at: Instant;
      readonly node: string;
      /** `stream#index` of the message, and its topic. */
      readonly message: string;
      readonly topic: string;
      readonly qos: number;
      /** For `delivered`: this recipient had it before. */
      readonly again: boolean;
    }
  | { readonly type: "note"; readonly at: Instant; readonly node: string; readonly text: string };
