/**
 * A controller: hears brokers, has decisions taken, and tells what was decided. Alone it is always the active one, and
 * its decisions are never lost; in a quorum it is so while a majority of the voters follows it, and what it decides is
 * told once a majority has it.
 */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import type { KafkaError, PartitionState, Requests, Responses } from "../protocol/messages.js";
import type { ControllerConfig } from "./controller-config.js";
import { CONTROLLER_TIMER, type ControllerSink } from "./controller-sink.js";
import {
  type Decided,
  Decisions,
  NOTHING_DECIDED,
  PRODUCER_IDS_PER_BLOCK,
  type Told,
  newsSince,
} from "./decisions.js";
import { notController } from "./not-controller.js";
import { Voter } from "./voter.js";

/** A response that waits: for a time, or for a version of the metadata to be committed. */
interface Uncommitted {
  readonly connection: number;
  readonly answer: Response;
  readonly at: Instant;
  readonly version: number;
}

/** What is known of a broker in service, and nobody replicates. */
interface Heard {
  readonly at: Instant;
  readonly metadataVersion: number;
}

/** A controller's state, for looking at. */
export interface ControllerSnapshot {
  readonly active: boolean;
  /** Of the quorum. */
  readonly epoch: number;
  readonly partitions: readonly PartitionState[];
  readonly fenced: readonly number[];
  /** Partitions whose replicas are being changed. */
  readonly reassigning: number;
  /** In a quorum: the last that this controller knows to be committed. */
  readonly committed: Decided | undefined;
}

export class Controller {
  /** Undefined: this controller stands for a whole quorum. */
  readonly voter: Voter | undefined;
  readonly #config: ControllerConfig;
  readonly #sink: ControllerSink;
  readonly #decisions: Decisions;
  readonly #heard = new Map<number, Heard>();
  /** Fetches from the metadata log that wait for news: the version known, by connection. */
  readonly #waiting = new Map<number, number>();
  readonly #uncommitted: Uncommitted[] = [];
  /** In a quorum: what a majority has. */
  #committed: Decided = NOTHING_DECIDED;

  constructor(sink: ControllerSink, config: ControllerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.#decisions = new Decisions(sink, config);
    if (config.voters.length > 1) this.voter = new Voter(sink, config, this);
  }

  start(now: Instant): void {
    if (this.voter === undefined) this.#begin(now);
    else this.voter.start(now);
  }

  crashed(): void {
    this.#waiting.clear();
    this.#uncommitted.length = 0;
    this.voter?.forget();
  }

  get isActive(): boolean {
    return this.voter === undefined || this.voter.leads;
  }

  /** As far as they are decided; in a quorum, not all of it need be committed. */
  get partitions(): readonly PartitionState[] {
    return this.isActive ? this.#decisions.partitions : [];
  }

  snapshot(): ControllerSnapshot {
    const brokers = this.#told().brokers;
    return {
      active: this.isActive,
      epoch: this.voter?.epoch ?? 0,
      partitions: this.partitions,
      fenced: [...brokers].flatMap(([id, { fenced }]) => (fenced ? [id] : [])),
      reassigning: this.isActive ? this.#decisions.reassigning : 0,
      committed: this.voter === undefined ? undefined : this.#committed,
    };
  }

