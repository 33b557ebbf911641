import { describe, expect, test } from "vitest";
import { type Distribution, RandomChance, ReplayChance, medianOf } from "../../src/kernel/index.js";

const EXPONENTIAL: Distribution = { kind: "exponential", mean: 1_000_000, min: 0 };

/** The first draws of a source: coins of probability `probability`. */
function coins(
  chance: RandomChance | ReplayChance,
  name: string,
  count: number,
  probability = 0.5,
): boolean[] {
  const source = chance.source(name);
  return Array.from({ length: count }, () => chance.happens(source, probability));
}

function durations(chance: RandomChance | ReplayChance, name: string, count: number): number[] {
  const source = chance.source(name);
  return Array.from({ length: count }, () => chance.duration(source, EXPONENTIAL));
}

describe("the random source", () => {
  test("draws the same for the same seed, replication and name", () => {
    expect(durations(new RandomChance("s", 3), "a", 50)).toEqual(
      durations(new RandomChance("s", 3), "a", 50),
    );
  });

  test("gives the same name the same handle", () => {
    const chance = new RandomChance("s", 0);
    expect(chance.source("a")).toBe(chance.source("a"));
    expect(chance.source("a")).not.toBe(chance.source("b"));
  });

  test("draws something else for another seed, replication or name", () => {
    const base = durations(new RandomChance("1", 0), "a", 4).join();
    expect(durations(new RandomChance("11", 0), "a", 4).join()).not.toBe(base);
    expect(durations(new RandomChance("1", 1), "a", 4).join()).not.toBe(base);
    expect(durations(new RandomChance("1", 0), "aa", 4).join()).not.toBe(base);
    expect(durations(new RandomChance("1\0", 0), "a", 4).join()).not.toBe(base);
  });

  test("tells apart names that differ only above the low byte, or only after 300 characters", () => {
    const long = "x".repeat(300);
    const chance = new RandomChance("s", 0);
    const first = (name: string): number => durations(chance, name, 1)[0] as number;
    const firsts = ["A", "\u0141", "\u0241", `${long}a`, `${long}b`, `a${long}`, `b${long}`].map(first);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("keeps a name's draws when other names are added and draw in between", () => {
    const alone = durations(new RandomChance("s", 0), "link/a>b/delay", 100);
    const chance = new RandomChance("s", 0);
    const others = Array.from({ length: 100 }, (_, i) => chance.source(`other/${i}`));
    const source = chance.source("link/a>b/delay");
    const beside = alone.map((_, i) => {
      chance.happens(others[i] as number, 0.3);
      return chance.duration(source, EXPONENTIAL);
    });
    expect(beside).toEqual(alone);
  });

  test("keeps the draws that follow when a probability or a delay changes", () => {
    const tail = (probability: number, distribution: Distribution): number[] => {
      const chance = new RandomChance("s", 0);
      const source = chance.source("a");
      for (let i = 0; i < 10; i++) chance.happens(source, probability);
      for (let i = 0; i < 10; i++) chance.duration(source, distribution);
      return durations(chance, "a", 5);
    };
    const expected = tail(0.5, EXPONENTIAL);
    for (const probability of [0, 1e-12, 0.1, 1, 2, -1])
      expect(tail(probability, EXPONENTIAL)).toEqual(expected);
    expect(tail(0.5, { kind: "normal", mean: 10, sd: 100, min: 50 })).toEqual(expected);
    expect(tail(0.5, { kind: "constant", value: 10 })).toEqual(expected);
    expect(tail(0.5, { kind: "empirical", values: [3, 1, 2] })).toEqual(expected);
  });

  test("loses at a higher probability whatever it loses at a lower one", () => {
    const rare = coins(new RandomChance("s", 0), "loss", 20_000, 0.05);
    const frequent = coins(new RandomChance("s", 0), "loss", 20_000, 0.2);
    rare.forEach((lost, i) => lost && expect(frequent[i]).toBe(true));
    expect(rare.filter(Boolean).length).toBeGreaterThan(900);
    expect(frequent.filter(Boolean).length).toBeGreaterThan(3_800);
  });

  test("never does what has probability 0 and always what has probability 1", () => {
    expect(coins(new RandomChance("s", 0), "a", 10_000, 0).some(Boolean)).toBe(false);
    expect(coins(new RandomChance("s", 0), "a", 10_000, 1).every(Boolean)).toBe(true);
  });

  test("happens as often as the probability says", () => {
    for (const probability of [0.001, 0.1, 0.5, 0.9]) {
      const count = 200_000;
      const hits = coins(new RandomChance("s", 0), "a", count, probability).filter(Boolean).length;
      const sd = Math.sqrt(count * probability * (1 - probability));
      expect(Math.abs(hits - count * probability)).toBeLessThan(4 * sd);
    }
  });

  test("chooses every choice equally often", () => {
    const chance = new RandomChance("s", 0);
    const source = chance.source("a");
    for (const count of [1, 2, 3, 7, 100]) {
      const times = new Float64Array(count);
      const draws = 1_000 * count;
      for (let i = 0; i < draws; i++) {
        const choice = chance.choose(source, count);
        times[choice] = (times[choice] as number) + 1;
      }
      const chiSquare = times.reduce((sum, n) => sum + (n - 1_000) * (n - 1_000), 0) / 1_000;
      expect(times.reduce((sum, n) => sum + n, 0)).toBe(draws);
      expect(chiSquare).toBeLessThan(count - 1 + 4 * Math.sqrt(2 * count));
    }
    expect(() => chance.choose(source, 0)).toThrow("cannot choose one of 0");
  });

  test("has no correlation between the first draws of neighbouring replications, or of neighbouring names", () => {
    const correlation = (values: readonly number[]): number => {
      const centred = values.map((value) => value - 0.5);
      const products = centred.slice(1).map((value, i) => value * (centred[i] as number));
      return products.reduce((sum, product) => sum + product, 0) / (values.length / 12);
    };
    const uniform: Distribution = { kind: "uniform", min: 0, max: 1_000_000_000 };
    const first = (seed: string, replication: number, name: string): number => {
      const chance = new RandomChance(seed, replication);
      return chance.duration(chance.source(name), uniform) / 1_000_000_000;
    };
    const indices = Array.from({ length: 4_000 }, (_, i) => i);
    for (const values of [
      indices.map((i) => first("1", i, "a")),
      indices.map((i) => first(`${i}`, 0, "a")),
      indices.map((i) => first("1", 0, `client/${i}`)),
    ]) {
      expect(Math.abs(correlation(values))).toBeLessThan(4 / Math.sqrt(values.length));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / values.length));
    }
  });
});

