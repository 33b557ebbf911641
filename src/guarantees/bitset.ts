/**
 * Sets of small integers, one bit each: which messages of a stream were delivered, acknowledged, held. Members tend to
 * come in order, and in the end all of them: below the first that is missing, rounded down, nothing is kept.
 */

const WORDS_MIN = 8;
const ALL = -1;

export class Bitset {
  /** From word `#base` on. All members of the words below are in the set. */
  #words: Int32Array = new Int32Array(WORDS_MIN);
  #base = 0;

  /** Adds `member`; false when it was in the set already. */
  add(member: number): boolean {
    let word = (member >>> 5) - this.#base;
    if (word < 0) return false;
    if (word >= this.#words.length) word = this.#makeRoom(word);
    const before = this.#words[word] as number;
    const after = before | (1 << (member & 31));
    this.#words[word] = after;
    return after !== before;
  }

  /** Adds `from` … `to` - 1. */
  addAll(from: number, to: number): void {
    for (let member = from; member < to;) {
      const index = member >>> 5;
      const until = Math.min(to, (index + 1) * 32);
      let word = index - this.#base;
      if (word >= 0) {
        if (word >= this.#words.length) word = this.#makeRoom(word);
        this.#words[word] = (this.#words[word] as number) | rangeMask(index, member, until);
      }
      member = until;
    }
  }

  has(member: number): boolean {
    return ((this.word(member >>> 5) >>> (member & 31)) & 1) === 1;
  }

  /** The members 32 × `index` … 32 × `index` + 31, lowest first. */
  word(index: number): number {
    const word = index - this.#base;
    if (word < 0) return ALL;
    return word < this.#words.length ? (this.#words[word] as number) : 0;
  }

  /** Memory of the bits. */
  get bytes(): number {
    return this.#words.byteLength;
  }

  /** Room for one more word by letting go of the full ones at the beginning, if they are half of all, or by growing. */
  #makeRoom(word: number): number {
    const words = this.#words;
    let full = 0;
    while (full < words.length && words[full] === ALL) full++;
    if (2 * full >= words.length) {
      words.copyWithin(0, full);
      words.fill(0, words.length - full);
      this.#base += full;
      word -= full;
    }
    if (word >= words.length) {
      this.#words = new Int32Array(Math.max(words.length * 2, word + 1));
      this.#words.set(words);
    }
    return word;
  }
}

/** The bits of word `index` whose members lie in [`from`, `to`). */
export function rangeMask(index: number, from: number, to: number): number {
  const low = Math.max(from - index * 32, 0);
  const high = Math.min(to - index * 32, 32);
  if (low >= high) return 0;
  const below = high === 32 ? -1 : (1 << high) - 1;
  return below & ~((1 << low) - 1);
}

/** How many bits of a 32-bit word are set. */
export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many members of `set` lie in [`from`, `to`). */
export function countBetween(set: Bitset | undefined, from: number, to: number): number {
  if (set === undefined) return 0;
  let count = 0;
  const end = (to + 31) >>> 5;
  for (let index = from >>> 5; index < end; index++) {
    count += bitCount(set.word(index) & rangeMask(index, from, to));
  }
  return count;
}
