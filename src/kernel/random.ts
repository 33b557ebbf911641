/**
 * Random streams: one a name, independent of every other, reproducible in every engine.
 *
 * seedrandom's ARC4 turns a stream's key into its seed; the stream itself is sfc32 (Chris Doty-Humphrey's
 * small fast chaotic generator, 128 bits of state with a counter), four words in one typed array shared by
 * all streams. A stream is seeded at its first draw, so that names which never draw cost a few bytes.
 */
import seedrandom from "seedrandom";

const TWO_TO_32 = 4294967296;
/** seedrandom reads at most 256 characters of a key and repeats shorter ones. */
const KEY_LENGTH_MAX = 250;
/** Rounds after which sfc32's state no longer shows its seed (PractRand's author asks for 12 to 18). */
const WARM_UP_ROUNDS = 15;

export class RandomStreams {
  private readonly seed: string;
  private readonly replication: number;
  private readonly names: string[] = [];
  /** a, b, c and the counter of each stream; a counter of 0 says that the stream is not seeded yet. */
  private states: Int32Array = new Int32Array(64);

  /** `seed` and `replication` say which run this is: the same two give the same streams. */
  constructor(seed: string, replication: number) {
    this.seed = seed;
    this.replication = replication;
  }

  /** Adds the stream called `name`; its number is the number of streams before it. */
  add(name: string): number {
    const stream = this.names.push(name) - 1;
    if (this.states.length < 4 * this.names.length) {
      const states = new Int32Array(2 * this.states.length);
      states.set(this.states);
      this.states = states;
    }
    return stream;
  }

  /** The next 32 bits of a stream, as a signed integer. */
  word(stream: number): number {
    const states = this.states;
    const at = stream << 2;
    let counter = states[at + 3] as number;
    if (counter === 0) {
      this.seedStream(stream);
      counter = states[at + 3] as number;
    }
    const b = states[at + 1] as number;
    const c = states[at + 2] as number;
    const word = ((((states[at] as number) + b) | 0) + counter) | 0;
    states[at] = b ^ (b >>> 9);
    states[at + 1] = (c + (c << 3)) | 0;
    states[at + 2] = (((c << 21) | (c >>> 11)) + word) | 0;
    // The counter skips 0, which is the mark of a stream without a seed.
    states[at + 3] = (counter + 1) | 0 || 1;
    return word;
  }

  /** A uniform number in (0, 1): an odd multiple of 2^-53, so never 0, ½ or 1. Takes two words. */
  fraction(stream: number): number {
    const upper = this.word(stream) >>> 6;
    const lower = this.word(stream) >>> 6;
    return (upper * 67108864 + lower + 0.5) / 4503599627370496;
  }

  /**
   * Whether a uniform number in [0, 1) lies below `probability`. Takes exactly one word whatever the
   * probability is, so that the draws that follow stay the same when it changes.
   */
  below(stream: number, probability: number): boolean {
    const word = this.word(stream) >>> 0;
    const bound = probability * TWO_TO_32;
    const whole = Math.floor(bound);
    if (word !== whole) return word < whole;
    // Once in 2^32 draws 32 bits cannot tell. Further bits come from the state, which does not advance.
    return this.peek(stream) < (bound - whole) * TWO_TO_32;
  }

  /** One of 0 … count - 1, exactly uniform. Throws unless `count` is a whole number in 1 … 2^32. */
  index(stream: number, count: number): number {
    if (!(count >= 1 && count <= TWO_TO_32)) throw new RangeError(`cannot choose one of ${count}`);
    const limit = TWO_TO_32 - (TWO_TO_32 % count);
    let word = this.word(stream) >>> 0;
    while (word >= limit) word = this.word(stream) >>> 0;
    return word % count;
  }

  /** 32 bits mixed from a stream's state, unsigned. */
  private peek(stream: number): number {
    const at = stream << 2;
    let word = (this.states[at] as number) ^ (this.states[at + 3] as number);
    word = Math.imul(word ^ (word >>> 16), 0x7feb352d) ^ (this.states[at + 1] as number);
    word = Math.imul(word ^ (word >>> 15), 0x846ca68b) ^ (this.states[at + 2] as number);
    return Math.imul(word ^ (word >>> 16), 0x7feb352d) >>> 0;
  }

  private seedStream(stream: number): void {
    const words = seedWords(JSON.stringify([this.seed, this.replication, this.names[stream]]));
    const at = stream << 2;
    this.states.set(words, at);
    this.states[at + 3] = 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.word(stream);
  }
}

/** Three seed words for a key of any length and any characters; different keys give unrelated words. */
function seedWords(key: string): readonly [number, number, number] {
  let rest = escapeToAscii(key);
  // ARC4 keys have 256 bytes: of a longer one, the beginning is replaced by words that depend on all of it.
  while (rest.length > KEY_LENGTH_MAX) {
    const words = arc4Words(rest.slice(0, KEY_LENGTH_MAX));
    rest = `${words.join()}:${rest.slice(KEY_LENGTH_MAX)}`;
  }
  return arc4Words(rest);
}

/** The NUL keeps seedrandom from taking "1" and "11" for the same key. */
function arc4Words(key: string): readonly [number, number, number] {
  const arc4 = seedrandom(`${key}\0`);
  return [arc4.int32(), arc4.int32(), arc4.int32()];
}

/** seedrandom reads only the low byte of a character: others than ASCII are written as \uXXXX. */
function escapeToAscii(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    escaped += code < 128 ? text.charAt(i) : `\\u${code.toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
