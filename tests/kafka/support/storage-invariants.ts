/** Invariants of retention and compaction, held against all in-sync replicas of a partition. */
import { SECOND } from "../../../src/kernel/index.js";
import type { PartitionState } from "../../../models/kafka/protocol/messages.js";
import { type StoredBatch, isTombstone, keyAt } from "../../../models/kafka/protocol/record-batch.js";
import type { Held, HeldBy } from "./held.js";

/** After so long, a follower in sync has heard of the leader's log start offset. */
const TOLD_AFTER = 10 * SECOND;

/** The last committed record of a key. */
interface LastOf {
  readonly offset: number;
  readonly isTombstone: boolean;
  /** When it was first seen below the high watermark. */
  readonly at: number;
}

export class StorageInvariants {
  readonly #expect: (name: string, holds: boolean) => void;
  /** By partition and key. */
  readonly #lasts = new Map<number, Map<string, LastOf>>();
  /** By partition, how many committed batches were looked at. */
  readonly #looked = new Map<number, number>();
  /** By partition: who leads in which epoch since when, and where its log has started when. */
  readonly #starts = new Map<number, { readonly reign: string; readonly seen: [number, number][] }>();
  /** Since when a follower's life has been in sync in the leader's reign. */
  readonly #inSync = new Map<string, number>();

  constructor(expect: (name: string, holds: boolean) => void) {
    this.#expect = expect;
  }

  look(
    state: PartitionState,
    leader: HeldBy,
    inSync: readonly HeldBy[],
    committed: readonly StoredBatch[],
    now: number,
  ): void {
    this.#startTold(state, leader, inSync, now);
    if (!state.log.compacts) return;
    const lasts = this.#note(state.partition, committed, now);
    for (const { replica } of inSync) this.#lastsKept(replica, lasts, state.log.deleteRetention, now);
    if (!state.log.deletes) this.#producersAgree(inSync.map(({ replica }) => replica));
  }

  /** A follower that has been in sync for a while starts no earlier than the leader did then. */
  #startTold(state: PartitionState, leader: HeldBy, inSync: readonly HeldBy[], now: number): void {
    const reign = `${leader.life} ${state.leaderEpoch}`;
    let starts = this.#starts.get(state.partition);
    if (starts?.reign !== reign) {
      this.#starts.set(state.partition, (starts = { reign, seen: [] }));
      this.#inSync.clear();
    }
    const { seen } = starts;
    if (seen.at(-1)?.[1] !== leader.replica.logStartOffset) seen.push([now, leader.replica.logStartOffset]);
    const lives = new Set(inSync.map(({ life }) => `${state.partition} ${life}`));
    for (const life of this.#inSync.keys()) if (!lives.has(life)) this.#inSync.delete(life);
    const then = seen.findLast(([at]) => at <= now - TOLD_AFTER)?.[1] ?? 0;
    for (const { life, replica } of inSync) {
      const key = `${state.partition} ${life}`;
      const since = this.#inSync.get(key) ?? now;
      this.#inSync.set(key, since);
      if (now - since > TOLD_AFTER) this.#expect("LogStartTold", replica.logStartOffset >= then);
    }
  }

  #note(partition: number, committed: readonly StoredBatch[], now: number): Map<string, LastOf> {
    let lasts = this.#lasts.get(partition);
    if (lasts === undefined) this.#lasts.set(partition, (lasts = new Map()));
    for (const stored of committed.slice(this.#looked.get(partition) ?? 0)) {
      stored.eachPlace((place) => {
        const key = keyAt(stored.batch, place);
        if (key === undefined) return;
        const offset = stored.baseOffset + place;
        lasts.set(key, { offset, isTombstone: isTombstone(stored.batch, place), at: now });
      });
    }
    this.#looked.set(partition, committed.length);
    return lasts;
  }

  /** The last record of each key is there; a tombstone, for as long as it is to be seen. */
  #lastsKept(replica: Held, lasts: ReadonlyMap<string, LastOf>, deleteRetention: number, now: number): void {
    const present = new Set<number>();
    for (const stored of replica.log) stored.eachPlace((place) => present.add(stored.baseOffset + place));
    for (const { offset, isTombstone: deleted, at } of lasts.values()) {
      if (offset < replica.logStartOffset || offset >= replica.logEndOffset) continue;
      if (!deleted) this.#expect("LastValueKept", present.has(offset));
      else if (now < at + deleteRetention) this.#expect("TombstoneKept", present.has(offset));
    }
  }

  /** Logs that end alike know the same of their producers. */
  #producersAgree(replicas: readonly Held[]): void {
    const [one, ...others] = replicas.map(({ logEndOffset, log, producers }) => ({
      end: `${logEndOffset} ${log.at(-1)?.leaderEpoch}`,
      known: [...producers]
        .map(([id, { epoch, batches }]) => `${id} ${epoch} ${batches.at(-1)?.lastSequence}`)
        .sort((a, b) => (a < b ? -1 : 1))
        .join(),
    }));
    for (const other of others) {
      if (other.end === one?.end) this.#expect("ProducersAgree", other.known === one.known);
    }
  }
}
