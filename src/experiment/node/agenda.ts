/**
 * What a sweep still has to run. A fixed number of replications is one batch; replications until a precision are
 * decided batch by batch, and only from the batches before, so that neither the number of workers nor the order
 * in which they finish makes a difference.
 */

/** Replications `from` … `to` - 1 of one cell. */
export interface Stretch {
  readonly cell: number;
  readonly from: number;
  readonly to: number;
}

/**
 * How many replications to add to a cell, from the precision metric of those that it has, in order: the size of
 * the first batch when it has none, 0 when it has enough.
 */
export type NextBatch = (values: readonly (number | null)[]) => number;

interface CellState {
  /** Replications decided on so far. */
  planned: number;
  /** The first one that has not been handed out. */
  next: number;
  /** Of the planned ones, how many have finished. */
  finished: number;
  readonly values: (number | null)[];
}

export class Agenda {
  /** Runs that are decided on, by now. */
  planned = 0;
  /** Runs that have finished, those known from before included. */
  finished = 0;
  readonly #nextBatch: NextBatch;
  readonly #known: (cell: number, replication: number) => number | null | undefined;
  readonly #cells: CellState[];
  /** Cells that have something to hand out, in order. */
  readonly #open: number[] = [];

  /**
   * `known` gives the precision metric of a run that has been made before, undefined for one that is still to be
   * made.
   */
  constructor(
    cells: number,
    nextBatch: NextBatch,
    known: (cell: number, replication: number) => number | null | undefined,
  ) {
    this.#nextBatch = nextBatch;
    this.#known = known;
    this.#cells = Array.from({ length: cells }, () => ({ planned: 0, next: 0, finished: 0, values: [] }));
    for (let cell = 0; cell < cells; cell++) this.#extend(cell);
  }

  /** How many replications `cell` has. Final once everything has finished. */
  replications(cell: number): number {
    return (this.#cells[cell] as CellState).planned;
  }

  /** Hands out at most `runs` runs; none when all that is decided on is under way or finished. */
  take(runs: number): Stretch[] {
    const taken: Stretch[] = [];
    for (let left = runs; left > 0 && this.#open.length > 0;) {
      const cell = this.#open[0] as number;
      const stretch = this.#stretch(cell, left);
      if (stretch === undefined) {
        this.#open.shift();
        continue;
      }
      taken.push(stretch);
      left -= stretch.to - stretch.from;
    }
    return taken;
  }

  /** A run has finished, with this value of the precision metric. */
  finish(cell: number, replication: number, value: number | null): void {
    const state = this.#cells[cell] as CellState;
    state.values[replication] = value;
    state.finished++;
    this.finished++;
    this.#extend(cell);
  }

  /** Decides on the next batch of a cell whose batches so far have finished, and passes over what is known of it. */
  #extend(cell: number): void {
    const state = this.#cells[cell] as CellState;
    while (state.finished === state.planned) {
      const more = this.#nextBatch(state.values);
      if (more <= 0) return;
      const from = state.planned;
      state.planned += more;
      this.planned += more;
      for (let replication = from; replication < state.planned; replication++) {
        const value = this.#known(cell, replication);
        if (value === undefined) continue;
        state.values[replication] = value;
        state.finished++;
        this.finished++;
      }
      if (state.finished < state.planned) this.#open.push(cell);
    }
  }

  #stretch(cell: number, runsMax: number): Stretch | undefined {
    const state = this.#cells[cell] as CellState;
    while (state.next < state.planned && this.#known(cell, state.next) !== undefined) state.next++;
    if (state.next >= state.planned) return undefined;
    const from = state.next;
    const limit = Math.min(state.planned, from + runsMax);
    do state.next++;
    while (state.next < limit && this.#known(cell, state.next) === undefined);
    return { cell, from, to: state.next };
  }
}
