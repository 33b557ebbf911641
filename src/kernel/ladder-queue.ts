/**
 * The event queue: a ladder of time buckets with a small sorted front, over typed arrays.
 *
 * Pending events lie in one of three places, in the order of time:
 * - the *front*: the earliest few, a sorted list; `pop` takes its first;
 * - the *rungs*: rows of buckets that divide a stretch of time evenly; a bucket is an unsorted list. The bucket
 *   that is due becomes the front or, when it holds too many, a finer rung of its own;
 * - the *top*: one unsorted list of all that lies beyond the rungs. Its bulk becomes the next coarsest rung.
 *
 * Widths follow from the events that a rung is made of, so there is nothing to tune, and an event is moved a
 * few times at most, whatever the number pending. The idea is that of W. T. Tang, R. S. M. Goh and I. L.-J.
 * Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete event simulation", ACM TOMACS
 * 15 (2005).
 *
 * An event is a node of 24 bytes: instant and sequence number as doubles, the event and the next node as 32-bit
 * integers. Moving it is relinking it, and nothing is allocated per event.
 */
import type { EventQueue } from "./event-queue.js";
import { grown } from "./growth.js";
import { mergeSort } from "./merge-sort.js";
import { NEVER, type Instant } from "./time.js";

/**
 * Buckets of a rung for each event that it is made of: most buckets then hold one event or none. In a rung of many
 * events every bucket lies outside of the processor's cache, and fewer cost less memory.
 */
const BUCKETS_PER_EVENT = 3;
const BUCKETS_PER_EVENT_OF_MANY = 1;
const MANY = 65_536;
/** A bucket with more events than this becomes a rung. */
const BUCKET_MAX = 24;
/** A coarsest rung of at most so many events covers so many times what they span, and is made so much less often. */
const STRETCHED_MAX = 1_024;
const STRETCH = 4;
/** Events pushed into a front before it is split. */
const FRONT_PUSHES_MAX = 48;
/** Events that stay in the front when it is split. */
const FRONT_KEPT = 12;
/** Rungs at most; beyond, buckets are sorted whole. Each rung divides time by at least `BUCKET_MAX`. */
const RUNGS_MAX = 16;

/**
 * Nodes and rungs share one buffer, seen as doubles and as 32-bit words. There is no node 0: it ends a list.
 */
const NONE = 0;

/**
 * A node is known by the index of its first word; half of it is the index of its first double, which is its
 * instant. Its other parts are so many doubles or words further on.
 */
const NODE_WORDS = 6;
const SEQUENCE = 1;
const EVENT = 4;
const NEXT = 5;

/**
 * A rung is five doubles, and known by the index of the first, its start. An event belongs to bucket
 * ⌊(at - start) × scale + base⌋ of a rung, or to the rung's last bucket, which also takes what is later. Buckets
 * before `due` are due: what would lie there belongs to a finer rung or to the front. A rung whose last bucket has
 * been taken, too, is due at infinity and takes nothing more.
 */
const RUNG_DOUBLES = 5;
const SCALE = 1;
const BASE = 2;
const DUE = 3;
const LAST = 4;

/** Double that holds the horizon: later events belong to the top. It lies between the rungs and the nodes. */
const HORIZON = RUNGS_MAX * RUNG_DOUBLES;
const RUNGS_END_MAX = RUNGS_MAX * RUNG_DOUBLES;
const FIRST_NODE = 2 * (HORIZON + 1);

/** The bucket that holds the top. Those of the rungs follow, the coarsest rung first. */
const TOP = 0;

type KeepEvent = (at: Instant, sequence: number, event: number) => boolean;

/** How many instants of a list are looked at, about, to find where most of it lies. */
const SAMPLES = 64;

/** What a list of events spans. */
interface Extent {
  readonly min: Instant;
  readonly max: Instant;
  readonly count: number;
  /** Where the bulk ends: at most `max`, and later than `min` if that is. */
  readonly bulk: Instant;
}

export class LadderQueue implements EventQueue {
  size = 0;

