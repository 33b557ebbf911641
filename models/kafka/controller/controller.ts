/**
 * The controller: knows which brokers are alive, and decides who leads and who is in sync. It stands for the active
 * one of a quorum: its decisions are never lost, and a controller that starts again goes on from them.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import {
  type BrokerAddress,
  type IsrChange,
  type IsrResult,
  type KafkaError,
  NO_LEADER,
  type PartitionState,
  type Requests,
} from "../protocol/messages.js";
import type { ControllerConfig, TopicConfig } from "./controller-config.js";
import { internalTopic } from "./internal-topic.js";
import { type Change, changed } from "./partition-change.js";

export interface ControllerSink {
  respond(connection: number, response: Response): void;
  setTimer(kind: number, id: number, at: Instant): void;
  fenced(broker: number): void;
  elected(state: PartitionState): void;
}

/** Timers by kind. */
const SESSION = 0;
const NEWS_WAIT = 1;
const COMMIT = 2;
export const CONTROLLER_TIMER_NAMES = ["session", "metadata wait", "commit"] as const;

interface Registration {
  readonly host: string;
  epoch: number;
  fenced: boolean;
  heardAt: Instant;
  /** Version of the metadata at its registration: it must know that much before it takes part. */
  registeredAt: number;
}

interface Versioned {
  state: PartitionState;
  version: number;
}

export class Controller {
  readonly #config: ControllerConfig;
  readonly #sink: ControllerSink;
  /** By node. */
  readonly #brokers = new Map<number, Registration>();
  readonly #partitions: Versioned[] = [];
  /** Of the metadata: rises with every decision. */
  #version = 0;
  #brokerEpochs = 0;
  /** Fetches from the metadata log that wait for news: the version known, by connection. */
  readonly #waiting = new Map<number, number>();
  /** Responses that wait for the quorum. */
  readonly #uncommitted: { readonly connection: number; readonly answer: Response; readonly at: Instant }[] =
    [];

  constructor(sink: ControllerSink, config: ControllerConfig) {
    this.#sink = sink;
    this.#config = config;
  }

  /** A controller takes office: brokers get a whole session to make themselves heard. */
  start(now: Instant): void {
    for (const [id, broker] of this.#brokers) {
      broker.heardAt = now;
      if (!broker.fenced) this.#sink.setTimer(SESSION, id, after(now, this.#config.sessionTimeout));
    }
  }

  crashed(): void {
    this.#waiting.clear();
    this.#uncommitted.length = 0;
  }

  get partitions(): readonly PartitionState[] {
    return this.#partitions.map(({ state }) => state);
  }

  received(connection: number, request: Request, now: Instant): void {
    switch (request.api) {
      case "BrokerRegistration":
        return this.#register(connection, request.body, now);
      case "BrokerHeartbeat":
        return this.#heartbeat(connection, request.body, now);
      case "AlterPartition":
        return this.#alter(connection, request.body, now);
      case "CreateTopics":
        return this.#createInternal(connection, request.body.topic, now);
      case "MetadataLogFetch":
        this.#waiting.set(connection, request.body.metadataVersion);
        if (request.body.metadataVersion < this.#version) return this.#tell(connection, now);
        return this.#sink.setTimer(NEWS_WAIT, connection, after(now, this.#config.fetchWaitMax));
      default:
        return undefined;
    }
  }

  closed(connection: number): void {
    this.#waiting.delete(connection);
  }

  timerFired(kind: number, id: number, now: Instant): void {
    if (kind === COMMIT) this.#committed(now);
    else if (kind === NEWS_WAIT) this.#tell(id, now);
    else {
      this.#fence(id, undefined, now);
      this.#announce(now);
    }
  }

  #register(connection: number, { broker: id, host }: Requests["BrokerRegistration"], now: Instant): void {
    const known = this.#brokers.get(id);
    if (known !== undefined && !known.fenced) {
      // Another process of this broker may be alive: until its session is over, there is no second one.
      const refusal = { error: "DUPLICATE_BROKER_REGISTRATION", brokerEpoch: -1 } as const;
      return this.#answer(connection, response("BrokerRegistration", refusal), now);
    }
    const epoch = ++this.#brokerEpochs;
    this.#version++;
    if (known === undefined) {
      this.#brokers.set(id, { host, epoch, fenced: true, heardAt: now, registeredAt: this.#version });
    } else {
      known.epoch = epoch;
      known.heardAt = now;
      known.registeredAt = this.#version;
      // Processes end by crashes here: no shutdown is clean.
      this.#fence(id, id, now);
    }
    this.#answer(connection, response("BrokerRegistration", { error: "NONE", brokerEpoch: epoch }), now);
    this.#announce(now);
  }

