/** What is counted of the messages that count (published at or after the end of the warm-up). */
import { Histogram } from "./histogram.js";
import { NO_MESSAGE } from "./pair.js";
import { outstanding } from "./outstanding.js";
import type { Stream } from "./stream.js";

/** Counted while the history goes on. Pairs are of a message and a recipient. */
export class Tally {
  published = 0;
  acknowledged = 0;
  failed = 0;
  /** Deliveries beyond the first, or beyond the copies that overlapping filters allow. */
  duplicates = 0;
  /** First deliveries of a message after that of a later one of its stream. */
  outOfOrder = 0;
  /** From publication to first live delivery, of delivered entitled pairs; nanoseconds. */
  readonly latency: Histogram = new Histogram();
  /** From publication to acknowledgement; nanoseconds. */
  readonly acknowledgementLatency: Histogram = new Histogram();
}

/** Counted at the end, over all pairs. */
export interface PairTally {
  /** Entitled pairs whose promise stands or was kept: delivered + lost + late. */
  readonly entitled: number;
  readonly delivered: number;
  readonly lost: number;
  readonly late: number;
  readonly acknowledgedLost: number;
  /** Pairs that were wanted when the message was published, and since or until it came. */
  readonly wanted: number;
  /** Wanted, not entitled, not delivered. */
  readonly missed: number;
}

export function tallyPairs(streams: readonly Stream[]): PairTally {
  let delivered = 0;
  let lost = 0;
  let late = 0;
  let acknowledgedLost = 0;
  let wanted = 0;
  let missed = 0;
  for (const stream of streams) {
    const { firstCounted, published } = stream;
    for (const pair of stream.pairs) {
      delivered += pair.entitledDelivered;
      wanted += pair.wantedDelivered;
      const entitledFrom = Math.min(Math.max(pair.entitledFrom, firstCounted), published);
      const promised = outstanding(pair, entitledFrom, published);
      lost += promised.lost;
      late += promised.late;
      acknowledgedLost += promised.acknowledgedLost;
      if (pair.wantedFrom === NO_MESSAGE) continue;
      const wish = outstanding(pair, Math.max(pair.wantedFrom, firstCounted), published);
      wanted += wish.lost + wish.late;
      const unpromised = outstanding(pair, Math.max(pair.wantedFrom, firstCounted), entitledFrom);
      missed += unpromised.lost + unpromised.late;
    }
  }
  const entitled = delivered + lost + late;
  return { entitled, delivered, lost, late, acknowledgedLost, wanted, missed };
}
