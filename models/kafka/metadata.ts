/**
 * What a client knows of the cluster: asked of any broker at first, when an answer shows that it is out of date, and
 * when it is old.
 */
import { type Duration, type Instant, after } from "../../src/kernel/index.js";
import type { Connections } from "./connections.js";
import type { ParticipantSink } from "./participant.js";
import { request } from "./protocol/frames.js";
import { NO_LEADER, type PartitionState, type Responses } from "./protocol/messages.js";

/** A broker that the client may ask before it knows the cluster. */
export interface Bootstrap {
  readonly id: number;
  readonly host: string;
}

export interface MetadataConfig {
  readonly clientId: string;
  readonly bootstrap: readonly Bootstrap[];
  readonly topics: readonly string[];
  readonly metadataMaxAge: Duration;
  readonly retryBackoff: Duration;
}

/** A connection with so many requests without an answer takes no other (max.in.flight.requests.per.connection). */
const IN_FLIGHT_MAX = 5;

export class Metadata<Context> {
  readonly #sink: ParticipantSink;
  readonly #config: MetadataConfig;
  readonly #connections: Connections<Context>;
  /** What the client remembers of a metadata request, and the kind of its timer. */
  readonly #context: Context;
  readonly #timer: number;
  readonly #hosts = new Map<number, string>();
  /** Brokers that are in service, as of the latest answer. */
  #inService: readonly number[] = [];
  readonly #partitions = new Map<number, PartitionState>();
  /** By topic and index. */
  readonly #topics = new Map<string, PartitionState[]>();
  /** Topics that the client may not know about, as of the latest answer. */
  unauthorized: readonly string[] = [];
  #asking = false;
  #wanted = true;
  #turn = 0;
  #askedAt: Instant = -Infinity;

  constructor(
    sink: ParticipantSink,
    config: MetadataConfig,
    connections: Connections<Context>,
    context: Context,
    timer: number,
  ) {
    this.#sink = sink;
    this.#config = config;
    this.#connections = connections;
    this.#context = context;
    this.#timer = timer;
    for (const { id, host } of config.bootstrap) this.#hosts.set(id, host);
  }

  get partitions(): Iterable<PartitionState> {
    return this.#partitions.values();
  }

  /** The partitions of a topic by index; empty while they are not known. */
  partitionsOf(topic: string): readonly PartitionState[] {
    return this.#topics.get(topic) ?? [];
  }

  partition(partition: number): PartitionState | undefined {
    return this.#partitions.get(partition);
  }

  hostOf(broker: number): string | undefined {
    return this.#hosts.get(broker);
  }

  isInService(broker: number): boolean {
    return this.#inService.includes(broker);
  }

  /** The process has died. */
  forget(): void {
    this.#partitions.clear();
    this.#topics.clear();
    this.#asking = false;
    this.#wanted = true;
    this.#askedAt = -Infinity;
  }

  /** What is known is out of date: asks, at once or after the back-off. */
  refresh(now: Instant): void {
    this.#wanted = true;
    this.pursue(now);
  }

  /** Asks if that is wanted and can be done. To be called when a connection is ready. */
  pursue(now: Instant): void {
    if (!this.#wanted || this.#asking) return;
    const notBefore = this.#askedAt + this.#config.retryBackoff;
    if (now < notBefore) return this.#sink.setTimer(this.#timer, 0, notBefore);
    const { topics, clientId } = this.#config;
    const peer = this.anyPeer(now);
    if (peer === undefined) {
      return this.#sink.setTimer(this.#timer, 0, after(now, this.#config.retryBackoff));
    }
    this.#asking = true;
    this.#wanted = false;
    this.#askedAt = now;
    this.#connections.send(peer, request("Metadata", { topics }, clientId.length), this.#context, now);
  }

  /**
   * A broker that can be asked what any broker knows: another one each time, since one that is cut off tells old
   * news, and of those that can take a request the idlest. Undefined: none is connected; one will be.
   */
  anyPeer(now: Instant): number | undefined {
    const { bootstrap } = this.#config;
    const turn = this.#turn++ % bootstrap.length;
    const inTurn = [...bootstrap.slice(turn), ...bootstrap.slice(0, turn)];
    const load = ({ id }: Bootstrap): number => this.#connections.inFlight(id);
    const [open] = inTurn
      .filter((broker) => this.#connections.isOpen(broker.id) && load(broker) < IN_FLIGHT_MAX)
      .sort((a, b) => load(a) - load(b));
    if (open !== undefined) return open.id;
    const next = inTurn.find(({ id }) => !this.#connections.isOpen(id));
    if (next !== undefined) this.#connections.want(next.id, next.host, now);
    return undefined;
  }

  timerFired(now: Instant): void {
    if (now >= this.#askedAt + this.#config.metadataMaxAge) this.#wanted = true;
    this.pursue(now);
  }

  /** The request stays unanswered. */
  unanswered(now: Instant): void {
    this.#asking = false;
    this.refresh(now);
  }

  /** Asks again soon while something is missing, otherwise when what is known has become old. */
  learn({ brokers, partitions, unauthorized }: Responses["Metadata"], now: Instant): void {
    this.#asking = false;
    this.unauthorized = unauthorized;
    for (const { id, host } of brokers) this.#hosts.set(id, host);
    this.#inService = brokers.map(({ id }) => id);
    for (const state of partitions) {
      const known = this.#partitions.get(state.partition);
      // A broker that lags behind may know less than another that was asked before.
      if (known !== undefined && state.leaderEpoch < known.leaderEpoch) continue;
      this.#partitions.set(state.partition, state);
      let ofTopic = this.#topics.get(state.topic);
      if (ofTopic === undefined) this.#topics.set(state.topic, (ofTopic = []));
      ofTopic[state.index] = state;
    }
    const all = this.#config.topics.every((topic) => this.partitionsOf(topic).length > 0);
    const led = [...this.#partitions.values()].every(({ leader }) => leader !== NO_LEADER);
    if (!all || !led) this.#wanted = true;
    const wait = this.#wanted ? this.#config.retryBackoff : this.#config.metadataMaxAge;
    this.#sink.setTimer(this.#timer, 0, Math.max(now, after(this.#askedAt, wait)));
  }
}
