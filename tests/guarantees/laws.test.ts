/** The checkers against a system that keeps every promise, and against its twins that break one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { named } from "./histories.js";
import { type Breach, SmallBroker } from "./small-broker.js";

const picks = fc.array(fc.nat(0xffff), { minLength: 20, maxLength: 300, size: "max" });

/** The same steps, but nobody subscribes, and everything is acknowledged now and then. */
function publishFirst(broker: SmallBroker, sequence: readonly number[]): void {
  const steps = sequence.map((pick) => (pick % 10 === 7 ? pick - 7 : pick));
  for (let from = 0; from < steps.length; from += 10) broker.run(steps.slice(from, from + 10));
}

describe("whatever a correct system does", () => {
  it("no checker is violated, and each is at risk now and then", () => {
    const atRisk = new Map<string, number>();
    fc.assert(
      fc.property(picks, fc.boolean(), (sequence, endings) => {
        const broker = new SmallBroker("none", endings);
        broker.run(sequence);
        for (const { check, violations, witness, verdict } of broker.conclude().checks) {
          expect({ check, violations, witness }).toEqual({ check, violations: 0, witness: undefined });
          if (verdict === "holds") atRisk.set(check, (atRisk.get(check) ?? 0) + 1);
        }
      }),
      { seed: 7, numRuns: 400 },
    );
    for (const [check, runs] of atRisk) expect({ check, often: runs > 20 }).toEqual({ check, often: true });
    expect(atRisk.size).toBe(8);
  });

  it("every entitled pair is delivered, lost or late, and every wanted one is delivered, missed or entitled", () => {
    fc.assert(
      fc.property(picks, (sequence) => {
        const broker = new SmallBroker("none", true);
        broker.run(sequence);
        const { entitled, delivered, lost, late, wanted, missed } = broker.conclude().pairs;
        expect(entitled).toBe(delivered + lost + late);
        expect(lost + late).toBe(0);
        expect(wanted).toBeGreaterThanOrEqual(missed + delivered);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe("a twin that breaks one promise once", () => {
  const twins: readonly (readonly [Breach, readonly string[]])[] = [
    ["loss", ["at-least-once", "exactly-once", "acknowledged-durable"]],
    ["repetition", ["at-most-once", "exactly-once"]],
    ["swap", ["ordered"]],
    ["creation", ["no-creation"]],
    ["stale-retained", ["retained"]],
    ["ghost-retained", ["retained"]],
    ["will", ["will"]],
  ];

  it.each(twins)("by a %s is caught by %j, and only by them", (breach, checks) => {
    let breached = 0;
    fc.assert(
      fc.property(picks, (sequence) => {
        const broker = new SmallBroker(breach, false);
        if (breach.endsWith("retained")) publishFirst(broker, sequence);
        broker.run(sequence);
        if (!broker.breached) return;
        breached++;
        const conclusion = broker.conclude();
        const violated = conclusion.checks.filter(({ verdict }) => verdict === "violated");
        expect(violated.map(({ check }) => check)).toEqual(checks);
        for (const check of checks) {
          // Who got the old retained message may also miss the new one.
          expect(named(conclusion, check).violations).toBeLessThanOrEqual(
            breach === "stale-retained" ? 2 : 1,
          );
          expect(named(conclusion, check).witness?.events.length).toBeGreaterThan(0);
        }
      }),
      { seed: 9, numRuns: 300 },
    );
    expect(breached).toBeGreaterThan(20);
  });
});
