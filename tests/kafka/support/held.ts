/** What brokers say of their replicas. */
import type { ProducerSnapshot } from "../../../models/kafka/log/producer-states.js";
import type { StoredBatch } from "../../../models/kafka/protocol/record-batch.js";

/** What a broker says of its replica of a partition. */
export interface Held {
  readonly partition: string;
  readonly leads: boolean;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly maximalIsr: readonly number[];
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly log: readonly StoredBatch[];
  readonly producers: ProducerSnapshot;
}

/** One life of a broker, and its replica. */
export interface HeldBy {
  readonly id: number;
  readonly life: string;
  readonly replica: Held;
}
