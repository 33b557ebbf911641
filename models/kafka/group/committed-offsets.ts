/**
 * The offsets that a group has committed. Those of a transaction count when it is committed, and make what they stand
 * for unstable until it has ended [KIP-447].
 */
import type { Instant } from "../../../src/kernel/index.js";
import { NO_EPOCH, NO_OFFSET, type OffsetAndEpoch } from "../protocol/messages.js";
import type { StateRecord } from "../protocol/record-batch.js";
import type { KafkaRules } from "../rules.js";
import { type StoredOffset, offsetKey } from "./group-records.js";

export class CommittedOffsets {
  readonly #group: string;
  readonly #offsets = new Map<number, StoredOffset>();
  /** By producer id: in a transaction that has not ended. */
  readonly #pending = new Map<number, Map<number, StoredOffset>>();
  /** By partition: how many are being written as part of a transaction. */
  readonly #arriving = new Map<number, number>();
  readonly #rules: Pick<KafkaRules, "dropsAbortedOffsets" | "awaitsStableOffsets">;

  constructor(group: string, rules: Pick<KafkaRules, "dropsAbortedOffsets" | "awaitsStableOffsets">) {
    this.#group = group;
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#offsets.size === 0 && this.#pending.size === 0;
  }

  get all(): Iterable<StoredOffset> {
    return this.#offsets.values();
  }

  /** What is to be written before the offsets count. */
  records(offsets: readonly OffsetAndEpoch[], now: Instant): StateRecord[] {
    return offsets.map(({ partition, offset, leaderEpoch }) => {
      const value: StoredOffset = { group: this.#group, partition, offset, leaderEpoch, committedAt: now };
      return { key: offsetKey(this.#group, partition), value };
    });
  }

  committed(stored: StoredOffset): void {
    this.#offsets.set(stored.partition, stored);
  }

  /** So many more of them are being written as part of a transaction. */
  arriving(records: readonly StateRecord[], more: number): void {
    for (const { value } of records) {
      const { partition } = value as StoredOffset;
      this.#arriving.set(partition, (this.#arriving.get(partition) ?? 0) + more);
    }
  }

  /** Written as part of the transaction that the producer has open. */
  pending(producerId: number, stored: StoredOffset): void {
    let offsets = this.#pending.get(producerId);
    if (offsets === undefined) this.#pending.set(producerId, (offsets = new Map()));
    offsets.set(stored.partition, stored);
  }

  transactionEnded(producerId: number, committed: boolean): void {
    const offsets = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    if (committed || !this.#rules.dropsAbortedOffsets)
      for (const stored of offsets?.values() ?? []) this.committed(stored);
  }

  /** What is known of the partition may change with a transaction that has not ended. */
  isUnstable(partition: number): boolean {
    if (!this.#rules.awaitsStableOffsets) return false;
    if ((this.#arriving.get(partition) ?? 0) > 0) return true;
    for (const offsets of this.#pending.values()) if (offsets.has(partition)) return true;
    return false;
  }

  of(partition: number): OffsetAndEpoch {
    const stored = this.#offsets.get(partition);
    return stored ?? { partition, offset: NO_OFFSET, leaderEpoch: NO_EPOCH };
  }

  forget(partition: number): void {
    this.#offsets.delete(partition);
  }

  /** Those that nobody has needed since `before`: neither committed nor, the group being empty, used, nor about to be. */
  expired(emptySince: Instant, before: Instant): StoredOffset[] {
    if (emptySince > before) return [];
    return [...this.#offsets.values()].filter(({ committedAt, partition }) => {
      return committedAt <= before && !this.isUnstable(partition);
    });
  }
}
