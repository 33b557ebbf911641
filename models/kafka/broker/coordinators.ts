/**
 * Coordinators on a broker: whoever leads a partition of an internal topic coordinates the groups, or the
 * transactions, whose names belong to it. What a coordinator must not forget it writes there first; a new leader
 * reads it back.
 */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import { INTERNAL_TOPIC, partitionOfCoordinator } from "../internal-topics.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import {
  type ClusterState,
  type CoordinatorKind,
  type KafkaError,
  NO_LEADER,
  type Responses,
  type TransactionOwner,
} from "../protocol/messages.js";
import { type RecordBatch, type StoredBatch } from "../protocol/record-batch.js";
import type { BrokerConfig } from "./broker-config.js";
import type { Answered, Lane } from "./broker-links.js";
import type { DurableAppends, Written } from "./durable-appends.js";
import { MarkerWriter } from "./marker-writer.js";
import type { Replica } from "./replica.js";
import type { Verdict } from "./verdict.js";

/** What a coordinator can do on its broker. */
export interface CoordinatorHost {
  readonly cluster: ClusterState;
  replica(partition: number): Replica | undefined;
  /** Ends the request that the connection waits for. `undefined`: without a response. */
  reply(connection: number, answer: Response | undefined, now: Instant): void;
  /**
   * Writes a batch into a partition that this broker leads; `written` is told when it is committed, or is not.
   * `guard`: as `joinTransaction` has told.
   */
  append(
    partition: number,
    batch: RecordBatch,
    timeout: Duration,
    written: Written,
    now: Instant,
    guard?: number,
  ): void;
  /** Asks another broker, or this one. */
  ask(lane: Lane, broker: number, request: Request, answered: Answered, now: Instant): void;
  /**
   * Has the partition, which this broker leads, be part of a transaction, or has it verified that it is, before
   * something is written there in its name [KIP-890].
   */
  joinTransaction(
    owner: TransactionOwner,
    partition: number,
    done: (verdict: Verdict, now: Instant) => void,
    now: Instant,
  ): void;
  /** Undefined: there is none at hand; some were asked for. */
  nextProducerId(now: Instant): number | undefined;
  /** Asks the controller to make the topic. */
  createTopic(topic: string, now: Instant): void;
  /** A transaction has ended, by its producer or because its time was over. */
  noteTransaction(transactionalId: string, committed: boolean, timedOut: boolean): void;
  setTimer(kind: number, id: number, at: Instant): void;
  cancelTimer(kind: number, id: number): void;
  /** A group has committed a lower offset than before. */
  noteLowered(group: string, partition: number, from: number, to: number): void;
  /** A group has a new generation, or epoch, of so many members. */
  rebalanced(group: string, generation: number, members: number): void;
}

/** The coordinator of groups, or that of transactions. */
export interface Coordinator {
  readonly kind: CoordinatorKind;
  /** A request for it. False: it knows no such request. */
  received(connection: number, request: Request, now: Instant): boolean;
  /** A connection has ended: nobody waits there any more. */
  closed(connection: number, now: Instant): void;
  /** The broker leads a partition of the topic from now on; what is in its log, in order. */
  elected(partition: number, leaderEpoch: number, log: readonly StoredBatch[], now: Instant): void;
  /** … and does so no more: what is known of it is another one's. */
  resigned(partition: number, now: Instant): void;
  /** A transaction that wrote to the partition has ended there: the marker is in the log. */
  transactionEnded(partition: number, producerId: number, committed: boolean, now: Instant): void;
  /** True: the timer was one of its own. */
  timerFired(kind: number, id: number, now: Instant): boolean;
  /** The process has died. */
  forget(): void;
}

/** How a broker makes one of its coordinators. */
export type CoordinatorMaker = (host: CoordinatorHost, config: BrokerConfig) => Coordinator;

/** What the coordinators need of their broker. */
export interface CoordinatorSurroundings extends CoordinatorHost {
  readonly durable: DurableAppends;
}

export class Coordinators {
  readonly #surroundings: CoordinatorSurroundings;
  readonly #coordinators: readonly Coordinator[];
  /** By the internal topic in whose partitions they keep what they know. */
  readonly #ofTopics: ReadonlyMap<string, Coordinator>;
  readonly #markers: MarkerWriter;
  /** By partition of an internal topic, the epoch in which this broker leads it. */
  readonly #led = new Map<number, number>();

