/**
 * A channel over a channel: what TLS and WebSocket have in common. The protocol in between decides when the
 * program may begin, what its contents look like below, and how an orderly end is said; it is a machine that
 * knows of no network and answers through its sink.
 */
import type { Instant } from "../kernel/index.js";
import type { CloseReason, Content } from "../trace/index.js";
import type { Node } from "../host/index.js";
import type { Carrier } from "./carrier.js";
import type { ChannelUser } from "./channel.js";

/** A protocol between two channels, at one of the two ends. */
export interface LayerProtocol {
  /** Bytes of contents that it has taken and not written yet. */
  readonly heldBytes: number;
  /** The channel below is open. */
  begin(now: Instant): void;
  /** Something has arrived on the channel below. */
  received(content: Content, now: Instant): void;
  /** The program sends; only after `opened`. Of the bytes of `content`, `payloadBytes` come from a program. */
  send(content: Content, payloadBytes: number): void;
  /** The program ends the channel; only after `opened`. */
  close(): void;
}

/** What a protocol asks for. */
export interface LayerSink {
  /** Sends on the channel below; of the bytes of `content`, `payloadBytes` come from a program. */
  write(content: Content, payloadBytes: number): void;
  /** The handshake is over, as this end sees it. Once. */
  opened(now: Instant): void;
  deliver(content: Content, now: Instant): void;
  /** Ends the channel below in an orderly way: nothing more will come of it. */
  finish(): void;
  /** The other end has ended the channel, or it could not be opened. */
  ended(reason: CloseReason, now: Instant): void;
}

interface Waiting {
  readonly content: Content;
  readonly payloadBytes: number;
}

export class LayeredChannel implements Carrier, ChannelUser, LayerSink {
  readonly transport = "tcp" as const;
  readonly local: Node;
  readonly remote: Node;
  tag = 0;
  readonly #protocol: LayerProtocol;
  #below: Carrier | undefined;
  /** Who is told; undefined once there is nothing more to tell. */
  #user: ChannelUser | undefined;
  /** Whoever connects is told of a failure; who listens never hears of what did not become a channel. */
  #known: boolean;
  #open = false;
  /** Sent before the handshake was over. */
  #waiting: Waiting[] = [];

  /** `protocol` makes this end's machine around its sink. The end that listens is told of the channel below. */
  constructor(
    ends: { readonly local: Node; readonly remote: Node; readonly role: "client" | "server" },
    user: ChannelUser,
    protocol: (sink: LayerSink) => LayerProtocol,
  ) {
    this.local = ends.local;
    this.remote = ends.remote;
    this.#user = user;
    this.#known = ends.role === "client";
    this.#protocol = protocol(this);
  }

  /** The channel below, on the side that connects. */
  attach(below: Carrier): void {
    this.#below = below;
  }

  // Channel

  get unsentBytes(): number {
    const waiting = this.#waiting.reduce((sum, { content }) => sum + content.bytes, 0);
    return (this.#below?.unsentBytes ?? 0) + this.#protocol.heldBytes + waiting;
  }

  send(content: Content): void {
    this.carry(content, content.bytes);
  }

  carry(content: Content, payloadBytes: number): void {
    if (this.#user === undefined) return;
    if (this.#open) this.#protocol.send(content, payloadBytes);
    else this.#waiting.push({ content, payloadBytes });
  }

  /** Before the handshake is over there is nothing to say farewell to. */
  close(): void {
    if (this.#user === undefined) return;
    this.#user = undefined;
    if (this.#open) this.#protocol.close();
    else this.finish();
  }

  abort(): void {
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#below?.abort();
  }

  // ChannelUser, of the channel below

  channelOpened(below: Carrier, now: Instant): void {
    this.#below = below;
    this.#protocol.begin(now);
  }

  channelReceived(_below: Carrier, content: Content, now: Instant): void {
    this.#protocol.received(content, now);
  }

  channelClosed(_below: Carrier, reason: CloseReason, now: Instant): void {
    this.#tellEnd(reason, now);
  }

  // LayerSink

  write(content: Content, payloadBytes: number): void {
    this.#below?.carry(content, payloadBytes);
  }

  opened(now: Instant): void {
    this.#open = true;
    this.#known = true;
    for (const { content, payloadBytes } of this.#waiting.splice(0)) {
      this.#protocol.send(content, payloadBytes);
    }
    this.#user?.channelOpened(this, now);
  }

  deliver(content: Content, now: Instant): void {
    this.#user?.channelReceived(this, content, now);
  }

  finish(): void {
    this.#below?.close();
  }

  ended(reason: CloseReason, now: Instant): void {
    this.#tellEnd(reason, now);
  }

  #tellEnd(reason: CloseReason, now: Instant): void {
    const user = this.#user;
    this.#user = undefined;
    if (this.#known) user?.channelClosed(this, reason, now);
  }
}
