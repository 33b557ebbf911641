/**
 * Timers: a timer is a slot with a deadline. Setting it again replaces the deadline, and its place among
 * events of the same instant is that of its latest setting. At most one queue entry is pending per slot and
 * usually none is pushed when a timer is put off (the pending entry notices, when it is popped, that the
 * deadline has moved) or cancelled.
 */
import type { Actor, ActorId, Simulation } from "./simulation.js";
import { NEVER, type Instant } from "./time.js";

/** Who a timer belongs to: told the kind and id it was created with. */
export interface TimerOwner {
  timerFired(kind: number, id: number, now: Instant): void;
}

/** A timer's slot. */
export type TimerSlot = number;

export class Timers implements Actor {
  readonly #simulation: Simulation;
  readonly #actor: ActorId;
  readonly #owners: (TimerOwner | undefined)[] = [];
  readonly #kinds: number[] = [];
  readonly #ids: number[] = [];
  readonly #deadlines: Instant[] = [];
  readonly #sequences: number[] = [];
  /** Instant of the pending queue entry, `NEVER` when there is none. */
  readonly #entries: Instant[] = [];
  readonly #free: TimerSlot[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#actor = simulation.register(this);
  }

  /** A new timer, not set. `kind` and `id` come back in `timerFired`. */
  create(owner: TimerOwner, kind: number, id: number): TimerSlot {
    const slot = this.#free.pop() ?? this.#owners.length;
    this.#owners[slot] = owner;
    this.#kinds[slot] = kind;
    this.#ids[slot] = id;
    this.#deadlines[slot] = NEVER;
    this.#sequences[slot] = 0;
    this.#entries[slot] ??= NEVER;
    return slot;
  }

  /** Gives the slot back. A released slot must not be used again by its old owner. */
  release(slot: TimerSlot): void {
    this.cancel(slot);
    this.#owners[slot] = undefined;
    this.#free.push(slot);
  }

  /** Fires at `at`, whatever was set before. `NEVER` cancels. */
  set(slot: TimerSlot, at: Instant): void {
    this.#deadlines[slot] = at;
    if (at >= NEVER) return;
    const sequence = this.#simulation.takeSequence();
    this.#sequences[slot] = sequence;
    if (at < (this.#entries[slot] as number)) this.#enter(slot, at, sequence);
  }

  cancel(slot: TimerSlot): void {
    this.#deadlines[slot] = NEVER;
  }

  /** When the timer fires; `NEVER` when it is not set. */
  deadline(slot: TimerSlot): Instant {
    return this.#deadlines[slot] as number;
  }

  /** @internal Called by the simulation. */
  fire(slot: number, now: Instant): void {
    if (this.#entries[slot] !== now) return; // an entry that an earlier setting left behind
    this.#entries[slot] = NEVER;
    const deadline = this.#deadlines[slot] as number;
    if (deadline > now) {
      if (deadline < NEVER) this.#enter(slot, deadline, this.#sequences[slot] as number);
      return;
    }
    this.#deadlines[slot] = NEVER;
    (this.#owners[slot] as TimerOwner).timerFired(
      this.#kinds[slot] as number,
      this.#ids[slot] as number,
      now,
    );
  }

  #enter(slot: TimerSlot, at: Instant, sequence: number): void {
    this.#entries[slot] = at;
    this.#simulation.scheduleInSequence(at, sequence, this.#actor, slot);
  }
}
