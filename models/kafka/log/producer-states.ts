/**
 * What a log knows of the idempotent producers that wrote to it [KIP-98]: their epoch and their latest batches, by
 * which a repeated one is recognised and a gap refused.
 */
import type { KafkaError } from "../protocol/messages.js";
import { NO_PRODUCER_ID, type RecordBatch, type StoredBatch } from "../protocol/record-batch.js";

/** ProducerStateEntry.NUM_BATCHES_TO_RETAIN: why more than five requests in flight lose idempotence. */
const BATCHES_KEPT = 5;

interface ProducerState {
  epoch: number;
  readonly batches: StoredBatch[];
}

/** What to make of a batch: append it, answer as if it had been, or refuse it. */
export type Admission =
  | { readonly kind: "append" }
  | { readonly kind: "duplicate"; readonly of: StoredBatch }
  | { readonly kind: "refuse"; readonly error: KafkaError };

const APPEND: Admission = { kind: "append" };

export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();

  admit(batch: RecordBatch): Admission {
    if (batch.producerId === NO_PRODUCER_ID) return APPEND;
    const state = this.#states.get(batch.producerId);
    if (state === undefined) return APPEND;
    if (batch.producerEpoch < state.epoch) return { kind: "refuse", error: "INVALID_PRODUCER_EPOCH" };
    if (batch.producerEpoch > state.epoch) return batch.baseSequence === 0 ? APPEND : OUT_OF_ORDER;
    const known = state.batches.find(
      ({ batch: { baseSequence, lastSequence } }) =>
        baseSequence === batch.baseSequence && lastSequence === batch.lastSequence,
    );
    if (known !== undefined) return { kind: "duplicate", of: known };
    const last = state.batches.at(-1);
    const next = last === undefined ? batch.baseSequence : last.batch.lastSequence + 1;
    return batch.baseSequence === next ? APPEND : OUT_OF_ORDER;
  }

  appended(stored: StoredBatch): void {
    const { producerId, producerEpoch } = stored.batch;
    if (producerId === NO_PRODUCER_ID) return;
    let state = this.#states.get(producerId);
    if (state === undefined) this.#states.set(producerId, (state = { epoch: producerEpoch, batches: [] }));
    if (state.epoch !== producerEpoch) {
      state.epoch = producerEpoch;
      state.batches.length = 0;
    }
    state.batches.push(stored);
    if (state.batches.length > BATCHES_KEPT) state.batches.shift();
  }

  /** Forgets everything, and learns it again from what is in the log. */
  rebuild(entries: readonly StoredBatch[]): void {
    this.#states.clear();
    for (const stored of entries) this.appended(stored);
  }
}

const OUT_OF_ORDER: Admission = { kind: "refuse", error: "OUT_OF_ORDER_SEQUENCE_NUMBER" };
