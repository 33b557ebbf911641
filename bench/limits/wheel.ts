/**
 * The hand-written queue of the limits: a wheel of time buckets with the earliest one sorted. The width of a
 * bucket is tuned by hand to each workload, which no general queue can be.
 */
export class Wheel {
  at = 0;
  event = 0;
  size = 0;

  readonly #width: number;
  readonly #mask: number;
  readonly #buckets: Int32Array;
  #ats: Float64Array = new Float64Array(1024);
  #events: Int32Array = new Int32Array(1024);
  #next: Int32Array = new Int32Array(1024);
  #free = -1;
  #used = 0;
  #tick = 0;
  /** Slots of the current bucket, the earliest last. */
  #due: Int32Array = new Int32Array(1024);
  #dueCount = 0;
  /** Events beyond the wheel, looked at once a turn. */
  #far = -1;

  /** `width` nanoseconds a bucket; `buckets` is a power of two. */
  constructor(width: number, buckets: number) {
    this.#width = width;
    this.#mask = buckets - 1;
    this.#buckets = new Int32Array(buckets).fill(-1);
  }

  push(at: number, event: number): void {
    let slot = this.#free;
    if (slot >= 0) this.#free = this.#next[slot] as number;
    else {
      slot = this.#used++;
      if (slot === this.#ats.length) this.#grow();
    }
    this.#ats[slot] = at;
    this.#events[slot] = event;
    this.size++;
    this.#place(slot, at);
  }

  pop(): boolean {
    if (this.#dueCount === 0 && !this.#turn()) return false;
    const slot = this.#due[--this.#dueCount] as number;
    this.at = this.#ats[slot] as number;
    this.event = this.#events[slot] as number;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.size--;
    return true;
  }

  #place(slot: number, at: number): void {
    const tick = Math.floor(at / this.#width);
    if (tick <= this.#tick) {
      this.#insert(slot, at, true);
    } else if (tick - this.#tick <= this.#mask) {
      const bucket = tick & this.#mask;
      this.#next[slot] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = slot;
    } else {
      this.#next[slot] = this.#far;
      this.#far = slot;
    }
  }

  /** Goes to the next bucket that is not empty and sorts it. */
  #turn(): boolean {
    if (this.size === 0) return false;
    let slot = -1;
    while (slot < 0) {
      this.#tick++;
      if ((this.#tick & this.#mask) === 0 && this.#far >= 0) this.#bringNear();
      slot = this.#buckets[this.#tick & this.#mask] as number;
    }
    this.#buckets[this.#tick & this.#mask] = -1;
    for (; slot >= 0;) {
      const next = this.#next[slot] as number;
      this.#insert(slot, this.#ats[slot] as number, false);
      slot = next;
    }
    return true;
  }

  #bringNear(): void {
    let slot = this.#far;
    this.#far = -1;
    while (slot >= 0) {
      const next = this.#next[slot] as number;
      this.#place(slot, this.#ats[slot] as number);
      slot = next;
    }
  }

  /** A newer event goes behind those of its instant; a bucket lists its newest first. */
  #insert(slot: number, at: number, newer: boolean): void {
    if (this.#dueCount === this.#due.length) {
      const due = new Int32Array(this.#due.length * 2);
      due.set(this.#due);
      this.#due = due;
    }
    const due = this.#due;
    let i = this.#dueCount++;
    if (newer) {
      while (i > 0 && (this.#ats[due[i - 1] as number] as number) <= at) {
        due[i] = due[i - 1] as number;
        i--;
      }
    } else {
      while (i > 0 && (this.#ats[due[i - 1] as number] as number) < at) {
        due[i] = due[i - 1] as number;
        i--;
      }
    }
    due[i] = slot;
  }

  #grow(): void {
    const capacity = this.#ats.length * 2;
    const ats = new Float64Array(capacity);
    const events = new Int32Array(capacity);
    const next = new Int32Array(capacity);
    ats.set(this.#ats);
    events.set(this.#events);
    next.set(this.#next);
    this.#ats = ats;
    this.#events = events;
    this.#next = next;
  }
}