  /** The front's first and last node, and how many more may be pushed into it before it is split. */
  private front = NONE;
  private frontLast = NONE;
  private frontRoom = FRONT_PUSHES_MAX;

  private doubles: Float64Array = new Float64Array(1024);
  private words: Int32Array = new Int32Array(this.doubles.buffer);
  /** Where the rungs end; the last is the finest. */
  private rungsEnd = 0;
  /** First node of each bucket. Beyond the rungs all are `NONE`. */
  private buckets: Int32Array = new Int32Array(256);

  /** List of the nodes below `unused` that are free. */
  private free = NONE;
  private unused = FIRST_NODE + NODE_WORDS;
  /** The node popped last. It is freed at the next pop, so that it can still be read. */
  private popped = FIRST_NODE;

  private readonly samples: Float64Array = new Float64Array(SAMPLES);

  constructor() {
    this.doubles[HORIZON] = Infinity;
  }

  get at(): Instant {
    return this.doubles[this.popped >> 1] as number;
  }

  get sequence(): number {
    return this.doubles[(this.popped >> 1) + SEQUENCE] as number;
  }

  get event(): number {
    return this.words[this.popped + EVENT] as number;
  }

  push(at: Instant, sequence: number, event: number): void {
    this.size++;
    const node = this.free !== NONE ? this.free : this.newNode();
    const words = this.words;
    this.free = words[node + NEXT] as number;
    this.doubles[node >> 1] = at;
    this.doubles[(node >> 1) + SEQUENCE] = sequence;
    words[node + EVENT] = event;
    this.place(node, at);
  }

  peek(): Instant {
    if (this.front === NONE && !this.refill()) return NEVER;
    return this.doubles[this.front >> 1] as number;
  }

  pop(): boolean {
    return this.popUntil(NEVER);
  }

  popUntil(until: Instant): boolean {
    if (this.front === NONE && !this.refill()) return false;
    const node = this.front;
    if ((this.doubles[node >> 1] as number) > until) return false;
    const words = this.words;
    const popped = this.popped;
    words[popped + NEXT] = this.free;
    this.free = popped;
    this.popped = node;
    this.front = words[node + NEXT] as number;
    this.size--;
    return true;
  }

  purge(keep: KeepEvent): void {
    this.front = this.purgeList(this.front, keep);
    this.frontLast = this.lastOf(this.front);
    const end = this.bucketsEnd();
    for (let bucket = TOP; bucket < end; bucket++) {
      const list = this.buckets[bucket] as number;
      if (list !== NONE) this.buckets[bucket] = this.purgeList(list, keep);
    }
  }

  /** Links a node where its instant belongs. */
  private place(node: number, at: Instant): void {
    const doubles = this.doubles;
    const words = this.words;
    let bucket = TOP;
    if (at <= (doubles[HORIZON] as number)) {
      const end = this.rungsEnd;
      let rung = 0;
      for (; ; rung += RUNG_DOUBLES) {
        if (rung === end) return this.placeInFront(node);
        const base = doubles[rung + BASE] as number;
        const scale = doubles[rung + SCALE] as number;
        const place = (at - (doubles[rung] as number)) * scale + base;
        if (place >= (doubles[rung + DUE] as number)) {
          const last = doubles[rung + LAST] as number;
          bucket = (place < last ? place : last) | 0;
          break;
        }
      }
    }
    words[node + NEXT] = this.buckets[bucket] as number;
    this.buckets[bucket] = node;
  }

  private placeInFront(node: number): void {
    const words = this.words;
    const last = this.frontLast;
    if (this.front === NONE) {
      words[node + NEXT] = NONE;
      this.front = this.frontLast = node;
    } else if (--this.frontRoom < 0) {
      this.frontRoom = FRONT_PUSHES_MAX;
      this.splitFront();
      this.place(node, this.doubles[node >> 1] as number);
    } else if (this.isBefore(last, node)) {
      words[node + NEXT] = NONE;
      words[last + NEXT] = node;
      this.frontLast = node;
    } else {
      this.front = this.insert(node, this.front);
    }
  }

