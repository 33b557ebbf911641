/** Chance that tries everything: every combination of decisions within a budget, one run at a time. */
import type { Chance, ChanceHandle, Decision } from "./chance.js";
import { type Distribution, medianOf } from "./distribution.js";
import type { Duration } from "./time.js";

/** What bounds the search. */
export interface ExhaustiveBudget {
  /** How often something may happen in one run that need not (a probability above 0 and below 1). */
  readonly happeningsMax: number;
  /** The durations that stand for a distribution, the benign one first. Default: its median alone. */
  readonly representatives?: (distribution: Distribution) => readonly Duration[];
}

/** A decision on the path of the present run. */
interface Branch {
  readonly source: ChanceHandle;
  readonly draw: number;
  /** The alternatives, the benign one first, and which of them is taken. */
  readonly values: readonly number[];
  taken: number;
}

/**
 * Enumerates runs depth first. The first run takes the benign alternative everywhere; `next` moves on to the
 * following combination, and the run must then be made again from its beginning with this same object:
 *
 *     do run(chance); while (chance.next());
 *
 * A run has to be a function of its decisions: given the same ones it must ask the same questions again.
 */
export class ExhaustiveChance implements Chance {
  readonly #happeningsMax: number;
  readonly #representatives: (distribution: Distribution) => readonly Duration[];
  readonly #handles: Map<string, ChanceHandle> = new Map();
  readonly #names: string[] = [];
  #draws: number[] = [];
  readonly #path: Branch[] = [];
  /** How many branches of the path the present run has passed, and how many happenings they took. */
  #passed = 0;
  #happenings = 0;

  constructor(budget: ExhaustiveBudget) {
    this.#happeningsMax = budget.happeningsMax;
    this.#representatives = budget.representatives ?? ((distribution) => [medianOf(distribution)]);
  }

  /** Prepares the next run; false when every combination has been tried. */
  next(): boolean {
    this.#path.length = this.#passed;
    while (this.#path.length > 0) {
      const last = this.#path[this.#path.length - 1] as Branch;
      if (last.taken + 1 < last.values.length) {
        last.taken++;
        break;
      }
      this.#path.pop();
    }
    this.#passed = 0;
    this.#happenings = 0;
    this.#draws = [];
    return this.#path.length > 0;
  }

  /** The decisions of the present run that were not benign. */
  decisions(): readonly Decision[] {
    return this.#path
      .slice(0, this.#passed)
      .filter((branch) => branch.taken > 0)
      .map(({ source, draw, values, taken }) => ({
        source: this.#names[source] as string,
        draw,
        value: values[taken] as number,
      }));
  }

  source(name: string): ChanceHandle {
    const known = this.#handles.get(name);
    if (known !== undefined) return known;
    const handle = this.#names.push(name) - 1;
    this.#handles.set(name, handle);
    return handle;
  }

  happens(source: ChanceHandle, probability: number): boolean {
    if (probability >= 1) return this.#decide(source, [1]) === 1;
    const free = probability > 0 && this.#happenings < this.#happeningsMax;
    const happens = this.#decide(source, free ? [0, 1] : [0]) === 1;
    if (happens) this.#happenings++;
    return happens;
  }

  choose(source: ChanceHandle, count: number): number {
    return this.#decide(
      source,
      Array.from({ length: count }, (_, i) => i),
    );
  }

  duration(source: ChanceHandle, distribution: Distribution): Duration {
    return this.#decide(source, this.#representatives(distribution));
  }

  #decide(source: ChanceHandle, values: readonly number[]): number {
    const draw = this.#draws[source] ?? 0;
    this.#draws[source] = draw + 1;
    if (this.#passed === this.#path.length) this.#path.push({ source, draw, values, taken: 0 });
    const branch = this.#path[this.#passed] as Branch;
    if (branch.source !== source || branch.draw !== draw) {
      throw new Error(`the run asked ${this.#names[source]} where it asked something else before`);
    }
    this.#passed++;
    return branch.values[branch.taken] as number;
  }
}
