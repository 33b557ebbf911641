/** Delays from one precomputed table of 65,536 exponential values with mean 1, by inversion of even steps. */
const SIZE = 65_536;

/** Whole numbers ≥ 0 with that mean, in an order that looks random and is always the same. */
export function exponentialTable(mean: number, salt = 1): Float64Array {
  const table = Float64Array.from({ length: SIZE }, (_, i) => Math.round(-mean * Math.log((i + 0.5) / SIZE)));
  let state = salt;
  for (let i = SIZE - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 4294967296) * (i + 1));
    const kept = table[i] as number;
    table[i] = table[j] as number;
    table[j] = kept;
  }
  return table;
}

export const TABLE_MASK: number = SIZE - 1;
