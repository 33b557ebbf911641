/**
 * Lanes of entries that come due in the order in which they were made, as those of timers that are set with one
 * delay do, and of packets on links with one delay: only the first of a lane has to be in the event queue. A fleet
 * of clients that all ping at once has a million entries pending, and a handful of events.
 *
 * An entry joins the lane with the latest end that it can be put behind; where there is none it goes into the queue
 * itself. Entries are known by slots of whoever makes them. A slot stands in one lane at a time and is not taken
 * out of the middle: an entry that an earlier one has replaced is *void*, and passed over when it comes to the
 * front.
 */
import type { Actor, ActorId, Simulation } from "./simulation.js";
import { NEVER, type Instant } from "./time.js";

/** What lanes ask of the entries that stand in them, by slot. */
export interface LaneEntries {
  /** Instant of the entry; `NEVER` when it counts no more. */
  entry(slot: number): Instant;
  /** Its sequence number, while it is what it was when it entered; otherwise any lower one. */
  entrySequence(slot: number): number;
  entryDue(slot: number, now: Instant): void;
}

const LANES_MAX = 8;
const NONE = -1;
const SLOTS_AT_FIRST = 16;

/** What a slot's link says: it stands in no lane; or the next slot + 1 (0: none), doubled, and one more if void. */
const OUTSIDE = -1;
const VOID = 1;

export class Lanes implements Actor {
  readonly #simulation: Simulation;
  readonly #actor: ActorId;
  readonly #entries: LaneEntries;
  #links: Int32Array = new Int32Array(SLOTS_AT_FIRST).fill(OUTSIDE);
  // By lane: the first and the last slot; instant and sequence number of the last entry, before all when empty.
  readonly #heads: Int32Array = new Int32Array(LANES_MAX).fill(NONE);
  readonly #tails: Int32Array = new Int32Array(LANES_MAX).fill(NONE);
  readonly #ends: Float64Array = new Float64Array(LANES_MAX).fill(-1);
  readonly #endSequences: Float64Array = new Float64Array(LANES_MAX);

  constructor(simulation: Simulation, entries: LaneEntries) {
    this.#simulation = simulation;
    this.#actor = simulation.register(this);
    this.#entries = entries;
  }

  /** Makes room for so many slots. */
  fit(slots: number): void {
    if (slots <= this.#links.length) return;
    const links = new Int32Array(slots).fill(OUTSIDE);
    links.set(this.#links);
    this.#links = links;
  }

  /** Whether the slot's entry stands in a lane. */
  holds(slot: number): boolean {
    return ((this.#links[slot] as number) & VOID) === 0;
  }

  /** Takes an entry in. If not, it has to go into the queue, and what the slot has in a lane is void. */
  take(slot: number, at: Instant, sequence: number): boolean {
    const links = this.#links;
    if (links[slot] !== OUTSIDE) {
      links[slot] = (links[slot] as number) | VOID;
      return false;
    }
    const lane = this.#laneFor(at, sequence);
    if (lane === NONE) return false;
    const tail = this.#tails[lane] as number;
    links[slot] = 0;
    this.#tails[lane] = slot;
    this.#ends[lane] = at;
    this.#endSequences[lane] = sequence;
    if (tail === NONE) {
      this.#heads[lane] = slot;
      this.#simulation.scheduleInSequence(at, sequence, this.#actor, lane);
    } else {
      links[tail] = ((slot + 1) << 1) | ((links[tail] as number) & VOID);
    }
    return true;
  }

  /** @internal The head of a lane is due. */
  fire(lane: number, now: Instant): void {
    const slot = this.#heads[lane] as number;
    const counts = this.holds(slot);
    this.#shift(lane);
    this.#scheduleHead(lane);
    if (counts) this.#entries.entryDue(slot, now);
  }

  #scheduleHead(lane: number): void {
    for (let head = this.#heads[lane] as number; head !== NONE; head = this.#heads[lane] as number) {
      const at = this.#entries.entry(head);
      if (at < NEVER && this.holds(head)) {
        const sequence = this.#entries.entrySequence(head);
        this.#simulation.scheduleInSequence(at, sequence, this.#actor, lane);
        return;
      }
      this.#shift(lane);
    }
  }

  #shift(lane: number): void {
    const slot = this.#heads[lane] as number;
    const next = ((this.#links[slot] as number) >> 1) - 1;
    this.#links[slot] = OUTSIDE;
    this.#heads[lane] = next;
    if (next !== NONE) return;
    this.#tails[lane] = NONE;
    this.#ends[lane] = -1;
  }

  /** The lane with the latest end before an entry. */
  #laneFor(at: Instant, sequence: number): number {
    const ends = this.#ends;
    let best = NONE;
    let latest = -2;
    for (let lane = 0; lane < LANES_MAX; lane++) {
      const end = ends[lane] as number;
      if (end <= latest || end > at) continue;
      if (end === at && (this.#endSequences[lane] as number) > sequence) continue;
      best = lane;
      latest = end;
    }
    return best;
  }
}
