/**
 * How far groups are behind: records of a partition from the offset that the group has committed on, or from where it
 * began while it has committed nothing, up to the highest offset that anybody was told of. Offsets without a record
 * count as well.
 */
import type { GroupShare, LogPartition } from "./log-partition.js";

/** One group, all of its partitions together. */
export interface GroupLag {
  readonly group: number;
  readonly lag: number;
}

interface Behind {
  readonly group: number;
  lag: number;
}

export class GroupLags {
  /** The most that a group was behind at any time. */
  max = 0;
  readonly #groups: Behind[] = [];

  get all(): readonly GroupLag[] {
    return this.#groups;
  }

  /** There is a record at `offset`. */
  told(partition: LogPartition, offset: number): void {
    if (offset < partition.endOffset) return;
    partition.endOffset = offset + 1;
    for (const share of partition.groups) this.changed(partition, share);
  }

  /** The group has begun in the partition, or has committed something. */
  changed({ endOffset }: LogPartition, share: GroupShare): void {
    const from = share.committedLast < 0 ? share.from : share.committedLast;
    const lag = from < 0 ? 0 : Math.max(0, endOffset - from);
    if (lag === share.lag) return;
    const behind = this.#of(share.group);
    behind.lag += lag - share.lag;
    share.lag = lag;
    this.max = Math.max(this.max, behind.lag);
  }

  #of(group: number): Behind {
    for (const behind of this.#groups) if (behind.group === group) return behind;
    const behind = { group, lag: 0 };
    this.#groups.push(behind);
    return behind;
  }
}
