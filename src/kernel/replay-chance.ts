/** Chance as it happened, but for some decisions: the random source with sparse overrides. */
import type { Chance, ChanceHandle, Decision } from "./chance.js";
import type { Distribution } from "./distribution.js";
import { RandomChance } from "./random-chance.js";
import type { Duration } from "./time.js";

/**
 * Replays the run of (seed, replication) with `decisions` taken as they say. An overridden draw is made all the
 * same, so that the draws after it stay what they were.
 */
export class ReplayChance implements Chance {
  readonly #random: RandomChance;
  readonly #overridesByName: Map<string, Map<number, number>> = new Map();
  /** For each source, its overrides by draw; undefined for a source without. */
  readonly #overrides: (Map<number, number> | undefined)[] = [];
  readonly #draws: number[] = [];

  constructor(seed: string, replication: number, decisions: readonly Decision[]) {
    this.#random = new RandomChance(seed, replication);
    for (const { source, draw, value } of decisions) {
      const ofSource = this.#overridesByName.get(source) ?? new Map<number, number>();
      this.#overridesByName.set(source, ofSource.set(draw, value));
    }
  }

  source(name: string): ChanceHandle {
    const handle = this.#random.source(name);
    if (handle === this.#draws.length) {
      this.#draws.push(0);
      this.#overrides.push(this.#overridesByName.get(name));
    }
    return handle;
  }

  happens(source: ChanceHandle, probability: number): boolean {
    const drawn = this.#random.happens(source, probability);
    const override = this.#override(source);
    return override === undefined ? drawn : override !== 0;
  }

  choose(source: ChanceHandle, count: number): number {
    const drawn = this.#random.choose(source, count);
    const override = this.#override(source);
    return override === undefined ? drawn : Math.min(override, count - 1);
  }

  duration(source: ChanceHandle, distribution: Distribution): Duration {
    const drawn = this.#random.duration(source, distribution);
    return this.#override(source) ?? drawn;
  }

  #override(source: ChanceHandle): number | undefined {
    const overrides = this.#overrides[source];
    if (overrides === undefined) return undefined;
    const draw = this.#draws[source] as number;
    this.#draws[source] = draw + 1;
    return overrides.get(draw);
  }
}
