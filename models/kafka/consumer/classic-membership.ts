/**
 * A member of a group of the classic protocol: joins, assigns partitions if it leads, fetches its part, says that it
 * lives. It joins and gives up partitions inside poll; heartbeats go on in the background.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { ASSIGNORS, type AssignorName, isCooperative, revokingFirst } from "../group/assignors.js";
import type { Response } from "../protocol/frames.js";
import {
  type KafkaError,
  type MemberAssignment,
  type MemberIdentity,
  NO_GENERATION,
  type Responses,
} from "../protocol/messages.js";
import { CONSUMER_TIMER } from "./consumer-sink.js";
import type { Membership, MembershipHost } from "./membership.js";

type State = "outside" | "preparing" | "joining" | "syncing" | "stable" | "ended";

/** A join may take as long as its group's rebalance, and five seconds more (JOIN_GROUP_TIMEOUT_LAPSE). */
const JOIN_LAPSE = 5_000_000_000;

/** Errors that the application does not survive. */
const FATAL: readonly KafkaError[] = [
  "FENCED_INSTANCE_ID",
  "GROUP_AUTHORIZATION_FAILED",
  "INCONSISTENT_GROUP_PROTOCOL",
];

export class ClassicMembership implements Membership {
  readonly #host: MembershipHost;
  #state: State = "outside";
  #memberId = "";
  #generation = NO_GENERATION;
  #protocol = "";
  #assignments: readonly MemberAssignment[] = [];
  /** Came with the latest sync, and waits for poll. */
  #arrived: readonly number[] | undefined;
  /** The group has to be joined again, though this member is still in it. */
  #rejoins = false;
  /** What was owned before belongs to others by now. */
  #lost = false;
  #asking = false;
  #beating = false;
  #notBefore: Instant = 0;

  constructor(host: MembershipHost) {
    this.#host = host;
  }

  get memberId(): string {
    return this.#memberId;
  }

  get identity(): MemberIdentity | undefined {
    const settled = this.#state === "stable" || this.#state === "preparing";
    return settled && this.#generation !== NO_GENERATION ? this.#identity() : undefined;
  }

  start(now: Instant): void {
    this.#watchPolls(now);
  }