  received(connection: number, request: Request, now: Instant): void {
    if (this.voter?.received(connection, request, now) === true) return;
    const refusal = this.isActive ? undefined : notController(request);
    if (refusal !== undefined) return this.#sink.respond(connection, refusal);
    const { version } = this.#decisions;
    this.#serve(connection, request, now);
    if (this.#decisions.version > version) this.#decided(now);
  }

  closed(connection: number): void {
    this.#waiting.delete(connection);
    this.voter?.closed(connection);
  }

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.voter?.timerFired(kind, id, now) === true) return;
    if (kind === CONTROLLER_TIMER.commit) return this.#commitByTime(now);
    if (kind === CONTROLLER_TIMER.newsWait) return this.#tell(id, now);
    if (!this.isActive) return;
    if (kind === CONTROLLER_TIMER.balance) {
      this.#decisions.balance();
      this.#scheduleBalance(now);
    } else {
      // Somebody else may have heard it, or it has registered anew.
      if (now < after(this.#heard.get(id)?.at ?? 0, this.#config.sessionTimeout)) return;
      this.#decisions.fence(id);
    }
    this.#decided(now);
  }

  // QuorumUser

  tookOffice(decided: Decided, now: Instant): void {
    this.#decisions.restore(decided);
    this.#decisions.begin();
    this.#begin(now);
    this.#decided(now);
  }

  leftOffice(now: Instant): void {
    for (const { connection, answer } of this.#uncommitted.splice(0)) {
      this.#sink.respond(connection, notController(answer) ?? answer);
    }
    for (const connection of [...this.#waiting.keys()]) this.#tell(connection, now);
  }

  committed(decided: Decided, now: Instant): void {
    this.#committed = decided;
    const ready = this.#uncommitted.findIndex(({ version }) => version > decided.version);
    const answers = this.#uncommitted.splice(0, ready < 0 ? this.#uncommitted.length : ready);
    for (const { connection, answer } of answers) this.#sink.respond(connection, answer);
    this.#announce(now);
  }

  /** A controller takes office: brokers get a whole session to make themselves heard. */
  #begin(now: Instant): void {
    for (const [id, { fenced }] of this.#decisions.brokers) {
      this.#hear(id, 0, now);
      if (!fenced) this.#awaitHeartbeat(id, now);
    }
    this.#scheduleBalance(now);
  }

  #serve(connection: number, request: Request, now: Instant): void {
    switch (request.api) {
      case "BrokerRegistration":
        return this.#register(connection, request.body, now);
      case "BrokerHeartbeat":
        return this.#heartbeat(connection, request.body, now);
      case "AlterPartition":
        return this.#alter(connection, request.body, now);
      case "CreateTopics": {
        const { topic } = request.body;
        const error = this.#decisions.createInternal(topic);
        return this.#answer(connection, response("CreateTopics", { topic, error }), now);
      }
      case "AlterPartitionReassignments": {
        const { topic } = request.body;
        const error = this.#decisions.reassign(request.body);
        return this.#answer(connection, response("AlterPartitionReassignments", { topic, error }), now);
      }
      case "ElectLeaders": {
        const { topic, unclean } = request.body;
        const error = this.#decisions.elect(topic, unclean);
        return this.#answer(connection, response("ElectLeaders", { topic, error }), now);
      }
      case "AllocateProducerIds":
        return this.#allocate(connection, request.body, now);
      case "MetadataLogFetch":
        return this.#fetch(connection, request.body.metadataVersion, now);
      default:
        return undefined;
    }
  }

  #fetch(connection: number, known: number, now: Instant): void {
    this.#waiting.set(connection, known);
    if (known < this.#told().version) return this.#tell(connection, now);
    this.#sink.setTimer(CONTROLLER_TIMER.newsWait, connection, after(now, this.#config.fetchWaitMax));
  }

  #register(connection: number, body: Requests["BrokerRegistration"], now: Instant): void {
    const { broker: id } = body;
    let error: KafkaError = "NONE";
    let brokerEpoch = -1;
    // Another process of this broker may be alive: until its session is over, there is no second one.
    if (this.#decisions.isActive(id)) error = "DUPLICATE_BROKER_REGISTRATION";
    else {
      brokerEpoch = this.#decisions.register(body);
      this.#hear(id, 0, now);
    }
    this.#answer(connection, response("BrokerRegistration", { error, brokerEpoch }), now);
  }

  #heartbeat(connection: number, body: Requests["BrokerHeartbeat"], now: Instant): void {
    const { broker: id, brokerEpoch, metadataVersion, wantsShutDown } = body;
    const broker = this.#decisions.brokers.get(id);
    const error = broker?.epoch === brokerEpoch ? "NONE" : "STALE_BROKER_EPOCH";
    let shouldShutDown = false;
    if (broker !== undefined && error === "NONE") {
      this.#hear(id, metadataVersion, now);
      this.#awaitHeartbeat(id, now);
      if (wantsShutDown) shouldShutDown = this.#mayEnd(id);
      else if (broker.fenced && metadataVersion >= broker.registeredAt) this.#decisions.unfence(id);
    }
    this.#answer(connection, response("BrokerHeartbeat", { error, shouldShutDown }), now);
  }

