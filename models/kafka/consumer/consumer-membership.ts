/**
 * A member of a consumer group [KIP-848]: heartbeats say what it wants and owns, their answers what it is to own. It
 * gives up and takes partitions inside poll, each change by itself, and says so with the next heartbeat.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Response } from "../protocol/frames.js";
import {
  JOINING_EPOCH,
  type KafkaError,
  LEAVING_EPOCH,
  type MemberIdentity,
  type Responses,
  STATIC_LEAVING_EPOCH,
} from "../protocol/messages.js";
import { CONSUMER_TIMER } from "./consumer-sink.js";
import type { Membership, MembershipHost } from "./membership.js";

type State = "outside" | "joining" | "member" | "stale" | "ended";

const INTERVAL_UNTIL_TOLD = 5_000_000_000;

export class ConsumerMembership implements Membership {
  readonly #host: MembershipHost;
  #state: State = "outside";
  #memberId = "";
  #epoch = JOINING_EPOCH;
  /** What it is to own, as told last. */
  #target: readonly number[] | undefined;
  /** Giving up partitions: a commit is waited for. */
  #reconciling = false;
  /** There is something to say before the next heartbeat is due. */
  #mustTell = false;
  #lost = false;
  #asking = false;
  #interval = INTERVAL_UNTIL_TOLD;
  #notBefore: Instant = 0;

  constructor(host: MembershipHost) {
    this.#host = host;
  }

  get memberId(): string {
    return this.#memberId;
  }

  get identity(): MemberIdentity | undefined {
    if (this.#state !== "member") return undefined;
    const { id, instanceId } = this.#host.group;
    return { group: id, memberId: this.#memberId, generation: this.#epoch, instanceId };
  }

  start(now: Instant): void {
    // Members make their ids themselves, and keep them as long as the process lives.
    this.#memberId = `${this.#host.config.clientId}@${now}`;
    this.#watchPolls(now);
  }

  attend(now: Instant): void {
    if (this.#lost) {
      this.#lost = false;
      this.#host.revoke(this.#host.owned, now);
    }
    if (this.#state === "outside" || this.#state === "stale") {
      this.#state = "joining";
      this.#epoch = JOINING_EPOCH;
      this.#target = undefined;
      this.#beat(now);
    }
    this.#reconcile(now);
  }

  answered(response: Response, now: Instant): void {
    if (response.api !== "ConsumerGroupHeartbeat" || this.#state === "ended") return;
    this.#asking = false;
    this.#told(response.body, now);
  }

  unanswered(now: Instant): void {
    this.#asking = false;
    // What was said may not have been heard.
    this.#mustTell = this.#state === "member";
    this.#later(now);
  }

  coordinatorReady(now: Instant): void {
    if (this.#state === "joining" || this.#mustTell) this.#beat(now);
  }

  fenced(error: KafkaError, { generation }: MemberIdentity, now: Instant): void {
    if (error === "UNKNOWN_MEMBER_ID" && generation === this.#epoch) this.#lose(now);
  }

  timerFired(kind: number, now: Instant): void {
    if (kind === CONSUMER_TIMER.heartbeat || kind === CONSUMER_TIMER.rejoin) this.#beat(now);
    else if (kind === CONSUMER_TIMER.pollTimeout) this.#watchPolls(now);
  }

  leave(now: Instant): boolean {
    const { id, instanceId } = this.#host.group;
    if (this.#state !== "member" && this.#state !== "joining") return false;
    const memberEpoch = instanceId === undefined ? LEAVING_EPOCH : STATIC_LEAVING_EPOCH;
    const nothing = { rebalanceTimeout: undefined, topics: undefined, assignor: undefined, owned: undefined };
    const goodbye = { group: id, memberId: this.#memberId, memberEpoch, instanceId, ...nothing };
    const said = this.#host.ask("ConsumerGroupHeartbeat", goodbye, now);
    this.#asking = said;
    this.#state = "stale";
    this.#host.cancelTimer(CONSUMER_TIMER.heartbeat);
    return said;
  }

  forget(): void {
    this.#state = "outside";
    this.#epoch = JOINING_EPOCH;
    this.#target = undefined;
    this.#reconciling = false;
    this.#mustTell = false;
    this.#lost = false;
    this.#asking = false;
    this.#notBefore = 0;
  }

  #beat(now: Instant): void {
    if (this.#asking || (this.#state !== "joining" && this.#state !== "member")) return;
    if (now < this.#notBefore) return this.#host.setTimer(CONSUMER_TIMER.rejoin, this.#notBefore);
    const { config, group, owned } = this.#host;
    const joining = this.#state === "joining";
    const tells = joining || this.#mustTell;
    this.#asking = this.#host.ask(
      "ConsumerGroupHeartbeat",
      {
        group: group.id,
        memberId: this.#memberId,
        memberEpoch: this.#epoch,
        instanceId: joining ? group.instanceId : undefined,
        rebalanceTimeout: joining ? config.maxPollInterval : undefined,
        topics: joining ? config.topics : undefined,
        assignor: joining ? group.remoteAssignor : undefined,
        owned: tells ? owned : undefined,
      },
      now,
    );
    if (this.#asking) this.#mustTell = false;
    this.#host.setTimer(CONSUMER_TIMER.heartbeat, after(now, this.#interval));
  }

  #told(
    { error, memberEpoch, heartbeatInterval, assignment }: Responses["ConsumerGroupHeartbeat"],
    now: Instant,
  ): void {
    if (this.#state !== "joining" && this.#state !== "member") return;
    switch (error) {
      case "NONE":
        this.#state = "member";
        this.#epoch = memberEpoch;
        this.#interval = heartbeatInterval;
        this.#host.setTimer(CONSUMER_TIMER.heartbeat, after(now, heartbeatInterval));
        if (assignment !== undefined) this.#target = assignment;
        if (this.#mustTell) this.#beat(now);
        return this.#host.wake(now);
      case "UNKNOWN_MEMBER_ID":
      case "FENCED_MEMBER_EPOCH":
        return this.#lose(now);
      case "UNRELEASED_INSTANCE_ID":
        // Kafka's consumer gives up; whoever watches over the application starts it again.
        this.#notBefore = after(now, this.#interval);
        return this.#host.setTimer(CONSUMER_TIMER.rejoin, this.#notBefore);
      case "GROUP_AUTHORIZATION_FAILED":
      case "GROUP_ID_NOT_FOUND":
        this.forget();
        this.#state = "ended";
        return this.#host.ended(error, now);
      default:
        if (error === "NOT_COORDINATOR" || error === "COORDINATOR_NOT_AVAILABLE")
          this.#host.coordinatorLost(now);
        this.#mustTell = this.#state === "member";
        return this.#later(now);
    }
  }

  /** From what it owns to what it is to own: first it gives up, then it takes, then it says so. */
  #reconcile(now: Instant): void {
    const target = this.#target;
    if (this.#state !== "member" || this.#reconciling || target === undefined) return;
    if (!target.every((partition) => this.#host.isKnown(partition))) return;
    const { owned } = this.#host;
    const given = owned.filter((partition) => !target.includes(partition));
    const taken = target.filter((partition) => !owned.includes(partition));
    if (given.length === 0 && taken.length === 0) return;
    this.#reconciling = true;
    const finish = (at: Instant): void => {
      if (!this.#reconciling) return;
      this.#reconciling = false;
      if (this.#state !== "member") return;
      this.#host.revoke(given, at);
      this.#host.assign(taken, at);
      this.#mustTell = true;
      this.#beat(at);
      if (this.#target !== target) this.#host.wake(at);
    };
    if (given.length === 0) return finish(now);
    this.#host.beginRevoking(given);
    this.#host.commitBeforeRevoking(finish, now);
  }

  /** Its partitions are others' by now; it begins anew. */
  #lose(now: Instant): void {
    this.#state = "outside";
    this.#epoch = JOINING_EPOCH;
    this.#target = undefined;
    this.#reconciling = false;
    this.#mustTell = false;
    this.#lost = true;
    this.#host.cancelTimer(CONSUMER_TIMER.heartbeat);
    this.#host.wake(now);
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
    if (this.#state === "member") {
      this.leave(now);
      this.#lost = true;
    }
    this.#host.setTimer(CONSUMER_TIMER.pollTimeout, after(now, config.maxPollInterval));
  }
}
