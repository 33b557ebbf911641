/**
 * A broker: replicas of partitions, led or followed as the controller decides; clients and followers that ask; and
 * leaders that it asks itself.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { type ConnectionUser, Connections } from "../connections.js";
import { GroupCoordinator } from "../group/group-coordinator.js";
import type { ParticipantMachine } from "../participant.js";
import type { Request, Response } from "../protocol/frames.js";
import {
  type ClusterState,
  type IsrChange,
  type IsrResult,
  NO_LEADER,
  type PartitionState,
  type Responses,
  type Produce,
} from "../protocol/messages.js";
import type { AccessRules } from "../access/access-rules.js";
import { Authenticator } from "./authenticator.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import { type Command, type ControlUser, ControllerLink, FIRST_LEADER_PEER } from "./controller-link.js";
import { type CoordinatorMaker, Coordinators } from "./coordinators.js";
import { DURABLE_TRANSFER, DurableAppends } from "./durable-appends.js";
import { type BrokerContext, Fetcher } from "./fetcher.js";
import { ProducerIds } from "../transaction/producer-ids.js";
import { TransactionCoordinator } from "../transaction/transaction-coordinator.js";
import { BrokerLinks, FIRST_LINK_PEER } from "./broker-links.js";
import { Replica } from "./replica.js";
import { sameRack } from "./replica-selection.js";
import { type Holdings, RequestHandler } from "./request-handler.js";
import { Storage } from "./storage.js";
import type { Verdict } from "./verdict.js";
import { Verification } from "./verification.js";

/** The coordinators that every broker has beside that of groups. */
const COORDINATORS: readonly CoordinatorMaker[] = [
  (host, config) => new TransactionCoordinator(host, config),
];

/** What a process writes before it ends. */
const LAST_TRANSFER = -2;

export class Broker implements ParticipantMachine, ConnectionUser<BrokerContext>, ControlUser, Holdings {
  cluster: ClusterState = { brokers: [], partitions: [] };
  /** Of the cluster; undefined while nothing is known of it. */
  #access: AccessRules | undefined;
  readonly handler: RequestHandler;
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly connections: Connections<BrokerContext>;
  readonly #control: ControllerLink;
  readonly #storage: Storage;
  readonly #durable: DurableAppends;
  readonly #coordinators: Coordinators;
  #groups: GroupCoordinator | undefined;
  readonly #links: BrokerLinks;
  readonly #verification: Verification;
  readonly #replicas = new Map<number, Replica>();
  /** By leader. */
  readonly #fetchers = new Map<number, Fetcher>();
  readonly #producerIds: ProducerIds;
  /** To be called when this process, asked to end, is done. */
  #ended: ((now: Instant) => void) | undefined;

  constructor(sink: BrokerSink, config: BrokerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.connections = new Connections(sink, config.connection, this);
    this.#control = new ControllerLink(config, sink, this.connections, this);
    const authenticator = new Authenticator(() => this.#access, config.rules.enforcesAccess);
    this.handler = new RequestHandler(sink, this, authenticator);
    this.#storage = new Storage(config, sink, () => this.#replicas.values());
    const replica = (partition: number): Replica | undefined => this.#replicas.get(partition);
    const changed = (partition: number, now: Instant): void => this.handler.changed(partition, now);
    this.#durable = new DurableAppends(sink, replica, changed);
    this.#links = new BrokerLinks(this.connections, {
      id: config.id,
      hostOf: (broker) => this.cluster.brokers.find(({ id }) => id === broker)?.host,
      serve: (connection, asked, now) => this.coordinate(connection, asked, now),
    });
    this.#producerIds = new ProducerIds((now) => this.#control.allocateProducerIds(now));
    const surroundings = this.#surroundings(sink);
    this.#verification = new Verification(surroundings, config);
    const groups: CoordinatorMaker = (host) => (this.#groups = new GroupCoordinator(host, config));
    this.#coordinators = new Coordinators(surroundings, config, [groups, ...COORDINATORS]);
  }

  start(now: Instant): void {
    this.#storage.start(now);
    this.#control.start(now);
    this.#scheduleIsrCheck(now);
  }

  crashed(): void {
    this.handler.forget();
    this.connections.forget();
    this.#control.forget();
    this.#storage.forget();
    this.#durable.forget();
    this.#coordinators.forget();
    this.#links.forget();
    this.#verification.forget();
    this.#producerIds.forget();
    this.#replicas.clear();
    this.#fetchers.clear();
    this.#ended = undefined;
    this.cluster = { brokers: [], partitions: [] };
    this.#access = undefined;
  }

  /** Ends in good order: others lead first, then everything is taken to the disk. */
  end(ended: (now: Instant) => void, now: Instant): void {
    this.#ended = ended;
    this.#control.end(now);
  }

  /** Has the controller do something that an administrator wants. */
  command(command: Command, now: Instant): void {
    this.#control.command(command, now);
  }

  replica(partition: number): Replica | undefined {
    return this.#replicas.get(partition);
  }