  constructor(
    surroundings: CoordinatorSurroundings,
    config: BrokerConfig,
    coordinators: readonly CoordinatorMaker[],
  ) {
    this.#surroundings = surroundings;
    this.#coordinators = coordinators.map((make) => make(surroundings, config));
    this.#ofTopics = new Map(this.#coordinators.map((each) => [INTERNAL_TOPIC[each.kind], each]));
    this.#markers = new MarkerWriter(surroundings, config, (partition, producerId, committed, now) =>
      this.transactionEnded(partition, producerId, committed, now),
    );
  }

  /** False: no coordinator knows such a request. */
  received(connection: number, request: Request, now: Instant): boolean {
    if (request.api === "FindCoordinator") {
      const { kind, key } = request.body;
      const answer = response("FindCoordinator", this.#find(kind, key, now));
      this.#surroundings.reply(connection, answer, now);
      return true;
    }
    if (this.#markers.received(connection, request, now)) return true;
    return this.#coordinators.some((each) => each.received(connection, request, now));
  }

  closed(connection: number, now: Instant): void {
    for (const each of this.#coordinators) each.closed(connection, now);
  }

  /** The leader of a partition, its epoch or its high watermark may have changed. */
  changed(partition: number, now: Instant): void {
    this.#surroundings.durable.changed(partition, now);
    const replica = this.#surroundings.replica(partition);
    if (replica === undefined) return;
    const coordinator = this.#ofTopics.get(replica.state.topic);
    if (coordinator === undefined) return;
    const { leaderEpoch } = replica.state;
    const before = this.#led.get(partition);
    if (before === (replica.leads ? leaderEpoch : undefined)) return;
    this.#led.delete(partition);
    if (before !== undefined) coordinator.resigned(partition, now);
    if (!replica.leads) return;
    this.#led.set(partition, leaderEpoch);
    const log = replica.log.read(0, replica.log.endOffset, Infinity);
    coordinator.elected(partition, leaderEpoch, log, now);
  }

  /** A marker was appended to the partition. */
  transactionEnded(partition: number, producerId: number, committed: boolean, now: Instant): void {
    const topic = this.#surroundings.replica(partition)?.state.topic ?? "";
    this.#ofTopics.get(topic)?.transactionEnded(partition, producerId, committed, now);
  }

  timerFired(kind: number, id: number, now: Instant): boolean {
    return this.#coordinators.some((each) => each.timerFired(kind, id, now));
  }

  forget(): void {
    this.#led.clear();
    for (const each of this.#coordinators) each.forget();
  }

  #find(kind: CoordinatorKind, key: string, now: Instant): Responses["FindCoordinator"] {
    const refused = (error: KafkaError): Responses["FindCoordinator"] => ({
      error,
      key,
      broker: -1,
      host: "",
    });
    const { cluster } = this.#surroundings;
    const topic = INTERNAL_TOPIC[kind];
    const partition = coordinatingPartition(cluster, kind, key);
    if (partition === undefined) {
      // The first one who asks has the topic made.
      this.#surroundings.createTopic(topic, now);
      return refused("COORDINATOR_NOT_AVAILABLE");
    }
    const leader = cluster.partitions.find((state) => state.partition === partition)?.leader ?? NO_LEADER;
    const address = cluster.brokers.find(({ id }) => id === leader);
    if (address === undefined) return refused("COORDINATOR_NOT_AVAILABLE");
    return { error: "NONE", key, broker: leader, host: address.host };
  }
}

/** The partition whose leader coordinates `key`; undefined while the topic is not there. */
export function coordinatingPartition(
  { partitions }: ClusterState,
  kind: CoordinatorKind,
  key: string,
): number | undefined {
  const topic = INTERNAL_TOPIC[kind];
  let count = 0;
  for (const state of partitions) if (state.topic === topic) count++;
  if (count === 0) return undefined;
  const index = partitionOfCoordinator(key, count);
  return partitions.find((state) => state.topic === topic && state.index === index)?.partition;
}
