/** A timer of a connection that many connections never need: it takes a slot when it is first set. */
import { type Instant, NEVER, type TimerOwner, type Timers, type TimerSlot } from "../../kernel/index.js";

const NONE: TimerSlot = -1;

export class LazyTimer {
  readonly #timers: Timers;
  readonly #owner: TimerOwner;
  readonly #kind: number;
  #slot: TimerSlot = NONE;

  constructor(timers: Timers, owner: TimerOwner, kind: number) {
    this.#timers = timers;
    this.#owner = owner;
    this.#kind = kind;
  }

  /** When it fires; `NEVER` when it is not set. */
  get deadline(): Instant {
    return this.#slot === NONE ? NEVER : this.#timers.deadline(this.#slot);
  }

  set(at: Instant): void {
    if (this.#slot === NONE) this.#slot = this.#timers.create(this.#owner, this.#kind, 0);
    this.#timers.set(this.#slot, at);
  }

  cancel(): void {
    if (this.#slot !== NONE) this.#timers.cancel(this.#slot);
  }

  /** It is not needed any more. */
  release(): void {
    if (this.#slot !== NONE) this.#timers.release(this.#slot);
    this.#slot = NONE;
  }
}
