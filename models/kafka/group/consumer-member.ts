/** A member of a consumer group, and how it gets from what it has to what it is to have [KIP-848]. */
import type { Duration } from "../../../src/kernel/index.js";

export type MemberState = "stable" | "unrevoked" | "unreleased";

/** What is kept of a member on the disk. */
export interface StoredConsumer {
  readonly id: string;
  readonly instanceId: string | undefined;
  readonly rebalanceTimeout: Duration;
  readonly topics: readonly string[];
  readonly epoch: number;
  readonly previousEpoch: number;
  readonly state: MemberState;
  readonly assigned: readonly number[];
  readonly revoking: readonly number[];
}

/** What the member goes by when it moves on. */
export interface Reconciliation {
  readonly targetEpoch: number;
  readonly target: readonly number[];
  /** As the member's heartbeat says; undefined: it said nothing. */
  readonly owned: readonly number[] | undefined;
  /** Somebody else may still be working on the partition. */
  isTaken(partition: number, member: ConsumerMember): boolean;
}

export class ConsumerMember {
  readonly id: string;
  readonly instanceId: string | undefined;
  rebalanceTimeout: Duration;
  topics: readonly string[];
  epoch: number;
  previousEpoch: number;
  state: MemberState;
  /** What it may work on, and what it has to give up. */
  assigned: readonly number[];
  revoking: readonly number[];
  /** Of its session, and of the time that it has to revoke. */
  readonly sessionTimer: number;
  readonly revocationTimer: number;

  constructor(stored: StoredConsumer, sessionTimer: number, revocationTimer: number) {
    this.id = stored.id;
    this.instanceId = stored.instanceId;
    this.rebalanceTimeout = stored.rebalanceTimeout;
    this.topics = stored.topics;
    this.epoch = stored.epoch;
    this.previousEpoch = stored.previousEpoch;
    this.state = stored.state;
    this.assigned = stored.assigned;
    this.revoking = stored.revoking;
    this.sessionTimer = sessionTimer;
    this.revocationTimer = revocationTimer;
  }

  get stored(): StoredConsumer {
    const { id, instanceId, rebalanceTimeout, topics, epoch, previousEpoch, state, assigned, revoking } =
      this;
    return { id, instanceId, rebalanceTimeout, topics, epoch, previousEpoch, state, assigned, revoking };
  }

  /** Moves on as far as that is possible now. True: something has changed. */
  reconcile(how: Reconciliation): boolean {
    if (this.state === "stable" && this.epoch === how.targetEpoch) return false;
    if (this.state === "unrevoked" && this.#owns(this.revoking, how.owned)) return false;
    const { state, epoch, assigned, revoking } = this;
    this.#computeNext(how);
    return (
      state !== this.state ||
      epoch !== this.epoch ||
      !areSame(assigned, this.assigned) ||
      !areSame(revoking, this.revoking)
    );
  }

  /** First it gives up what is not to be its own, then it gets what nobody has any more. */
  #computeNext({ target, targetEpoch, owned, isTaken }: Reconciliation): void {
    const kept = this.assigned.filter((partition) => target.includes(partition));
    const given = this.assigned.filter((partition) => !target.includes(partition));
    const wanted = target.filter((partition) => !kept.includes(partition));
    if (given.length > 0 && this.#owns(given, owned)) {
      this.assigned = kept;
      this.revoking = given;
      this.state = "unrevoked";
      return;
    }
    const free = wanted.filter((partition) => !isTaken(partition, this));
    this.assigned = [...kept, ...free].sort((a, b) => a - b);
    this.revoking = [];
    this.state = free.length < wanted.length ? "unreleased" : "stable";
    if (this.epoch !== targetEpoch) this.previousEpoch = this.epoch;
    this.epoch = targetEpoch;
  }

  /** Whoever does not say what it owns may still own all of it. */
  #owns(partitions: readonly number[], owned: readonly number[] | undefined): boolean {
    return owned === undefined || partitions.some((partition) => owned.includes(partition));
  }
}

function areSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((partition, place) => partition === other[place]);
}
