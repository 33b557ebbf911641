/** A timer of an application: one instant at a time, heard through its node, so never while that is paused. */
import { type Instant, NEVER, type TimerOwner, type TimerSlot } from "../../../src/kernel/index.js";
import type { InputTarget } from "../../../src/host/index.js";
import type { Place } from "../../../src/model/index.js";

export class Alarm implements TimerOwner, InputTarget<undefined> {
  readonly #place: Place;
  readonly #name: string;
  readonly #ring: (now: Instant) => void;
  #slot: TimerSlot | undefined;

  constructor(place: Place, name: string, ring: (now: Instant) => void) {
    this.#place = place;
    this.#name = name;
    this.#ring = ring;
  }

  /** In place of the instant that it was set to before. */
  set(at: Instant): void {
    const { timers, simulation } = this.#place;
    this.#slot ??= timers.create(this, 0, 0);
    timers.set(this.#slot, Math.max(at, simulation.now));
  }

  cancel(): void {
    if (this.#slot !== undefined) this.#place.timers.cancel(this.#slot);
  }

  /** The process has died. */
  forget(): void {
    if (this.#slot !== undefined) this.#place.timers.release(this.#slot);
    this.#slot = undefined;
  }

  timerFired(_kind: number, _id: number, now: Instant): void {
    this.#place.node.input(this, 0, undefined, now);
  }

  /** It may have been set anew while it waited for its turn. */
  input(_code: number, _content: undefined, now: Instant): void {
    const { node, timers, trace } = this.#place;
    if (this.#slot === undefined || timers.deadline(this.#slot) < NEVER) return;
    trace.timerFired(node.index, 0, this.#name, now);
    this.#ring(now);
  }
}
