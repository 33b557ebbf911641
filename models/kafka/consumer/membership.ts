/** What being a member of a group is to a consumer, whichever the protocol. */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { Response } from "../protocol/frames.js";
import type { GroupRequests, KafkaError, MemberIdentity } from "../protocol/messages.js";
import type { ConsumerConfig, GroupConfig } from "./consumer-config.js";

/** What a membership asks of its consumer. */
export interface MembershipHost {
  readonly config: ConsumerConfig;
  readonly group: GroupConfig;
  /** Numbers of the partitions that are its own, in order. */
  readonly owned: readonly number[];
  /** Since when the application has not been inside poll. */
  readonly busySince: Instant | undefined;
  partitionsOf(topic: string): readonly number[];
  /** The name of the partition's topic; undefined while nobody has told. */
  isKnown(partition: number): boolean;
  assign(partitions: readonly number[], now: Instant): void;
  /** Nothing more is read of these: they are about to be given up. */
  beginRevoking(partitions: readonly number[]): void;
  revoke(partitions: readonly number[], now: Instant): void;
  /** Commits what was polled, if that is done automatically; `then` follows when it is over. */
  commitBeforeRevoking(then: (now: Instant) => void, now: Instant): void;
  /** To the coordinator. False: it is not connected; `coordinatorReady` follows. */
  ask<Name extends keyof GroupRequests>(
    api: Name,
    body: GroupRequests[Name],
    now: Instant,
    timeout?: Duration,
  ): boolean;
  coordinatorLost(now: Instant): void;
  setTimer(kind: number, at: Instant): void;
  cancelTimer(kind: number): void;
  /** There is something for poll to see to. */
  wake(now: Instant): void;
  /** The member can never be one again. */
  ended(error: KafkaError, now: Instant): void;
}

/** What metrics are made of. */
export interface MembershipCounts {
  readonly commits: { readonly count: number; readonly failed: number };
  /** How long it had to be without partitions that it had had. */
  readonly paused: Duration;
  /** Offsets that it was done with when it lost their partition, and that were not known to be committed. */
  readonly uncommitted: number;
  /** Times that its generation was older than one before. */
  readonly lowered: number;
}

export interface Membership {
  /** Who commits; undefined: nobody whose commits count. */
  readonly identity: MemberIdentity | undefined;
  /** Empty while it has none. */
  readonly memberId: string;
  start(now: Instant): void;
  /** Inside poll: what only the application's thread does. */
  attend(now: Instant): void;
  answered(response: Response, now: Instant): void;
  /** Its requests stay unanswered. */
  unanswered(now: Instant): void;
  coordinatorReady(now: Instant): void;
  /** A commit was refused: the member of that identity is none any more. */
  fenced(error: KafkaError, identity: MemberIdentity, now: Instant): void;
  timerFired(kind: number, now: Instant): void;
  /** Goes for good, or, if it is static, for a while. True: the coordinator was told, and will answer. */
  leave(now: Instant): boolean;
  forget(): void;
}
