/**
 * Calls of `send` that wait: for the partitions of their topic to be known, or for memory. They go on in the order in
 * which they came, and give up after max.block.ms.
 */
import { type Duration, type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import { Fifo } from "../fifo.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { SendRequest } from "./producer-sink.js";

export interface BlockedSend {
  readonly request: SendRequest;
  readonly key: string | undefined;
  readonly deadline: Instant;
  /** Once its partition is known. */
  readonly chosen: { readonly queue: PartitionQueue; readonly message: Message } | undefined;
}

export class BlockedSends {
  readonly #patience: Duration;
  readonly #waiting = new Fifo<BlockedSend>();

  constructor(patience: Duration) {
    this.#patience = patience;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get first(): BlockedSend | undefined {
    return this.#waiting.first;
  }

  /** When the first gives up; `NEVER`: none waits. */
  get deadline(): Instant {
    return this.#waiting.first?.deadline ?? NEVER;
  }

  add(request: SendRequest, key: string | undefined, chosen: BlockedSend["chosen"], now: Instant): void {
    this.#waiting.push({ request, key, chosen, deadline: after(now, this.#patience) });
  }

  /** The first has got its partition, and still waits. */
  choose(chosen: NonNullable<BlockedSend["chosen"]>): void {
    const { first } = this.#waiting;
    if (first !== undefined) this.#waiting.first = { ...first, chosen };
  }

  shift(): BlockedSend | undefined {
    return this.#waiting.shift();
  }

  /** Takes the first out if its patience is over. */
  expired(now: Instant): BlockedSend | undefined {
    return this.deadline <= now ? this.#waiting.shift() : undefined;
  }

  /** Calls `visit` for each whose message counts as published. */
  each(visit: (message: Message) => void): void {
    this.#waiting.each(({ chosen }) => {
      if (chosen !== undefined) visit(chosen.message);
    });
  }

  clear(): void {
    this.#waiting.clear();
  }
}
