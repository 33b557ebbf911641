/**
 * How far tables grow. Small ones double, so that they are rarely copied; large ones grow by an eighth: that
 * copies each row some nine times in all, a few nanoseconds, and leaves little of a large run's memory unused.
 */

const LARGE = 16_384;

/** How many rows a full table of `rows` is to have room for. */
export function grown(rows: number): number {
  return rows + (rows < LARGE ? rows : rows >> 3);
}
