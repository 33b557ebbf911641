/**
 * A group of KIP-848, on its coordinator: heartbeats say what a member wants and owns; the coordinator assigns, and
 * brings every member by itself, without a barrier, from what it has to what it is to have.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { response } from "../protocol/frames.js";
import {
  type ConsumerGroupHeartbeat,
  JOINING_EPOCH,
  type KafkaError,
  LEAVING_EPOCH,
  type MemberIdentity,
  STATIC_LEAVING_EPOCH,
} from "../protocol/messages.js";
import type { StateRecord } from "../protocol/record-batch.js";
import { ASSIGNORS, type AssignorName, type Partitions } from "./assignors.js";
import { ConsumerMember, type StoredConsumer } from "./consumer-member.js";
import { type GroupHost, errorOfWrite } from "./group-host.js";
import { type StoredConsumerGroup, groupKey, memberKey } from "./group-records.js";

const NOTHING: readonly number[] = [];

export class ConsumerGroup {
  readonly kind = "consumer";
  readonly name: string;
  /** Rises whenever the assignment has to be made anew. */
  epoch = 0;
  emptySince: Instant | undefined;
  readonly members: Map<string, ConsumerMember> = new Map();
  readonly #host: GroupHost;
  /** As assigned in `epoch`. */
  #target = new Map<string, readonly number[]>();
  #assignor: AssignorName = "uniform";
  /** How many partitions the topics had when the target was made. */
  #partitions = 0;

  constructor(name: string, host: GroupHost, now: Instant) {
    this.name = name;
    this.#host = host;
    this.emptySince = now;
  }

  /** A new coordinator reads what an older one has written. */
  load({ epoch, target, emptySince }: StoredConsumerGroup): void {
    this.epoch = epoch;
    this.#target = new Map(target);
    this.emptySince = emptySince;
  }

  loadMember(stored: StoredConsumer, now: Instant): void {
    this.unloadMember(stored.id);
    this.#heard(this.#admit(stored), now);
    this.#partitions = -1;
  }

  unloadMember(id: string): void {
    const member = this.members.get(id);
    if (member !== undefined) this.#drop(member);
  }

  resign(): void {
    for (const member of [...this.members.values()]) this.#drop(member);
  }

  /** What a commit, or a fetch of offsets, is answered, if not granted. */
  commitRefusal({ memberId, generation }: MemberIdentity): KafkaError | undefined {
    if (!this.#host.config.rules.fencesCommits) return undefined;
    if (memberId === "" && generation < 0 && this.members.size === 0) return undefined;
    const member = this.members.get(memberId);
    if (member === undefined) return "UNKNOWN_MEMBER_ID";
    return member.epoch === generation ? undefined : "STALE_MEMBER_EPOCH";
  }

  heartbeat(connection: number, heartbeat: ConsumerGroupHeartbeat, now: Instant): void {
    const { memberEpoch } = heartbeat;
    if (memberEpoch === LEAVING_EPOCH || memberEpoch === STATIC_LEAVING_EPOCH) {
      return this.#leave(connection, heartbeat, now);
    }
    const refusal = this.#refusal(heartbeat);
    if (refusal !== undefined) return this.#refuse(connection, heartbeat, refusal, now);
    const before = this.members.get(heartbeat.memberId);
    const member = before ?? this.#join(heartbeat, now);
    const records: StateRecord[] = [];
    if (before === undefined || this.#mustAssign(member, heartbeat)) this.#assign(heartbeat, records, now);
    this.#heard(member, now);
    const changed = member.reconcile({
      targetEpoch: this.epoch,
      target: this.#target.get(member.id) ?? NOTHING,
      owned: memberEpoch === JOINING_EPOCH ? (heartbeat.owned ?? NOTHING) : heartbeat.owned,
      isTaken: (partition) => this.#isTaken(partition, member),
    });
    if (changed || before === undefined) {
      records.push({ key: memberKey(this.name, member.id), value: this.#storedMember(member) });
    }
    if (changed) this.#timeRevocation(member, now);
    const full = memberEpoch === JOINING_EPOCH || heartbeat.owned !== undefined || changed;
    this.#answer(connection, member, full, records, now);
  }

  snapshot(): object {
    const { epoch } = this;
    const members = [...this.members.values()].map((member) => member.stored);
    return { kind: this.kind, epoch, members, target: [...this.#target] };
  }

  #refusal(heartbeat: ConsumerGroupHeartbeat): KafkaError | undefined {
    const { memberId, memberEpoch, instanceId, owned } = heartbeat;
    const member = this.members.get(memberId);
    if (memberEpoch === JOINING_EPOCH) {
      const former = instanceId === undefined ? undefined : this.#withInstance(instanceId);
      const inUse = former !== undefined && former.id !== memberId && former.epoch !== STATIC_LEAVING_EPOCH;
      return inUse ? "UNRELEASED_INSTANCE_ID" : undefined;
    }
    if (member === undefined) return "UNKNOWN_MEMBER_ID";
    if (memberEpoch === member.epoch) return undefined;
    // The answer that raised its epoch was lost, if it owns no more than it was given before.
    const late = memberEpoch === member.previousEpoch && owned !== undefined;
    return late && owned.every((partition) => member.assigned.includes(partition))
      ? undefined
      : "FENCED_MEMBER_EPOCH";
  }

  #join(heartbeat: ConsumerGroupHeartbeat, now: Instant): ConsumerMember {
    const { memberId, instanceId } = heartbeat;
    const former = instanceId === undefined ? undefined : this.#withInstance(instanceId);
    if (former === undefined) {
      this.emptySince = undefined;
      return this.#admit({ ...NEW_MEMBER, id: memberId, instanceId });
    }
    // A static member is back: what was meant for it still is.
    const target = this.#target.get(former.id) ?? NOTHING;
    this.#drop(former);
    this.#target.delete(former.id);
    this.#target.set(memberId, target);
    this.#host.write(this.name, [{ key: memberKey(this.name, former.id), value: undefined }], ignore, now);
    return this.#admit({ ...NEW_MEMBER, id: memberId, instanceId, topics: former.topics });
  }

  /** Whether the member wants something else than before, or the topics have. */
  #mustAssign(member: ConsumerMember, { topics, rebalanceTimeout }: ConsumerGroupHeartbeat): boolean {
    if (rebalanceTimeout !== undefined) member.rebalanceTimeout = rebalanceTimeout;
    const changed = topics !== undefined && topics.join() !== member.topics.join();
    return changed || this.#countPartitions() !== this.#partitions;
  }

  #assign(
    { memberId, topics, rebalanceTimeout, assignor }: ConsumerGroupHeartbeat,
    records: StateRecord[],
    now: Instant,
  ): void {
    const member = this.members.get(memberId);
    if (member !== undefined) {
      const returned =
        topics !== undefined && topics.join() === member.topics.join() && this.#target.has(memberId);
      member.topics = topics ?? member.topics;
      member.rebalanceTimeout = rebalanceTimeout ?? member.rebalanceTimeout;
      if (returned && this.#countPartitions() === this.#partitions) return;
    }
    if (assignor !== undefined) this.#assignor = assignor as AssignorName;
    this.#assignAnew(records, now);
  }

  /** A new epoch of the group, with a target for everybody. */
  #assignAnew(records: StateRecord[], now: Instant): void {
    this.epoch++;
    const wanted: Map<string, readonly number[]> = new Map();
    for (const { topics } of this.members.values()) {
      for (const topic of topics) wanted.set(topic, this.#host.partitionsOf(topic));
    }
    const members = [...this.members.values()].map(({ id, instanceId, topics }) => ({
      id,
      instanceId,
      topics,
      owned: this.#target.get(id) ?? NOTHING,
      generation: this.epoch,
    }));
    this.#target = new Map(ASSIGNORS[this.#assignor](members, wanted as Partitions));
    this.#partitions = this.#countPartitions();
    records.push({ key: groupKey(this.name), value: this.#storedGroup() });
    this.#host.rebalanced(this.name, this.epoch, this.members.size, now);
  }

  #leave(connection: number, heartbeat: ConsumerGroupHeartbeat, now: Instant): void {
    const member = this.members.get(heartbeat.memberId);
    if (member === undefined) return this.#refuse(connection, heartbeat, "UNKNOWN_MEMBER_ID", now);
    const records: StateRecord[] = [];
    if (heartbeat.memberEpoch === STATIC_LEAVING_EPOCH) {
      // Its session goes on: it may be back before anybody has to notice.
      member.epoch = STATIC_LEAVING_EPOCH;
      records.push({ key: memberKey(this.name, member.id), value: this.#storedMember(member) });
    } else this.#remove(member, records, now);
    this.#host.write(
      this.name,
      records,
      (error, at) => this.#refuse(connection, heartbeat, errorOfWrite(error), at),
      now,
    );
  }

  #remove(member: ConsumerMember, records: StateRecord[], now: Instant): void {
    this.#drop(member);
    this.#target.delete(member.id);
    records.push({ key: memberKey(this.name, member.id), value: undefined });
    if (this.members.size === 0) this.emptySince = now;
    this.#assignAnew(records, now);
  }

  #expel(id: string, now: Instant): void {
    const member = this.members.get(id);
    if (member === undefined || !this.#host.config.rules.expiresSessions) return;
    const records: StateRecord[] = [];
    this.#remove(member, records, now);
    this.#host.write(this.name, records, ignore, now);
  }

  /** The epochs of its partitions tell who has them: a member until it says that it has given them up. */
  #isTaken(partition: number, by: ConsumerMember): boolean {
    for (const member of this.members.values()) {
      if (member === by) continue;
      if (member.assigned.includes(partition)) return true;
      const heeded = this.#host.config.rules.awaitsRevocation;
      if (heeded && member.revoking.includes(partition)) return true;
    }
    return false;
  }

  #timeRevocation(member: ConsumerMember, now: Instant): void {
    if (member.state !== "unrevoked") this.#host.cancelTimer(member.revocationTimer);
    else this.#host.setTimer(member.revocationTimer, after(now, member.rebalanceTimeout));
  }

  #admit(stored: StoredConsumer): ConsumerMember {
    const expelled = (now: Instant): void => this.#expel(stored.id, now);
    const member = new ConsumerMember(stored, this.#host.newTimer(expelled), this.#host.newTimer(expelled));
    this.members.set(stored.id, member);
    return member;
  }

  #drop({ id, sessionTimer, revocationTimer }: ConsumerMember): void {
    this.#host.dropTimer(sessionTimer);
    this.#host.dropTimer(revocationTimer);
    this.members.delete(id);
  }

  #heard({ sessionTimer }: ConsumerMember, now: Instant): void {
    this.#host.setTimer(sessionTimer, after(now, this.#host.config.consumerGroupSessionTimeout));
  }

  #withInstance(instanceId: string): ConsumerMember | undefined {
    return [...this.members.values()].find((member) => member.instanceId === instanceId);
  }

  #countPartitions(): number {
    const topics = new Set<string>();
    for (const member of this.members.values()) for (const topic of member.topics) topics.add(topic);
    let count = 0;
    for (const topic of topics) count += this.#host.partitionsOf(topic).length;
    return count;
  }

  #storedMember(member: ConsumerMember): object {
    return { kind: "member", group: this.name, member: member.stored };
  }

  #storedGroup(): StoredConsumerGroup {
    const { name, epoch, emptySince } = this;
    return { kind: "consumer", group: name, epoch, emptySince, target: [...this.#target] };
  }

  #answer(
    connection: number,
    member: ConsumerMember,
    full: boolean,
    records: StateRecord[],
    now: Instant,
  ): void {
    const { id, epoch, assigned } = member;
    const granted = response("ConsumerGroupHeartbeat", {
      error: "NONE",
      memberId: id,
      memberEpoch: epoch,
      heartbeatInterval: this.#host.config.consumerGroupHeartbeatInterval,
      assignment: full ? assigned : undefined,
    });
    if (records.length === 0) return this.#host.answer(connection, granted, now);
    const written = (error: KafkaError, at: Instant): void => {
      if (error === "NONE") this.#host.answer(connection, granted, at);
      else this.#refuse(connection, { memberId: id, memberEpoch: epoch }, errorOfWrite(error), at);
    };
    this.#host.write(this.name, records, written, now);
  }

  /** Also what a member that leaves is told. */
  #refuse(
    connection: number,
    { memberId, memberEpoch }: Pick<ConsumerGroupHeartbeat, "memberId" | "memberEpoch">,
    error: KafkaError,
    now: Instant,
  ): void {
    const heartbeatInterval = this.#host.config.consumerGroupHeartbeatInterval;
    const body = { error, memberId, memberEpoch, heartbeatInterval, assignment: undefined };
    this.#host.answer(connection, response("ConsumerGroupHeartbeat", body), now);
  }
}

const NEW_MEMBER = {
  rebalanceTimeout: 0,
  topics: [],
  epoch: JOINING_EPOCH,
  previousEpoch: LEAVING_EPOCH,
  state: "stable",
  assigned: [],
  revoking: [],
} as const;

function ignore(): void {
  // Nobody waits for it: what was not written is found out by the next one who coordinates.
}
