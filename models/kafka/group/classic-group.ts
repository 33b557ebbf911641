/**
 * A group of the classic protocol, on its coordinator: members join until all are there, the one that leads assigns
 * partitions, everybody fetches its part, and heartbeats keep it that way until somebody comes or goes.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { response } from "../protocol/frames.js";
import {
  type JoinGroup,
  type KafkaError,
  type MemberIdentity,
  NO_GENERATION,
  type Requests,
  type Responses,
} from "../protocol/messages.js";
import type { StateRecord } from "../protocol/record-batch.js";
import { type ClassicMember, NOBODY_WAITS, type StoredMember } from "./classic-member.js";
import { ClassicRoster, type RosterUser } from "./classic-roster.js";
import { type GroupHost, errorOfWrite } from "./group-host.js";
import { type StoredGroup, groupKey } from "./group-records.js";

export type ClassicState = "empty" | "joining" | "assigning" | "stable";

export class ClassicGroup implements RosterUser {
  readonly kind = "classic";
  readonly name: string;
  state: ClassicState = "empty";
  generation = 0;
  protocol = "";
  emptySince: Instant | undefined;
  readonly roster: ClassicRoster;
  readonly #host: GroupHost;
  #leader = "";
  /** Of the phase: until when members may join, or sync. */
  readonly #timer: number;
  /** While an empty group waits for its first members: until when at most, and whether one came since it looked. */
  #initialUntil: Instant = 0;
  #joinedMeanwhile = false;
  #writing = false;

  constructor(name: string, host: GroupHost, now: Instant) {
    this.name = name;
    this.#host = host;
    this.roster = new ClassicRoster(host, this);
    this.emptySince = now;
    this.#timer = host.newTimer((at) => this.#phaseOver(at));
  }

  /** A new coordinator reads what an older one has written. Everybody has a session's time to show up. */
  load({ generation, protocol, leader, members, emptySince }: StoredGroup, now: Instant): void {
    this.roster.clear();
    this.generation = generation;
    this.protocol = protocol;
    this.#leader = leader;
    this.emptySince = emptySince;
    this.state = members.length === 0 ? "empty" : "stable";
    for (const stored of members as readonly StoredMember[]) {
      const member = this.roster.admit(stored.id, stored);
      member.assignment = stored.assignment;
      this.roster.heard(member, now);
    }
  }

  /** Another broker coordinates it now: who waits here is sent there. */
  resign(now: Instant): void {
    for (const member of this.roster.all) {
      this.#answerJoin(member, this.#refusedJoin("NOT_COORDINATOR", member.id), now);
      this.#answerSync(member, "NOT_COORDINATOR", now);
    }
    this.roster.clear();
    this.#host.dropTimer(this.#timer);
  }

  /** Undefined: the request may be granted. */
  refusal({ memberId, generation, instanceId }: MemberIdentity): KafkaError | undefined {
    const member = this.roster.member(memberId);
    if (member === undefined)
      return this.roster.withInstance(instanceId) !== undefined ? "FENCED_INSTANCE_ID" : "UNKNOWN_MEMBER_ID";
    return generation === this.generation ? undefined : "ILLEGAL_GENERATION";
  }

  /** What a commit is answered, if not granted; clients without membership may commit while nobody is there. */
  commitRefusal(identity: MemberIdentity): KafkaError | undefined {
    if (!this.#host.config.rules.fencesCommits) return undefined;
    const outsider = identity.generation === NO_GENERATION && identity.memberId === "";
    if (outsider) return this.state === "empty" ? undefined : "UNKNOWN_MEMBER_ID";
    return this.refusal(identity) ?? (this.state === "assigning" ? "REBALANCE_IN_PROGRESS" : undefined);
  }

  join(connection: number, join: JoinGroup, now: Instant): void {
    const { memberId, instanceId, protocols } = join;
    if (memberId === "") return this.#joinUnknown(connection, join, now);
    if (this.roster.arrived(memberId)) return this.#joinNew(connection, memberId, join, now);
    const member = this.roster.member(memberId);
    if (member === undefined) {
      const error =
        this.roster.withInstance(instanceId) !== undefined ? "FENCED_INSTANCE_ID" : "UNKNOWN_MEMBER_ID";
      return this.#host.answer(connection, this.#refusedJoin(error, memberId), now);
    }
    const same = member.wants(protocols);
    const settled = this.state === "assigning" || (this.state === "stable" && memberId !== this.#leader);
    if (same && settled) return this.#tellGeneration(connection, member, now);
    member.update(join);
    this.#awaitOthers(connection, member, now);
  }

  sync(connection: number, { assignments, ...identity }: Requests["SyncGroup"], now: Instant): void {
    const refusal =
      this.refusal(identity) ?? (this.state === "joining" ? "REBALANCE_IN_PROGRESS" : undefined);
    const member = this.roster.member(identity.memberId);
    if (refusal !== undefined || member === undefined) {
      const error = refusal ?? "UNKNOWN_MEMBER_ID";
      const refused = { error, protocol: "", partitions: [] };
      return this.#host.answer(connection, response("SyncGroup", refused), now);
    }
    member.syncing = connection;
    if (this.state === "stable") return this.#answerSync(member, "NONE", now);
    if (member.id !== this.#leader || this.#writing) return;
    for (const each of this.roster.all) {
      each.assignment = assignments.find(({ memberId }) => memberId === each.id)?.partitions ?? [];
    }
    this.#writeAssignment(now);
  }

  heartbeat(identity: MemberIdentity, now: Instant): KafkaError {
    const refusal = this.refusal(identity);
    if (refusal !== undefined) return refusal;
    const member = this.roster.member(identity.memberId);
    if (member !== undefined) this.roster.heard(member, now);
    return this.state === "joining" ? "REBALANCE_IN_PROGRESS" : "NONE";
  }

  leave({ memberId, instanceId }: Requests["LeaveGroup"], now: Instant): KafkaError {
    if (this.roster.arrived(memberId)) {
      this.#tryComplete(now);
      return "NONE";
    }
    const member = this.roster.member(memberId);
    if (member === undefined)
      return this.roster.withInstance(instanceId) !== undefined ? "FENCED_INSTANCE_ID" : "UNKNOWN_MEMBER_ID";
    this.#remove(member, now);
    return "NONE";
  }

  // RosterUser

  sessionOver(member: ClassicMember, now: Instant): void {
    if (!member.isWaiting && this.#host.config.rules.expiresSessions) this.#remove(member, now);
  }

  gaveUp(now: Instant): void {
    this.#tryComplete(now);
  }

  snapshot(): object {
    const { state, generation } = this;
    const members = this.roster.all.map(({ id, assignment }) => ({ id, assignment }));
    return { kind: this.kind, state, generation, members };
  }

  #joinUnknown(connection: number, join: JoinGroup, now: Instant): void {
    const { instanceId } = join;
    const former = this.roster.withInstance(instanceId);
    if (former !== undefined) return this.#replace(connection, former, join, now);
    const id = this.roster.newId(join, now);
    if (instanceId !== undefined) return this.#joinNew(connection, id, join, now);
    // It is to come back with its id: one that does not would be a member whom nobody serves [KIP-394].
    this.roster.expect(id, join, now);
    this.#host.answer(connection, this.#refusedJoin("MEMBER_ID_REQUIRED", id), now);
  }

  #joinNew(connection: number, id: string, join: JoinGroup, now: Instant): void {
    const member = this.roster.admit(id, join);
    this.#joinedMeanwhile = true;
    this.#awaitOthers(connection, member, now);
  }

  /** A static member comes back under another id: the older one is fenced, nobody else need know [KIP-345]. */
  #replace(connection: number, former: ClassicMember, join: JoinGroup, now: Instant): void {
    const id = this.roster.newId(join, now);
    const leads = this.#leader === former.id;
    const same = former.subscription(this.protocol).topics.join() === topicsOf(join, this.protocol);
    if (this.#host.config.rules.fencesFormerInstances) {
      this.#answerJoin(former, this.#refusedJoin("FENCED_INSTANCE_ID", former.id), now);
      this.#answerSync(former, "FENCED_INSTANCE_ID", now);
      this.roster.remove(former);
    }
    const member = this.roster.admit(id, join);
    member.assignment = former.assignment;
    if (leads) this.#leader = id;
    const inPlace = this.state === "stable" && same && this.#host.config.rules.keepsPlaces;
    if (!inPlace) return this.#awaitOthers(connection, member, now);
    this.roster.heard(member, now);
    this.#write((error, at) => {
      if (error !== "NONE") {
        this.#host.answer(connection, this.#refusedJoin(errorOfWrite(error), ""), at);
      } else this.#tellGeneration(connection, member, at, leads);
    }, now);
  }

  #awaitOthers(connection: number, member: ClassicMember, now: Instant): void {
    this.roster.rests(member);
    member.joining = connection;
    if (this.state !== "joining") this.#prepareRebalance(now);
    else this.#tryComplete(now);
  }

  #prepareRebalance(now: Instant): void {
    for (const member of this.roster.all) {
      if (member.syncing === NOBODY_WAITS) continue;
      this.#answerSync(member, "REBALANCE_IN_PROGRESS", now);
      this.roster.heard(member, now);
    }
    const { groupInitialRebalanceDelay } = this.#host.config;
    const first = this.state === "empty" && groupInitialRebalanceDelay > 0;
    this.state = "joining";
    this.#initialUntil = first ? after(now, this.#rebalanceTimeout()) : 0;
    this.#joinedMeanwhile = false;
    if (!first) this.#host.setTimer(this.#timer, after(now, this.#rebalanceTimeout()));
    else
      this.#host.setTimer(this.#timer, Math.min(after(now, groupInitialRebalanceDelay), this.#initialUntil));
    this.#tryComplete(now);
  }

  #phaseOver(now: Instant): void {
    if (this.state === "assigning") return this.#expireUnsynced(now);
    if (this.state !== "joining") return;
    if (now < this.#initialUntil && this.#joinedMeanwhile) {
      // As long as members come, the first generation waits a little longer [KIP-134].
      this.#joinedMeanwhile = false;
      const { groupInitialRebalanceDelay } = this.#host.config;
      const next = Math.min(after(now, groupInitialRebalanceDelay), this.#initialUntil);
      return this.#host.setTimer(this.#timer, next);
    }
    this.#initialUntil = 0;
    this.#complete(now);
  }

  #tryComplete(now: Instant): void {
    if (this.state !== "joining" || this.#initialUntil > now) return;
    if (this.roster.isExpecting) return;
    for (const { joining } of this.roster.all) if (joining === NOBODY_WAITS) return;
    this.#complete(now);
  }

  /** Whoever has not joined in time is out; static members stay until their session ends [KIP-345]. */
  #complete(now: Instant): void {
    this.#host.cancelTimer(this.#timer);
    for (const member of this.roster.all) {
      if (member.joining !== NOBODY_WAITS || member.instanceId !== undefined) continue;
      this.roster.remove(member);
    }
    const present = this.roster.all.filter(({ joining }) => joining !== NOBODY_WAITS);
    if (this.roster.size > 0 && present.length === 0) {
      this.#host.setTimer(this.#timer, after(now, this.#rebalanceTimeout()));
      return;
    }
    this.generation++;
    this.#host.rebalanced(this.name, this.generation, this.roster.size, now);
    if (this.roster.size === 0) return this.#becomeEmpty(now);
    this.emptySince = undefined;
    this.protocol = this.#choose();
    if (!present.some(({ id }) => id === this.#leader)) this.#leader = present[0]?.id ?? "";
    this.state = "assigning";
    this.#host.setTimer(this.#timer, after(now, this.#rebalanceTimeout()));
    for (const member of present) {
      const connection = member.joining;
      member.joining = NOBODY_WAITS;
      this.roster.heard(member, now);
      this.#tellGeneration(connection, member, now);
    }
  }

  #expireUnsynced(now: Instant): void {
    const late = this.roster.all.filter(({ syncing }) => syncing === NOBODY_WAITS);
    for (const member of late) {
      this.roster.remove(member);
    }
    if (late.length > 0) this.#prepareRebalance(now);
  }

  #becomeEmpty(now: Instant): void {
    this.state = "empty";
    this.#leader = "";
    this.protocol = "";
    this.emptySince = now;
    this.#write(() => undefined, now);
  }

  #writeAssignment(now: Instant): void {
    const { generation } = this;
    this.#writing = true;
    this.#write((error, at) => {
      this.#writing = false;
      if (this.state !== "assigning" || this.generation !== generation) return;
      if (error !== "NONE") {
        for (const member of this.roster.all) this.#answerSync(member, errorOfWrite(error), at);
        return this.#prepareRebalance(at);
      }
      this.state = "stable";
      this.#host.cancelTimer(this.#timer);
      for (const member of this.roster.all) this.#answerSync(member, "NONE", at);
    }, now);
  }

  #write(written: (error: KafkaError, now: Instant) => void, now: Instant): void {
    const value: StoredGroup = {
      kind: "classic",
      group: this.name,
      generation: this.generation,
      protocol: this.protocol,
      leader: this.#leader,
      emptySince: this.emptySince,
      members: this.roster.all.map((member) => member.stored),
    };
    const records: StateRecord[] = [{ key: groupKey(this.name), value }];
    this.#host.write(this.name, records, written, now);
  }

  #tellGeneration(connection: number, member: ClassicMember, now: Instant, skip = false): void {
    const leads = member.id === this.#leader;
    const everybody = this.roster.all.map(({ id, instanceId, protocols }) => ({
      memberId: id,
      instanceId,
      subscription: protocols.find(({ name }) => name === this.protocol)?.subscription ?? NO_SUBSCRIPTION,
    }));
    const body: Responses["JoinGroup"] = {
      error: "NONE",
      generation: this.generation,
      protocol: this.protocol,
      leader: this.#leader,
      memberId: member.id,
      skipAssignment: skip,
      members: leads ? everybody : [],
    };
    this.#host.answer(connection, response("JoinGroup", body), now);
  }

  /** The first of each member's protocols that all know has its vote. */
  #choose(): string {
    const members = this.roster.all;
    const common = (name: string): boolean =>
      members.every(({ protocols }) => protocols.some((each) => each.name === name));
    const votes = new Map<string, number>();
    let chosen = "";
    for (const { protocols } of members) {
      const vote = protocols.find(({ name }) => common(name))?.name ?? "";
      votes.set(vote, (votes.get(vote) ?? 0) + 1);
      if ((votes.get(vote) ?? 0) > (votes.get(chosen) ?? 0)) chosen = vote;
    }
    return chosen;
  }

  #remove(member: ClassicMember, now: Instant): void {
    this.#answerJoin(member, this.#refusedJoin("UNKNOWN_MEMBER_ID", member.id), now);
    this.#answerSync(member, "UNKNOWN_MEMBER_ID", now);
    this.roster.remove(member);
    if (this.state === "joining") this.#tryComplete(now);
    else if (this.state !== "empty") this.#prepareRebalance(now);
  }

  #answerJoin(member: ClassicMember, answer: ReturnType<typeof response>, now: Instant): void {
    if (member.joining === NOBODY_WAITS) return;
    const connection = member.joining;
    member.joining = NOBODY_WAITS;
    this.#host.answer(connection, answer, now);
  }

  #answerSync(member: ClassicMember, error: KafkaError, now: Instant): void {
    if (member.syncing === NOBODY_WAITS) return;
    const connection = member.syncing;
    member.syncing = NOBODY_WAITS;
    const partitions = error === "NONE" ? member.assignment : [];
    this.roster.heard(member, now);
    this.#host.answer(connection, response("SyncGroup", { error, protocol: this.protocol, partitions }), now);
  }

  #refusedJoin(error: KafkaError, memberId: string): ReturnType<typeof response> {
    const nothing = {
      generation: NO_GENERATION,
      protocol: "",
      leader: "",
      skipAssignment: false,
      members: [],
    };
    return response("JoinGroup", { error, memberId, ...nothing });
  }

  #rebalanceTimeout(): number {
    let longest = 0;
    for (const { rebalanceTimeout } of this.roster.all) longest = Math.max(longest, rebalanceTimeout);
    return longest;
  }
}

const NO_SUBSCRIPTION = { topics: [], owned: [], generation: NO_GENERATION };

function topicsOf({ protocols }: JoinGroup, protocol: string): string {
  return protocols.find(({ name }) => name === protocol)?.subscription.topics.join() ?? "";
}
