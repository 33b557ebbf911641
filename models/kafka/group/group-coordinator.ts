/**
 * The coordinator of groups on a broker: keeps the groups whose names belong to partitions of `__consumer_offsets` that
 * the broker leads, and the offsets that they have committed.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { BrokerConfig } from "../broker/broker-config.js";
import { BROKER_TIMER } from "../broker/broker-sink.js";
import { type Coordinator, type CoordinatorHost, coordinatingPartition } from "../broker/coordinators.js";
import { type Request, response } from "../protocol/frames.js";
import type { KafkaError, MemberIdentity, Requests } from "../protocol/messages.js";
import type { StateRecord, StoredBatch } from "../protocol/record-batch.js";
import { stateBatch } from "../protocol/record-batch.js";
import { ClassicGroup } from "./classic-group.js";
import { CommittedOffsets } from "./committed-offsets.js";
import { ConsumerGroup } from "./consumer-group.js";
import type { StoredConsumer } from "./consumer-member.js";
import { type GroupHost, errorOfWrite } from "./group-host.js";
import {
  GROUP_KEY,
  OFFSET_KEY,
  type StoredOffset,
  type StoredState,
  groupKey,
  offsetKey,
  stateBytes,
} from "./group-records.js";
import { TransactionalCommits } from "./transactional-commits.js";

/** A group, of one protocol or the other, and what it has committed. */
interface Group {
  readonly name: string;
  readonly offsets: CommittedOffsets;
  members: ClassicGroup | ConsumerGroup | undefined;
}

export class GroupCoordinator implements Coordinator {
  readonly kind = "group";
  readonly #host: CoordinatorHost;
  readonly #config: BrokerConfig;
  readonly #groupHost: GroupHost;
  readonly #inTransactions: TransactionalCommits;
  /** By partition of the internal topic that this broker leads, then by name. */
  readonly #groups = new Map<number, Map<string, Group>>();
  /** Timers of groups and members, by number. */
  readonly #timers = new Map<number, (now: Instant) => void>();
  #timerNumbers = 0;

