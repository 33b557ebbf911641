/** A stable sort for typed arrays that does not allocate per comparison and takes sorted stretches as they are. */

type IsBefore = (a: number, b: number) => boolean;

/**
 * Sorts `values` in place. A merge sort of the
 * sorted stretches that it finds: one pass over a sorted input, n log n at worst in every engine.
 */
export function mergeSort(values: Int32Array, isBefore: IsBefore): void {
  let bounds = sortedStretches(values, isBefore);
  let from: Int32Array = values;
  let to: Int32Array = values.slice();
  while (bounds.length > 2) {
    const merged = [0];
    for (let i = 0; i + 1 < bounds.length; i += 2) {
      const middle = bounds[i + 1] as number;
      const end = bounds[i + 2] ?? middle;
      merge(from, to, bounds[i] as number, middle, end, isBefore);
      merged.push(end);
    }
    bounds = merged;
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
}

/** Where sorted stretches begin, and the end. */
function sortedStretches(values: Int32Array, isBefore: IsBefore): number[] {
  const bounds = [0];
  for (let i = 1; i < values.length; i++) {
    if (isBefore(values[i] as number, values[i - 1] as number)) bounds.push(i);
  }
  bounds.push(values.length);
  return bounds;
}

function merge(
  from: Int32Array,
  to: Int32Array,
  begin: number,
  middle: number,
  end: number,
  isBefore: IsBefore,
): void {
  let left = begin;
  let right = middle;
  for (let i = begin; i < end; i++) {
    const takeLeft =
      right === end || (left < middle && !isBefore(from[right] as number, from[left] as number));
    to[i] = (takeLeft ? from[left++] : from[right++]) as number;
  }
}