  /** Inserts a node into a sorted list; returns the list's first node. */
  private insert(node: number, list: number): number {
    const words = this.words;
    let before = NONE;
    let after = list;
    while (after !== NONE && this.isBefore(after, node)) {
      before = after;
      after = words[after + NEXT] as number;
    }
    words[node + NEXT] = after;
    if (before === NONE) return node;
    words[before + NEXT] = node;
    return list;
  }

  private isBefore(a: number, b: number): boolean {
    const doubles = this.doubles;
    const atOfA = doubles[a >> 1] as number;
    const atOfB = doubles[b >> 1] as number;
    if (atOfA !== atOfB) return atOfA < atOfB;
    return (doubles[(a >> 1) + SEQUENCE] as number) < (doubles[(b >> 1) + SEQUENCE] as number);
  }

  /** Moves all but the earliest events of a long front to a new rung, or to the top where there is no rung. */
  private splitFront(): void {
    const last = this.frontLast;
    const lastAt = this.doubles[last >> 1] as number;
    const cut = this.cutOfFront(lastAt);
    const cutAt = this.doubles[cut >> 1] as number;
    if (cutAt === lastAt || this.rungsEnd === RUNGS_END_MAX) {
      this.endFrontAt(lastAt);
      return;
    }
    const rest = this.words[cut + NEXT] as number;
    this.words[cut + NEXT] = NONE;
    this.frontLast = cut;
    if (this.rungsEnd > 0) {
      this.spread(rest, this.extentOf(rest));
    } else {
      this.words[last + NEXT] = this.buckets[TOP] as number;
      this.buckets[TOP] = rest;
      this.doubles[HORIZON] = cutAt;
    }
  }

  /** The node after which the front can be cut without parting an instant; one at `lastAt` if there is none. */
  private cutOfFront(lastAt: Instant): number {
    let cut = this.front;
    for (let kept = 1; ; kept++) {
      const cutAt = this.doubles[cut >> 1] as number;
      const next = this.words[cut + NEXT] as number;
      if (cutAt === lastAt || (kept >= FRONT_KEPT && this.doubles[next >> 1] !== cutAt)) return cut;
      cut = next;
    }
  }

  /** Makes events later than `at`, the front's last instant, go to the top or to a rung. */
  private endFrontAt(at: Instant): void {
    if (this.rungsEnd === 0) {
      this.doubles[HORIZON] = at;
    } else if (this.rungsEnd < RUNGS_END_MAX && !this.isBeyondDue(at + 1)) {
      // Two buckets: one for `at`, which is due, and one for all that is later.
      const rung = this.addRung({ min: at, bulk: at + 1, count: 1 });
      this.doubles[rung + DUE] = (this.doubles[rung + DUE] as number) + 1;
    }
  }

  /** Whether events at `at` go to a bucket of the finest rung that is not due. */
  private isBeyondDue(at: Instant): boolean {
    const doubles = this.doubles;
    const rung = this.rungsEnd - RUNG_DOUBLES;
    const base = doubles[rung + BASE] as number;
    const scale = doubles[rung + SCALE] as number;
    return (at - (doubles[rung] as number)) * scale + base >= (doubles[rung + DUE] as number);
  }

