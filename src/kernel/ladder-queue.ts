/**
 * The event queue: a ladder of time buckets with a small sorted front, over typed arrays.
 *
 * Pending events lie in one of three places, in the order of time:
 * - the *front*: the earliest few, a sorted list; `pop` takes its first;
 * - the *rungs*: rows of buckets that divide a stretch of time evenly; a bucket is an unsorted list. The bucket
 *   that is due becomes the front or, when it holds too many, a finer rung of its own;
 * - the *top*: one unsorted list of all that lies beyond the rungs. It becomes the next coarsest rung.
 *
 * Widths follow from the events that a rung is made of, so there is nothing to tune, and an event is moved a
 * few times at most, whatever the number pending. The idea is that of W. T. Tang, R. S. M. Goh and I. L.-J.
 * Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete event simulation", ACM TOMACS
 * 15 (2005).
 *
 * An event is a node of 24 bytes: instant and sequence number as doubles, the event and the next node's index
 * as 32-bit integers. Moving it is relinking it, and nothing is allocated per event.
 */
import type { EventQueue } from "./event-queue.js";
import { mergeSort } from "./merge-sort.js";
import { type Extent, Rung } from "./rung.js";
import { NEVER, type Instant } from "./time.js";

/** A bucket with more events than this becomes a rung. */
const BUCKET_MAX = 24;
/** Events pushed into a front before it is split. */
const FRONT_PUSHES_MAX = 48;
/** Events that stay in the front when it is split. */
const FRONT_KEPT = 12;
/** Rungs at most; beyond, buckets are sorted whole. Each rung divides time by at least `BUCKET_MAX`. */
const RUNGS_MAX = 16;

/** Doubles and 32-bit words of a node, and the places of its parts among them. */
const NODE_DOUBLES = 3;
const NODE_WORDS = 6;
const SEQUENCE = 1;
const EVENT = 4;
const NEXT = 5;
/** Node 0 does not exist: an index of 0 ends a list. */
const NONE = 0;

type KeepEvent = (at: Instant, sequence: number, event: number) => boolean;

export class LadderQueue implements EventQueue {
  size = 0;

  /** The front's first and last node, and how many more may be pushed into it before it is split. */
  #front = NONE;
  #frontLast = NONE;
  #frontRoom = FRONT_PUSHES_MAX;

  /** The rungs in use are the first #depth; the finest is the last. */
  readonly #rungs: readonly Rung[] = Array.from({ length: RUNGS_MAX }, () => new Rung());
  #depth = 0;

  /** What is later than this belongs to the top. */
  #horizon: Instant = Infinity;
  #top = NONE;

  #doubles: Float64Array = new Float64Array(64 * NODE_DOUBLES);
  #words: Int32Array = new Int32Array(this.#doubles.buffer);
  /** List of the nodes below #nodes that are not in use. */
  #free = NONE;
  #nodes = 2;
  /** The node popped last. It is freed at the next pop, so that it can still be read. */
  #popped = 1;

  get at(): Instant {
    return this.#doubles[this.#popped * NODE_DOUBLES] as number;
  }

  get sequence(): number {
    return this.#doubles[this.#popped * NODE_DOUBLES + SEQUENCE] as number;
  }

  get event(): number {
    return this.#words[this.#popped * NODE_WORDS + EVENT] as number;
  }

  push(at: Instant, sequence: number, event: number): void {
    this.size++;
    const node = this.#free !== NONE ? this.#free : this.#newNode();
    const words = this.#words;
    this.#free = words[node * NODE_WORDS + NEXT] as number;
    this.#doubles[node * NODE_DOUBLES] = at;
    this.#doubles[node * NODE_DOUBLES + SEQUENCE] = sequence;
    words[node * NODE_WORDS + EVENT] = event;
    this.#place(node, at, sequence);
  }

