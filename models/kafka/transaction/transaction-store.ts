/**
 * Transactional ids by the partitions of the internal topic that this broker leads, and how their states get into its
 * log. A state is one that counts once it is committed there.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { CoordinatorHost } from "../broker/coordinators.js";
import { coordinatingPartition } from "../broker/coordinators.js";
import type { KafkaError } from "../protocol/messages.js";
import { type StoredBatch, stateBatch } from "../protocol/record-batch.js";
import { transactionRecordBytes } from "../protocol/transaction-sizes.js";
import type { TransactionState } from "./transaction-state.js";

/** Of one transactional id. */
export interface Entry {
  /** Of the internal topic. */
  readonly home: number;
  readonly coordinatorEpoch: number;
  state: TransactionState;
  /** On its way into the log. */
  pending: TransactionState | undefined;
  /** An epoch that fenced the producer could not be written down: the next attempt uses it. */
  fenceFailed: boolean;
  /** Partitions that have no marker yet. */
  readonly unmarked: Set<number>;
}

interface Home {
  readonly coordinatorEpoch: number;
  /** By transactional id. */
  readonly entries: Map<string, Entry>;
}

export class TransactionStore {
  readonly #host: CoordinatorHost;
  readonly #homes = new Map<number, Home>();

  constructor(host: CoordinatorHost) {
    this.#host = host;
  }

  /** Takes over a partition: the latest state of each id in its log counts. */
  load(home: number, coordinatorEpoch: number, log: readonly StoredBatch[]): Iterable<Entry> {
    const states = new Map<string, TransactionState | undefined>();
    for (const { batch } of log) {
      if (batch.control?.kind !== "state") continue;
      for (const { key, value } of batch.control.records) {
        states.set(key, value as TransactionState | undefined);
      }
    }
    const entries = new Map<string, Entry>();
    for (const [key, state] of states) {
      if (state !== undefined) entries.set(key, newEntry(home, coordinatorEpoch, state));
    }
    this.#homes.set(home, { coordinatorEpoch, entries });
    return entries.values();
  }

  unload(home: number): void {
    this.#homes.delete(home);
  }

  forget(): void {
    this.#homes.clear();
  }

  /** Undefined: another broker coordinates the id. */
  #homeOf(transactionalId: string): { readonly place: number; readonly home: Home } | undefined {
    const place = coordinatingPartition(this.#host.cluster, "transaction", transactionalId);
    const home = place === undefined ? undefined : this.#homes.get(place);
    return place === undefined || home === undefined ? undefined : { place, home };
  }

  coordinates(transactionalId: string): boolean {
    return this.#homeOf(transactionalId) !== undefined;
  }

  entry(transactionalId: string): Entry | undefined {
    return this.#homeOf(transactionalId)?.home.entries.get(transactionalId);
  }

  /** An id that was not known. Undefined: another broker coordinates it. */
  add(state: TransactionState): Entry | undefined {
    const found = this.#homeOf(state.transactionalId);
    if (found === undefined) return undefined;
    const { place, home } = found;
    const entry = newEntry(place, home.coordinatorEpoch, state);
    home.entries.set(state.transactionalId, entry);
    return entry;
  }

  /** All that this broker coordinates. */
  *all(): Iterable<Entry> {
    for (const { entries } of this.#homes.values()) yield* entries.values();
  }

  /** Whether the entry is still this broker's. */
  holds(entry: Entry): boolean {
    return this.#homes.get(entry.home)?.entries.get(entry.state.transactionalId) === entry;
  }

  /** Writes the next state down. `done` is told whether it counts, in words for clients. */
  write(
    entry: Entry,
    next: TransactionState,
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    entry.pending = next;
    this.#append(entry, next, now, (error, at) => {
      if (!this.holds(entry)) return done("NOT_COORDINATOR", at);
      entry.pending = undefined;
      if (error === "NONE") entry.state = next;
      done(asToldToClients(error), at);
    });
  }

  /** Forgets an id for good. */
  erase(entry: Entry, now: Instant): void {
    entry.pending = entry.state;
    this.#append(entry, undefined, now, (error) => {
      entry.pending = undefined;
      const entries = this.#homes.get(entry.home)?.entries;
      if (error === "NONE" && this.holds(entry)) entries?.delete(entry.state.transactionalId);
    });
  }

  #append(
    { home, state }: Entry,
    value: TransactionState | undefined,
    now: Instant,
    written: (error: KafkaError, now: Instant) => void,
  ): void {
    const { transactionalId, timeout } = state;
    const bytes = transactionRecordBytes(transactionalId, value?.partitions.length ?? 0);
    const batch = stateBatch([{ key: transactionalId, value }], bytes, now);
    // TransactionStateManager.appendTransactionToLog waits for as long as a transaction may last.
    this.#host.append(home, batch, timeout, written, now);
  }
}

function newEntry(home: number, coordinatorEpoch: number, state: TransactionState): Entry {
  const unmarked = new Set<number>();
  return { home, coordinatorEpoch, state, pending: undefined, fenceFailed: false, unmarked };
}

/** TransactionStateManager: what an append that failed means for who asked. */
function asToldToClients(error: KafkaError): KafkaError {
  switch (error) {
    case "NOT_ENOUGH_REPLICAS":
    case "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
    case "REQUEST_TIMED_OUT":
      return "COORDINATOR_NOT_AVAILABLE";
    case "KAFKA_STORAGE_ERROR":
    case "NOT_LEADER_OR_FOLLOWER":
      return "NOT_COORDINATOR";
    default:
      return error;
  }
}
