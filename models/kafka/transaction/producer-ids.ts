/**
 * The producer ids that a broker may give out. The controller gives them to it by blocks, each to one broker; whoever
 * needs one while there is none is to ask again (RPCProducerIdManager).
 */
import { type Duration, type Instant, MILLISECOND, after } from "../../../src/kernel/index.js";
import type { Responses } from "../protocol/messages.js";

/** When so much of a block is used up, the next one is asked for (PID_PREFETCH_THRESHOLD). */
const PREFETCH_AT = 0.9;
/** The controller is left alone for so long after an error (RETRY_BACKOFF_MS). */
const BACKOFF: Duration = 50 * MILLISECOND;

interface Block {
  readonly start: number;
  readonly length: number;
}

export class ProducerIds {
  /** Has the controller asked for a block. */
  readonly #ask: (now: Instant) => void;
  #block: Block = { start: 0, length: 0 };
  #used = 0;
  #spare: Block | undefined;
  #asking = false;
  #notBefore: Instant = 0;

  constructor(ask: (now: Instant) => void) {
    this.#ask = ask;
  }

  /** Undefined: none is at hand. */
  next(now: Instant): number | undefined {
    if (this.#used === this.#block.length && this.#spare !== undefined) {
      this.#block = this.#spare;
      this.#spare = undefined;
      this.#used = 0;
    }
    const { start, length } = this.#block;
    if (this.#used === length) {
      this.#prefetch(now);
      return undefined;
    }
    if (this.#used === Math.floor(length * PREFETCH_AT)) this.#prefetch(now);
    return start + this.#used++;
  }

  allocated({ error, producerIdStart, producerIdLen }: Responses["AllocateProducerIds"], now: Instant): void {
    this.#asking = false;
    if (error === "NONE") this.#spare = { start: producerIdStart, length: producerIdLen };
    else this.#notBefore = after(now, BACKOFF);
  }

  /** The process has died, and with it what was left. */
  forget(): void {
    this.#block = { start: 0, length: 0 };
    this.#used = 0;
    this.#spare = undefined;
    this.#asking = false;
    this.#notBefore = 0;
  }

  #prefetch(now: Instant): void {
    if (this.#asking || this.#spare !== undefined || now < this.#notBefore) return;
    this.#asking = true;
    this.#ask(now);
  }
}