  peek(): Instant {
    if (this.#front === NONE && !this.#refill()) return NEVER;
    return this.#doubles[this.#front * NODE_DOUBLES] as number;
  }

  pop(): boolean {
    return this.popUntil(NEVER);
  }

  popUntil(until: Instant): boolean {
    if (this.#front === NONE && !this.#refill()) return false;
    const node = this.#front;
    if ((this.#doubles[node * NODE_DOUBLES] as number) > until) return false;
    const words = this.#words;
    const popped = this.#popped;
    words[popped * NODE_WORDS + NEXT] = this.#free;
    this.#free = popped;
    this.#popped = node;
    this.#front = words[node * NODE_WORDS + NEXT] as number;
    this.size--;
    return true;
  }

  purge(keep: KeepEvent): void {
    this.#front = this.#purgeList(this.#front, keep);
    this.#frontLast = this.#lastOf(this.#front);
    for (let i = 0; i < this.#depth; i++) {
      const { heads, next, count } = this.#rungs[i] as Rung;
      for (let bucket = next; bucket < count; bucket++) {
        if (heads[bucket] !== NONE) heads[bucket] = this.#purgeList(heads[bucket] as number, keep);
      }
    }
    this.#top = this.#purgeList(this.#top, keep);
  }

  /** Links a node where its instant belongs. */
  #place(node: number, at: Instant, sequence: number): void {
    const words = this.#words;
    if (at > this.#horizon) {
      words[node * NODE_WORDS + NEXT] = this.#top;
      this.#top = node;
      return;
    }
    const depth = this.#depth;
    for (let i = 0; i < depth; i++) {
      const rung = this.#rungs[i] as Rung;
      const place = (at - rung.start) * rung.bucketsPerNanosecond;
      // A rung whose last bucket is due has no bucket left: what lies beyond it is for the next finer place.
      if (place >= rung.next && rung.next < rung.count) {
        const bucket = place < rung.count ? place | 0 : rung.count - 1;
        words[node * NODE_WORDS + NEXT] = rung.heads[bucket] as number;
        rung.heads[bucket] = node;
        return;
      }
    }
    this.#placeInFront(node, at, sequence);
  }

  #placeInFront(node: number, at: Instant, sequence: number): void {
    const words = this.#words;
    if (this.#front === NONE) {
      words[node * NODE_WORDS + NEXT] = NONE;
      this.#front = this.#frontLast = node;
    } else if (--this.#frontRoom < 0) {
      this.#frontRoom = FRONT_PUSHES_MAX;
      this.#splitFront();
      this.#place(node, at, sequence);
    } else if (this.#isBefore(this.#frontLast, at, sequence)) {
      words[node * NODE_WORDS + NEXT] = NONE;
      words[this.#frontLast * NODE_WORDS + NEXT] = node;
      this.#frontLast = node;
    } else {
      this.#front = this.#insert(node, at, sequence, this.#front);
    }
  }

  /** Inserts a node into a sorted list; returns the list's first node. */
  #insert(node: number, at: Instant, sequence: number, list: number): number {
    const words = this.#words;
    let before = NONE;
    let after = list;
    while (after !== NONE && this.#isBefore(after, at, sequence)) {
      before = after;
      after = words[after * NODE_WORDS + NEXT] as number;
    }
    words[node * NODE_WORDS + NEXT] = after;
    if (before === NONE) return node;
    words[before * NODE_WORDS + NEXT] = node;
    return list;
  }

  #isBefore(node: number, at: Instant, sequence: number): boolean {
    const nodeAt = this.#doubles[node * NODE_DOUBLES] as number;
    if (nodeAt !== at) return nodeAt < at;
    return (this.#doubles[node * NODE_DOUBLES + SEQUENCE] as number) < sequence;
  }

  /** Moves all but the earliest events of a long front to a new rung, or to the top where there is no rung. */
  #splitFront(): void {
    const last = this.#frontLast;
    const lastAt = this.#doubles[last * NODE_DOUBLES] as number;
    const cut = this.#cutOfFront(lastAt);
    const cutAt = this.#doubles[cut * NODE_DOUBLES] as number;
    if (cutAt === lastAt || this.#depth === RUNGS_MAX) {
      this.#endFrontAt(lastAt);
      return;
    }
    const rest = this.#words[cut * NODE_WORDS + NEXT] as number;
    this.#words[cut * NODE_WORDS + NEXT] = NONE;
    this.#frontLast = cut;
    if (this.#depth > 0) {
      this.#spread(rest, this.#extentOf(rest));
    } else {
      this.#words[last * NODE_WORDS + NEXT] = this.#top;
      this.#top = rest;
      this.#horizon = cutAt;
    }
  }

  /** The node after which the front can be cut without parting an instant; one at `lastAt` if there is none. */
  #cutOfFront(lastAt: Instant): number {
    let cut = this.#front;
    for (let kept = 1; ; kept++) {
      const cutAt = this.#doubles[cut * NODE_DOUBLES] as number;
      const next = this.#words[cut * NODE_WORDS + NEXT] as number;
      if (cutAt === lastAt || (kept >= FRONT_KEPT && this.#doubles[next * NODE_DOUBLES] !== cutAt))
        return cut;
      cut = next;
    }
  }

  /** Makes events later than `at`, the front's last instant, go to the top or to a rung. */
  #endFrontAt(at: Instant): void {
    if (this.#depth === 0) {
      this.#horizon = at;
    } else if (this.#depth < RUNGS_MAX && !(this.#rungs[this.#depth - 1] as Rung).holds(at + 1)) {
      const rung = this.#rungs[this.#depth++] as Rung;
      rung.divide({ min: at, max: at + 1, count: 1 });
      rung.next = 1;
    }
  }

  /** Fills the empty front with the earliest events; false when there are none. */
  #refill(): boolean {
    this.#frontRoom = FRONT_PUSHES_MAX;
    while (this.#depth > 0) {
      const bucket = this.#takeBucket();
      if (bucket !== NONE && this.#fill(bucket)) return true;
    }
    const top = this.#top;
    this.#top = NONE;
    this.#horizon = Infinity;
    if (top === NONE) return false;
    return this.#fill(top) || this.#refill();
  }

  /** The next bucket of the finest rung; `NONE`, and one rung fewer, when none is left. */
  #takeBucket(): number {
    const rung = this.#rungs[this.#depth - 1] as Rung;
    const { heads, count } = rung;
    let bucket = rung.next;
    while (bucket < count && heads[bucket] === NONE) bucket++;
    if (bucket === count) {
      this.#depth--;
      return NONE;
    }
    rung.next = bucket + 1;
    const list = heads[bucket] as number;
    heads[bucket] = NONE;
    return list;
  }

