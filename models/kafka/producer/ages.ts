/** Batches without an outcome, the oldest first. Those that have theirs fall out when they are the oldest. */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import { Fifo } from "../fifo.js";
import type { ProducerBatch } from "./producer-batch.js";

export class Ages {
  readonly #batches = new Fifo<ProducerBatch>();

  get oldest(): ProducerBatch | undefined {
    while (this.#batches.first?.state === "done") this.#batches.shift();
    return this.#batches.first;
  }

  /** When the oldest was begun; `NEVER`: there is none. */
  get oldestAt(): Instant {
    return this.oldest?.createdAt ?? NEVER;
  }

  each(visit: (batch: ProducerBatch) => void): void {
    this.#batches.each((batch) => {
      if (batch.state !== "done") visit(batch);
    });
  }

  /** None is younger. */
  add(batch: ProducerBatch): void {
    this.#batches.push(batch);
  }

  /** As old as another one. */
  insert(batch: ProducerBatch): void {
    this.#batches.insert(batch, ({ createdAt }) => createdAt > batch.createdAt);
  }

  clear(): void {
    this.#batches.clear();
  }
}
