/** Chance that writes down what was decided, for shrinking a run to the decisions that matter. */
import type { Chance, ChanceHandle, Decision } from "./chance.js";
import { type Distribution, medianOf } from "./distribution.js";
import type { Duration } from "./time.js";

/** A decision as it was taken, beside the benign one in its place. */
export interface RecordedDecision extends Decision {
  readonly benign: number;
}

/**
 * Passes every question on to another source of decisions and keeps the answers that are not benign, in the
 * order in which they were given. Memory grows with their number.
 */
export class RecordingChance implements Chance {
  /** The decisions that were not benign. */
  readonly decisions: RecordedDecision[] = [];

  readonly #chance: Chance;
  readonly #names: string[] = [];
  readonly #draws: number[] = [];
  readonly #medians: Map<Distribution, Duration> = new Map();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  source(name: string): ChanceHandle {
    const handle = this.#chance.source(name);
    this.#names[handle] = name;
    this.#draws[handle] ??= 0;
    return handle;
  }

  happens(source: ChanceHandle, probability: number): boolean {
    const happens = this.#chance.happens(source, probability);
    this.#record(source, happens ? 1 : 0, 0);
    return happens;
  }

  choose(source: ChanceHandle, count: number): number {
    const choice = this.#chance.choose(source, count);
    this.#record(source, choice, 0);
    return choice;
  }

  duration(source: ChanceHandle, distribution: Distribution): Duration {
    const duration = this.#chance.duration(source, distribution);
    this.#record(source, duration, this.#median(distribution));
    return duration;
  }

  #record(source: ChanceHandle, value: number, benign: number): void {
    const draw = this.#draws[source] as number;
    this.#draws[source] = draw + 1;
    if (value === benign) return;
    this.decisions.push({ source: this.#names[source] as string, draw, value, benign });
  }

  #median(distribution: Distribution): Duration {
    const known = this.#medians.get(distribution);
    if (known !== undefined) return known;
    const median = medianOf(distribution);
    this.#medians.set(distribution, median);
    return median;
  }
}
