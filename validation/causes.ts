/** Why a cell is missed: for the page, so that no miss is without a cause. */

interface Cause {
  readonly cells: RegExp;
  readonly cause: string;
}

const CAUSES: readonly Cause[] = [
  {
    cells: /-bbr-/,
    cause: "Measured with BBR, which is not modelled; simulated with CUBIC.",
  },
];

/** Undefined when nobody knows. */
export function causeOf(cell: string): string | undefined {
  return CAUSES.find(({ cells }) => cells.test(cell))?.cause;
}
