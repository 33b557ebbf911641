/** A digest of a million draws: the same in every engine, or chance is not. */
import type { Distribution } from "./distribution.js";
import { RandomChance } from "./random-chance.js";

const DISTRIBUTIONS: readonly Distribution[] = [
  { kind: "constant", value: 5 },
  { kind: "uniform", min: 10, max: 1_000_000_007 },
  { kind: "exponential", mean: 20_000_000, min: 5_000_000 },
  { kind: "normal", mean: 50_000_000, sd: 30_000_000, min: 1_000_000 },
  { kind: "lognormal", median: 30_000_000, sigma: 1.2, min: 1_000_000 },
  { kind: "pareto", min: 1_000_000, shape: 1.1 },
  { kind: "weibull", scale: 40_000_000, shape: 0.7, min: 2_000_000 },
  { kind: "empirical", values: [3, 1, 4, 1, 5, 9, 2, 6] },
];

/** Mixes `draws` decisions of every kind into 32 bits, as eight hexadecimal digits. */
export function goldenDraws(draws = 1_000_000): string {
  const chance = new RandomChance("golden", 7);
  const sources = DISTRIBUTIONS.map((distribution) => chance.source(`golden/${distribution.kind}`));
  const coin = chance.source("golden/happens");
  const die = chance.source("golden/choose");
  let digest = 0;
  const mix = (value: number): void => {
    digest = Math.imul(digest ^ (value | 0) ^ Math.floor(value / 4294967296), 0x9e3779b1);
    digest ^= digest >>> 15;
  };
  const kinds = DISTRIBUTIONS.length + 2;
  for (let i = 0; i < draws; i++) {
    const kind = i % kinds;
    if (kind < DISTRIBUTIONS.length) {
      mix(chance.duration(sources[kind] as number, DISTRIBUTIONS[kind] as Distribution));
    } else if (kind === DISTRIBUTIONS.length) mix(chance.happens(coin, 0.3) ? 1 : 0);
    else mix(chance.choose(die, 6));
  }
  return (digest >>> 0).toString(16).padStart(8, "0");
}
