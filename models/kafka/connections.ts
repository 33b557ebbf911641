/**
 * The connections that a client keeps to brokers: opened when they are wanted, with a back-off after a failure;
 * responses come in the order of the requests; a request that is not answered in time ends its connection.
 */
import { type Duration, type Instant, after } from "../../src/kernel/index.js";
import type { ParticipantSink } from "./participant.js";
import type { Request, Response } from "./protocol/frames.js";

export interface ConnectionConfig {
  readonly requestTimeout: Duration;
  readonly reconnectBackoff: Duration;
  readonly reconnectBackoffMax: Duration;
  readonly setupTimeout: Duration;
}

/** Who uses the connections. `Context` is what it remembers of a request. */
export interface ConnectionUser<Context> {
  connectionReady(peer: number, now: Instant): void;
  answered(peer: number, context: Context, response: Response, now: Instant): void;
  /** The connection has ended, or could not be opened; these requests stay unanswered. */
  connectionLost(peer: number, unanswered: readonly Context[], now: Instant): void;
}

/** Timers, as kinds of the participant's: their names come first in its list. */
export const CONNECTION_TIMERS = ["request timeout", "reconnect"] as const;
const REQUEST_TIMEOUT = 0;
const RECONNECT = 1;

interface Pending<Context> {
  readonly context: Context;
  readonly deadline: Instant;
}

interface Connection<Context> {
  readonly host: string;
  state: "closed" | "opening" | "open";
  /** Not opened before this instant. */
  notBefore: Instant;
  failures: number;
  readonly pending: Pending<Context>[];
}

export class Connections<Context> {
  readonly #sink: ParticipantSink;
  readonly #config: ConnectionConfig;
  readonly #user: ConnectionUser<Context>;
  readonly #connections = new Map<number, Connection<Context>>();

  constructor(sink: ParticipantSink, config: ConnectionConfig, user: ConnectionUser<Context>) {
    this.#sink = sink;
    this.#config = config;
    this.#user = user;
  }

  isOpen(peer: number): boolean {
    return this.#connections.get(peer)?.state === "open";
  }

  /** Requests that wait for their response. */
  inFlight(peer: number): number {
    return this.#connections.get(peer)?.pending.length ?? 0;
  }

  /** Sees to it that there is a connection, now or after the back-off. */
  want(peer: number, host: string, now: Instant): void {
    let connection = this.#connections.get(peer);
    if (connection === undefined) {
      connection = { host, state: "closed", notBefore: 0, failures: 0, pending: [] };
      this.#connections.set(peer, connection);
    }
    if (connection.state !== "closed") return;
    if (now < connection.notBefore) this.#sink.setTimer(RECONNECT, peer, connection.notBefore);
    else this.#open(peer, connection, now);
  }

  /** On an open connection. `answer` false: there will be no response. */
  send(
    peer: number,
    request: Request,
    context: Context,
    now: Instant,
    options: { readonly answer?: boolean; readonly timeout?: Duration } = {},
  ): void {
    const connection = this.#connections.get(peer);
    if (connection?.state !== "open") return;
    this.#sink.send(peer, request);
    if (options.answer === false) return;
    const deadline = after(now, options.timeout ?? this.#config.requestTimeout);
    connection.pending.push({ context, deadline });
    if (connection.pending.length === 1) this.#sink.setTimer(REQUEST_TIMEOUT, peer, deadline);
  }

  /** Ends the connection without a back-off; its requests are nobody's any more. */
  drop(peer: number): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    this.#connections.delete(peer);
    this.#sink.cancelTimer(REQUEST_TIMEOUT, peer);
    this.#sink.cancelTimer(RECONNECT, peer);
    if (connection.state !== "closed") this.#sink.close(peer);
  }

  /** The process has died. */
  forget(): void {
    this.#connections.clear();
  }

  // From the participant

  opened(peer: number, now: Instant): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    connection.state = "open";
    connection.failures = 0;
    this.#sink.cancelTimer(REQUEST_TIMEOUT, peer);
    this.#user.connectionReady(peer, now);
  }

  received(peer: number, response: Response, now: Instant): void {
    const connection = this.#connections.get(peer);
    const pending = connection?.pending.shift();
    if (connection === undefined || pending === undefined) return;
    const next = connection.pending[0];
    if (next === undefined) this.#sink.cancelTimer(REQUEST_TIMEOUT, peer);
    else this.#sink.setTimer(REQUEST_TIMEOUT, peer, next.deadline);
    this.#user.answered(peer, pending.context, response, now);
  }

  closed(peer: number, now: Instant): void {
    const connection = this.#connections.get(peer);
    if (connection !== undefined) this.#lost(peer, connection, now);
  }

  /** Whether the timer was one of these. */
  timerFired(kind: number, peer: number, now: Instant): boolean {
    if (kind !== REQUEST_TIMEOUT && kind !== RECONNECT) return false;
    const connection = this.#connections.get(peer);
    if (connection === undefined) return true;
    if (kind === RECONNECT) {
      if (connection.state === "closed") this.#open(peer, connection, now);
    } else {
      this.#sink.close(peer);
      this.#lost(peer, connection, now);
    }
    return true;
  }

  #open(peer: number, connection: Connection<Context>, now: Instant): void {
    connection.state = "opening";
    this.#sink.setTimer(REQUEST_TIMEOUT, peer, after(now, this.#config.setupTimeout));
    this.#sink.open(peer, connection.host);
  }

  #lost(peer: number, connection: Connection<Context>, now: Instant): void {
    const { reconnectBackoff, reconnectBackoffMax } = this.#config;
    connection.state = "closed";
    const backoff = doubling(reconnectBackoff, reconnectBackoffMax, connection.failures++);
    connection.notBefore = after(now, this.#sink.jittered(backoff));
    this.#sink.cancelTimer(REQUEST_TIMEOUT, peer);
    const unanswered = connection.pending.splice(0).map(({ context }) => context);
    this.#user.connectionLost(peer, unanswered, now);
  }
}

/** A back-off that doubles with every failure, without its jitter. */
export function doubling(base: Duration, max: Duration, failures: number): Duration {
  let backoff = base;
  for (let n = 0; n < failures && backoff < max; n++) backoff *= 2;
  return Math.min(max, backoff);
}
