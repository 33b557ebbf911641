/** What both kinds of processors do: make a record from each that they read, and remember how far they have come. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { PolledRecord } from "../consumer/position.js";
import type { MemberIdentity, OffsetAndEpoch } from "../protocol/messages.js";
import type { BatchOutcome } from "../producer/producer-sink.js";

/** What a processor works with. Its clients are one process. */
export interface ProcessorHost {
  /** Makes a record from another one, as soon as its partition is known. */
  make(
    input: Message,
    key: string | undefined,
    accepted: (output: Message, now: Instant) => void,
    settled: (outcome: BatchOutcome, now: Instant) => void,
    now: Instant,
  ): void;
  /** Tells when all that was made has an outcome. */
  flush(flushed: (now: Instant) => void, now: Instant): void;
  /** Who commits; undefined: it is no member of its group. */
  readonly identity: MemberIdentity | undefined;
  /** The consumer goes on with what it waits for. */
  resume(now: Instant): void;
  /** The consumer goes back to what its group has committed. */
  rewind(now: Instant): void;
  /** The consumer is to look what is to be done at that instant. */
  wakeAt(at: Instant): void;
  /** The group has been told that these are its positions. */
  committed(places: Iterable<Place>, now: Instant): void;
}

/** Where a processor is in one partition: the next record that it is to read. */
export interface Place extends OffsetAndEpoch {
  readonly name: string;
}

/** How far it has come, beyond what is committed. */
export class Progress {
  readonly #places = new Map<string, Place>();
  /** Records since the last commit. */
  records = 0;
  /** Of the first of them. */
  since: Instant | undefined;

  get places(): readonly Place[] {
    return [...this.#places.values()];
  }

  has(partition: string): boolean {
    return this.#places.has(partition);
  }

  done({ position, offset }: PolledRecord, now: Instant): void {
    const { partition, name, epoch } = position;
    this.#places.set(name, { partition, name, offset: offset + 1, leaderEpoch: epoch });
    this.records++;
    this.since ??= now;
  }

  /** These could not be committed. */
  keep(places: readonly Place[], now: Instant): void {
    for (const place of places) this.#places.set(place.name, place);
    this.since ??= now;
  }

  /** A partition is another one's. */
  drop(partition: string): void {
    this.#places.delete(partition);
  }

  clear(): void {
    this.#places.clear();
    this.records = 0;
    this.since = undefined;
  }
}

/** Counts for the processor's metrics. */
export interface ProcessorCounts {
  readonly commits: number;
  readonly uncommitted: number;
}
