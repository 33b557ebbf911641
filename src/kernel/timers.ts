/**
 * Timers: a timer is a slot with a deadline. Setting it again replaces the deadline, and its place among the
 * events of one instant is that of its latest setting.
 *
 * A slot has at most one entry in the event queue that counts. When a timer is put off or cancelled the entry
 * stays and, when it is popped, notices that the deadline has moved; so a timer that is re-armed again and
 * again costs a few stores each time. Entries that count no more (of cancelled timers, or of an earlier
 * setting that was brought forward) are purged once they are the larger part of the queue.
 *
 * Entries of timers that come due in the order in which they were set share events: see `Lanes`.
 *
 * A slot is a row of 32 bytes, half a line of the processor's cache, and a reference to its owner. A row is four
 * words of eight bytes: the deadline, the sequence number of its latest setting, the instant of the queue entry
 * that counts, and, in halves, the id and the kind.
 *
 * Two entries of a slot may come to stand at one instant. Then either counts; at most one of them is the setting
 * that the slot has now, and the other finds nothing or puts that one's entry in again, which is harmless.
 */
import { grown } from "./growth.js";
import { Lanes } from "./lanes.js";
import type { Actor, ActorId, Simulation } from "./simulation.js";
import { NEVER, type Instant } from "./time.js";

/** Who a timer belongs to: told the kind and id it was created with. */
export interface TimerOwner {
  timerFired(kind: number, id: number, now: Instant): void;
}

/** A timer's slot. */
export type TimerSlot = number;

/** Kinds are 0 … 255. */
const KINDS_MAX = 256;
/** Fewer entries that do not count are not worth a purge. */
const PURGE_MIN = 1024;

const SLOTS_AT_FIRST = 16;
const WORDS = 4;
/** When the timer fires; `NEVER` when it is not set. */
const DEADLINE = 0;
const SEQUENCE = 1;
/** Instant of the queue entry that counts; `NEVER` when there is none. */
const ENTRY = 2;
const HALVES = 8;
const ID = 6;
/** The kind; of a free slot, the next free one. */
const KIND = 7;

export class Timers implements Actor {
  private readonly simulation: Simulation;
  private readonly actor: ActorId;

  private words: Float64Array = new Float64Array(SLOTS_AT_FIRST * WORDS);
  private halves: Int32Array = new Int32Array(this.words.buffer);
  private slots = 0;
  private free = -1;

  private readonly lanes: Lanes;

  private owners: (TimerOwner | undefined)[] = ownersFor(SLOTS_AT_FIRST, []);