  /** Makes a short list the front; makes a rung of a long one and returns false. */
  #fill(list: number): boolean {
    const doubles = this.#doubles;
    const words = this.#words;
    let rest = words[list * NODE_WORDS + NEXT] as number;
    words[list * NODE_WORDS + NEXT] = NONE;
    let front = list;
    let last = list;
    for (let count = 1; rest !== NONE; count++) {
      if (count === BUCKET_MAX) return this.#fillFromMany(front, last, rest);
      const node = rest;
      rest = words[node * NODE_WORDS + NEXT] as number;
      const at = doubles[node * NODE_DOUBLES] as number;
      front = this.#insert(node, at, doubles[node * NODE_DOUBLES + SEQUENCE] as number, front);
      if (words[node * NODE_WORDS + NEXT] === NONE) last = node;
    }
    this.#front = front;
    this.#frontLast = last;
    return true;
  }

  /** As `fill`, for the list that begins with the nodes from `first` to `last` and goes on with `rest`. */
  #fillFromMany(first: number, last: number, rest: number): boolean {
    this.#words[last * NODE_WORDS + NEXT] = rest;
    const extent = this.#extentOf(first);
    if (extent.min === extent.max || this.#depth === RUNGS_MAX) {
      this.#sortIntoFront(first, extent.count);
      this.#endFrontAt(extent.max);
      return true;
    }
    if (this.#depth === 0) this.#horizon = extent.max;
    this.#spread(first, extent);
    return false;
  }

  /** Makes the finest rung of a list. */
  #spread(list: number, extent: Extent): void {
    const rung = this.#rungs[this.#depth++] as Rung;
    rung.divide(extent);
    const { start, bucketsPerNanosecond, heads } = rung;
    const doubles = this.#doubles;
    const words = this.#words;
    let node = list;
    while (node !== NONE) {
      const next = words[node * NODE_WORDS + NEXT] as number;
      const bucket = (((doubles[node * NODE_DOUBLES] as number) - start) * bucketsPerNanosecond) | 0;
      words[node * NODE_WORDS + NEXT] = heads[bucket] as number;
      heads[bucket] = node;
      node = next;
    }
  }

  /** Makes a list of `count` events the front: those of one instant, which come in reverse order as a rule. */
  #sortIntoFront(list: number, count: number): void {
    const words = this.#words;
    const nodes = new Int32Array(count);
    let node = list;
    for (let i = count - 1; i >= 0; i--) {
      nodes[i] = node;
      node = words[node * NODE_WORDS + NEXT] as number;
    }
    mergeSort(nodes, (a, b) => this.#compare(a, b));
    let next = NONE;
    for (let i = count - 1; i >= 0; i--) {
      words[(nodes[i] as number) * NODE_WORDS + NEXT] = next;
      next = nodes[i] as number;
    }
    this.#front = next;
    this.#frontLast = nodes[count - 1] as number;
  }

  #compare(a: number, b: number): number {
    const doubles = this.#doubles;
    const difference = (doubles[a * NODE_DOUBLES] as number) - (doubles[b * NODE_DOUBLES] as number);
    if (difference !== 0) return difference;
    return (
      (doubles[a * NODE_DOUBLES + SEQUENCE] as number) - (doubles[b * NODE_DOUBLES + SEQUENCE] as number)
    );
  }

  #extentOf(list: number): Extent {
    let min = Infinity;
    let max = 0;
    let count = 0;
    for (let node = list; node !== NONE; node = this.#words[node * NODE_WORDS + NEXT] as number) {
      const at = this.#doubles[node * NODE_DOUBLES] as number;
      if (at < min) min = at;
      if (at > max) max = at;
      count++;
    }
    return { min, max, count };
  }

  #lastOf(list: number): number {
    let last = NONE;
    for (let node = list; node !== NONE; node = this.#words[node * NODE_WORDS + NEXT] as number) last = node;
    return last;
  }

  /** A node never used before, whose next is `NONE`. */
  #newNode(): number {
    const node = this.#nodes++;
    if (this.#nodes * NODE_DOUBLES > this.#doubles.length) {
      const doubles = new Float64Array(2 * this.#doubles.length);
      doubles.set(this.#doubles);
      this.#doubles = doubles;
      this.#words = new Int32Array(doubles.buffer);
    }
    return node;
  }

  /** Frees the nodes of a list that are not to be kept; returns the list of the others, in the same order. */
  #purgeList(list: number, keep: KeepEvent): number {
    const words = this.#words;
    let first = NONE;
    let last = NONE;
    let node = list;
    while (node !== NONE) {
      const next = words[node * NODE_WORDS + NEXT] as number;
      const at = this.#doubles[node * NODE_DOUBLES] as number;
      const sequence = this.#doubles[node * NODE_DOUBLES + SEQUENCE] as number;
      if (keep(at, sequence, words[node * NODE_WORDS + EVENT] as number)) {
        if (last === NONE) first = node;
        else words[last * NODE_WORDS + NEXT] = node;
        words[node * NODE_WORDS + NEXT] = NONE;
        last = node;
      } else {
        words[node * NODE_WORDS + NEXT] = this.#free;
        this.#free = node;
        this.size--;
      }
      node = next;
    }
    return first;
  }
}