  attend(now: Instant): void {
    if (this.#arrived !== undefined && this.#state === "stable") this.#adopt(this.#arrived, now);
    if (this.#lost) {
      this.#lost = false;
      this.#host.revoke(this.#host.owned, now);
    }
    if (this.#state === "outside" || (this.#state === "stable" && this.#rejoins)) this.#prepare(now);
  }

  answered(response: Response, now: Instant): void {
    if (this.#state === "ended") return;
    switch (response.api) {
      case "JoinGroup":
        this.#asking = false;
        return this.#joined(response.body, now);
      case "SyncGroup":
        this.#asking = false;
        return this.#synced(response.body, now);
      case "Heartbeat":
        this.#beating = false;
        return this.#heard(response.body.error, now);
      default:
    }
  }

  unanswered(now: Instant): void {
    this.#asking = false;
    this.#beating = false;
    this.#later(now);
  }

  coordinatorReady(now: Instant): void {
    this.#pursue(now);
  }

  fenced(error: KafkaError, { memberId, generation }: MemberIdentity, now: Instant): void {
    if (memberId !== this.#memberId || generation !== this.#generation) return;
    this.#heard(error, now);
  }

  timerFired(kind: number, now: Instant): void {
    if (kind === CONSUMER_TIMER.heartbeat) this.#beat(now);
    else if (kind === CONSUMER_TIMER.rejoin) this.#pursue(now);
    else if (kind === CONSUMER_TIMER.pollTimeout) this.#watchPolls(now);
  }

  /** Static members do not say goodbye: they may be back within their session [KIP-345]. */
  leave(now: Instant): boolean {
    const { group } = this.#host;
    const { memberId, instanceId } = this.#identity();
    const says = instanceId === undefined && memberId !== "";
    const said = says && this.#host.ask("LeaveGroup", { group: group.id, memberId, instanceId }, now);
    this.#forgetGeneration(true);
    this.#state = "outside";
    return said;
  }

  forget(): void {
    this.#forgetGeneration(true);
    this.#state = "outside";
    this.#arrived = undefined;
    this.#lost = false;
    this.#asking = false;
    this.#beating = false;
    this.#notBefore = 0;
  }

  #identity(): MemberIdentity {
    const { id, instanceId } = this.#host.group;
    return { group: id, memberId: this.#memberId, generation: this.#generation, instanceId };
  }

  #isEager(): boolean {
    return !this.#host.group.assignors.every(isCooperative);
  }

  /** Before it joins: what was done is committed, and what everybody may lose is given up. */
  #prepare(now: Instant): void {
    this.#rejoins = false;
    this.#state = "preparing";
    const known = this.#generation !== NO_GENERATION;
    const given = this.#isEager() || !known ? this.#host.owned : [];
    this.#host.beginRevoking(given);
    const join = (at: Instant): void => {
      if (this.#state !== "preparing") return;
      this.#host.revoke(given, at);
      this.#state = "joining";
      this.#pursue(at);
    };
    if (known && this.#host.owned.length > 0) this.#host.commitBeforeRevoking(join, now);
    else join(now);
  }

  #pursue(now: Instant): void {
    if (this.#asking) return;
    if (now < this.#notBefore) return this.#host.setTimer(CONSUMER_TIMER.rejoin, this.#notBefore);
    if (this.#state === "joining") this.#asking = this.#join(now);
    else if (this.#state === "syncing") {
      const protocol = this.#protocol;
      this.#asking = this.#host.ask(
        "SyncGroup",
        { ...this.#identity(), protocol, assignments: this.#assignments },
        now,
      );
    }
  }

  #join(now: Instant): boolean {
    const { config, group, owned } = this.#host;
    const { id, instanceId, sessionTimeout, assignors } = group;
    const subscription = { topics: config.topics, owned, generation: this.#generation };
    const join = {
      group: id,
      memberId: this.#memberId,
      instanceId,
      clientId: config.clientId,
      sessionTimeout,
      rebalanceTimeout: config.maxPollInterval,
      protocols: assignors.map((name) => ({ name, subscription })),
    };
    return this.#host.ask("JoinGroup", join, now, config.maxPollInterval + JOIN_LAPSE);
  }

  #joined(body: Responses["JoinGroup"], now: Instant): void {
    if (this.#state !== "joining") return;
    switch (body.error) {
      case "NONE": {
        this.#memberId = body.memberId;
        this.#generation = body.generation;
        this.#protocol = body.protocol;
        const decides = body.leader === body.memberId && !body.skipAssignment;
        this.#assignments = decides ? this.#assign(body) : [];
        this.#state = "syncing";
        this.#scheduleBeat(now);
        return this.#pursue(now);
      }
      case "MEMBER_ID_REQUIRED":
        this.#memberId = body.memberId;
        return this.#pursue(now);
      case "UNKNOWN_MEMBER_ID":
        this.#forgetGeneration(true);
        return this.#later(now);
      default:
        return this.#refused(body.error, now);
    }
  }

  /** As the leader of the group. */
  #assign({ members, protocol }: Responses["JoinGroup"]): MemberAssignment[] {
    const wanted = new Map<string, readonly number[]>();
    for (const { subscription } of members) {
      for (const topic of subscription.topics) wanted.set(topic, this.#host.partitionsOf(topic));
    }
    const assign = ASSIGNORS[protocol as AssignorName];
    const known = members.map(({ memberId, instanceId, subscription }) => ({
      id: memberId,
      instanceId,
      ...subscription,
    }));
    const balanced = assign(known, wanted);
    const assignment =
      isCooperative(protocol) && this.#host.config.rules.revokesFirst
        ? revokingFirst(balanced, known)
        : balanced;
    return [...assignment].map(([memberId, partitions]) => ({ memberId, partitions }));
  }

  #synced({ error, partitions }: Responses["SyncGroup"], now: Instant): void {
    if (this.#state !== "syncing") return;
    if (error === "NONE") {
      this.#state = "stable";
      this.#arrived = [...partitions].sort((a, b) => a - b);
      return this.#host.wake(now);
    }
    if (error === "REBALANCE_IN_PROGRESS") this.#state = "joining";
    else if (error === "UNKNOWN_MEMBER_ID" || error === "ILLEGAL_GENERATION") {
      this.#forgetGeneration(error === "UNKNOWN_MEMBER_ID");
      this.#lost = true;
      this.#state = "outside";
      return this.#host.wake(now);
    } else return this.#refused(error, now);
    return this.#pursue(now);
  }

  /** The assignment is there: what is not in it is given up first, and then the group is joined again [KIP-429]. */
  #adopt(partitions: readonly number[], now: Instant): void {
    // Until the metadata is there that tells what the numbers stand for.
    if (!partitions.every((partition) => this.#host.isKnown(partition))) return;
    this.#arrived = undefined;
    const { owned } = this.#host;
    const given = owned.filter((partition) => !partitions.includes(partition));
    this.#host.revoke(given, now);
    this.#host.assign(
      partitions.filter((partition) => !owned.includes(partition)),
      now,
    );
    if (given.length > 0) this.#rejoins = true;
  }

  #beat(now: Instant): void {
    if (this.#state === "syncing" || this.#state === "stable" || this.#state === "preparing") {
      if (!this.#beating) this.#beating = this.#host.ask("Heartbeat", this.#identity(), now);
      this.#scheduleBeat(now);
    }
  }

  #scheduleBeat(now: Instant): void {
    this.#host.setTimer(CONSUMER_TIMER.heartbeat, after(now, this.#host.group.heartbeatInterval));
  }

  #heard(error: KafkaError, now: Instant): void {
    switch (error) {
      case "NONE":
        return;
      case "REBALANCE_IN_PROGRESS":
        if (this.#state === "stable") this.#rejoins = true;
        return this.#host.wake(now);
      case "UNKNOWN_MEMBER_ID":
      case "ILLEGAL_GENERATION":
        // The partitions are others' by now: nothing of what was done there can be committed any more.
        if (this.#state !== "stable" && this.#state !== "preparing") return;
        this.#forgetGeneration(error === "UNKNOWN_MEMBER_ID");
        this.#lost = true;
        this.#state = "outside";
        return this.#host.wake(now);
      default:
        return this.#refused(error, now);
    }
  }

  #refused(error: KafkaError, now: Instant): void {
    if (FATAL.includes(error)) {
      this.forget();
      this.#state = "ended";
      return this.#host.ended(error, now);
    }
    if (error === "NOT_COORDINATOR" || error === "COORDINATOR_NOT_AVAILABLE") this.#host.coordinatorLost(now);
    this.#later(now);
  }

  #later(now: Instant): void {
    this.#notBefore = after(now, this.#host.config.retryBackoff);
    this.#host.setTimer(CONSUMER_TIMER.rejoin, this.#notBefore);
  }

  /** An application that does not poll for too long is taken out by its own background thread. */
  #watchPolls(now: Instant): void {
    const { config, busySince } = this.#host;
    const until = after(busySince ?? now, config.maxPollInterval);
    if (until > now) return this.#host.setTimer(CONSUMER_TIMER.pollTimeout, until);
    if (this.#state === "stable" || this.#state === "syncing") {
      this.leave(now);
      this.#lost = true;
    }
    this.#host.setTimer(CONSUMER_TIMER.pollTimeout, after(now, config.maxPollInterval));
  }

  #forgetGeneration(andMember: boolean): void {
    if (andMember) this.#memberId = "";
    this.#generation = NO_GENERATION;
    this.#arrived = undefined;
    this.#rejoins = false;
  }
}
