/** MurmurHash2 with the seed of Kafka's default partitioner, over the bytes of an ASCII text. */

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** As a signed 32-bit integer. */
export function murmur2(text: string): number {
  const { length } = text;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word =
      byte(text, at) | (byte(text, at + 1) << 8) | (byte(text, at + 2) << 16) | (byte(text, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= byte(text, whole + 2) << 16;
  if (rest >= 2) hash ^= byte(text, whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(text, whole), MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function byte(text: string, at: number): number {
  return text.charCodeAt(at) & 0xff;
}

/** The partition of a key: the hash without its sign, modulo their number. */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