  #heartbeat(connection: number, body: Requests["BrokerHeartbeat"], now: Instant): void {
    const broker = this.#brokers.get(body.broker);
    const error = broker?.epoch === body.brokerEpoch ? "NONE" : "STALE_BROKER_EPOCH";
    if (broker !== undefined && error === "NONE") {
      broker.heardAt = now;
      this.#sink.setTimer(SESSION, body.broker, after(now, this.#config.sessionTimeout));
      if (broker.fenced && body.metadataVersion >= broker.registeredAt) this.#unfence(broker, now);
    }
    this.#answer(connection, response("BrokerHeartbeat", { error }), now);
  }

  #alter(connection: number, body: Requests["AlterPartition"], now: Instant): void {
    const broker = this.#brokers.get(body.broker);
    const error = broker?.epoch === body.brokerEpoch ? "NONE" : "STALE_BROKER_EPOCH";
    const results = error === "NONE" ? body.changes.map((change) => this.#alterIsr(body.broker, change)) : [];
    this.#answer(connection, response("AlterPartition", { error, results }), now);
    this.#announce(now);
  }

  #alterIsr(broker: number, change: IsrChange): IsrResult {
    const { partition, isr } = change;
    const versioned = this.#partitions[partition] as Versioned;
    const error = this.#objection(versioned.state, broker, change);
    if (error === "NONE") this.#change(versioned, { isr });
    return { partition, error, state: versioned.state };
  }

  #objection(state: PartitionState, broker: number, change: IsrChange): KafkaError {
    if (this.#config.rules.fencesIsrChanges) {
      if (state.leader !== broker || change.leaderEpoch < state.leaderEpoch) return "FENCED_LEADER_EPOCH";
      if (change.partitionEpoch !== state.partitionEpoch) return "INVALID_UPDATE_VERSION";
    }
    const fit = change.isr.every((id) => state.isr.includes(id) || this.#isActive(id));
    return fit ? "NONE" : "INELIGIBLE_REPLICA";
  }

  /** Takes a broker out of service. `unclean`: itself, if it has lost what it did not sync, as far as is known. */
  #fence(id: number, unclean: number | undefined, now: Instant): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    if (!broker.fenced) this.#sink.fenced(id);
    broker.fenced = true;
    broker.heardAt = now;
    this.#version++;
    for (const versioned of this.#partitions) {
      const { isr, elr } = versioned.state;
      if (!isr.includes(id) && !elr.includes(id)) continue;
      const left = isr.filter((other) => other !== id);
      this.#change(versioned, unclean === undefined ? { isr: left } : { isr: left, unclean });
    }
  }

  #unfence(broker: Registration, now: Instant): void {
    broker.fenced = false;
    this.#version++;
    this.#createTopics();
    for (const versioned of this.#partitions) {
      if (versioned.state.leader === NO_LEADER) this.#change(versioned, { isr: versioned.state.isr });
    }
    this.#announce(now);
  }

  /** As soon as all brokers have been in service at once. */
  #createTopics(): void {
    const { brokers, topics } = this.#config;
    if (this.#partitions.length > 0 || !brokers.every((id) => this.#isActive(id))) return;
    for (const topic of topics) this.#create(topic);
  }

  /** A coordinator's topic, once: where brokers are out of service, on the others. */
  #createInternal(connection: number, name: string, now: Instant): void {
    const topic = internalTopic(name, this.#config);
    const exists = this.#partitions.some(({ state }) => state.topic === name);
    const { length } = this.#config.brokers.filter((id) => this.#isActive(id));
    let error: KafkaError = "NONE";
    if (topic === undefined || exists) error = "TOPIC_ALREADY_EXISTS";
    else if (length < topic.replicationFactor) error = "INVALID_REPLICATION_FACTOR";
    else this.#create(topic);
    this.#answer(connection, response("CreateTopics", { topic: name, error }), now);
    this.#announce(now);
  }

  #create({ name, partitions, replicationFactor, minInsyncReplicas, log }: TopicConfig): void {
    const brokers = this.#config.brokers.filter((id) => this.#isActive(id));
    for (let index = 0; index < partitions; index++) {
      const first = index % brokers.length;
      const replicas = [...brokers.slice(first), ...brokers.slice(0, first)].slice(0, replicationFactor);
      const state: PartitionState = {
        partition: this.#partitions.length,
        topic: name,
        index,
        leader: replicas[0] ?? NO_LEADER,
        leaderEpoch: 0,
        partitionEpoch: 0,
        replicas,
        isr: replicas,
        elr: [],
        lastKnownLeader: NO_LEADER,
        minInsyncReplicas,
        log,
      };
      this.#partitions.push({ state, version: ++this.#version });
    }
  }

  #change(versioned: Versioned, change: Change): void {
    const { topics, eligibleLeaderReplicas, rules } = this.#config;
    const before = versioned.state;
    const topic =
      topics.find(({ name }) => name === before.topic) ?? internalTopic(before.topic, this.#config);
    const next = changed(before, change, {
      eligibleLeaderReplicas,
      uncleanLeaderElection: topic?.uncleanLeaderElection === true,
      electsInSync: rules.electsInSync,
      isActive: (id) => this.#isActive(id),
    });
    if (next === before) return;
    versioned.state = next;
    versioned.version = ++this.#version;
    if (next.leaderEpoch !== before.leaderEpoch) this.#sink.elected(next);
  }

  #isActive(id: number): boolean {
    return this.#brokers.get(id)?.fenced === false;
  }

  /** Tells whoever waits for news of the metadata. */
  #announce(now: Instant): void {
    for (const [connection, known] of [...this.#waiting]) {
      if (known < this.#version) this.#tell(connection, now);
    }
  }

  #tell(connection: number, now: Instant): void {
    const known = this.#waiting.get(connection);
    if (known === undefined) return;
    this.#waiting.delete(connection);
    const brokers = [...this.#brokers].map(([id, { host, fenced }]): BrokerAddress => ({ id, host, fenced }));
    const partitions = this.#partitions.filter(({ version }) => version > known).map(({ state }) => state);
    const access = known === 0 ? this.#config.access : undefined;
    const news = { brokers, partitions, metadataVersion: this.#version, access };
    this.#answer(connection, response("MetadataLogFetch", news), now);
  }

  /** Answers once what was decided is committed. */
  #answer(connection: number, answer: Response, now: Instant): void {
    const { commitLatency } = this.#config;
    if (commitLatency === 0) return this.#sink.respond(connection, answer);
    this.#uncommitted.push({ connection, answer, at: after(now, commitLatency) });
    if (this.#uncommitted.length === 1) this.#sink.setTimer(COMMIT, 0, after(now, commitLatency));
  }

  #committed(now: Instant): void {
    for (;;) {
      const first = this.#uncommitted[0];
      if (first === undefined) return;
      if (first.at > now) return this.#sink.setTimer(COMMIT, 0, first.at);
      this.#uncommitted.shift();
      this.#sink.respond(first.connection, first.answer);
    }
  }
}
