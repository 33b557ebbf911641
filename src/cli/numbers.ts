/** Numbers as a table shows them: one number of decimals a column, so that they can be compared by eye. */

/** Decimals that show three digits of the largest of `values`, and none where all are whole. */
export function decimalsFor(values: readonly (number | null)[]): number {
  let largest = 0;
  let whole = true;
  for (const value of values) {
    if (value === null) continue;
    largest = Math.max(largest, Math.abs(value));
    whole &&= Number.isInteger(value);
  }
  if (whole || largest >= 100) return 0;
  if (largest >= 10) return 1;
  if (largest >= 1) return 2;
  return largest >= 0.1 ? 3 : 4;
}

export function fixed(value: number | null, decimals: number): string {
  if (value === null) return "–";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}
