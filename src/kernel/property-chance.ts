/** Chance that is driven from outside: a property test decides, and shrinks what it decided. */
import type { Chance, ChanceHandle, Decision } from "./chance.js";
import { type Distribution, Quantiles, medianOf } from "./distribution.js";
import type { Duration } from "./time.js";

/** What is asked: `happens` has 2 answers, `choose` as many as there are choices, `duration` `LUCK_MAX` + 1. */
export type DecisionKind = "happens" | "choose" | "duration";

/** Answers to `duration` are 0, the median, or 1 … `LUCK_MAX`, from the shortest to the longest. */
export const LUCK_MAX = 1000;

/**
 * Decides draw `draw` of a source (sources are numbered in the order in which their names first came up) with a
 * whole number in 0 … bound - 1; 0 is always the benign answer. Not asked when there is only one answer.
 */
export type Decide = (source: number, draw: number, kind: DecisionKind, bound: number) => number;

export class PropertyChance implements Chance {
  /** The decisions so far that were not benign. */
  readonly decisions: Decision[] = [];

  readonly #decide: Decide;
  readonly #handles: Map<string, ChanceHandle> = new Map();
  readonly #names: string[] = [];
  readonly #draws: number[] = [];

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  source(name: string): ChanceHandle {
    const known = this.#handles.get(name);
    if (known !== undefined) return known;
    const handle = this.#names.push(name) - 1;
    this.#handles.set(name, handle);
    this.#draws.push(0);
    return handle;
  }

  happens(source: ChanceHandle, probability: number): boolean {
    const draw = this.#draw(source);
    if (probability <= 0 || probability >= 1) return probability >= 1;
    const happens = this.#decide(source, draw, "happens", 2) !== 0;
    if (happens) this.#note(source, draw, 1);
    return happens;
  }

  choose(source: ChanceHandle, count: number): number {
    const draw = this.#draw(source);
    if (count === 1) return 0;
    const choice = this.#decide(source, draw, "choose", count);
    if (choice !== 0) this.#note(source, draw, choice);
    return choice;
  }

  duration(source: ChanceHandle, distribution: Distribution): Duration {
    const draw = this.#draw(source);
    if (distribution.kind === "constant") return distribution.value;
    const luck = this.#decide(source, draw, "duration", LUCK_MAX + 1);
    if (luck === 0) return medianOf(distribution);
    const duration = new Quantiles(distribution).at((luck - 0.5) / LUCK_MAX);
    this.#note(source, draw, duration);
    return duration;
  }

  #draw(source: ChanceHandle): number {
    const draw = this.#draws[source] as number;
    this.#draws[source] = draw + 1;
    return draw;
  }

  #note(source: ChanceHandle, draw: number, value: number): void {
    this.decisions.push({ source: this.#names[source] as string, draw, value });
  }
}
