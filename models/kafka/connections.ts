/**
 * The connections that a client keeps to brokers: opened when they are wanted, with a back-off after a failure;
 * responses come in the order of the requests; a request that is not answered in time ends its connection.
 */
import { type Duration, type Instant, after } from "../../src/kernel/index.js";
import type { ParticipantSink } from "./participant.js";
import { type Credentials, turnsOf } from "./access/sasl.js";
import { type Request, type Response, request } from "./protocol/frames.js";
import type { KafkaError } from "./protocol/messages.js";

export interface ConnectionConfig {
  readonly clientId: string;
  /** Who the client says it is; undefined: nobody. */
  readonly sasl: Credentials | undefined;
  /** A client asks which versions the broker knows; brokers know each other's. */
  readonly asksVersions: boolean;
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
  /** The broker does not believe who the client says it is: the connection is about to end. */
  notAuthenticated?(peer: number, error: KafkaError, now: Instant): void;
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
  /** `greeting`: open, but versions and authentication come first. */
  state: "closed" | "opening" | "greeting" | "open";
  /** How much of the greeting has been said. */
  greeted: number;
  /** Not opened before this instant. */
  notBefore: Instant;
  failures: number;
  readonly pending: Pending<Context>[];
}

export class Connections<Context> {
  readonly #sink: ParticipantSink;
  readonly #config: ConnectionConfig;
  readonly #user: ConnectionUser<Context>;
  readonly #greeting: readonly Request[];
  readonly #connections = new Map<number, Connection<Context>>();

  constructor(sink: ParticipantSink, config: ConnectionConfig, user: ConnectionUser<Context>) {
    this.#sink = sink;
    this.#config = config;
    this.#user = user;
    this.#greeting = greeting(config);
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
      connection = { host, state: "closed", greeted: 0, notBefore: 0, failures: 0, pending: [] };
      this.#connections.set(peer, connection);
    }
    if (connection.state !== "closed") return;
    if (now < connection.notBefore) this.#sink.setTimer(RECONNECT, peer, connection.notBefore);
    else this.#open(peer, connection, now);
  }

  /** On an open connection. `answer` false: there will be no response. */
  send(
    peer: number,
    frame: Request,
    context: Context,
    now: Instant,
    options: { readonly answer?: boolean; readonly timeout?: Duration } = {},
  ): void {
    const connection = this.#connections.get(peer);
    if (connection?.state !== "open") return;
    this.#sink.send(peer, frame);
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
    connection.failures = 0;
    connection.state = "greeting";
    connection.greeted = 0;
    this.#greet(peer, connection, now);
  }

  received(peer: number, response: Response, now: Instant): void {
    const connection = this.#connections.get(peer);
    if (connection?.state === "greeting") return this.#welcomed(peer, connection, response, now);
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

  /** The next part of the greeting; after the last one the connection is ready. */
  #greet(peer: number, connection: Connection<Context>, now: Instant): void {
    const next = this.#greeting[connection.greeted];
    if (next === undefined) {
      connection.state = "open";
      this.#sink.cancelTimer(REQUEST_TIMEOUT, peer);
      return this.#user.connectionReady(peer, now);
    }
    this.#sink.setTimer(REQUEST_TIMEOUT, peer, after(now, this.#config.requestTimeout));
    this.#sink.send(peer, next);
  }

  #welcomed(peer: number, connection: Connection<Context>, response: Response, now: Instant): void {
    const { api, body } = response;
    if ((api === "SaslHandshake" || api === "SaslAuthenticate") && body.error !== "NONE") {
      this.#sink.notAuthenticated(peer, body.error);
      return this.#user.notAuthenticated?.(peer, body.error, now);
    }
    connection.greeted++;
    this.#greet(peer, connection, now);
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

/** What a client says first: which versions there are [KIP-35], who it is [KIP-152], and the versions once more. */
function greeting({ clientId, sasl, asksVersions }: ConnectionConfig): readonly Request[] {
  const versions = asksVersions ? [request("ApiVersions", {}, clientId.length)] : [];
  if (sasl === undefined) return versions;
  const { mechanism } = sasl;
  const turns = turnsOf(sasl).map(({ client: bytes }, turn) =>
    request("SaslAuthenticate", { turn, bytes, credentials: sasl }, clientId.length),
  );
  return [...versions, request("SaslHandshake", { mechanism }, clientId.length), ...turns, ...versions];
}

/** A back-off that doubles with every failure, without its jitter. */
export function doubling(base: Duration, max: Duration, failures: number): Duration {
  let backoff = base;
  for (let n = 0; n < failures && backoff < max; n++) backoff *= 2;
  return Math.min(max, backoff);
}
