/**
 * What waits to be sent to a partition. A batch is ready when it is full, when another one waits behind it, or when it
 * has lingered; one that is to be sent again when its back-off is over.
 */
import { type Duration, type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { PartitionState } from "../protocol/messages.js";
import type { ProducerBatch } from "./producer-batch.js";
import { PartitionSequences } from "./sequences.js";

export class PartitionQueue {
  state: PartitionState;
  /** As the history calls the partition, such as `orders-0`. */
  readonly name: string;
  /** In the order in which they are sent. */
  readonly batches: ProducerBatch[] = [];
  readonly sequences: PartitionSequences = new PartitionSequences();
  /** Batches that were sent and have no answer. */
  onWire = 0;
  /** When the first batch is ready, as was found last; `NEVER`: there is none. */
  dueAt: Instant = NEVER;
  /** Its place among those that are not due; -1: it is due, or empty. */
  place = -1;

  constructor(state: PartitionState) {
    this.state = state;
    this.name = partitionName(state.topic, state.index);
  }

  get partition(): number {
    return this.state.partition;
  }

  /** The batch that the next record may join, if there is one. */
  get latest(): ProducerBatch | undefined {
    const { batches } = this;
    return batches.length === 0 ? undefined : batches[batches.length - 1];
  }

  /** When the first batch is ready; `NEVER`: there is none. `hurried`: batches do not linger. */
  readyAt(linger: Duration, hurried: boolean): Instant {
    const first = this.batches[0];
    if (first === undefined) return NEVER;
    if (first.attempts > 0) return this.#isBackingOff(first) ? first.notBefore : first.createdAt;
    const ready = first.closed || hurried || this.batches.length > 1;
    return ready ? first.createdAt : after(first.createdAt, linger);
  }

  /** Whether the first batch waits before it is sent again. */
  backsOff(now: Instant): boolean {
    const first = this.batches[0];
    return first !== undefined && first.attempts > 0 && this.#isBackingOff(first) && first.notBefore > now;
  }

  /** Puts a batch back: first in its queue, unless it is to be last, or, if batches have sequences, in their order. */
  putBack(batch: ProducerBatch, first = true): void {
    let place = first ? 0 : this.batches.length;
    if (batch.baseSequence >= 0) {
      place = 0;
      while (place < this.batches.length && comesBefore(this.batches[place] as ProducerBatch, batch)) place++;
    }
    this.batches.splice(place, 0, batch);
  }

  /** A new leader has done nothing to be spared for [KIP-951]. */
  #isBackingOff({ leaderEpoch }: ProducerBatch): boolean {
    return this.state.leaderEpoch <= leaderEpoch;
  }
}

/** Under which a partition's records are published. */
export function partitionName(topic: string, index: number | "?"): string {
  return `${topic}-${index}`;
}

function comesBefore(one: ProducerBatch, other: ProducerBatch): boolean {
  return one.baseSequence >= 0 && one.baseSequence < other.baseSequence;
}
