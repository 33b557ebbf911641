/**
 * What a controller knows of the cluster and decides about it: which brokers are in service, who replicates, leads and
 * is in sync. Without clock or connections: the controller asks, and tells whom it concerns.
 */
import {
  type BrokerAddress,
  type ClusterState,
  type IsrChange,
  type IsrResult,
  type KafkaError,
  NO_LEADER,
  type PartitionState,
  type Requests,
} from "../protocol/messages.js";
import type { ControllerConfig, TopicConfig } from "./controller-config.js";
import { internalTopic } from "./internal-topic.js";
import { objectionTo } from "./isr-change.js";
import { type Change, changed } from "./partition-change.js";
import type { Registration } from "./registration.js";
import { type Reassignment, completedBy, reassigned } from "./reassignment.js";

/** A partition, and the version of the metadata in which it last changed. Never changed either. */
export interface Versioned {
  readonly state: PartitionState;
  readonly version: number;
  readonly reassignment: Reassignment | undefined;
}

/** Everything that was decided, at one version of the metadata: what a quorum replicates. */
export interface Decided {
  readonly version: number;
  readonly brokerEpochs: number;
  /** The first that no broker has got. */
  readonly nextProducerId: number;
  readonly brokers: ReadonlyMap<number, Registration>;
  readonly versioned: readonly Versioned[];
}

/** As much of it as brokers are told. */
export type Told = Pick<Decided, "version" | "brokers" | "versioned">;

export const NOTHING_DECIDED: Decided = {
  version: 0,
  brokerEpochs: 0,
  nextProducerId: 0,
  brokers: new Map(),
  versioned: [],
};

/** How many producer ids a broker gets at a time (ProducerIdsBlock). */
export const PRODUCER_IDS_PER_BLOCK = 1_000;

/** Who is told of decisions as they are taken. */
export interface DecisionSink {
  fenced(broker: number): void;
  elected(state: PartitionState): void;
}

export class Decisions {
  readonly #config: ControllerConfig;
  readonly #sink: DecisionSink;
  /** By node. */
  #brokers = new Map<number, Registration>();
  #partitions: Versioned[] = [];
  #version = 0;
  #brokerEpochs = 0;
  #nextProducerId = 0;

  constructor(sink: DecisionSink, config: ControllerConfig) {
    this.#sink = sink;
    this.#config = config;
  }

  /** Of the metadata: rises with every decision. */
  get version(): number {
    return this.#version;
  }

  get partitions(): readonly PartitionState[] {
    return this.#partitions.map(({ state }) => state);
  }

  get versioned(): readonly Versioned[] {
    return this.#partitions;
  }

  /** Partitions whose replicas are being changed. */
  get reassigning(): number {
    return this.#partitions.filter(({ reassignment }) => reassignment !== undefined).length;
  }

  get brokers(): ReadonlyMap<number, Registration> {
    return this.#brokers;
  }

