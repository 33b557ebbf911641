/**
 * Counts of whole numbers in buckets whose width grows with the value: values below 1,024 have a bucket each,
 * every octave above has 512 of equal width, and a bucket answers with its middle. A quantile is therefore
 * wrong by at most 1 part in 1,024. Octaves are allocated when a value falls into them.
 */

const OCTAVE_BUCKETS = 512;
/** Values below 2^10 lie in octave 0 (0 … 511) or 1 (512 … 1,023), in buckets of width 1. */
const EXACT_BITS = 10;
const OCTAVES = 53 - EXACT_BITS + 2;
/** The sum is kept in two parts, each exact: beyond this, one unit is carried over. */
const CARRY = 4_503_599_627_370_496;

export class Histogram {
  #counted = 0;
  #max = 0;
  #min: number = Number.MAX_SAFE_INTEGER;
  #sum = 0;
  #carried = 0;
  readonly #octaves: (Uint32Array | undefined)[] = [];

  /** The value added last, and how often it has not been counted yet: the same value often comes many times in a row. */
  #latest = 0;
  #uncounted = 0;

  /** How many values were added. */
  get count(): number {
    return this.#counted + this.#uncounted;
  }

  /** The greatest value added; 0 when nothing was. */
  get max(): number {
    this.#settle();
    return this.#max;
  }

  /** Adds a whole number, 0 ≤ `value` < 2^52, so many times. */
  add(value: number, times = 1): void {
    if (value !== this.#latest) {
      this.#settle();
      this.#latest = value;
    }
    this.#uncounted += times;
  }

  /** The mean, exact but for the division. Undefined when nothing was added. */
  mean(): number | undefined {
    this.#settle();
    if (this.#counted === 0) return undefined;
    return (this.#carried / this.#counted) * CARRY + this.#sum / this.#counted;
  }

  /**
   * The smallest value that at least `numerator`/`denominator` of all values do not exceed (nearest rank),
   * within 0.1 %. Undefined when nothing was added.
   */
  quantile(numerator: number, denominator: number): number | undefined {
    this.#settle();
    if (this.#counted === 0) return undefined;
    const rank = Math.max(1, Math.ceil((this.#counted * numerator) / denominator));
    let below = 0;
    for (let octave = 0; octave < this.#octaves.length; octave++) {
      const counts = this.#octaves[octave];
      if (counts === undefined) continue;
      for (let bucket = 0; bucket < OCTAVE_BUCKETS; bucket++) {
        below += counts[bucket] as number;
        if (below >= rank) return this.#within(middle(octave, bucket));
      }
    }
    return this.#max;
  }

  /** Adds everything that `other` has counted. */
  merge(other: Histogram): void {
    this.#settle();
    other.#settle();
    other.#octaves.forEach((counts, octave) => {
      if (counts === undefined) return;
      const own = this.#octaves[octave] ?? this.#open(octave);
      counts.forEach((count, bucket) => {
        own[bucket] = (own[bucket] as number) + count;
      });
    });
    this.#counted += other.#counted;
    this.#max = Math.max(this.#max, other.#max);
    this.#min = Math.min(this.#min, other.#min);
    this.#carried += other.#carried;
    this.#sum += other.#sum;
    if (this.#sum >= CARRY) this.#carry();
  }

  /** Counts what was added last. */
  #settle(): void {
    const value = this.#latest;
    const times = this.#uncounted;
    if (times === 0) return;
    this.#uncounted = 0;
    const octave = octaveOf(value);
    const counts = this.#octaves[octave] ?? this.#open(octave);
    const bucket = (value * (SCALES[octave] as number)) & (OCTAVE_BUCKETS - 1);
    counts[bucket] = (counts[bucket] as number) + times;
    this.#counted += times;
    if (value > this.#max) this.#max = value;
    if (value < this.#min) this.#min = value;
    if (value * times < CARRY) this.#sumUp(value * times);
    // The product may be too large to be exact.
    else for (let left = times; left > 0; left--) this.#sumUp(value);
  }

  #sumUp(value: number): void {
    this.#sum += value;
    if (this.#sum >= CARRY) this.#carry();
  }

  #carry(): void {
    this.#sum -= CARRY;
    this.#carried++;
  }

  #open(octave: number): Uint32Array {
    while (this.#octaves.length <= octave) this.#octaves.push(undefined);
    const counts = new Uint32Array(OCTAVE_BUCKETS);
    this.#octaves[octave] = counts;
    return counts;
  }

  #within(value: number): number {
    return Math.min(this.#max, Math.max(this.#min, value));
  }
}

/** 1 / width of an octave's buckets: powers of two, so that multiplying by them is exact. */
const SCALES: Float64Array = Float64Array.from({ length: OCTAVES }, (_, octave) =>
  octave < 2 ? 1 : 1 / powerOfTwo(octave - 1),
);

function powerOfTwo(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= 2;
  return power;
}

/** 0 for values below 512, 1 below 1,024, 2 below 2,048, … */
function octaveOf(value: number): number {
  const bits =
    value < 4_294_967_296 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 4_294_967_296));
  return bits < EXACT_BITS ? 0 : bits - EXACT_BITS + 1;
}

function middle(octave: number, bucket: number): number {
  if (octave < 2) return octave * OCTAVE_BUCKETS + bucket;
  const width = powerOfTwo(octave - 1);
  return (OCTAVE_BUCKETS + bucket) * width + width / 2;
}
