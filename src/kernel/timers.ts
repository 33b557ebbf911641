/**
 * Timers: a timer is a slot with a deadline. Setting it again replaces the deadline, and its place among the
 * events of one instant is that of its latest setting.
 *
 * A slot has at most one entry in the event queue that counts. When a timer is put off or cancelled the entry
 * stays and, when it is popped, notices that the deadline has moved; so a timer that is re-armed again and
 * again costs a few stores each time. Entries that count no more (of cancelled timers, or of an earlier
 * setting that was brought forward) are purged once they are the larger part of the queue.
 *
 * A slot costs 36 bytes in typed arrays and a reference to its owner.
 */
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

export class Timers implements Actor {
  private readonly simulation: Simulation;
  private readonly actor: ActorId;

  /** When the timer fires, `NEVER` when it is not set, and the sequence number of its latest setting. */
  private deadlines: Float64Array = new Float64Array(16);
  private sequences: Float64Array = new Float64Array(16);
  /** Instant of the queue entry that counts, `NEVER` when there is none, and its sequence number modulo 2^32. */
  private entries: Float64Array = new Float64Array(16);
  private entrySequences: Int32Array = new Int32Array(16);
  private ids: Int32Array = new Int32Array(16);
  /** The kind; of a free slot, the next free one. */
  private kinds: Int32Array = new Int32Array(16);
  private slots = 0;
  private free = -1;

  private readonly owners: (TimerOwner | undefined)[] = [];

  /** Timers that are set, and entries in the queue. */
  private armed = 0;
  private pending = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.actor = simulation.register(this);
  }

  /** A new timer, not set. `kind` (0 … 255) and `id` (a 32-bit integer) come back in `timerFired`. */
  create(owner: TimerOwner, kind: number, id: number): TimerSlot {
    if (!(kind >= 0 && kind < KINDS_MAX)) throw new RangeError(`${kind} is not a kind of timer: 0 to 255`);
    const slot = this.takeSlot();
    this.deadlines[slot] = NEVER;
    this.ids[slot] = id;
    this.kinds[slot] = kind;
    this.owners[slot] = owner;
    return slot;
  }

  /** Gives the slot back. A released slot must not be used again by its old owner. */
  release(slot: TimerSlot): void {
    this.cancel(slot);
    this.owners[slot] = undefined;
    this.kinds[slot] = this.free;
    this.free = slot;
  }

  /** Fires at `at`, whatever was set before. `NEVER` cancels. */
  set(slot: TimerSlot, at: Instant): void {
    if (at >= NEVER) return this.cancel(slot);
    if (this.deadlines[slot] === NEVER) this.armed++;
    const sequence = this.simulation.takeSequence();
    this.deadlines[slot] = at;
    this.sequences[slot] = sequence;
    if (at < (this.entries[slot] as number)) this.enter(slot, at, sequence);
  }

  cancel(slot: TimerSlot): void {
    if (this.deadlines[slot] === NEVER) return;
    this.deadlines[slot] = NEVER;
    this.armed--;
  }

  /** When the timer fires; `NEVER` when it is not set. */
  deadline(slot: TimerSlot): Instant {
    return this.deadlines[slot] as number;
  }

  /** @internal Called by the simulation. */
  fire(slot: number, now: Instant): void {
    this.pending--;
    if (!this.counts(slot, now, this.simulation.sequence)) return;
    this.entries[slot] = NEVER;
    const deadline = this.deadlines[slot] as number;
    if (deadline === NEVER) return;
    const sequence = this.sequences[slot] as number;
    if (deadline !== now || sequence !== this.simulation.sequence)
      return this.enter(slot, deadline, sequence);
    this.deadlines[slot] = NEVER;
    this.armed--;
    const owner = this.owners[slot] as TimerOwner;
    owner.timerFired(this.kinds[slot] as number, this.ids[slot] as number, now);
  }

  private enter(slot: TimerSlot, at: Instant, sequence: number): void {
    this.simulation.scheduleInSequence(at, sequence, this.actor, slot);
    this.entries[slot] = at;
    this.entrySequences[slot] = sequence | 0;
    this.pending++;
    const stale = this.pending - this.armed;
    if (stale > PURGE_MIN && 2 * stale > this.simulation.pending) this.purge();
  }

  /** Whether a queue entry is the one that its slot goes by, not one that an earlier setting left behind. */
  private counts(slot: TimerSlot, at: Instant, sequence: number): boolean {
    return this.entries[slot] === at && this.entrySequences[slot] === (sequence | 0);
  }

  /** Drops the entries of timers that are not set and those that do not count. */
  private purge(): void {
    this.simulation.purge(this.actor, (slot, at, sequence) => {
      if (this.counts(slot, at, sequence)) {
        if (this.deadlines[slot] !== NEVER) return true;
        this.entries[slot] = NEVER;
      }
      this.pending--;
      return false;
    });
  }

  private takeSlot(): TimerSlot {
    const slot = this.free;
    if (slot >= 0) {
      this.free = this.kinds[slot] as number;
      return slot;
    }
    if (this.slots === this.deadlines.length) this.grow();
    this.entries[this.slots] = NEVER;
    return this.slots++;
  }

  private grow(): void {
    const capacity = 2 * this.deadlines.length;
    this.deadlines = grownDoubles(this.deadlines, capacity);
    this.sequences = grownDoubles(this.sequences, capacity);
    this.entries = grownDoubles(this.entries, capacity);
    this.entrySequences = grownIntegers(this.entrySequences, capacity);
    this.ids = grownIntegers(this.ids, capacity);
    this.kinds = grownIntegers(this.kinds, capacity);
  }
}

function grownDoubles(column: Float64Array, capacity: number): Float64Array {
  const grown = new Float64Array(capacity);
  grown.set(column);
  return grown;
}

function grownIntegers(column: Int32Array, capacity: number): Int32Array {
  const grown = new Int32Array(capacity);
  grown.set(column);
  return grown;
}
