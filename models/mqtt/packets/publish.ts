/**
 * PUBLISH [MQTT 5.0 §3.3]: the packet of the hot path. What is on the wire never changes once it has been sent;
 * beside it stands what its sender remembers of the exchange, so that an answer finds all of it in one place.
 */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import type { Content, ContentDescription, Message } from "../../../src/trace/index.js";
import { PUBCOMP, PUBLISH, type Version } from "./packet-type.js";
import { packetBytes } from "./wire-size.js";

/** Who is told when a publication is over, on the publisher's side. */
export interface PublishRequest {
  finished(now: number): void;
}

const QOS_BITS = 3;
const DUP = 4;
const RETAIN = 8;
/** Not on the wire: sent for a new subscription, from the retained messages. */
const FROM_RETAINED = 16;

export class Publish implements Content {
  readonly message: Message;
  /** 0 until the packet is sent for the first time, and always at QoS 0 [MQTT-2.2.1-2]. */
  readonly identifier: number;
  readonly bytes: number;
  readonly request: PublishRequest | undefined;
  /** QoS, DUP, RETAIN and where it came from, as `publishFlags` packs them. */
  readonly flags: number;
  /** Its sender's: the type of the packet that the exchange waits for, and when its last packet was sent. */
  awaiting = 0;
  sentAt: Instant = NEVER;

  constructor(
    message: Message,
    identifier: number,
    flags: number,
    bytes: number,
    request: PublishRequest | undefined,
  ) {
    this.message = message;
    this.identifier = identifier;
    this.bytes = bytes;
    this.request = request;
    this.flags = flags;
  }

  get type(): number {
    return PUBLISH;
  }

  get qos(): number {
    return qosOf(this.flags);
  }

  get dup(): boolean {
    return (this.flags & DUP) !== 0;
  }

  get retain(): boolean {
    return (this.flags & RETAIN) !== 0;
  }

  /** The broker sent it because of a new subscription. On the wire RETAIN says so, unless retain-as-published does too. */
  get fromRetained(): boolean {
    return (this.flags & FROM_RETAINED) !== 0;
  }

  /** Its sender waits for a packet of this type from now on. */
  await(type: number, now: Instant): void {
    this.awaiting = type;
    this.sentAt = now;
  }

  /** Whether nothing of its exchange was sent but this, once. */
  get inFirstSending(): boolean {
    return !this.dup && this.awaiting !== PUBCOMP;
  }

  /** The same packet with DUP, to be sent again [MQTT-3.3.1-1]. */
  repeated(): Publish {
    return new Publish(this.message, this.identifier, this.flags | DUP, this.bytes, this.request);
  }

  /** The same message as if it had never been sent: another identifier to come, DUP 0. */
  anew(): Publish {
    return new Publish(this.message, 0, this.flags & ~DUP, this.bytes, this.request);
  }

  describe(): ContentDescription {
    const identifier = this.identifier === 0 ? "" : `#${this.identifier} `;
    const retain = this.retain ? " retained" : "";
    const detail = `q${this.qos} ${identifier}${this.message.stream.topic}${retain}`;
    return { protocol: "MQTT", name: "PUBLISH", detail, again: this.dup };
  }
}

/** The quality of service that the flags of a PUBLISH say. */
export function qosOf(flags: number): number {
  return flags & QOS_BITS;
}

/** The flags of a PUBLISH that has not been sent. */
export function publishFlags(qos: number, retain: boolean, fromRetained: boolean): number {
  return qos | (retain ? RETAIN : 0) | (fromRetained ? FROM_RETAINED : 0);
}

/** Size of a PUBLISH, given its topic's bytes in UTF-8. */
export function publishBytes(
  version: Version,
  topicBytes: number,
  qos: number,
  payloadBytes: number,
): number {
  const identifier = qos === 0 ? 0 : 2;
  const properties = version === 5 ? 1 : 0;
  return packetBytes(2 + topicBytes + identifier + properties + payloadBytes);
}
