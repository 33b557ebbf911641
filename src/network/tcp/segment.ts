/**
 * Segments: what TCP hands to links. A segment carries lengths and sequence numbers, never bytes [RFC 9293 §3.1].
 *
 * Sequence numbers are plain numbers counted from 0, as packet analysers show them: the SYN is number 0, the
 * first byte is number 1, the FIN follows the last byte. There is no random initial number and no wrap-around,
 * because no segment of an older connection can be taken for one of a newer: connection numbers are never used
 * twice.
 */
import type { Content, ContentDescription } from "../../trace/index.js";
import type { TcpSpec } from "../spec.js";
import type { EndpointId } from "../wire.js";
import type { ByteStream } from "./byte-stream.js";

/** Flags of a segment. */
export const SYN = 1;
export const ACK = 2;
export const FIN = 4;
export const RST = 8;
/** Not on the wire: the sender has sent this range before. */
export const AGAIN = 16;
/** The sender has written no more for now. */
export const PSH = 32;

const IP_HEADER_BYTES = 20;
/** IP and TCP without options. */
const HEADER_BYTES = 40;
/** With their padding [RFC 7323 §3.2]. */
const TIMESTAMP_BYTES = 12;
/** MSS and window scale; "SACK permitted" stands in the padding of the timestamps, or else in 4 bytes. */
const SYN_OPTION_BYTES = 8;
/** With their padding; each block of selective acknowledgment is two numbers [RFC 2018 §3]. */
const SACK_BYTES = 4;
const SACK_BLOCK_BYTES = 8;

/** A segment without selective acknowledgments. */
export const NO_BLOCKS: readonly number[] = [];

/** Where a segment comes from: what its addresses and options say. */
export interface Origin {
  /** Address that answers go to. */
  readonly endpoint: EndpointId;
  /** The sender's connection, numbered by its stack. */
  readonly number: number;
  /** Asked for by a SYN. */
  readonly service: string;
  /** The options that a SYN announces. */
  readonly spec: TcpSpec | undefined;
  /** The sender's direction of the connection. */
  readonly outgoing: ByteStream | undefined;
  /** Segments of this connection carry timestamps: both sides have asked for them [RFC 7323 §1.3]. */
  readonly timestamps: boolean;
}

const FLAG_NAMES = ["SYN", "ACK", "FIN", "RST", "PSH"] as const;
const FLAG_BITS: readonly number[] = [SYN, ACK, FIN, RST, PSH];

export class Segment implements Content {
  readonly origin: Origin;
  /** The receiver's connection; 0 in a SYN, whose sender does not know it yet. */
  readonly destination: number;
  readonly flags: number;
  /** Number of the first byte, or of the SYN or FIN when there is none. */
  readonly sequence: number;
  /** Bytes of payload. */
  readonly length: number;
  /** Next number expected from the other side; means something when ACK is set. */
  readonly acknowledgment: number;
  /** Bytes that may be sent from `acknowledgment` on. */
  readonly window: number;
  /** The sender's clock in milliseconds [RFC 7323 §3.2 TSval]. */
  readonly timestamp: number;
  /** The other side's clock, returned [RFC 7323 §3.2 TSecr]. */
  readonly echo: number;
  /** Ranges that have arrived beyond `acknowledgment`, as start, end, start, end … [RFC 2018 §3]. */
  readonly blocks: readonly number[];

  constructor(
    origin: Origin,
    destination: number,
    flags: number,
    sequence: number,
    length: number,
    acknowledgment: number,
    window: number,
    timestamp: number,
    echo: number,
    blocks: readonly number[],
  ) {
    this.origin = origin;
    this.destination = destination;
    this.flags = flags;
    this.sequence = sequence;
    this.length = length;
    this.acknowledgment = acknowledgment;
    this.window = window;
    this.timestamp = timestamp;
    this.echo = echo;
    this.blocks = blocks;
  }

  /** TCP header, options and payload. */
  get bytes(): number {
    return this.wireBytes - IP_HEADER_BYTES;
  }

  /** IP header included. */
  get wireBytes(): number {
    let bytes = HEADER_BYTES + this.length;
    if (this.origin.timestamps) bytes += TIMESTAMP_BYTES;
    if (this.blocks.length > 0) bytes += SACK_BYTES + (this.blocks.length / 2) * SACK_BLOCK_BYTES;
    return (this.flags & SYN) !== 0 ? bytes + SYN_OPTION_BYTES : bytes;
  }

  /** The sequence number after this segment: SYN and FIN take one each. */
  get end(): number {
    return this.sequence + this.length + ((this.flags & (SYN | FIN)) !== 0 ? 1 : 0);
  }

  describe(): ContentDescription {
    const acknowledgment = (this.flags & ACK) !== 0 ? ` ack ${this.acknowledgment}` : "";
    return {
      protocol: "tcp",
      name: this.#name(),
      detail: `${this.sequence}..${this.end}${acknowledgment}${this.#sack()} win ${this.window}`,
      again: (this.flags & AGAIN) !== 0,
      segment: {
        connection: this.origin.number,
        sequence: this.sequence,
        length: this.length,
        acknowledgment: (this.flags & ACK) !== 0 ? this.acknowledgment : null,
        window: this.window,
        flags: FLAG_NAMES.filter((_name, index) => (this.flags & (FLAG_BITS[index] as number)) !== 0),
        sack: this.#ranges(),
      },
    };
  }

  /** The contents whose first byte this segment carries. */
  carried(): readonly Content[] {
    if (this.length === 0) return [];
    return this.origin.outgoing?.beginningIn(this.sequence, this.sequence + this.length) ?? [];
  }

  #ranges(): readonly (readonly [start: number, end: number])[] {
    const ranges: [number, number][] = [];
    for (let at = 0; at < this.blocks.length; at += 2) {
      ranges.push([this.blocks[at] as number, this.blocks[at + 1] as number]);
    }
    return ranges;
  }

  #sack(): string {
    const ranges = this.#ranges().map(([start, end]) => `${start}..${end}`);
    return ranges.length === 0 ? "" : ` sack ${ranges.join(" ")}`;
  }

  #name(): string {
    if ((this.flags & RST) !== 0) return "RST";
    if ((this.flags & SYN) !== 0) return (this.flags & ACK) !== 0 ? "SYN-ACK" : "SYN";
    if ((this.flags & FIN) !== 0) return "FIN";
    return this.length > 0 ? "DATA" : "ACK";
  }
}
