import { describe, expect, test } from "vitest";
import {
  type Chance,
  type Distribution,
  ExhaustiveChance,
  PropertyChance,
  RandomChance,
  RecordingChance,
  ReplayChance,
} from "../../src/kernel/index.js";

const DELAY: Distribution = { kind: "uniform", min: 1, max: 9 };

/** A little run: two packets that may be lost, a choice among three, one delay. */
function run(chance: Chance): string {
  const loss = chance.source("loss");
  const pick = chance.source("pick");
  const delay = chance.source("delay");
  const lost = [chance.happens(loss, 0.5), chance.happens(loss, 0.5)].map((one) => (one ? "x" : "-"));
  return `${lost.join("")} ${chance.choose(pick, 3)} ${chance.duration(delay, DELAY)}`;
}

describe("the exhaustive source", () => {
  function enumerate(chance: ExhaustiveChance): string[] {
    const runs: string[] = [];
    do runs.push(run(chance));
    while (chance.next());
    return runs;
  }

  test("tries every combination once, the benign one first", () => {
    const chance = new ExhaustiveChance({ happeningsMax: 2, representatives: () => [5, 1, 9] });
    const runs = enumerate(chance);
    expect(runs[0]).toBe("-- 0 5");
    expect(runs.length).toBe(4 * 3 * 3);
    expect(new Set(runs).size).toBe(runs.length);
  });

  test("lets no more happen than the budget says", () => {
    expect(enumerate(new ExhaustiveChance({ happeningsMax: 0 }))).toEqual(["-- 0 5", "-- 1 5", "-- 2 5"]);
    const once = enumerate(new ExhaustiveChance({ happeningsMax: 1 }));
    expect(once.map((one) => one.slice(0, 2))).toEqual([
      "--",
      "--",
      "--",
      "-x",
      "-x",
      "-x",
      "x-",
      "x-",
      "x-",
    ]);
  });

  test("follows a run whose questions depend on the answers", () => {
    const chance = new ExhaustiveChance({ happeningsMax: 3 });
    const loss = chance.source("loss");
    const runs: string[] = [];
    do {
      let sent = 1;
      while (sent < 5 && chance.happens(loss, 0.1)) sent++;
      runs.push(`${sent}: ${JSON.stringify(chance.decisions().map(({ draw, value }) => [draw, value]))}`);
    } while (chance.next());
    expect(runs).toEqual(["1: []", "2: [[0,1]]", "3: [[0,1],[1,1]]", "4: [[0,1],[1,1],[2,1]]"]);
  });

  test("leaves no choice where the probability leaves none", () => {
    const chance = new ExhaustiveChance({ happeningsMax: 5 });
    const source = chance.source("a");
    expect([chance.happens(source, 0), chance.happens(source, 1), chance.next()]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("says so when a run does not ask the same questions again", () => {
    const chance = new ExhaustiveChance({ happeningsMax: 1 });
    const [a, b] = [chance.source("a"), chance.source("b")];
    chance.happens(a, 0.5);
    chance.next();
    expect(() => chance.happens(b, 0.5)).toThrow("the run asked b where it asked something else before");
  });
});

describe("the recording source", () => {
  test("decides as the source behind it, and writes down what is not benign", () => {
    const recording = new RecordingChance(new RandomChance("s", 3));
    const seen = run(recording);
    expect(seen).toBe(run(new RandomChance("s", 3)));
    expect(recording.decisions.length).toBeGreaterThan(0);
    expect(run(new ReplayChance("s", 3, recording.decisions))).toBe(seen);
  });

  test("gives what a replay needs to make a run benign, decision by decision", () => {
    const recording = new RecordingChance(new RandomChance("s", 11));
    run(recording);
    const benign = recording.decisions.map(({ source, draw, benign: value }) => ({ source, draw, value }));
    expect(run(new ReplayChance("s", 11, benign))).toBe("-- 0 5");
  });
});

describe("the property source", () => {
  test("is benign where it is told 0", () => {
    const chance = new PropertyChance(() => 0);
    expect(run(chance)).toBe("-- 0 5");
    expect(chance.decisions).toEqual([]);
  });

  test("asks by source, draw, kind and bound, and notes what deviates", () => {
    const asked: string[] = [];
    const chance = new PropertyChance((source, draw, kind, bound) => {
      asked.push(`${source}.${draw} ${kind} ${bound}`);
      return bound - 1;
    });
    expect(run(chance)).toBe("xx 2 9");
    expect(asked).toEqual(["0.0 happens 2", "0.1 happens 2", "1.0 choose 3", "2.0 duration 1001"]);
    expect(run(new ReplayChance("any", 0, chance.decisions))).toBe("xx 2 9");
  });

  test("does not ask what is settled, and counts the draw all the same", () => {
    const asked: number[] = [];
    const chance = new PropertyChance((_source, draw) => asked.push(draw) && 0);
    const source = chance.source("a");
    expect([chance.happens(source, 0), chance.happens(source, 1), chance.choose(source, 1)]).toEqual([
      false,
      true,
      0,
    ]);
    expect(chance.duration(source, { kind: "constant", value: 4 })).toBe(4);
    chance.happens(source, 0.5);
    expect(asked).toEqual([4]);
  });
});