  /** Timers that are set, and entries in the queue, beside those in lanes. */
  private armed = 0;
  private pending = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.actor = simulation.register(this);
    this.lanes = new Lanes(simulation, {
      entry: (slot) => this.words[slot * WORDS + ENTRY] as number,
      entrySequence: (slot) => this.entrySequence(slot),
      entryDue: (slot, now) => this.entryDue(slot, now),
    });
  }

  /** A new timer, not set. `kind` (0 … 255) and `id` (a 32-bit integer) come back in `timerFired`. */
  create(owner: TimerOwner, kind: number, id: number): TimerSlot {
    if (!(kind >= 0 && kind < KINDS_MAX)) throw new RangeError(`${kind} is not a kind of timer: 0 to 255`);
    const slot = this.takeSlot();
    this.words[slot * WORDS + DEADLINE] = NEVER;
    this.halves[slot * HALVES + ID] = id;
    this.halves[slot * HALVES + KIND] = kind;
    this.owners[slot] = owner;
    return slot;
  }

  /** Gives the slot back. A released slot must not be used again by its old owner. */
  release(slot: TimerSlot): void {
    this.cancel(slot);
    this.owners[slot] = undefined;
    this.halves[slot * HALVES + KIND] = this.free;
    this.free = slot;
  }

  /** Fires at `at`, whatever was set before. `NEVER` cancels. */
  set(slot: TimerSlot, at: Instant): void {
    if (at >= NEVER) return this.cancel(slot);
    const { words } = this;
    const row = slot * WORDS;
    if (words[row + DEADLINE] === NEVER) this.armed++;
    const sequence = this.simulation.takeSequence();
    words[row + DEADLINE] = at;
    words[row + SEQUENCE] = sequence;
    const entry = words[row + ENTRY] as number;
    // In a lane, the place of an entry cannot wait until it is popped.
    if (at < entry || (at === entry && this.lanes.holds(slot))) this.enter(slot, at, sequence);
  }

  cancel(slot: TimerSlot): void {
    const row = slot * WORDS;
    if (this.words[row + DEADLINE] === NEVER) return;
    this.words[row + DEADLINE] = NEVER;
    this.armed--;
  }

  /** When the timer fires; `NEVER` when it is not set. */
  deadline(slot: TimerSlot): Instant {
    return this.words[slot * WORDS + DEADLINE] as number;
  }

  /** @internal Called by the simulation. */
  fire(slot: number, now: Instant): void {
    this.pending--;
    this.entryDue(slot, now);
  }

  private entryDue(slot: TimerSlot, now: Instant): void {
    const { words, halves } = this;
    const row = slot * WORDS;
    if (words[row + ENTRY] !== now) return;
    words[row + ENTRY] = NEVER;
    const deadline = words[row + DEADLINE] as number;
    if (deadline === NEVER) return;
    const sequence = words[row + SEQUENCE] as number;
    if (deadline !== now || sequence !== this.simulation.sequence)
      return this.enter(slot, deadline, sequence);
    words[row + DEADLINE] = NEVER;
    this.armed--;
    const half = slot * HALVES;
    const owner = this.owners[slot] as TimerOwner;
    owner.timerFired(halves[half + KIND] as number, halves[half + ID] as number, now);
  }

  private enter(slot: TimerSlot, at: Instant, sequence: number): void {
    this.words[slot * WORDS + ENTRY] = at;
    if (this.lanes.take(slot, at, sequence)) return;
    this.simulation.scheduleInSequence(at, sequence, this.actor, slot);
    this.pending++;
    const stale = this.pending - this.armed;
    if (stale > PURGE_MIN && 2 * stale > this.simulation.pending) this.purge();
  }

  /** Of an entry in a lane: lower than any other where the timer is not set to it any more. */
  private entrySequence(slot: TimerSlot): number {
    const { words } = this;
    const row = slot * WORDS;
    return words[row + DEADLINE] === words[row + ENTRY] ? (words[row + SEQUENCE] as number) : 0;
  }

  /** Drops the entries of timers that are not set and those that do not count. */
  private purge(): void {
    this.simulation.purge(this.actor, (slot, at) => {
      if (this.words[slot * WORDS + ENTRY] === at && !this.lanes.holds(slot)) {
        if (this.words[slot * WORDS + DEADLINE] !== NEVER) return true;
        this.words[slot * WORDS + ENTRY] = NEVER;
      }
      this.pending--;
      return false;
    });
  }

  private takeSlot(): TimerSlot {
    const slot = this.free;
    if (slot >= 0) {
      this.free = this.halves[slot * HALVES + KIND] as number;
      return slot;
    }
    if (this.slots * WORDS === this.words.length) this.grow();
    this.words[this.slots * WORDS + ENTRY] = NEVER;
    return this.slots++;
  }

  private grow(): void {
    const words = new Float64Array(grown(this.slots) * WORDS);
    words.set(this.words);
    this.words = words;
    this.halves = new Int32Array(words.buffer);
    this.lanes.fit(words.length / WORDS);
    this.owners = ownersFor(words.length / WORDS, this.owners);
  }
}

/** Room for the owners of so many slots, those of the first filled in. A list that grows by itself grows further. */
function ownersFor(slots: number, first: readonly (TimerOwner | undefined)[]): (TimerOwner | undefined)[] {
  const owners = new Array<TimerOwner | undefined>(slots).fill(undefined);
  for (let slot = 0; slot < first.length; slot++) owners[slot] = first[slot];
  return owners;
}
