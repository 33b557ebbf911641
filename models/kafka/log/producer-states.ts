/**
 * What a log knows of the idempotent producers that wrote to it [KIP-98]: their epoch and their latest batches, by
 * which a repeated one is recognised and a gap refused. It outlives the batches: retention takes records, not what is
 * known of who wrote them [KIP-360].
 */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { KafkaError } from "../protocol/messages.js";
import { NO_PRODUCER_ID, type RecordBatch, type StoredBatch } from "../protocol/record-batch.js";

/** ProducerStateEntry.NUM_BATCHES_TO_RETAIN: why more than five requests in flight lose idempotence. */
const BATCHES_KEPT = 5;

/** What is remembered of a batch; the batch itself may be gone. */
export interface BatchMark {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly endOffset: number;
}

interface ProducerState {
  epoch: number;
  readonly batches: BatchMark[];
  /** Of its last batch. */
  timestamp: Instant;
}

/** By producer id, as it was at some offset; never changed. */
export type ProducerSnapshot = ReadonlyMap<
  number,
  { readonly epoch: number; readonly batches: readonly BatchMark[]; readonly timestamp: Instant }
>;

/** What to make of a batch: append it, answer as if it had been, or refuse it. */
export type Admission =
  | { readonly kind: "append" }
  | { readonly kind: "duplicate"; readonly of: BatchMark }
  | { readonly kind: "refuse"; readonly error: KafkaError };

const APPEND: Admission = { kind: "append" };

export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();

  admit(batch: RecordBatch): Admission {
    if (batch.producerId === NO_PRODUCER_ID) return APPEND;
    const state = this.#states.get(batch.producerId);
    // Of a producer that nobody remembers, any sequence is the first: new, expired, or compacted away [KIP-360].
    if (state === undefined) return APPEND;
    if (batch.producerEpoch < state.epoch) return { kind: "refuse", error: "INVALID_PRODUCER_EPOCH" };
    // Markers and what coordinators write in a producer's name have no sequences.
    if (batch.baseSequence < 0) return APPEND;
    if (batch.producerEpoch > state.epoch) return batch.baseSequence === 0 ? APPEND : OUT_OF_ORDER;
    const known = state.batches.find(
      ({ baseSequence, lastSequence }) =>
        baseSequence === batch.baseSequence && lastSequence === batch.lastSequence,
    );
    if (known !== undefined) return { kind: "duplicate", of: known };
    const last = state.batches.at(-1);
    const next = last === undefined ? 0 : last.lastSequence + 1;
    return batch.baseSequence === next ? APPEND : OUT_OF_ORDER;
  }

  appended({ batch, baseOffset, endOffset }: StoredBatch): void {
    const { producerId, producerEpoch, baseSequence, maxTimestamp } = batch;
    if (producerId === NO_PRODUCER_ID) return;
    let state = this.#states.get(producerId);
    if (state === undefined) {
      state = { epoch: producerEpoch, batches: [], timestamp: maxTimestamp };
      this.#states.set(producerId, state);
    }
    state.timestamp = maxTimestamp;
    if (state.epoch !== producerEpoch) {
      state.epoch = producerEpoch;
      state.batches.length = 0;
    }
    // Markers, and what coordinators write for a producer, have no sequences.
    if (baseSequence < 0) return;
    state.batches.push({ baseSequence, lastSequence: batch.lastSequence, baseOffset, endOffset });
    if (state.batches.length > BATCHES_KEPT) state.batches.shift();
  }

  /**
   * Forgets producers that have written nothing for `expiration` (producer.id.expiration.ms), unless they are in the
   * middle of a transaction. Returns how many.
   */
  expire(now: Instant, expiration: Duration, hasOpen: (producerId: number) => boolean = never): number {
    let expired = 0;
    for (const [producerId, { timestamp }] of this.#states) {
      if (now - timestamp < expiration || hasOpen(producerId)) continue;
      this.#states.delete(producerId);
      expired++;
    }
    return expired;
  }

  /** Whether the batch has the last sequence that its producer is known by, or, without any, its epoch. */
  isLastOf({ batch, endOffset }: StoredBatch): boolean {
    const state = this.#states.get(batch.producerId);
    if (state === undefined) return false;
    const last = state.batches.at(-1);
    if (last !== undefined) return last.endOffset === endOffset;
    return batch.control !== undefined && batch.producerEpoch === state.epoch;
  }

  snapshot(): ProducerSnapshot {
    const copy = new Map<number, ProducerState>();
    for (const [producerId, { epoch, batches, timestamp }] of this.#states) {
      copy.set(producerId, { epoch, batches: [...batches], timestamp });
    }
    return copy;
  }

  /** Forgets everything but what the snapshot knows. */
  restore(snapshot: ProducerSnapshot): void {
    this.#states.clear();
    for (const [producerId, { epoch, batches, timestamp }] of snapshot) {
      this.#states.set(producerId, { epoch, batches: [...batches], timestamp });
    }
  }
}

const OUT_OF_ORDER: Admission = { kind: "refuse", error: "OUT_OF_ORDER_SEQUENCE_NUMBER" };

/** Of a log without producers. */
export const NO_PRODUCERS: ProducerSnapshot = new Map();

function never(): boolean {
  return false;
}
