/**
 * Transports, links and faults as resolved plain data. Durations are nanoseconds, sizes bytes, rates bit/s,
 * probabilities 0..1.
 */
import type { Distribution, Duration, Instant } from "../kernel/index.js";

export type TransportSpec = DatagramSpec | TcpSpec;

export interface DatagramSpec {
  readonly kind: "datagram";
}

/** TCP options; `LINUX_TCP` has what Linux does by default, with the names that Linux gives them. */
export interface TcpSpec {
  readonly kind: "tcp";
  readonly nagle: boolean;
  readonly mss: number;
  /** Segments may carry timestamps, 12 bytes each. */
  readonly timestamps: boolean;
  /** Selective acknowledgments, and recovery by time; without: duplicate acknowledgments and NewReno. */
  readonly sack: boolean;
  /** A probe before the retransmission timer when the last segments stay unanswered. Needs `sack`. */
  readonly tailLossProbe: boolean;
  readonly initialWindow: number;
  readonly congestion: "cubic" | "reno" | "none";
  /** The window grows by what is acknowledged; off: by acknowledgments, however much each acknowledges. */
  readonly byteCounting: boolean;
  /** CUBIC leaves slow start when round trips grow or acknowledgments come in a long train. */
  readonly hystart: boolean;
  /** A congestion window that was not used for a retransmission timeout decays. */
  readonly slowStartAfterIdle: boolean;
  readonly rtoMin: Duration;
  readonly rtoInitial: Duration;
  readonly rtoMax: Duration;
  /** Timers fire at multiples of this, and long ones at coarser steps; 0: to the nanosecond. */
  readonly timerGranularity: Duration;
  /** Timeouts of a SYN, those before the doubling begins not counted. */
  readonly synRetries: number;
  /** Timeouts of a SYN before the doubling begins. */
  readonly synLinearTimeouts: number;
  /** Timeouts of a SYN-ACK. */
  readonly synAckRetries: number;
  /** As many doublings of `rtoMin` as data is retransmitted for before the connection is given up. */
  readonly retries: number;
  /** The same where no program holds the connection any more. */
  readonly orphanRetries: number;
  /** How long data may stay unacknowledged; absent: `retries` decides. */
  readonly userTimeout?: Duration;
  readonly delayedAck: Duration;
  /** Every segment with data is acknowledged at once. */
  readonly quickAck: boolean;
  /** Bytes that the receive window begins with … */
  readonly receiveBuffer: number;
  /** … and how far it may grow for a program that reads as fast as data comes. */
  readonly receiveBufferMax: number;
  readonly sendBuffer: number;
  /** How long a connection that no program holds waits for the other side's FIN. */
  readonly finTimeout: Duration;
  /** Idle time before the first keepalive probe; absent: off. */
  readonly keepaliveIdle?: Duration;
  readonly keepaliveInterval: Duration;
  readonly keepaliveProbes: number;
  /** What lies between TCP and the program; absent: what the other end says, if it says anything. */
  readonly tls?: TlsSpec | "none";
  /** Between TLS, or TCP, and the program; absent: what the other end says. */
  readonly webSocket?: WebSocketSpec | "none";
}

export interface TlsSpec {
  readonly version: "1.2" | "1.3";
  /** The client holds a ticket of an earlier session: the server proves itself by it and sends no certificates. */
  readonly resumed: boolean;
  /** The client sends before it has heard of the server: version 1.3, resumed. */
  readonly earlyData: boolean;
  /** Bytes of the certificates that the server sends, together. */
  readonly certificateChain: number;
}

/** What the opening handshake asks for, printable ASCII as it stands in the request, and how messages are sent. */
export interface WebSocketSpec {
  readonly path: string;
  readonly host: string;
  readonly subprotocol?: string;
  /** Payload of a frame at most: longer contents go in fragments. Absent: no limit. */
  readonly frameMax?: number;
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
  /** A Poisson process between `from` and `until`, drawn from a source such as `fault/crash/broker/when`. */
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
  /** `power`: the power fails, so the operating system dies too. `disk`: and the disk comes back empty. */
  | { readonly verb: "crash"; readonly node: string; readonly power: boolean; readonly disk?: boolean }
  /** The process is asked to end, and killed if it still runs after `limit`. */
  | { readonly verb: "stop"; readonly node: string; readonly limit: Duration }
  | { readonly verb: "restart" | "pause" | "resume"; readonly node: string }
  | { readonly verb: "skew"; readonly node: string; readonly offset: Duration }
);
