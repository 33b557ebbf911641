/** What a consumer commits: the offset of the record that is next, in each partition. */
import { NO_EPOCH, type OffsetAndEpoch } from "../protocol/messages.js";
import type { KafkaRules } from "../rules.js";
import type { PolledRecord, Position } from "./position.js";

export interface Consumed {
  readonly offsets: readonly OffsetAndEpoch[];
  /** As the history calls the partitions. */
  readonly names: readonly string[];
}

/** Where poll is in every partition: everything before counts as done. */
export function consumedOf(
  positions: Iterable<Position>,
  { commitsConsumed }: Pick<KafkaRules, "commitsConsumed">,
): Consumed {
  const offsets: OffsetAndEpoch[] = [];
  const names: string[] = [];
  for (const { isKnown, partition, offset, fetched, epoch, name } of positions) {
    if (!isKnown) continue;
    offsets.push({ partition, offset: commitsConsumed ? offset : fetched, leaderEpoch: epoch });
    names.push(name);
  }
  return { offsets, names };
}

/** Up to and with one record. */
export function consumedThrough({ position, offset }: PolledRecord): Consumed {
  const { partition, epoch, name } = position;
  return { offsets: [{ partition, offset: offset + 1, leaderEpoch: epoch }], names: [name] };
}

/** What the application's worker wants committed, by name of the partition; nothing of those that are not its own. */
export function consumedAsWanted(
  positions: Iterable<Position>,
  wanted: ReadonlyMap<string, number>,
): Consumed {
  const offsets: OffsetAndEpoch[] = [];
  const names: string[] = [];
  for (const { partition, name } of positions) {
    const offset = wanted.get(name);
    if (offset === undefined) continue;
    offsets.push({ partition, offset, leaderEpoch: NO_EPOCH });
    names.push(name);
  }
  return { offsets, names };
}