  /** To be kept: nothing in it changes any more. */
  capture(): Decided {
    return {
      version: this.#version,
      brokerEpochs: this.#brokerEpochs,
      nextProducerId: this.#nextProducerId,
      brokers: new Map(this.#brokers),
      versioned: [...this.#partitions],
    };
  }

  /** Goes on from what was captured, here or elsewhere. */
  restore({ version, brokerEpochs, nextProducerId, brokers, versioned }: Decided): void {
    if (this.#config.rules.remembersProducerIds) this.#nextProducerId = nextProducerId;
    this.#version = version;
    this.#brokerEpochs = brokerEpochs;
    this.#brokers = new Map(brokers);
    this.#partitions = [...versioned];
  }

  /** A decision that decides nothing, with which a new active controller begins. */
  begin(): void {
    this.#version++;
  }

  /** `clean`: its last process has ended in good order, and took everything it had to the disk. */
  register({
    broker: id,
    host,
    rack,
    previousBrokerEpoch: previousEpoch,
  }: Requests["BrokerRegistration"]): Requests["BrokerHeartbeat"]["brokerEpoch"] {
    const known = this.#brokers.get(id);
    const epoch = ++this.#brokerEpochs;
    this.#version++;
    const fresh = { host, rack, epoch, stopping: false, registeredAt: this.#version, stoppedAt: 0 };
    const fenced = known?.fenced ?? true;
    this.#brokers.set(id, { ...fresh, fenced });
    if (known === undefined) return epoch;
    const { rules } = this.#config;
    const clean = previousEpoch === known.epoch || !rules.distrustsCrashed;
    this.fence(id, clean ? undefined : id);
    return epoch;
  }

  /** The first of a block of producer ids that is nobody else's (ProducerIdControlManager). */
  allocateProducerIds(): number {
    const start = this.#nextProducerId;
    this.#nextProducerId += PRODUCER_IDS_PER_BLOCK;
    this.#version++;
    return start;
  }

  /** Takes a broker out of service. `unclean`: itself, if it has lost what it did not sync, as far as is known. */
  fence(id: number, unclean?: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    if (!broker.fenced) this.#sink.fenced(id);
    this.#brokers.set(id, { ...broker, fenced: true });
    this.#version++;
    this.#withdraw(id, unclean);
  }

  /** A broker wants to end: others lead what it led, and are in sync without it. */
  stop(id: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    this.#brokers.set(id, { ...broker, stopping: true, stoppedAt: ++this.#version });
    this.#withdraw(id, undefined);
  }

  unfence(id: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    this.#brokers.set(id, { ...broker, fenced: false });
    this.#version++;
    this.#createTopics();
    this.#partitions.forEach(({ state }, partition) => {
      if (state.leader === NO_LEADER) this.#change(partition, { isr: state.isr });
    });
  }

  /** A leader wants the in-sync replicas to be others. */
  alterIsr(broker: number, change: IsrChange): IsrResult {
    const { partition, isr } = change;
    const { state } = this.#partitions[partition] as Versioned;
    const error = objectionTo(change, broker, state, this.#brokers, this.#config.rules);
    if (error === "NONE") this.#change(partition, { isr });
    const after = (this.#partitions[partition] as Versioned).state;
    // The change may have completed a reassignment, and that moved the leader.
    const ousted = error === "NONE" && after.leader !== broker;
    return { partition, error: ousted ? "NEW_LEADER_ELECTED" : error, state: after };
  }

  /** A partition is to have these replicas: new ones join, and when they are in sync, those that are not named leave. */
  reassign({ topic, index, replicas }: Requests["AlterPartitionReassignments"]): KafkaError {
    const partition = this.#partitions.findIndex(
      ({ state }) => state.topic === topic && state.index === index,
    );
    const versioned = this.#partitions[partition];
    if (versioned === undefined) return "UNKNOWN_TOPIC_OR_PARTITION";
    const known = new Set(replicas.filter((id) => this.#brokers.has(id)));
    if (replicas.length === 0 || known.size < replicas.length) return "INVALID_REPLICA_ASSIGNMENT";
    const { reassignment, replicas: all } = reassigned(versioned.state.replicas, replicas);
    this.#partitions[partition] = { ...versioned, reassignment };
    this.#change(partition, { isr: versioned.state.isr, replicas: all });
    return "NONE";
  }

  /** Has the first replica lead where it may; `unclean`: has anybody lead where nobody does. */
  elect(topic: string, unclean: boolean): KafkaError {
    let found = false;
    this.#partitions.forEach(({ state }, partition) => {
      if (state.topic !== topic) return;
      found = true;
      if (unclean && state.leader !== NO_LEADER) return;
      this.#change(partition, { isr: state.isr, prefers: !unclean }, unclean);
    });
    return found ? "NONE" : "UNKNOWN_TOPIC_OR_PARTITION";
  }

  /** Gives leadership back to first replicas (auto.leader.rebalance.enable). */
  balance(): void {
    this.#partitions.forEach(({ state }, partition) => {
      const { leader, replicas, isr } = state;
      if (leader !== NO_LEADER && leader !== replicas[0]) this.#change(partition, { isr, prefers: true });
    });
  }

  /** Where brokers are out of service, on the others. */
  createInternal(name: string): KafkaError {
    const topic = internalTopic(name, this.#config);
    const exists = this.#partitions.some(({ state }) => state.topic === name);
    const { length } = this.#config.brokers.filter((id) => this.isActive(id));
    if (topic === undefined || exists) return "TOPIC_ALREADY_EXISTS";
    if (length < topic.replicationFactor) return "INVALID_REPLICATION_FACTOR";
    this.#create(topic);
    return "NONE";
  }

  leadsAny(id: number): boolean {
    return this.#partitions.some(({ state }) => state.leader === id);
  }

  isActive(id: number): boolean {
    const broker = this.#brokers.get(id);
    return broker?.fenced === false && !broker.stopping;
  }

  /** Out of all in-sync replicas and elections, the epoch of a leader included. */
  #withdraw(id: number, unclean: number | undefined): void {
    this.#partitions.forEach(({ state: { isr, elr } }, partition) => {
      if (!isr.includes(id) && !elr.includes(id)) return;
      const left = isr.filter((other) => other !== id);
      this.#change(partition, unclean === undefined ? { isr: left } : { isr: left, unclean });
    });
  }

  /** As soon as all brokers have been in service at once. */
  #createTopics(): void {
    const { brokers, topics } = this.#config;
    if (this.#partitions.length > 0 || !brokers.every((id) => this.isActive(id))) return;
    for (const topic of topics) this.#create(topic);
  }

  #create({ name, partitions, replicationFactor, minInsyncReplicas, log }: TopicConfig): void {
    const brokers = this.#config.brokers.filter((id) => this.isActive(id));
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
      this.#partitions.push({ state, version: ++this.#version, reassignment: undefined });
    }
  }

  #change(partition: number, change: Change, unclean = false): void {
    const { topics, eligibleLeaderReplicas, rules } = this.#config;
    const versioned = this.#partitions[partition] as Versioned;
    const { state: before, reassignment } = versioned;
    const topic =
      topics.find(({ name }) => name === before.topic) ?? internalTopic(before.topic, this.#config);
    const replicas = change.replicas ?? before.replicas;
    const completed = reassignment && completedBy(reassignment, replicas, change.isr);
    const next = changed(before, completed === undefined ? change : { ...change, ...completed }, {
      eligibleLeaderReplicas,
      uncleanLeaderElection: unclean || topic?.uncleanLeaderElection === true,
      electsInSync: rules.electsInSync,
      isActive: (id) => this.isActive(id),
    });
    if (next === before) return;
    this.#partitions[partition] = {
      state: next,
      version: ++this.#version,
      reassignment: completed === undefined ? reassignment : undefined,
    };
    if (next.leaderEpoch !== before.leaderEpoch) this.#sink.elected(next);
  }
}

/** What there is to tell somebody who knows the metadata up to a version. */
export function newsSince({ brokers, versioned }: Told, known: number): ClusterState {
  return {
    brokers: [...brokers].map(([id, { host, fenced, stopping, epoch, rack }]): BrokerAddress => {
      return { id, host, fenced, stopping, epoch, rack };
    }),
    partitions: versioned.filter(({ version }) => version > known).map(({ state }) => state),
  };
}