  constructor(host: CoordinatorHost, config: BrokerConfig) {
    this.#host = host;
    this.#config = config;
    this.#groupHost = this.#hostOfGroups();
    this.#inTransactions = new TransactionalCommits(host, config, (name) => {
      const group = this.group(name);
      return group && { offsets: group.offsets, refusal: (identity) => commitRefusal(group, identity) };
    });
  }

  // Coordinator

  received(connection: number, request: Request, now: Instant): boolean {
    switch (request.api) {
      case "JoinGroup": {
        const { memberId } = request.body;
        const nothing = { generation: -1, protocol: "", leader: "", skipAssignment: false, members: [] };
        const group = this.#classic(request.body.group, now);
        if (typeof group !== "string") group.join(connection, request.body, now);
        else this.#reply(connection, "JoinGroup", { error: group, memberId, ...nothing }, now);
        return true;
      }
      case "SyncGroup": {
        const group = this.#classic(request.body.group, now);
        if (typeof group !== "string") group.sync(connection, request.body, now);
        else this.#reply(connection, "SyncGroup", { error: group, protocol: "", partitions: [] }, now);
        return true;
      }
      case "Heartbeat": {
        const group = this.#classic(request.body.group, now);
        const error = typeof group === "string" ? group : group.heartbeat(request.body, now);
        this.#reply(connection, "Heartbeat", { error }, now);
        return true;
      }
      case "LeaveGroup": {
        const { memberId } = request.body;
        const group = this.#classic(request.body.group, now);
        const error = typeof group === "string" ? group : group.leave(request.body, now);
        this.#reply(connection, "LeaveGroup", { error, memberId }, now);
        return true;
      }
      case "ConsumerGroupHeartbeat":
        this.#consumerHeartbeat(connection, request.body, now);
        return true;
      case "OffsetCommit":
        this.#commit(connection, request.body, now);
        return true;
      case "TxnOffsetCommit":
        this.#inTransactions.commit(connection, request.body, now);
        return true;
      case "OffsetFetch":
        this.#fetchOffsets(connection, request.body, now);
        return true;
      default:
        return false;
    }
  }

  /** Whoever waited there has a session that will end. */
  closed(): void {
    // Members belong to sessions, not to connections.
  }

  elected(partition: number, _leaderEpoch: number, log: readonly StoredBatch[], now: Instant): void {
    this.#groups.set(partition, new Map());
    if (this.#config.rules.loadsGroups) for (const stored of log) this.#load(partition, stored, now);
    const next = after(now, this.#config.offsetsRetentionCheckInterval);
    this.#host.setTimer(BROKER_TIMER.offsetExpiry, partition, next);
  }

  resigned(partition: number, now: Instant): void {
    const groups = this.#groups.get(partition);
    this.#groups.delete(partition);
    for (const { members } of groups?.values() ?? []) members?.resign(now);
    this.#host.cancelTimer(BROKER_TIMER.offsetExpiry, partition);
  }

  transactionEnded(partition: number, producerId: number, committed: boolean, _now: Instant): void {
    for (const { offsets } of this.#groups.get(partition)?.values() ?? []) {
      offsets.transactionEnded(producerId, committed);
    }
  }

  timerFired(kind: number, id: number, now: Instant): boolean {
    if (kind === BROKER_TIMER.offsetExpiry) this.#expireOffsets(id, now);
    else if (kind === BROKER_TIMER.group) this.#timers.get(id)?.(now);
    else return false;
    return true;
  }

  forget(): void {
    this.#groups.clear();
    this.#timers.clear();
  }

  // For pictures, reports and tests

  /** Every group that this broker coordinates, with what it has committed. */
  get groups(): readonly {
    readonly name: string;
    readonly offsets: readonly StoredOffset[];
    readonly state: unknown;
  }[] {
    return [...this.#groups.values()].flatMap((groups) =>
      [...groups.values()].map(({ name, offsets, members }) => {
        return { name, offsets: [...offsets.all], state: members?.snapshot() };
      }),
    );
  }

  /** The group, made when nobody knows it; undefined: another broker coordinates it. */
  group(name: string): Group | undefined {
    const partition = coordinatingPartition(this.#host.cluster, "group", name);
    const groups = partition === undefined ? undefined : this.#groups.get(partition);
    return groups === undefined ? undefined : this.#groupIn(groups, name);
  }

  #classic(name: string, now: Instant): ClassicGroup | KafkaError {
    const group = this.group(name);
    if (group === undefined) return "NOT_COORDINATOR";
    if (
      group.members === undefined ||
      (group.members.kind === "consumer" && group.members.members.size === 0)
    ) {
      group.members = new ClassicGroup(name, this.#groupHost, now);
    }
    return group.members.kind === "classic" ? group.members : "INCONSISTENT_GROUP_PROTOCOL";
  }

  #consumerHeartbeat(connection: number, heartbeat: Requests["ConsumerGroupHeartbeat"], now: Instant): void {
    const { memberId, memberEpoch, group: name } = heartbeat;
    const group = this.group(name);
    const refuse = (error: KafkaError): void => {
      const body = { error, memberId, memberEpoch, heartbeatInterval: 0, assignment: undefined };
      this.#reply(connection, "ConsumerGroupHeartbeat", body, now);
    };
    if (group === undefined) return refuse("NOT_COORDINATOR");
    if (
      group.members === undefined ||
      (group.members.kind === "classic" && group.members.state === "empty")
    ) {
      group.members = new ConsumerGroup(name, this.#groupHost, now);
    }
    if (group.members.kind === "consumer") return group.members.heartbeat(connection, heartbeat, now);
    // Groups change from one protocol to the other when they are empty.
    return refuse("GROUP_ID_NOT_FOUND");
  }

  #commit(connection: number, commit: Requests["OffsetCommit"], now: Instant): void {
    const { offsets, byId } = commit;
    const told = (error: KafkaError, at: Instant): void => {
      const results = offsets.map(({ partition }) => ({ partition, error }));
      this.#reply(connection, "OffsetCommit", { byId, results }, at);
    };
    const group = this.group(commit.group);
    const refusal = group === undefined ? "NOT_COORDINATOR" : commitRefusal(group, commit);
    if (refusal !== undefined || group === undefined) return told(refusal ?? "NOT_COORDINATOR", now);
    const records = group.offsets.records(offsets, now);
    const apply = (): void => {
      for (const { value } of records) this.#committed(group, value as StoredOffset);
    };
    if (!this.#config.rules.commitsDurably) {
      apply();
      told("NONE", now);
      return this.#write(commit.group, records, () => undefined, now);
    }
    this.#write(
      commit.group,
      records,
      (error, at) => {
        if (error === "NONE") apply();
        told(errorOfWrite(error), at);
      },
      now,
    );
  }

  #committed(group: Group, stored: StoredOffset): void {
    const before = group.offsets.of(stored.partition).offset;
    if (stored.offset < before) this.#host.noteLowered(group.name, stored.partition, before, stored.offset);
    group.offsets.committed(stored);
  }

  #fetchOffsets(connection: number, fetch: Requests["OffsetFetch"], now: Instant): void {
    const { group: name, byId, partitions, memberId, generation, requireStable } = fetch;
    const group = this.group(name);
    let error: KafkaError = group === undefined ? "NOT_COORDINATOR" : "NONE";
    if (byId && group?.members?.kind === "consumer") {
      const identity: MemberIdentity = { group: name, memberId, generation, instanceId: undefined };
      error = group.members.commitRefusal(identity) ?? "NONE";
    }
    const results =
      error !== "NONE" || group === undefined
        ? []
        : partitions.map((partition) => {
            const unstable = requireStable && group.offsets.isUnstable(partition);
            const known = group.offsets.of(partition);
            return { ...known, error: unstable ? ("UNSTABLE_OFFSET_COMMIT" as const) : ("NONE" as const) };
          });
    this.#reply(connection, "OffsetFetch", { group: name, byId, error, results }, now);
  }

  #load(partition: number, stored: StoredBatch, now: Instant): void {
    const { control, transactional, producerId } = stored.batch;
    if (control?.kind === "marker")
      return this.transactionEnded(partition, producerId, control.committed, now);
    if (control?.kind !== "state") return;
    const kept =
      stored.kept === undefined ? control.records : stored.kept.map((place) => control.records[place]);
    for (const record of kept) {
      if (record === undefined) continue;
      if (transactional)
        this.#groupOf(partition, record)?.offsets.pending(producerId, record.value as StoredOffset);
      else this.#replay(partition, record, now);
    }
  }

  #replay(partition: number, record: StateRecord, now: Instant): void {
    const group = this.#groupOf(partition, record);
    if (group === undefined) return;
    const [what, id] = record.key.split(" ") as [string, string];
    if (record.value === undefined) {
      if (what === OFFSET_KEY) group.offsets.forget(Number(id));
      else if (what === GROUP_KEY) group.members = undefined;
      else if (group.members?.kind === "consumer") group.members.unloadMember(id);
      return;
    }
    const value = record.value as StoredState;
    if (!("kind" in value)) group.offsets.committed(value);
    else if (value.kind === "classic") {
      if (group.members?.kind !== "classic")
        group.members = new ClassicGroup(group.name, this.#groupHost, now);
      group.members.load(value, now);
    } else {
      if (group.members?.kind !== "consumer")
        group.members = new ConsumerGroup(group.name, this.#groupHost, now);
      if (value.kind === "consumer") group.members.load(value);
      else group.members.loadMember(value.member as StoredConsumer, now);
    }
  }

  #groupOf(partition: number, { key }: StateRecord): Group | undefined {
    const groups = this.#groups.get(partition);
    return groups === undefined ? undefined : this.#groupIn(groups, key.slice(key.lastIndexOf(" ") + 1));
  }

  #groupIn(groups: Map<string, Group>, name: string): Group {
    let group = groups.get(name);
    if (group === undefined) {
      group = { name, offsets: new CommittedOffsets(name, this.#config.rules), members: undefined };
      groups.set(name, group);
    }
    return group;
  }

  #expireOffsets(partition: number, now: Instant): void {
    const { offsetsRetention, offsetsRetentionCheckInterval, rules } = this.#config;
    for (const group of this.#groups.get(partition)?.values() ?? []) {
      const inUse = emptySinceOf(group) === undefined;
      if (inUse && rules.keepsOffsetsInUse) continue;
      const emptySince = emptySinceOf(group) ?? -Infinity;
      const expired = group.offsets.expired(emptySince, now - offsetsRetention);
      for (const stored of expired) group.offsets.forget(stored.partition);
      const records: StateRecord[] = expired.map((stored) => {
        return { key: offsetKey(group.name, stored.partition), value: undefined };
      });
      if (!inUse && group.offsets.isEmpty && expired.length > 0) {
        records.push({ key: groupKey(group.name), value: undefined });
        group.members = undefined;
      }
      if (records.length > 0) this.#write(group.name, records, () => undefined, now);
    }
    const next = after(now, offsetsRetentionCheckInterval);
    this.#host.setTimer(BROKER_TIMER.offsetExpiry, partition, next);
  }

  #write(group: string, records: readonly StateRecord[], written: GroupWritten, now: Instant): void {
    const partition = coordinatingPartition(this.#host.cluster, "group", group);
    if (partition === undefined) return written("NOT_LEADER_OR_FOLLOWER", now);
    const batch = stateBatch(records, stateBytes(records), now);
    this.#host.append(partition, batch, this.#config.offsetCommitTimeout, written, now);
  }

  #reply<Name extends Parameters<typeof response>[0]>(
    connection: number,
    api: Name,
    body: Parameters<typeof response<Name>>[1],
    now: Instant,
  ): void {
    this.#host.reply(connection, response(api, body), now);
  }

  #hostOfGroups(): GroupHost {
    return {
      config: this.#config,
      answer: (connection, answer, now) => this.#host.reply(connection, answer, now),
      write: (group, records, written, now) => this.#write(group, records, written, now),
      partitionsOf: (topic) => this.#partitionsOf(topic),
      setTimer: (timer, at) => this.#host.setTimer(BROKER_TIMER.group, timer, at),
      cancelTimer: (timer) => this.#host.cancelTimer(BROKER_TIMER.group, timer),
      newTimer: (fired) => {
        this.#timers.set(this.#timerNumbers, fired);
        return this.#timerNumbers++;
      },
      dropTimer: (timer) => {
        this.#host.cancelTimer(BROKER_TIMER.group, timer);
        this.#timers.delete(timer);
      },
      rebalanced: (group, generation, members) => this.#host.rebalanced(group, generation, members),
    };
  }

  #partitionsOf(topic: string): readonly number[] {
    const states = this.#host.cluster.partitions.filter((state) => state.topic === topic);
    return states.sort((a, b) => a.index - b.index).map(({ partition }) => partition);
  }
}

type GroupWritten = (error: KafkaError, now: Instant) => void;

function commitRefusal({ members }: Group, identity: MemberIdentity): KafkaError | undefined {
  if (members !== undefined) return members.commitRefusal(identity);
  // Nobody ever joined: clients may commit that are no members.
  return identity.generation < 0 ? undefined : "ILLEGAL_GENERATION";
}

/** Undefined: it has members. A group that never had any is empty since its commits. */
function emptySinceOf({ members }: Group): Instant | undefined {
  return members === undefined ? -Infinity : members.emptySince;
}