  /** All replicas, in the order in which they became known. */
  get replicas(): Iterable<Replica> {
    return this.#replicas.values();
  }

  /** The groups that this broker coordinates. */
  get groups(): GroupCoordinator["groups"] {
    return this.#groups?.groups ?? [];
  }

  /** Not one of a leader of partitions, but perhaps of a coordinator. */
  coordinate(connection: number, request: Request, now: Instant): boolean {
    return this.#coordinators.received(connection, request, now);
  }

  verify(
    produce: Produce,
    done: (verdicts: ReadonlyMap<number, Verdict>, now: Instant) => void,
    now: Instant,
  ): boolean {
    return this.#verification.verify(produce, done, now);
  }

  hungUp(connection: number, now: Instant): void {
    this.#coordinators.closed(connection, now);
  }

  /** The leader, the high watermark or the log of a partition may have changed. */
  changed(partition: number, now: Instant): void {
    this.#coordinators.changed(partition, now);
  }

  /** A change of the in-sync replicas is to be asked for. */
  changeIsr(change: IsrChange | undefined, now: Instant): void {
    if (change !== undefined) this.#control.changeIsr(now);
  }

  preferred(replica: Replica, offset: number, rack: string | undefined): number | undefined {
    if (this.#config.replicaSelector === "leader" || !replica.leads) return undefined;
    return sameRack(replica, offset, rack, this.#config, this.cluster.brokers);
  }

  /** The disk has done what was asked for with `id`. */
  transferred(id: number, now: Instant): void {
    if (id === DURABLE_TRANSFER) this.#durable.transferred(now);
    else if (id === LAST_TRANSFER) this.#endCleanly(now);
    else if (id >= 0) this.handler.transferred(id, now);
    else this.#fetchers.get(-1 - id - FIRST_LEADER_PEER)?.written(now);
  }

  // ParticipantMachine

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.connections.timerFired(kind, id, now)) return;
    switch (kind) {
      case BROKER_TIMER.heartbeat:
        return this.#control.heartbeat(now);
      case BROKER_TIMER.isrCheck:
        return this.#checkIsrs(now);
      case BROKER_TIMER.retryIsr:
        return this.#control.changeIsr(now);
      case BROKER_TIMER.fetchBackoff:
        return this.#fetchers.get(id - FIRST_LEADER_PEER)?.ask(now);
      case BROKER_TIMER.seekController:
        return this.#control.seek(now);
      case BROKER_TIMER.verification:
        return this.#verification.timedOut(id, now);
      case BROKER_TIMER.durableWait:
        return this.#durable.timedOut(id, now);
      default:
        if (this.#storage.timerFired(kind, now) || this.#coordinators.timerFired(kind, id, now)) return;
        this.handler.timedOut(kind, id, now);
    }
  }

  // ConnectionUser

  connectionReady(peer: number, now: Instant): void {
    if (peer < FIRST_LEADER_PEER) this.#control.ready(peer, now);
    else if (peer >= FIRST_LINK_PEER) this.#links.ready(peer, now);
    else this.#fetchers.get(peer - FIRST_LEADER_PEER)?.ask(now);
  }

  answered(peer: number, context: BrokerContext, response: Response, now: Instant): void {
    if (context.kind === "control") this.#control.answered(response, now);
    else if (context.kind === "question") context.answered(response, now);
    else if (context.kind === "fetch" && response.api === "Fetch") {
      this.#fetchers.get(peer - FIRST_LEADER_PEER)?.answered(context.fetch, response.body.results, now);
    } else if (context.kind === "epochs" && response.api === "OffsetForLeaderEpoch") {
      const fetcher = this.#fetchers.get(peer - FIRST_LEADER_PEER);
      fetcher?.epochsAnswered(context.queries, response.body.results, now);
    }
  }

  connectionLost(peer: number, unanswered: readonly BrokerContext[], now: Instant): void {
    if (peer < FIRST_LEADER_PEER) return this.#control.lost(peer, now);
    if (peer >= FIRST_LINK_PEER) return this.#links.lost(peer, unanswered, now);
    const leader = peer - FIRST_LEADER_PEER;
    const fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) return;
    fetcher.lost();
    this.connections.want(peer, this.#hostOf(leader), now);
  }

  // ControlUser

  metadataArrived({ brokers, partitions, access }: Responses["MetadataLogFetch"], now: Instant): void {
    this.#access = access ?? this.#access;
    const known = new Map(this.cluster.partitions.map((state) => [state.partition, state]));
    for (const state of partitions) known.set(state.partition, state);
    this.cluster = { brokers, partitions: [...known.values()] };
    for (const state of partitions) this.#adopt(state, now);
    for (const replica of this.#replicas.values()) {
      if (replica.advance(now)) this.handler.changed(replica.state.partition, now);
    }
  }

  isrAnswered(results: readonly IsrResult[], now: Instant): void {
    for (const { partition, error, state } of results) {
      const replica = this.#replicas.get(partition);
      if (replica === undefined) continue;
      if (error === "NONE") this.#adopt(state, now);
      else replica.changeRefused(error);
    }
  }

  producerIdsAllocated(answer: Responses["AllocateProducerIds"], now: Instant): void {
    this.#producerIds.allocated(answer, now);
  }

  mayEnd(now: Instant): void {
    if (this.#sink.transfer(0, true, LAST_TRANSFER)) this.#endCleanly(now);
  }

  unansweredChanges(): readonly IsrChange[] {
    return [...this.#replicas.values()].flatMap((replica) => replica.unansweredChange() ?? []);
  }

  receive(connection: number, request: Request, now: Instant): void {
    this.handler.received(connection, request, now);
  }

  #adopt(state: PartitionState, now: Instant): void {
    const { partition } = state;
    let replica = this.#replicas.get(partition);
    const isMine = state.replicas.includes(this.#config.id);
    if (!isMine && replica === undefined) return;
    if (replica === undefined) {
      const isEligible = (broker: number, epoch: number): boolean => this.#isEligible(broker, epoch);
      replica = new Replica(state, this.#config, this.#sink, isEligible, this.#storage.open(state, now));
      this.#replicas.set(partition, replica);
    }
    const before = replica.state.leader;
    if (replica.adopt(state, now)) {
      this.#unfollow(before, partition);
      if (isMine && !replica.leads && state.leader !== NO_LEADER) this.#follow(replica, now);
    }
    this.handler.changed(partition, now);
    // Reassigned to others: what was here is deleted.
    if (isMine || replica.state.partitionEpoch !== state.partitionEpoch) return;
    this.#replicas.delete(partition);
    this.#storage.discard(replica);
  }

  #follow(replica: Replica, now: Instant): void {
    const { leader } = replica.state;
    const peer = leader + FIRST_LEADER_PEER;
    let fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) {
      const brokerEpoch = (): number => this.#control.brokerEpoch;
      const committed = (partition: number, at: Instant): void => this.handler.changed(partition, at);
      fetcher = new Fetcher(this.#config, this.#sink, this.connections, peer, brokerEpoch, committed);
      this.#fetchers.set(leader, fetcher);
    }
    this.connections.want(peer, this.#hostOf(leader), now);
    fetcher.follow(replica, now);
  }

  #unfollow(leader: number, partition: number): void {
    const fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) return;
    fetcher.unfollow(partition);
    if (!fetcher.isIdle) return;
    this.#fetchers.delete(leader);
    this.connections.drop(leader + FIRST_LEADER_PEER);
  }

  #checkIsrs(now: Instant): void {
    for (const replica of this.#replicas.values()) this.changeIsr(replica.shrink(now), now);
    this.#scheduleIsrCheck(now);
  }

  /** Twice in the time of a lag, so that a follower is out after one and a half of it at most. */
  #scheduleIsrCheck(now: Instant): void {
    this.#sink.setTimer(BROKER_TIMER.isrCheck, 0, after(now, Math.ceil(this.#config.replicaLagTimeMax / 2)));
  }

  #surroundings(sink: BrokerSink): ConstructorParameters<typeof Coordinators>[0] {
    const cluster = (): ClusterState => this.cluster;
    return {
      get cluster() {
        return cluster();
      },
      durable: this.#durable,
      replica: (partition) => this.#replicas.get(partition),
      reply: (connection, answer, now) => {
        if (!this.#links.reply(connection, answer, now)) this.handler.reply(connection, answer, now);
      },
      ask: (lane, broker, asked, answered, now) => this.#links.ask(lane, broker, asked, answered, now),
      joinTransaction: (owner, partition, done, now) => this.#verification.join(owner, partition, done, now),
      nextProducerId: (now) => this.#producerIds.next(now),
      noteTransaction: (transactionalId, committed, timedOut) =>
        sink.transactionEnded(transactionalId, committed, timedOut),
      append: (partition, batch, timeout, written, now, guard) =>
        this.#durable.append(partition, batch, timeout, written, now, guard),
      createTopic: (topic, now) => this.#control.createTopic(topic, now),
      setTimer: (kind, id, at) => sink.setTimer(kind, id, at),
      cancelTimer: (kind, id) => sink.cancelTimer(kind, id),
      noteLowered: (group, partition, from, to) => sink.commitLowered(group, partition, from, to),
      rebalanced: (group, generation, members) => sink.rebalanced(group, generation, members),
    };
  }

  /** May be in sync: in service, about to stay so, and still the process that fetched [KIP-903]. */
  #isEligible(broker: number, epoch: number): boolean {
    const address = this.cluster.brokers.find(({ id }) => id === broker);
    if (address === undefined || address.fenced || address.stopping === true) return false;
    return epoch < 0 || address.epoch === undefined || epoch === address.epoch;
  }

  #endCleanly(now: Instant): void {
    this.#storage.close();
    this.#sink.endCleanly(this.#control.brokerEpoch);
    this.#ended?.(now);
  }

  #hostOf(broker: number): string {
    return this.cluster.brokers.find(({ id }) => id === broker)?.host ?? this.#config.host;
  }
}
