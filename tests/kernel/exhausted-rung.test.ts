/** A rung of the ladder whose last bucket is already due takes no more events. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { HeapQueue } from "../../src/kernel/heap-queue.js";
import { LadderQueue } from "../../src/kernel/ladder-queue.js";

it("hands out an event that was pushed beyond the last bucket of a rung in its turn", () => {
  const queue = new LadderQueue();
  const times = [...many(12, 1_030), ...many(7, 1_055), ...many(18, 1_045), ...many(13, 61_035)];
  times.forEach((at, sequence) => queue.push(at, sequence, sequence));
  while (queue.popUntil(1_050));
  queue.push(1_070, 50, 50);
  const rest: number[] = [];
  while (queue.pop()) rest.push(queue.at);
  expect(rest).toEqual([...many(7, 1_055), 1_070, ...many(13, 61_035)]);
});

it("agrees with the heap on bursts at one instant between near and far events", () => {
  const burst = fc.record({
    after: fc.constantFrom(10, 20, 1_000, 60_000),
    count: fc.integer({ min: 1, max: 60 }),
  });
  const pause = fc.record({ for: fc.constantFrom(0, 5, 10, 1_000) });
  const law = fc.property(fc.array(fc.oneof(burst, pause), { minLength: 1, maxLength: 40 }), (steps) => {
    const ladder = new LadderQueue();
    const heap = new HeapQueue();
    let now = 0;
    let sequence = 0;
    const drain = (until: number): void => {
      for (;;) {
        const some = ladder.popUntil(until);
        expect(some).toBe(heap.popUntil(until));
        if (!some) return;
        expect([ladder.at, ladder.sequence]).toEqual([heap.at, heap.sequence]);
      }
    };
    for (const step of steps) {
      if ("for" in step) drain((now += step.for));
      else {
        for (let n = 0; n < step.count; n++) {
          ladder.push(now + step.after, sequence, 0);
          heap.push(now + step.after, sequence++, 0);
        }
      }
    }
    drain(Number.MAX_SAFE_INTEGER);
  });
  fc.assert(law, { seed: 71, numRuns: 300 });
});

function many(count: number, at: number): number[] {
  return Array.from({ length: count }, () => at);
}
