/** The partitioners of a producer's topics. */
import type { Metadata } from "../metadata.js";
import type { Accumulator } from "./accumulator.js";
import type { PartitionQueue } from "./partition-queue.js";
import { Partitioner, type PartitionerConfig } from "./partitioner.js";
import type { ProducerContext } from "./sender.js";

export class Partitioners {
  readonly #config: PartitionerConfig;
  readonly #metadata: Metadata<ProducerContext>;
  readonly #accumulator: Accumulator;
  /** Any of so many. */
  readonly #draw: (count: number) => number;
  readonly #ofTopics = new Map<string, Partitioner>();
  /** The one that was used last, and its topic. */
  #latest: Partitioner | undefined;
  #latestTopic = "";

  constructor(
    config: PartitionerConfig,
    metadata: Metadata<ProducerContext>,
    accumulator: Accumulator,
    draw: (count: number) => number,
  ) {
    this.#config = config;
    this.#metadata = metadata;
    this.#accumulator = accumulator;
    this.#draw = draw;
  }

  of(topic: string): Partitioner {
    if (this.#latest !== undefined && this.#latestTopic === topic) return this.#latest;
    const partitioner = this.#ofTopics.get(topic) ?? this.#add(topic);
    this.#latest = partitioner;
    this.#latestTopic = topic;
    return partitioner;
  }

  /** Topics may have other partitions. */
  learn(): void {
    for (const [topic, partitioner] of this.#ofTopics) partitioner.queues = this.#queuesOf(topic);
  }

  /** The process has died. */
  forget(): void {
    this.#ofTopics.clear();
    this.#latest = undefined;
  }

  #add(topic: string): Partitioner {
    const partitioner = new Partitioner(this.#config, this.#draw);
    partitioner.queues = this.#queuesOf(topic);
    this.#ofTopics.set(topic, partitioner);
    return partitioner;
  }

  #queuesOf(topic: string): readonly PartitionQueue[] {
    return this.#metadata.partitionsOf(topic).map((state) => this.#accumulator.queueOf(state));
  }
}