describe("the replay source", () => {
  test("without decisions is the random source", () => {
    expect(durations(new ReplayChance("s", 2, []), "a", 50)).toEqual(
      durations(new RandomChance("s", 2), "a", 50),
    );
  });

  test("overrides the n-th draw under a name and leaves every other draw as it was", () => {
    const plain = durations(new RandomChance("s", 0), "a", 10);
    const replay = new ReplayChance("s", 0, [
      { source: "a", draw: 3, value: 42 },
      { source: "b", draw: 0, value: 1 },
    ]);
    expect(durations(replay, "a", 10)).toEqual(plain.map((value, i) => (i === 3 ? 42 : value)));
    expect(coins(replay, "b", 3, 0)).toEqual([true, false, false]);
  });

  test("counts draws of every kind", () => {
    const replay = new ReplayChance("s", 0, [{ source: "a", draw: 2, value: 5 }]);
    const source = replay.source("a");
    replay.happens(source, 0);
    replay.duration(source, EXPONENTIAL);
    expect(replay.choose(source, 10)).toBe(5);
  });

  test("keeps an overriding choice within the choices there are", () => {
    const replay = new ReplayChance("s", 0, [{ source: "a", draw: 0, value: 9 }]);
    expect(replay.choose(replay.source("a"), 3)).toBe(2);
  });
});

test("the median is the benign duration", () => {
  expect(medianOf(EXPONENTIAL)).toBe(693_147);
  expect(medianOf({ kind: "constant", value: 5 })).toBe(5);
});
