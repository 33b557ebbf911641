/** A consumer's commits: requests to the coordinator, tried again where that is promised, and what becomes of them. */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import type { KafkaError, MemberIdentity, OffsetAndEpoch, Responses } from "../protocol/messages.js";
import type { ConsumerSink } from "./consumer-sink.js";
import { CONSUMER_TIMER } from "./consumer-sink.js";

/** Told once how a commit has ended. */
export type Committed = (error: KafkaError, now: Instant) => void;

export interface Commit {
  readonly identity: MemberIdentity;
  readonly offsets: readonly OffsetAndEpoch[];
  /** As the history calls the partitions. */
  readonly names: readonly string[];
  /** Until then it is tried again; -Infinity: once. */
  readonly deadline: Instant;
  readonly done: Committed;
}

/** What commits are made with. */
export interface CommitUser {
  /** Undefined: the consumer is no member whose commits count. */
  readonly identity: MemberIdentity | undefined;
  /** False: the coordinator is not known, or not connected; it will be. */
  sendCommit(commit: Commit, now: Instant): boolean;
  coordinatorLost(now: Instant): void;
  committed(offsets: readonly OffsetAndEpoch[]): void;
  /** The coordinator has refused a commit: the consumer is not who it thinks it is. */
  fenced(error: KafkaError, identity: MemberIdentity, now: Instant): void;
}

export class Commits {
  readonly #sink: ConsumerSink;
  readonly #user: CommitUser;
  readonly #retryBackoff: Duration;
  /** Waiting for the coordinator, in order. */
  readonly #waiting: Commit[] = [];
  /** Commits that succeeded. */
  count = 0;
  failed = 0;

  constructor(sink: ConsumerSink, user: CommitUser, retryBackoff: Duration) {
    this.#sink = sink;
    this.#user = user;
    this.#retryBackoff = retryBackoff;
  }

  commit(
    offsets: readonly OffsetAndEpoch[],
    names: readonly string[],
    deadline: Instant,
    done: Committed,
    now: Instant,
  ): void {
    const { identity } = this.#user;
    if (offsets.length === 0) return done("NONE", now);
    if (identity === undefined) return this.#fail("REBALANCE_IN_PROGRESS", done, now);
    this.#waiting.push({ identity, offsets, names, deadline, done });
    this.pursue(now);
  }

  /** To be called when the coordinator is connected, and when the timer fires. */
  pursue(now: Instant): void {
    while (this.#waiting.length > 0) {
      const commit = this.#waiting[0] as Commit;
      if (!this.#user.sendCommit(commit, now)) return;
      this.#waiting.shift();
    }
  }

  answered(commit: Commit, { results }: Responses["OffsetCommit"], now: Instant): void {
    const error = results.find((result) => result.error !== "NONE")?.error ?? "NONE";
    if (error === "NONE") return this.#succeed(commit, now);
    if (error === "NOT_COORDINATOR") this.#user.coordinatorLost(now);
    if (RETRIABLE.has(error)) return this.#retry(commit, error, now);
    this.#fail(error, commit.done, now);
    this.#user.fenced(error, commit.identity, now);
  }

  /** The request stays unanswered. */
  unanswered(commit: Commit, now: Instant): void {
    this.#retry(commit, "REQUEST_TIMED_OUT", now);
  }

  forget(): void {
    this.#waiting.length = 0;
  }

  #retry(commit: Commit, error: KafkaError, now: Instant): void {
    const next = after(now, this.#retryBackoff);
    if (next > commit.deadline) return this.#fail(error, commit.done, now);
    this.#waiting.push(commit);
    this.#sink.setTimer(CONSUMER_TIMER.commitRetry, 0, next);
  }

  #succeed({ offsets, names, done }: Commit, now: Instant): void {
    this.count++;
    this.#user.committed(offsets);
    offsets.forEach(({ offset }, place) => {
      this.#sink.committed(names[place] as string, offset, now);
    });
    done("NONE", now);
  }

  #fail(error: KafkaError, done: Committed, now: Instant): void {
    this.failed++;
    this.#sink.commitFailed(error, now);
    done(error, now);
  }
}

/** It may go well another time [KIP-447]. */
const RETRIABLE: ReadonlySet<KafkaError> = new Set<KafkaError>([
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR",
  "REQUEST_TIMED_OUT",
]);
