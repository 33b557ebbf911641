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
            const times = 1 + ((step + more) % 3);
            for (let time = 0; time < times; time++) expected.push(next);
            queue.push(TARGET, next, `input ${next}`, times);
            next++;
          }
          for (let less = step; less < 0 && expected.length > 0; less++) {
            const code = expected.shift() as number;
            expect(queue.head).toMatchObject({ target: TARGET, code, content: `input ${code}` });
            queue.shift();
          }
          expect(queue.size).toBe(expected.length);
        }
      }),
    );
  });

  it("are all gone when it is cleared, or moved to another one", () => {
    const queue = new InputQueue();
    const other = new InputQueue();
    for (let code = 1; code < 5; code++) queue.push(TARGET, code, undefined, code);
    queue.shift();
    queue.shift();
    queue.moveTo(other);
    queue.push(TARGET, 6, undefined, 2);
    queue.clear();
    queue.push(TARGET, 7, undefined, 1);
    expect([queue.size, queue.head.code]).toEqual([1, 7]);
    const moved: number[] = [];
    for (; other.size > 0; other.shift()) moved.push(other.head.code);
    expect(moved).toEqual([2, 3, 3, 3, 4, 4, 4, 4]);
  });
});
