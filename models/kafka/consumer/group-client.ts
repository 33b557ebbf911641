/**
 * A consumer's side of its group: who coordinates it, what the membership says, where its partitions were left, and
 * what is committed.
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import { POSITION_ASSIGNED } from "../../../src/trace/index.js";
import type { Connections } from "../connections.js";
import { CoordinatorLookup } from "../coordinator-lookup.js";
import type { Metadata } from "../metadata.js";
import { type Response, request } from "../protocol/frames.js";
import {
  type GroupRequests,
  type KafkaError,
  type MemberIdentity,
  NO_EPOCH,
  type OffsetAndEpoch,
  type Responses,
} from "../protocol/messages.js";
import { ClassicMembership } from "./classic-membership.js";
import { type Commit, type CommitUser, Commits, type Committed } from "./commits.js";
import type { ConsumerConfig, GroupConfig } from "./consumer-config.js";
import { type ConsumerContext, LOOKUP, MEMBERSHIP, OFFSETS } from "./consumer-context.js";
import { ConsumerMembership } from "./consumer-membership.js";
import { CONSUMER_TIMER, type ConsumerSink } from "./consumer-sink.js";
import { type Consumed, consumedAsWanted, consumedOf, consumedThrough } from "./consumed.js";
import type { Fetches } from "./fetches.js";
import type { Membership, MembershipCounts, MembershipHost } from "./membership.js";
import type { PollLoop } from "./poll-loop.js";
import { type PolledRecord, Position } from "./position.js";
import { begin } from "./seek.js";

/** The coordinator has a connection of its own, beside that to the same broker as a leader. */
export const COORDINATOR_PEER = 1_000_000;

/** What the group needs of its consumer. */
export interface GroupSurroundings {
  readonly config: ConsumerConfig;
  readonly sink: ConsumerSink;
  readonly connections: Connections<ConsumerContext>;
  readonly metadata: Metadata<ConsumerContext>;
  readonly fetches: Fetches;
  readonly loop: PollLoop;
  /** The application ends: it has met an error that it does not survive. */
  end(why: string, now: Instant): void;
}

export class GroupClient implements MembershipCounts, MembershipHost, CommitUser {
  readonly config: ConsumerConfig;
  readonly group: GroupConfig;
  readonly commits: Commits;
  paused: Duration = 0;
  uncommitted = 0;
  lowered = 0;
  readonly #with: GroupSurroundings;
  readonly #lookup: CoordinatorLookup<ConsumerContext>;
  readonly #membership: Membership;
  #pausedSince: Instant | undefined;
  /** The highest that this process has been in. */
  #generation = -1;
  #fetchingOffsets = false;
  #autoCommitAt: Instant = 0;
  /** Told when the coordinator knows that it has gone. */
  #closed: ((now: Instant) => void) | undefined;

  constructor(group: GroupConfig, surroundings: GroupSurroundings) {
    const { config, sink, connections, metadata } = surroundings;
    this.group = group;
    this.config = config;
    this.#with = surroundings;
    this.commits = new Commits(sink, this, config.retryBackoff);
    const { clientId, retryBackoff } = config;
    const lookup = { kind: "group", key: group.id, clientId, retryBackoff } as const;
    const timer = CONSUMER_TIMER.coordinator;
    this.#lookup = new CoordinatorLookup(lookup, sink, connections, metadata, LOOKUP, timer);
    this.#membership =
      group.protocol === "classic" ? new ClassicMembership(this) : new ConsumerMembership(this);
  }

  /** The positions are those that were committed last. */
  rewind(now: Instant): void {
    this.#with.fetches.rewind();
    this.#fetchOffsets(now);
  }

  get memberId(): string {
    return this.#membership.memberId;
  }

  start(now: Instant): void {
    this.#membership.start(now);
    this.#lookup.pursue(now);
    if (this.config.application.commit === "auto") this.#scheduleAutoCommit(now);
  }