  /**
   * Fills the empty front with the earliest events; false when there are none. In one piece, and too large for
   * the compiler to copy it to where it is called, which leaves `popUntil` small enough for that.
   */
  private refill(): boolean {
    const buckets = this.buckets;
    const words = this.words;
    const doubles = this.doubles;
    this.frontRoom = FRONT_PUSHES_MAX;
    while (this.rungsEnd > 0) {
      const rung = this.rungsEnd - RUNG_DOUBLES;
      const due = doubles[rung + DUE] as number;
      const lastBucket = (doubles[rung + LAST] as number) | 0;
      let bucket = due <= lastBucket ? due | 0 : lastBucket + 1;
      while (bucket <= lastBucket && buckets[bucket] === NONE) bucket++;
      if (bucket > lastBucket) {
        this.rungsEnd = rung;
        continue;
      }
      doubles[rung + DUE] = bucket < lastBucket ? bucket + 1 : Infinity;
      const list = buckets[bucket] as number;
      buckets[bucket] = NONE;
      let front = list;
      let last = list;
      let rest = words[list + NEXT] as number;
      words[list + NEXT] = NONE;
      let count = 1;
      for (; rest !== NONE && count < BUCKET_MAX; count++) {
        const node = rest;
        rest = words[node + NEXT] as number;
        const at = doubles[node >> 1] as number;
        let before = NONE;
        let after = front;
        do {
          const afterAt = doubles[after >> 1] as number;
          if (afterAt >= at && (afterAt > at || this.isBefore(node, after))) break;
          before = after;
          after = words[after + NEXT] as number;
        } while (after !== NONE);
        words[node + NEXT] = after;
        if (before === NONE) front = node;
        else words[before + NEXT] = node;
        if (after === NONE) last = node;
      }
      if (rest === NONE) {
        this.front = front;
        this.frontLast = last;
        return true;
      }
      // A new rung may have come with new buckets: begin again with those.
      return this.fillFromMany(front, last, rest) || this.refill();
    }
    const top = buckets[TOP] as number;
    buckets[TOP] = NONE;
    doubles[HORIZON] = Infinity;
    if (top === NONE) return false;
    return this.fill(top) || this.refill();
  }

  /** Makes a short list the front; makes a rung of a long one and returns false. */
  private fill(list: number): boolean {
    const words = this.words;
    let rest = words[list + NEXT] as number;
    words[list + NEXT] = NONE;
    let front = list;
    let last = list;
    for (let count = 1; rest !== NONE; count++) {
      if (count === BUCKET_MAX) return this.fillFromMany(front, last, rest);
      const node = rest;
      rest = words[node + NEXT] as number;
      front = this.insert(node, front);
      if (words[node + NEXT] === NONE) last = node;
    }
    this.front = front;
    this.frontLast = last;
    return true;
  }

  /** As `fill`, for the list that begins with the nodes from `first` to `last` and goes on with `rest`. */
  private fillFromMany(first: number, last: number, rest: number): boolean {
    this.words[last + NEXT] = rest;
    const extent = this.extentOf(first);
    if (extent.min === extent.max || this.rungsEnd === RUNGS_END_MAX) {
      this.sortIntoFront(first, extent.count);
      this.endFrontAt(extent.max);
      return true;
    }
    if (this.rungsEnd === 0) {
      const stretch = extent.count <= STRETCHED_MAX ? STRETCH : 1;
      this.doubles[HORIZON] = extent.min + stretch * (extent.bulk - extent.min);
    }
    this.spread(first, extent);
    return false;
  }

  /** Makes the finest rung of a list. What is beyond the horizon stays in the top. */
  private spread(list: number, extent: Extent): void {
    const rung = this.addRung(extent);
    const doubles = this.doubles;
    const words = this.words;
    const buckets = this.buckets;
    const scale = doubles[rung + SCALE] as number;
    const start = doubles[rung] as number;
    const base = doubles[rung + BASE] as number;
    const horizon = doubles[HORIZON] as number;
    const last = doubles[rung + LAST] as number;
    let node = list;
    while (node !== NONE) {
      const next = words[node + NEXT] as number;
      const at = doubles[node >> 1] as number;
      const place = (at - start) * scale + base;
      const bucket = at > horizon ? TOP : (place < last ? place : last) | 0;
      words[node + NEXT] = buckets[bucket] as number;
      buckets[bucket] = node;
      node = next;
    }
  }

  /**
   * Adds a rung that divides the time from `min` to `bulk`, later, for `count` events. The coarsest goes on to the
   * horizon with the same buckets.
   */
  private addRung({ min, bulk, count }: Pick<Extent, "min" | "bulk" | "count">): number {
    const rung = this.rungsEnd;
    const base = this.bucketsEnd();
    const perEvent = count < MANY ? BUCKETS_PER_EVENT : BUCKETS_PER_EVENT_OF_MANY;
    const scale = Math.min(1, (perEvent * count) / (bulk - min));
    const end = rung === 0 ? (this.doubles[HORIZON] as number) : bulk;
    const last = Math.floor((end - min) * scale + base);
    this.doubles[rung] = min;
    this.doubles[rung + SCALE] = scale;
    this.doubles[rung + BASE] = base;
    this.doubles[rung + DUE] = base;
    this.doubles[rung + LAST] = last;
    this.rungsEnd = rung + RUNG_DOUBLES;
    if (last >= this.buckets.length) {
      const buckets = new Int32Array(grown(last));
      buckets.set(this.buckets);
      this.buckets = buckets;
    }
    return rung;
  }

