/** A member of a classic group, as its coordinator knows it. */
import type { Duration } from "../../../src/kernel/index.js";
import type { JoinGroup, JoinProtocol, Subscription } from "../protocol/messages.js";

export const NOBODY_WAITS = -1;

/** What is kept of a member on the disk. */
export interface StoredMember {
  readonly id: string;
  readonly instanceId: string | undefined;
  readonly sessionTimeout: Duration;
  readonly rebalanceTimeout: Duration;
  readonly protocols: readonly JoinProtocol[];
  readonly assignment: readonly number[];
}

export class ClassicMember {
  id: string;
  readonly instanceId: string | undefined;
  sessionTimeout: Duration;
  rebalanceTimeout: Duration;
  protocols: readonly JoinProtocol[];
  assignment: readonly number[] = [];
  /** Connections on which it waits for others to join, and for its assignment. */
  joining: number = NOBODY_WAITS;
  syncing: number = NOBODY_WAITS;
  /** Of its session. */
  readonly timer: number;

  constructor(id: string, join: Omit<StoredMember, "id" | "assignment">, timer: number) {
    this.id = id;
    this.instanceId = join.instanceId;
    this.sessionTimeout = join.sessionTimeout;
    this.rebalanceTimeout = join.rebalanceTimeout;
    this.protocols = join.protocols;
    this.timer = timer;
  }

  get isWaiting(): boolean {
    return this.joining !== NOBODY_WAITS || this.syncing !== NOBODY_WAITS;
  }

  get stored(): StoredMember {
    const { id, instanceId, sessionTimeout, rebalanceTimeout, protocols, assignment } = this;
    return { id, instanceId, sessionTimeout, rebalanceTimeout, protocols, assignment };
  }

  update({ sessionTimeout, rebalanceTimeout, protocols }: JoinGroup): void {
    this.sessionTimeout = sessionTimeout;
    this.rebalanceTimeout = rebalanceTimeout;
    this.protocols = protocols;
  }

  /** Whether it joins as it did before. */
  wants(protocols: readonly JoinProtocol[]): boolean {
    if (protocols.length !== this.protocols.length) return false;
    return protocols.every(({ name, subscription }, place) => {
      const before = this.protocols[place];
      return before?.name === name && areEqual(before.subscription, subscription);
    });
  }

  subscription(protocol: string): Subscription {
    const known = this.protocols.find(({ name }) => name === protocol);
    return known?.subscription ?? { topics: [], owned: [], generation: -1 };
  }
}

/** The generation is no reason to assign anew: what is owned is. */
function areEqual(one: Subscription, other: Subscription): boolean {
  return areSame(one.topics, other.topics) && areSame(one.owned, other.owned);
}

function areSame<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, place) => item === other[place]);
}