  /** A broker wants to end: once it leads nothing, and the others in service know that (calculateNextBrokerState). */
  #mayEnd(id: number): boolean {
    const broker = this.#decisions.brokers.get(id);
    if (broker === undefined || broker.fenced) return true;
    const leads = this.#decisions.leadsAny(id);
    if (leads && !broker.stopping) this.#decisions.stop(id);
    if (leads || (broker.stopping && this.#leastKnown() < broker.stoppedAt)) return false;
    this.#decisions.fence(id);
    return true;
  }

  /** The metadata that every broker in service knows. */
  #leastKnown(): number {
    let least = NEVER;
    for (const [id] of this.#decisions.brokers) {
      if (!this.#decisions.isActive(id)) continue;
      least = Math.min(least, this.#heard.get(id)?.metadataVersion ?? 0);
    }
    return least;
  }

  #alter(connection: number, body: Requests["AlterPartition"], now: Instant): void {
    const broker = this.#decisions.brokers.get(body.broker);
    const error = broker?.epoch === body.brokerEpoch ? "NONE" : "STALE_BROKER_EPOCH";
    const results =
      error === "NONE" ? body.changes.map((change) => this.#decisions.alterIsr(body.broker, change)) : [];
    this.#answer(connection, response("AlterPartition", { error, results }), now);
  }

  #allocate(connection: number, body: Requests["AllocateProducerIds"], now: Instant): void {
    const known = this.#decisions.brokers.get(body.broker)?.epoch === body.brokerEpoch;
    const answer: Responses["AllocateProducerIds"] = known
      ? {
          error: "NONE",
          producerIdStart: this.#decisions.allocateProducerIds(),
          producerIdLen: PRODUCER_IDS_PER_BLOCK,
        }
      : { error: "STALE_BROKER_EPOCH", producerIdStart: 0, producerIdLen: 0 };
    this.#answer(connection, response("AllocateProducerIds", answer), now);
  }

  #hear(id: number, metadataVersion: number, at: Instant): void {
    this.#heard.set(id, { at, metadataVersion });
  }

  #awaitHeartbeat(id: number, now: Instant): void {
    this.#sink.setTimer(CONTROLLER_TIMER.session, id, after(now, this.#config.sessionTimeout));
  }

  #scheduleBalance(now: Instant): void {
    const { autoLeaderRebalance, leaderImbalanceCheckInterval } = this.#config;
    if (!autoLeaderRebalance) return;
    this.#sink.setTimer(CONTROLLER_TIMER.balance, 0, after(now, leaderImbalanceCheckInterval));
  }

  /** Something was decided: alone, that is enough. */
  #decided(now: Instant): void {
    if (this.voter === undefined) this.#announce(now);
    else this.voter.append(this.#decisions.capture(), now);
  }

  /** What may be told. */
  #told(): Told {
    return this.voter === undefined ? this.#decisions : this.#committed;
  }

  /** Tells whoever waits for news of the metadata. */
  #announce(now: Instant): void {
    const { version } = this.voter === undefined ? this.#decisions : this.#committed;
    for (const [connection, known] of [...this.#waiting]) if (known < version) this.#tell(connection, now);
  }

  #tell(connection: number, now: Instant): void {
    const known = this.#waiting.get(connection);
    if (known === undefined) return;
    this.#waiting.delete(connection);
    const error = this.isActive ? "NONE" : "NOT_CONTROLLER";
    const told = this.#told();
    const metadataVersion = Math.max(told.version, known);
    const access = known === 0 ? this.#config.access : undefined;
    const news = { error, ...newsSince(told, known), metadataVersion, access } as const;
    this.#answer(connection, response("MetadataLogFetch", news), now);
  }

  /** Answers once what was decided is committed. */
  #answer(connection: number, answer: Response, now: Instant): void {
    const { version } = this.#decisions;
    if (this.voter !== undefined) {
      const later = this.isActive && answer.api !== "MetadataLogFetch" && version > this.#committed.version;
      if (!later) return this.#sink.respond(connection, answer);
      this.#uncommitted.push({ connection, answer, at: now, version });
      return;
    }
    const at = after(now, this.#config.commitLatency);
    if (at === now) return this.#sink.respond(connection, answer);
    this.#uncommitted.push({ connection, answer, at, version });
    if (this.#uncommitted.length === 1) this.#sink.setTimer(CONTROLLER_TIMER.commit, 0, at);
  }

  #commitByTime(now: Instant): void {
    for (;;) {
      const first = this.#uncommitted[0];
      if (first === undefined) return;
      if (first.at > now) return this.#sink.setTimer(CONTROLLER_TIMER.commit, 0, first.at);
      this.#uncommitted.shift();
      this.#sink.respond(first.connection, first.answer);
    }
  }
}
