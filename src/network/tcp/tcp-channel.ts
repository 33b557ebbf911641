/**
 * The program's end of a connection: a socket. What concerns the program passes through its node, so that it
 * comes late to a busy or paused program and never to a dead one; the connection below goes on regardless.
 */
import type { Duration, Instant } from "../../kernel/index.js";
import type { CloseReason, Content } from "../../trace/index.js";
import type { InputTarget, Node } from "../../host/index.js";
import type { Carrier } from "../carrier.js";
import type { ChannelUser } from "../channel.js";

/** What the socket asks of its connection. */
export interface ChannelConnection {
  readonly local: Node;
  readonly remote: Node;
  readonly unsentBytes: number;
  /** Of the bytes of `content`, `payloadBytes` come from a program. */
  write(content: Content, payloadBytes: number): void;
  closedByUser(): void;
  abortedByUser(): void;
  /** The program has taken `content`. */
  taken(content: Content, now: Instant): void;
  /** The program runs and takes what there is. */
  resumed(now: Instant): void;
  /** The program knows that the connection has ended. */
  endTold(now: Instant): void;
}

/** Codes of inputs; that of a close adds the index of its reason. */
const OPENED = 0;
const RECEIVED = 1;
const READABLE = 2;
const CLOSED = 3;
const REASONS: readonly CloseReason[] = ["closed", "peer-closed", "reset", "timeout", "refused"];

export class TcpChannel implements Carrier, InputTarget<Content | undefined> {
  readonly transport = "tcp" as const;
  readonly ordered = true;
  tag = 0;
  /** Part of a content has arrived, and the program does not run to make room for more. */
  readablePending = false;
  readonly #connection: ChannelConnection;
  /** Who is told; undefined once there is nothing more to tell. */
  #user: ChannelUser | undefined;

  constructor(connection: ChannelConnection, user: ChannelUser) {
    this.#connection = connection;
    this.#user = user;
  }

  get local(): Node {
    return this.#connection.local;
  }

  get remote(): Node {
    return this.#connection.remote;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  /** Somebody is still to be told of what happens. */
  get attended(): boolean {
    return this.#user !== undefined;
  }

  send(content: Content): void {
    this.carry(content, content.bytes);
  }

  carry(content: Content, payloadBytes: number): void {
    if (this.#user !== undefined) this.#connection.write(content, payloadBytes);
  }

  close(): void {
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#connection.closedByUser();
  }

  abort(): void {
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#connection.abortedByUser();
  }

  /** Nobody is told any more: the process has died. */
  abandon(): void {
    this.#user = undefined;
  }

  opened(now: Instant): void {
    this.local.input(this, OPENED, undefined, now);
  }

  received(content: Content, now: Instant): void {
    this.local.input(this, RECEIVED, content, now);
  }

  readable(now: Instant): void {
    if (this.readablePending) return;
    this.readablePending = true;
    this.local.input(this, READABLE, undefined, now);
  }

  closed(reason: CloseReason, now: Instant): void {
    if (this.#user !== undefined) this.local.input(this, CLOSED + REASONS.indexOf(reason), undefined, now);
  }

  cost(_code: number, content: Content | undefined): Duration {
    return content === undefined ? 0 : (this.#user?.contentCost?.(this, content) ?? 0);
  }

  /** What arrives at the program. */
  input(code: number, content: Content | undefined, now: Instant): void {
    if (content !== undefined) {
      this.#connection.taken(content, now);
      this.#user?.channelReceived(this, content, now);
    } else if (code === READABLE) {
      this.readablePending = false;
      this.#connection.resumed(now);
    } else if (code === OPENED) {
      this.#user?.channelOpened(this, now);
    } else {
      this.#told(REASONS[code - CLOSED] as CloseReason, now);
    }
  }

  #told(reason: CloseReason, now: Instant): void {
    const user = this.#user;
    this.#user = undefined;
    user?.channelClosed(this, reason, now);
    this.#connection.endTold(now);
  }
}
