import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Chance } from "../../src/kernel/index.js";
import { chance } from "../../src/testing/index.js";

/** Ten messages over a link that loses and delays, with retries; the fourth message has a fault in its retry. */
function deliver(luck: Chance): boolean {
  const loss = luck.source("link/loss");
  const delay = luck.source("link/delay");
  const crash = luck.source("node/crash");
  let correct = true;
  for (let message = 0; message < 10; message++) {
    luck.duration(delay, { kind: "exponential", mean: 1_000, min: 0 });
    if (luck.happens(loss, 0.1) && message === 3) correct = false;
    luck.happens(crash, 0.01);
  }
  return correct;
}

describe("chance as an arbitrary", () => {
  test("shrinks to the one decision that matters", () => {
    const details = fc.check(
      fc.property(chance(), (luck) => deliver(luck)),
      { seed: 1, numRuns: 2_000 },
    );
    expect(details.failed).toBe(true);
    const [counterexample] = details.counterexample as [Chance];
    expect(fc.stringify(counterexample)).toBe('Chance([{"source":"link/loss","draw":3,"value":1}])');
  });

  test("meets what is rare and what is benign", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(chance(), (luck) => {
        seen.add(luck.happens(luck.source("a"), 0.001));
      }),
      { seed: 1, numRuns: 2_000 },
    );
    expect(seen).toEqual(new Set([true, false]));
  });
});
