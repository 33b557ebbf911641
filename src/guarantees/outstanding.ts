/** What a recipient has not got of a range of messages, counted 32 messages at a time. */
import { type Bitset, bitCount, rangeMask } from "./bitset.js";

/** Of a recipient and a stream, what has to be known here. */
interface Reception {
  readonly stream: {
    readonly acknowledged: Bitset | undefined;
    readonly heldForAll: Bitset | undefined;
    readonly compacted: Bitset | undefined;
  };
  readonly held: Bitset | undefined;
  has(index: number): boolean;
  hasWord(word: number): number;
  holds(index: number): boolean;
}

/** What compaction may have taken, and was not delivered, is left out. */
export interface Outstanding {
  /** Not delivered, still held somewhere. */
  readonly late: number;
  /** Not delivered and held nowhere. */
  readonly lost: number;
  /** Of all messages in the range, delivered or not, those whose publisher was told that they are safe. */
  readonly acknowledged: number;
  readonly acknowledgedLate: number;
  readonly acknowledgedLost: number;
}

export const NOTHING_OUTSTANDING: Outstanding = {
  late: 0,
  lost: 0,
  acknowledged: 0,
  acknowledgedLate: 0,
  acknowledgedLost: 0,
};

/** Of the messages `from` … `to` - 1. */
export function outstanding(pair: Reception, from: number, to: number): Outstanding {
  if (from >= to) return NOTHING_OUTSTANDING;
  const { stream, held } = pair;
  let late = 0;
  let lost = 0;
  let acknowledged = 0;
  let acknowledgedLate = 0;
  let acknowledgedLost = 0;
  const end = (to + 31) >>> 5;
  for (let word = from >>> 5; word < end; word++) {
    const has = pair.hasWord(word);
    const range = rangeMask(word, from, to) & (has | ~(stream.compacted?.word(word) ?? 0));
    const safe = (stream.acknowledged?.word(word) ?? 0) & range;
    acknowledged += bitCount(safe);
    const missing = ~has & range;
    if (missing === 0) continue;
    const waiting = missing & ((held?.word(word) ?? 0) | (stream.heldForAll?.word(word) ?? 0));
    const gone = missing & ~waiting;
    late += bitCount(waiting);
    lost += bitCount(gone);
    acknowledgedLate += bitCount(waiting & safe);
    acknowledgedLost += bitCount(gone & safe);
  }
  return { late, lost, acknowledged, acknowledgedLate, acknowledgedLost };
}

/** Of the messages `from` … `to` - 1, those that were acknowledged and delivered. */
export function countAcknowledgedDelivered(pair: Reception, from: number, to: number): number {
  const { acknowledged } = pair.stream;
  if (acknowledged === undefined) return 0;
  let count = 0;
  const end = (to + 31) >>> 5;
  for (let word = from >>> 5; word < end; word++) {
    count += bitCount(acknowledged.word(word) & pair.hasWord(word) & rangeMask(word, from, to));
  }
  return count;
}

/** The first of the messages `from` … `to` - 1 that was acknowledged, not delivered and is held nowhere. */
export function firstAcknowledgedLost(pair: Reception, from: number, to: number): number | undefined {
  for (let index = from; index < to; index++) {
    if (pair.stream.acknowledged?.has(index) !== true) continue;
    if (!pair.has(index) && !pair.holds(index) && pair.stream.compacted?.has(index) !== true) return index;
  }
  return undefined;
}