  /** The bucket after the last one in use. */
  private bucketsEnd(): number {
    return this.rungsEnd === 0 ? TOP + 1 : (this.doubles[this.rungsEnd - RUNG_DOUBLES + LAST] as number) + 1;
  }

  /** Makes a list of `count` events the front: those of one instant, which come in reverse order as a rule. */
  private sortIntoFront(list: number, count: number): void {
    const words = this.words;
    const nodes = new Int32Array(count);
    let node = list;
    for (let i = count - 1; i >= 0; i--) {
      nodes[i] = node;
      node = words[node + NEXT] as number;
    }
    mergeSort(nodes, (a, b) => this.isBefore(a, b));
    let next = NONE;
    for (let i = count - 1; i >= 0; i--) {
      words[(nodes[i] as number) + NEXT] = next;
      next = nodes[i] as number;
    }
    this.front = next;
    this.frontLast = nodes[count - 1] as number;
  }

  private extentOf(list: number): Extent {
    let min = Infinity;
    let max = 0;
    let count = 0;
    let samples = 0;
    // Every 2^k-th instant is kept, with k one more each time that the samples are full.
    let mask = 0;
    for (let node = list; node !== NONE; node = this.words[node + NEXT] as number) {
      const at = this.doubles[node >> 1] as number;
      if (at < min) min = at;
      if (at > max) max = at;
      if ((count++ & mask) !== 0) continue;
      this.samples[samples++] = at;
      if (samples < SAMPLES) continue;
      samples = SAMPLES >> 1;
      for (let i = 0; i < samples; i++) this.samples[i] = this.samples[2 * i] as number;
      mask = 2 * mask + 1;
    }
    return { min, max, count, bulk: this.bulkOf(min, max, samples) };
  }

  /** Where the bulk ends: while more than half of the samples lie in the first 32nd part, the rest is far away. */
  private bulkOf(min: Instant, max: Instant, samples: number): Instant {
    let bulk = max;
    while (bulk - min > 64) {
      const near = min + (bulk - min) / 32;
      let count = 0;
      for (let i = 0; i < samples; i++) if ((this.samples[i] as number) <= near) count++;
      if (2 * count <= samples) break;
      bulk = min + (bulk - min) / 16;
    }
    return bulk;
  }

  private lastOf(list: number): number {
    let last = NONE;
    for (let node = list; node !== NONE; node = this.words[node + NEXT] as number) last = node;
    return last;
  }

  /** A node never used before, whose next is `NONE`. */
  private newNode(): number {
    const node = this.unused;
    this.unused += NODE_WORDS;
    if (this.unused > this.words.length) {
      const doubles = new Float64Array(grown(this.doubles.length));
      doubles.set(this.doubles);
      this.doubles = doubles;
      this.words = new Int32Array(doubles.buffer);
    }
    return node;
  }

  /** Frees the nodes of a list that are not to be kept; returns the list of the others, in the same order. */
  private purgeList(list: number, keep: KeepEvent): number {
    const doubles = this.doubles;
    const words = this.words;
    let first = NONE;
    let last = NONE;
    let node = list;
    while (node !== NONE) {
      const next = words[node + NEXT] as number;
      const sequence = doubles[(node >> 1) + SEQUENCE] as number;
      if (keep(doubles[node >> 1] as number, sequence, words[node + EVENT] as number)) {
        if (last === NONE) first = node;
        else words[last + NEXT] = node;
        words[node + NEXT] = NONE;
        last = node;
      } else {
        words[node + NEXT] = this.free;
        this.free = node;
        this.size--;
      }
      node = next;
    }
    return first;
  }
}
