/** How a client finds the coordinator of its group or of its transactions, and keeps knowing who it is. */
import { type Duration, type Instant, after } from "../../src/kernel/index.js";
import type { Connections } from "./connections.js";
import type { Metadata } from "./metadata.js";
import type { ParticipantSink } from "./participant.js";
import { request } from "./protocol/frames.js";
import type { CoordinatorKind, Responses } from "./protocol/messages.js";

export interface CoordinatorLookupConfig {
  readonly kind: CoordinatorKind;
  /** The group's id, or the transactional id. */
  readonly key: string;
  readonly clientId: string;
  readonly retryBackoff: Duration;
}

export class CoordinatorLookup<Context> {
  /** Id and host of the coordinator, as far as is known. */
  broker: { readonly id: number; readonly host: string } | undefined;
  readonly #config: CoordinatorLookupConfig;
  readonly #sink: ParticipantSink;
  readonly #connections: Connections<Context>;
  readonly #metadata: Metadata<Context>;
  readonly #context: Context;
  readonly #timer: number;
  #asking = false;
  #notBefore: Instant = 0;

  /** `context`: what the client remembers of the request. `timer`: a kind of its own. */
  constructor(
    config: CoordinatorLookupConfig,
    sink: ParticipantSink,
    connections: Connections<Context>,
    metadata: Metadata<Context>,
    context: Context,
    timer: number,
  ) {
    this.#config = config;
    this.#sink = sink;
    this.#connections = connections;
    this.#metadata = metadata;
    this.#context = context;
    this.#timer = timer;
  }

  /**
   * Asks for the coordinator, unless it is known or asked for. To be called when it is needed, when a connection is
   * ready and when the timer fires.
   */
  pursue(now: Instant): void {
    if (this.broker !== undefined || this.#asking) return;
    if (now < this.#notBefore) return this.#sink.setTimer(this.#timer, 0, this.#notBefore);
    const peer = this.#metadata.anyPeer(now);
    if (peer === undefined) {
      return this.#sink.setTimer(this.#timer, 0, after(now, this.#config.retryBackoff));
    }
    const { kind, key, clientId } = this.#config;
    this.#asking = true;
    const frame = request("FindCoordinator", { kind, key }, clientId.length);
    this.#connections.send(peer, frame, this.#context, now);
  }

  /** True: it is known now. */
  answered({ error, broker, host }: Responses["FindCoordinator"], now: Instant): boolean {
    this.#asking = false;
    if (error === "NONE") this.broker = { id: broker, host };
    else this.#later(now);
    return error === "NONE";
  }

  /** The request stays unanswered. */
  unanswered(now: Instant): void {
    this.#asking = false;
    this.#later(now);
  }

  /** It is not the coordinator any more, or cannot be reached. */
  lost(now: Instant): void {
    this.broker = undefined;
    this.#later(now);
  }

  /** The process has died. */
  forget(): void {
    this.broker = undefined;
    this.#asking = false;
    this.#notBefore = 0;
  }

  #later(now: Instant): void {
    this.#notBefore = after(now, this.#config.retryBackoff);
    this.#sink.setTimer(this.#timer, 0, this.#notBefore);
  }
}
