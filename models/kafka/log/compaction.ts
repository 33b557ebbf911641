/**
 * Compaction: of the records of a key, all but the last one go. Offsets stay, and so does the order. Tombstones, and
 * the markers of transactions without records, go once readers had the time to see them [KIP-534].
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { KafkaRules } from "../rules.js";
import type { LogConfig } from "../protocol/log-config.js";
import { NO_PRODUCER_ID, StoredBatch, isTombstone, keyAt } from "../protocol/record-batch.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../protocol/wire-size.js";
import type { CleanedSegment } from "./log-files.js";
import type { ProducerStates } from "./producer-states.js";
import type { Segment } from "./segment.js";

export interface Cleaning {
  /** The segments to be cleaned, from the first of the log on. */
  readonly segments: readonly Segment[];
  /** What stands at or after this offset was not cleaned before. */
  readonly firstDirty: number;
  /** Where the last of the segments ends. */
  readonly end: number;
  /** All batches of the log: how transactions ended may stand behind `end`. */
  readonly log: readonly StoredBatch[];
  readonly producers: ProducerStates;
  readonly config: LogConfig;
  readonly rules: KafkaRules;
  readonly now: Instant;
}

/** What is to stand in the place of the segments: small neighbours together. */
export function compact(cleaning: Cleaning): CleanedSegment[] {
  const filter = new Filter(cleaning);
  return groups(cleaning).map((group) => ({
    baseOffset: (group[0] as Segment).baseOffset,
    batches: group.flatMap(({ entries }) => entries.flatMap((stored) => filter.filtered(stored) ?? [])),
    replaces: group.map(({ baseOffset }) => baseOffset),
  }));
}

/** Neighbours that were not larger than one segment together become one (`Cleaner.groupSegmentsBySize`). */
function groups({ segments, config }: Cleaning): Segment[][] {
  const found: Segment[][] = [];
  let bytes = 0;
  for (const segment of segments) {
    const last = found.at(-1);
    bytes += segment.bytes;
    if (last !== undefined && bytes <= config.segmentBytes) last.push(segment);
    else {
      found.push([segment]);
      bytes = segment.bytes;
    }
  }
  return found;
}

class Filter {
  readonly #cleaning: Cleaning;
  readonly #aborted: ReadonlySet<StoredBatch>;
  /** Of each key, the last offset. */
  readonly #last = new Map<string, number>();
  /** Producers that have written in a transaction whose marker was not met yet. */
  readonly #open = new Set<number>();

  constructor(cleaning: Cleaning) {
    this.#cleaning = cleaning;
    this.#aborted = abortedBatches(cleaning.log);
    for (const { entries } of cleaning.segments) for (const stored of entries) this.#note(stored);
  }

  /** What is left of a batch; undefined: nothing. To be asked for each in order. */
  filtered(stored: StoredBatch): StoredBatch | undefined {
    const { now, config } = this.#cleaning;
    const isEmptyMarker = this.#isMarkerOfNothing(stored);
    const kept = isEmptyMarker && isPast(stored.deleteHorizon, now) ? [] : this.#kept(stored);
    if (kept.length === 0 && !this.#staysEmpty(stored)) return undefined;
    const dated = isEmptyMarker || kept.some((place) => isTombstone(stored.batch, place));
    const horizon = stored.deleteHorizon ?? (dated ? after(now, config.deleteRetention) : undefined);
    if (kept.length === stored.keptCount && horizon === stored.deleteHorizon) return stored;
    const { batch, baseOffset, leaderEpoch } = stored;
    return new StoredBatch(batch, baseOffset, leaderEpoch, kept, bytesOf(stored, kept), horizon);
  }

  #note(stored: StoredBatch): void {
    const { firstDirty, rules } = this.#cleaning;
    if (stored.endOffset <= firstDirty || this.#aborted.has(stored)) return;
    stored.eachPlace((place) => {
      const key = keyAt(stored.batch, place);
      if (key === undefined || (!rules.compactsToLast && this.#last.has(key))) return;
      this.#last.set(key, stored.baseOffset + place);
    });
  }

  #kept(stored: StoredBatch): readonly number[] {
    if (this.#aborted.has(stored)) return [];
    if (stored.batch.control?.kind === "marker") return [0];
    const { now, rules } = this.#cleaning;
    const { batch, baseOffset, deleteHorizon } = stored;
    const keepsTombstones = rules.keepsTombstones && !isPast(deleteHorizon, now);
    const kept: number[] = [];
    stored.eachPlace((place) => {
      const key = keyAt(batch, place);
      const noted = key === undefined ? undefined : this.#last.get(key);
      const offset = baseOffset + place;
      // A key that is not among the new records has no later one.
      const isLast = noted === undefined || (rules.compactsToLast ? offset >= noted : offset <= noted);
      if (key !== undefined && isLast && (keepsTombstones || !isTombstone(batch, place))) kept.push(place);
    });
    return kept;
  }

  /** A batch without records stays if it is all that tells of its producer, or where the cleaned part ends. */
  #staysEmpty(stored: StoredBatch): boolean {
    const { producers, rules, end } = this.#cleaning;
    if (stored.endOffset === end) return true;
    if (stored.batch.producerId === NO_PRODUCER_ID || !rules.keepsProducerBatches) return false;
    return producers.isLastOf(stored);
  }

  /** Markers stay while anything of their transaction is there, an empty batch even. */
  #isMarkerOfNothing({ batch }: StoredBatch): boolean {
    if (batch.control?.kind === "marker") return !this.#open.delete(batch.producerId);
    if (batch.transactional) this.#open.add(batch.producerId);
    return false;
  }
}

function isPast(horizon: Instant | undefined, now: Instant): boolean {
  return horizon !== undefined && now >= horizon;
}

/** Batches of transactions whose marker says that they were aborted. */
function abortedBatches(log: readonly StoredBatch[]): ReadonlySet<StoredBatch> {
  const aborted = new Set<StoredBatch>();
  const open = new Map<number, StoredBatch[]>();
  for (const stored of log) {
    const { control, transactional, producerId } = stored.batch;
    if (!transactional) continue;
    const batches = open.get(producerId) ?? [];
    if (control?.kind !== "marker") open.set(producerId, [...batches, stored]);
    else {
      if (!control.committed) for (const each of batches) aborted.add(each);
      open.delete(producerId);
    }
  }
  return aborted;
}

/** Of a batch with only these records left; what compression saved is saved of them, too. */
function bytesOf({ batch }: StoredBatch, kept: readonly number[]): number {
  let all = 0;
  for (let place = 0; place < batch.count; place++) all += bytesAt(batch, place);
  const left = kept.reduce((sum, place) => sum + bytesAt(batch, place), 0);
  return BATCH_HEADER_BYTES + Math.ceil(((batch.bytes - BATCH_HEADER_BYTES) * left) / all);
}

function bytesAt({ records, keys, nulls }: StoredBatch["batch"], place: number): number {
  const record = records[place];
  // State records have no sizes of their own: each is taken for as large as the others.
  if (record === undefined) return 1;
  const value = nulls?.[place] === true ? -1 : record.payloadBytes;
  return recordBytes(0, place, keys?.[place]?.length ?? -1, value);
}
