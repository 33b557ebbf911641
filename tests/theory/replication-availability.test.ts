/** How likely a write is taken when each broker is up with a probability: by enumeration, and by simulation. */
import { describe, expect, it } from "vitest";
import { RandomChance, SECOND } from "../../src/kernel/index.js";
import { BROKERS, crash, run } from "../kafka/support/clusters.js";

const UP = 0.8;
const RUNS = 120;

interface Setting {
  readonly acks: 1 | "all";
  readonly minInsyncReplicas: number;
}

const SETTINGS: readonly Setting[] = [
  { acks: 1, minInsyncReplicas: 2 },
  { acks: "all", minInsyncReplicas: 1 },
  { acks: "all", minInsyncReplicas: 2 },
  { acks: "all", minInsyncReplicas: 3 },
];

/** Brokers by the bits of `which`: those that are down. */
function downOf(which: number): readonly string[] {
  return BROKERS.filter((_, place) => (which & (1 << place)) !== 0);
}

/** Everybody was in sync before: whoever is left leads, and acks=all needs as many as it is told to. */
function isTaken({ acks, minInsyncReplicas }: Setting, down: readonly string[]): boolean {
  return BROKERS.length - down.length >= (acks === "all" ? minInsyncReplicas : 1);
}

/** One write, long after those brokers have died. */
function tookOne({ acks, minInsyncReplicas }: Setting, down: readonly string[]): boolean {
  const result = run({
    topic: { minInsyncReplicas },
    producer: { acks, deliveryTimeout: 10 * SECOND, requestTimeout: 3 * SECOND },
    faults: down.map((broker) => crash(broker, 4, 60)),
    pace: { kind: "fixed", start: 30 * SECOND, every: SECOND, count: 1 },
    drain: 15,
  });
  return result.metrics["acknowledged"] === 1;
}

/** The probability, over all subsets of brokers that may be down. */
function availability(setting: Setting): number {
  let sum = 0;
  for (let which = 0; which < 1 << BROKERS.length; which++) {
    const down = downOf(which);
    const probability = UP ** (BROKERS.length - down.length) * (1 - UP) ** down.length;
    if (isTaken(setting, down)) sum += probability;
  }
  return sum;
}

describe("a partition of three replicas", () => {
  it.each(SETTINGS)(
    "takes a write from whoever is left, with $acks and at least $minInsyncReplicas",
    (setting) => {
      const subsets = Array.from({ length: 1 << BROKERS.length }, (_, which) => downOf(which));
      const simulated = subsets.map((down) => tookOne(setting, down));
      expect(simulated).toEqual(subsets.map((down) => isTaken(setting, down)));
    },
  );

  it("is as available as the sum over all subsets says", () => {
    expect(SETTINGS.map((setting) => availability(setting).toFixed(3))).toEqual([
      "0.992",
      "0.992",
      "0.896",
      "0.512",
    ]);
    const chance = new RandomChance("availability", 0);
    const source = chance.source("down");
    const setting = { acks: "all", minInsyncReplicas: 2 } as const;
    let taken = 0;
    for (let n = 0; n < RUNS; n++) {
      if (
        tookOne(
          setting,
          BROKERS.filter(() => chance.happens(source, 1 - UP)),
        )
      )
        taken++;
    }
    const expected = availability(setting);
    const deviation = Math.sqrt((expected * (1 - expected)) / RUNS);
    expect(Math.abs(taken / RUNS - expected)).toBeLessThan(3 * deviation);
  });
});
