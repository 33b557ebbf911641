/** Those who wait until everything that a producer was given has its outcome: who flushes it, and who closes it. */
import type { Instant } from "../../../src/kernel/index.js";

export class AwaitedEnd {
  #flushed: ((now: Instant) => void) | undefined;
  #closed: ((now: Instant) => void) | undefined;

  /** Nobody lingers then. */
  get isAwaited(): boolean {
    return this.#flushed !== undefined || this.isClosing;
  }

  get isClosing(): boolean {
    return this.#closed !== undefined;
  }

  flush(flushed: (now: Instant) => void): void {
    this.#flushed = flushed;
  }

  close(closed: (now: Instant) => void): void {
    this.#closed = closed;
  }

  /** Every record has its outcome. A transaction that is open is waited for only by who closes. */
  come(transactionIsOpen: boolean, now: Instant): void {
    const flushed = this.#flushed;
    this.#flushed = undefined;
    flushed?.(now);
    if (!transactionIsOpen) this.closeNow(now);
  }

  closeNow(now: Instant): void {
    const closed = this.#closed;
    this.#closed = undefined;
    closed?.(now);
  }

  forget(): void {
    this.#flushed = undefined;
    this.#closed = undefined;
  }
}