  /** Inside poll. */
  attend(now: Instant): void {
    this.#membership.attend(now);
    if (this.config.application.commit !== "auto" || now < this.#autoCommitAt) return;
    this.#scheduleAutoCommit(now);
    const { offsets, names } = this.#consumed();
    this.commits.commit(offsets, names, -Infinity, () => undefined, now);
  }

  /** Of the application: everything polled, or one record. */
  commit(record: PolledRecord | undefined, now: Instant): void {
    const { offsets, names } = record === undefined ? this.#consumed() : consumedThrough(record);
    if (this.config.application.commit !== "sync") {
      return this.commits.commit(offsets, names, -Infinity, () => undefined, now);
    }
    const done = (_error: KafkaError, at: Instant): void => this.#with.loop.committed(at);
    this.commits.commit(offsets, names, after(now, this.config.apiTimeout), done, now);
  }

  /** Of the application's worker. */
  commitOffsets(wanted: ReadonlyMap<string, number>, deadline: Instant, done: Committed, now: Instant): void {
    const { offsets, names } = consumedAsWanted(this.#with.fetches.positions.values(), wanted);
    this.commits.commit(offsets, names, deadline, done, now);
  }

  /** Gives up everything, and tells the coordinator. */
  leave(now: Instant): void {
    const told = this.#membership.leave(now);
    this.revoke(this.owned, now);
    if (!told) this.#left(now);
  }

  /** As a consumer that is closed: commits what was polled if that is done automatically, and goes. */
  close(closed: (now: Instant) => void, now: Instant): void {
    this.#closed = closed;
    this.commitBeforeRevoking((at) => this.leave(at), now);
  }

  #noteGeneration(): void {
    const { generation } = this.identity ?? { generation: this.#generation };
    if (generation < this.#generation) this.lowered++;
    this.#generation = generation;
  }

  #left(now: Instant): void {
    const closed = this.#closed;
    this.#closed = undefined;
    closed?.(now);
  }

  forget(now: Instant): void {
    const { positions } = this.#with.fetches;
    for (const { name, uncommitted } of positions.values()) {
      this.uncommitted += uncommitted;
      this.#with.sink.revoked(name, now);
    }
    this.#lookup.forget();
    this.#membership.forget();
    this.commits.forget();
    this.#generation = -1;
    this.#fetchingOffsets = false;
    this.#pausedSince = undefined;
    this.#closed = undefined;
  }

  // From the consumer

  connectionReady(peer: number, now: Instant): void {
    if (peer !== this.#peer()) return this.#lookup.pursue(now);
    this.#membership.coordinatorReady(now);
    this.commits.pursue(now);
    this.#fetchOffsets(now);
  }

  answered(context: ConsumerContext, response: Response, now: Instant): void {
    if (response.api === "FindCoordinator") {
      if (this.#lookup.answered(response.body, now)) this.#connect(now);
      else if (response.body.error === "GROUP_AUTHORIZATION_FAILED") this.ended(response.body.error, now);
    } else if (response.api === "OffsetFetch") this.#positionsFetched(response.body, now);
    else if (context.kind === "commit" && response.api === "OffsetCommit") {
      this.commits.answered(context.commit, response.body, now);
    } else if (context.kind === "membership") {
      this.#membership.answered(response, now);
      this.#noteGeneration();
      this.#left(now);
    }
  }

  unanswered(peer: number, contexts: readonly ConsumerContext[], now: Instant): void {
    if (contexts.some(({ kind }) => kind === "lookup")) this.#lookup.unanswered(now);
    if (peer !== this.#peer()) return;
    this.#lookup.lost(now);
    this.#fetchingOffsets = false;
    for (const context of contexts)
      if (context.kind === "commit") this.commits.unanswered(context.commit, now);
    if (contexts.some(({ kind }) => kind === "membership")) this.#membership.unanswered(now);
  }

  timerFired(kind: number, now: Instant): void {
    if (kind === CONSUMER_TIMER.coordinator) this.#connect(now);
    else if (kind === CONSUMER_TIMER.commitRetry) {
      this.commits.pursue(now);
      this.#fetchOffsets(now);
    } else if (kind !== CONSUMER_TIMER.autoCommit) this.#membership.timerFired(kind, now);
  }

  // MembershipHost

  get owned(): readonly number[] {
    return [...this.#with.fetches.positions.keys()].sort((a, b) => a - b);
  }

  get busySince(): Instant | undefined {
    return this.#with.loop.busySince;
  }

  partitionsOf(topic: string): readonly number[] {
    return this.#with.metadata.partitionsOf(topic).map(({ partition }) => partition);
  }

  isKnown(partition: number): boolean {
    return this.#with.metadata.partition(partition) !== undefined;
  }

  assign(partitions: readonly number[], now: Instant): void {
    const { metadata, fetches, sink } = this.#with;
    for (const partition of partitions) {
      const state = metadata.partition(partition);
      if (state === undefined || fetches.positions.has(partition)) continue;
      const position = new Position(state);
      fetches.positions.set(partition, position);
      sink.assigned(position.name, now);
      if (this.config.startFrom === undefined) position.needs = "committed";
      else begin(position, this.config.startFrom, sink, now);
    }
    for (const position of fetches.positions.values()) position.leaving = false;
    if (partitions.length > 0 && this.#pausedSince !== undefined) {
      this.paused += now - this.#pausedSince;
      this.#pausedSince = undefined;
    }
    this.#fetchOffsets(now);
    fetches.pump(now);
  }

  beginRevoking(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const position = this.#with.fetches.positions.get(partition);
      if (position !== undefined) position.leaving = true;
    }
  }

  revoke(partitions: readonly number[], now: Instant): void {
    const { fetches, sink } = this.#with;
    for (const partition of partitions) {
      const position = fetches.positions.get(partition);
      if (position === undefined) continue;
      this.uncommitted += position.uncommitted;
      fetches.remove(position);
      sink.revoked(position.name, now);
    }
    if (partitions.length > 0 && fetches.positions.size === 0) this.#pausedSince ??= now;
  }

  commitBeforeRevoking(then: (now: Instant) => void, now: Instant): void {
    if (this.config.application.commit !== "auto") return this.#with.sink.revoking(then, now);
    const { offsets, names } = this.#consumed();
    const deadline = after(now, this.config.apiTimeout);
    this.commits.commit(offsets, names, deadline, (_error, at) => then(at), now);
  }

  ask<Name extends keyof GroupRequests>(
    api: Name,
    body: GroupRequests[Name],
    now: Instant,
    timeout?: Duration,
  ): boolean {
    return this.#send(api, body, MEMBERSHIP, now, timeout);
  }

  coordinatorLost(now: Instant): void {
    const peer = this.#peer();
    this.#lookup.lost(now);
    if (peer !== undefined) this.#with.connections.drop(peer);
  }

  setTimer(kind: number, at: Instant): void {
    this.#with.sink.setTimer(kind, 0, at);
  }

  cancelTimer(kind: number): void {
    this.#with.sink.cancelTimer(kind, 0);
  }

  wake(now: Instant): void {
    this.#with.loop.wake(now);
  }

  ended(error: KafkaError, now: Instant): void {
    this.#with.end(error, now);
  }

  // CommitUser

  get identity(): MemberIdentity | undefined {
    return this.#membership.identity;
  }

  sendCommit(commit: Commit, now: Instant): boolean {
    const byId = this.group.protocol === "consumer";
    const body = { ...commit.identity, byId, offsets: commit.offsets };
    return this.#send("OffsetCommit", body, { kind: "commit", commit }, now);
  }

  committed(offsets: readonly OffsetAndEpoch[]): void {
    const { positions } = this.#with.fetches;
    for (const { partition, offset } of offsets) {
      const position = positions.get(partition);
      if (position !== undefined) position.committed = Math.max(position.committed, offset);
    }
  }

  fenced(error: KafkaError, identity: MemberIdentity, now: Instant): void {
    this.#membership.fenced(error, identity, now);
  }

  #peer(): number | undefined {
    const { broker } = this.#lookup;
    return broker === undefined ? undefined : COORDINATOR_PEER + broker.id;
  }

  #connect(now: Instant): void {
    const { broker } = this.#lookup;
    if (broker === undefined) this.#lookup.pursue(now);
    else this.#with.connections.want(COORDINATOR_PEER + broker.id, broker.host, now);
  }

  #send<Name extends keyof GroupRequests>(
    api: Name,
    body: GroupRequests[Name],
    context: ConsumerContext,
    now: Instant,
    timeout?: Duration,
  ): boolean {
    const { connections } = this.#with;
    const peer = this.#peer();
    if (peer === undefined || !connections.isOpen(peer)) {
      this.#connect(now);
      return false;
    }
    const frame = request(api, body as never, this.config.clientId.length);
    connections.send(peer, frame, context, now, timeout === undefined ? {} : { timeout });
    return true;
  }

  /** Asks where the group left the partitions that are new to this member. */
  #fetchOffsets(now: Instant): void {
    if (this.#fetchingOffsets) return;
    const partitions: number[] = [];
    for (const { partition, needs } of this.#with.fetches.positions.values()) {
      if (needs === "committed") partitions.push(partition);
    }
    if (partitions.length === 0) return;
    const { identity } = this;
    const member = identity ?? { group: this.group.id, memberId: "", generation: -1 };
    const { group, memberId, generation } = member;
    const byId = this.group.protocol === "consumer";
    const requireStable = true;
    const body = { group, memberId, generation, byId, partitions, requireStable };
    this.#fetchingOffsets = this.#send("OffsetFetch", body, OFFSETS, now);
  }

  #positionsFetched({ error, results }: Responses["OffsetFetch"], now: Instant): void {
    this.#fetchingOffsets = false;
    if (error === "NOT_COORDINATOR") this.coordinatorLost(now);
    const { positions } = this.#with.fetches;
    let missing = error !== "NONE";
    for (const { partition, offset, leaderEpoch, error: own } of results) {
      const position = positions.get(partition);
      if (position?.needs !== "committed") continue;
      if (own !== "NONE") missing = true;
      else if (offset < 0) this.#with.fetches.reset(position, now);
      else this.#resume(position, offset, leaderEpoch, now);
    }
    if (missing) this.setTimer(CONSUMER_TIMER.commitRetry, after(now, this.config.retryBackoff));
    // Some may have come while this was asked for.
    else this.#fetchOffsets(now);
  }

  #resume(position: Position, offset: number, leaderEpoch: number, now: Instant): void {
    position.move(offset, leaderEpoch);
    if (leaderEpoch !== NO_EPOCH) position.needs = "validation";
    const { topic, index } = position;
    this.#with.sink.positioned(topic, index, offset, POSITION_ASSIGNED, now);
  }

  #consumed(): Consumed {
    return consumedOf(this.#with.fetches.positions.values(), this.config.rules);
  }

  #scheduleAutoCommit(now: Instant): void {
    this.#autoCommitAt = after(now, this.config.autoCommitInterval);
    this.setTimer(CONSUMER_TIMER.autoCommit, this.#autoCommitAt);
  }
}
