/**
 * The log cleaner: compacts the logs whose topic says so, the one with the largest share of new segments first, and
 * rests for a while when there is none (`LogCleaner`, `LogCleanerManager`; one thread).
 */
import { type Duration, type Instant, NEVER } from "../../../src/kernel/index.js";
import type { KafkaRules } from "../rules.js";
import { compact } from "./compaction.js";
import type { OffsetCheckpoint } from "./log-directory.js";
import type { CleanedSegment } from "./log-files.js";
import type { PartitionLog } from "./partition-log.js";
import type { Segment } from "./segment.js";

/** A log that may be cleaned, and up to where its records are decided. */
export interface CleanableLog {
  readonly partition: number;
  readonly log: PartitionLog;
  /** The last stable offset. */
  readonly decidedTo: number;
}

export interface CleanerUser {
  cleanable(): Iterable<CleanableLog>;
  /** The broker's wall clock. */
  clock(): Instant;
  cleaned(partition: number, records: number): void;
  /** A cleaned segment did not fit on the disk. */
  failed(): void;
}

interface Dirty extends CleanableLog {
  readonly segments: readonly Segment[];
  readonly firstDirty: number;
  readonly end: number;
  readonly ratio: number;
}

export class LogCleaner {
  readonly #user: CleanerUser;
  readonly #rules: KafkaRules;
  readonly #checkpoint: OffsetCheckpoint;
  /** By partition, from where on the log was not cleaned yet. */
  readonly #firstDirty: Map<number, number>;
  #busy = false;

  constructor(user: CleanerUser, rules: KafkaRules, checkpoint: OffsetCheckpoint) {
    this.#user = user;
    this.#rules = rules;
    this.#checkpoint = checkpoint;
    this.#firstDirty = new Map(checkpoint.read());
  }

  /** Cleans what is to be cleaned, one log after another. */
  run(): void {
    while (!this.#busy) {
      const filthiest = this.#filthiest();
      if (filthiest === undefined) return;
      this.#clean(filthiest);
    }
  }

  #filthiest(): Dirty | undefined {
    let filthiest: Dirty | undefined;
    for (const each of this.#user.cleanable()) {
      const dirty = this.#dirty(each);
      if (dirty !== undefined && dirty.ratio > (filthiest?.ratio ?? 0)) filthiest = dirty;
    }
    return filthiest;
  }

  /** The log's part that can be cleaned; undefined: not worth it yet. */
  #dirty(cleanable: CleanableLog): Dirty | undefined {
    const { log, partition } = cleanable;
    const { config } = log;
    if (!config.compacts) return undefined;
    const now = this.#user.clock();
    const noted = this.#firstDirty.get(partition) ?? log.startOffset;
    const isValid = noted >= log.startOffset && noted <= log.endOffset;
    const firstDirty = isValid ? noted : log.startOffset;
    const segments = this.#cleanable(cleanable, firstDirty, now);
    const dirty = segments.filter(({ endOffset }) => endOffset > firstDirty);
    const bytes = bytesOf(dirty);
    const ratio = bytes / bytesOf(segments);
    if (
      bytes === 0 ||
      !(ratio > config.minCleanableDirtyRatio || isLate(dirty, config.maxCompactionLag, now))
    ) {
      return undefined;
    }
    const end = (segments.at(-1) as Segment).endOffset;
    return { ...cleanable, segments, firstDirty, end, ratio };
  }

  /** Not the active segment, nor what is not decided, nor what is too young. */
  #cleanable({ log, decidedTo }: CleanableLog, firstDirty: number, now: Instant): readonly Segment[] {
    const { segments, config } = log;
    const limit = this.#rules.cleansDecided ? decidedTo : Infinity;
    const found: Segment[] = [];
    for (const segment of this.#rules.cleansDecided ? segments.slice(0, -1) : segments) {
      const isYoung = config.minCompactionLag > 0 && segment.largestTimestamp > now - config.minCompactionLag;
      if (segment.endOffset > limit || (segment.endOffset > firstDirty && isYoung)) break;
      found.push(segment);
    }
    return found;
  }

  #clean({ partition, log, segments, firstDirty, end }: Dirty): void {
    const { generation, config, producers } = log;
    const now = this.#user.clock();
    const rules = this.#rules;
    const cleaned = compact({ segments, firstDirty, end, log: log.entries, producers, config, rules, now });
    const bytes = cleaned.reduce(
      (sum, { batches }) => sum + batches.reduce((all, each) => all + each.bytes, 0),
      0,
    );
    this.#busy = true;
    let isAtOnce = true;
    log.write(bytes, () => {
      this.#busy = false;
      // A log that was cut meanwhile is cleaned again, from the start.
      if (log.generation === generation) this.#replace(partition, log, segments, cleaned, end);
      if (!isAtOnce) this.run();
    });
    isAtOnce = false;
  }

  #replace(
    partition: number,
    log: PartitionLog,
    before: readonly Segment[],
    cleaned: readonly CleanedSegment[],
    end: number,
  ): void {
    const records = recordsIn(before.map(({ entries }) => entries));
    for (const each of cleaned) if (!log.replace(each)) return this.#user.failed();
    this.#firstDirty.set(partition, end);
    this.#checkpoint.write(new Map(this.#firstDirty));
    this.#user.cleaned(partition, records - recordsIn(cleaned.map(({ batches }) => batches)));
  }
}

function isLate(dirty: readonly Segment[], lag: Duration, now: Instant): boolean {
  return lag < NEVER && dirty.some(({ firstTimestamp = Infinity }) => firstTimestamp < now - lag);
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

function recordsIn(segments: readonly (readonly { readonly keptCount: number }[])[]): number {
  return segments.reduce((sum, batches) => sum + batches.reduce((all, each) => all + each.keptCount, 0), 0);
}
