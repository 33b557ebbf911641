/** What a scenario leaves to chance: drawn from a stream of its own before the run begins. */
import { type Chance, type ChanceHandle, type Duration, MILLISECOND } from "../kernel/index.js";

export class Draw {
  readonly #chance: Chance;
  readonly #source: ChanceHandle;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#source = chance.source("claims/scenario");
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + this.#chance.choose(this.#source, most - least + 1);
  }

  /** A duration from `least` to `most` milliseconds, in whole ones, as nanoseconds. */
  milliseconds(least: number, most: number): Duration {
    return this.whole(least, most) * MILLISECOND;
  }

  /** One of them. */
  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.whole(0, items.length - 1)] as Item;
  }

  /** True `times` out of `outOf` times. */
  happens(times: number, outOf: number): boolean {
    return this.whole(1, outOf) <= times;
  }
}
