import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputQueue } from "../../src/host/input-queue.js";
import type { InputTarget } from "../../src/host/index.js";

const TARGET: InputTarget<unknown> = { input: () => undefined };

describe("inputs that wait", () => {
  it("leave in the order in which they came, however many come and go meanwhile", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -12, max: 20 }), { maxLength: 40 }), (steps) => {
        const queue = new InputQueue();
        const expected: number[] = [];
        let next = 0;
        for (const step of steps) {
          for (let more = step; more > 0; more--) {
            expected.push(next);
            queue.push(TARGET, next, `input ${next}`);
            next++;
          }
          for (let less = step; less < 0 && expected.length > 0; less++) {
            const code = expected.shift() as number;
            expect([queue.target, queue.code, queue.content]).toEqual([TARGET, code, `input ${code}`]);
            queue.shift();
          }
          expect(queue.size).toBe(expected.length);
        }
      }),
    );
  });

  it("are all gone when it is cleared", () => {
    const queue = new InputQueue();
    for (let code = 0; code < 5; code++) queue.push(TARGET, code, undefined);
    queue.clear();
    queue.push(TARGET, 7, undefined);
    expect([queue.size, queue.code]).toEqual([1, 7]);
  });
});
