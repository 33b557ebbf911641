/** The ladder against the heap on the delays of messaging, long enough for its rungs to be used up and refilled. */
import { describe, expect, it } from "vitest";
import { type EventQueue, HeapQueue, LadderQueue, NEVER } from "../../src/kernel/index.js";

const MILLISECOND = 1_000_000;

/** Events pop, and each puts further ones in: what came out, in order, and what was left. */
function hold(queue: EventQueue, seed: number, pending: number, pops: number): string[] {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const delay = (): number => {
    const kind = draw();
    if (kind < 0.3) return 50 * MILLISECOND;
    if (kind < 0.6) return 45 * MILLISECOND + Math.floor(draw() * 10 * MILLISECOND);
    if (kind < 0.8) return Math.floor(draw() * 40_960);
    if (kind < 0.95) return 200 * MILLISECOND + Math.floor(draw() * draw() * 60_000 * MILLISECOND);
    return 0;
  };
  let sequence = 0;
  const popped: string[] = [];
  for (let i = 0; i < pending; i++) queue.push(delay(), sequence++, i);
  for (let i = 0; i < pops && queue.pop(); i++) {
    popped.push(`${queue.at} ${queue.sequence} ${queue.event}`);
    const { at, event } = queue;
    if (queue.size < pending || draw() < 0.9) queue.push(at + delay(), sequence++, event);
    if (draw() < 0.1) queue.push(at + delay(), sequence++, event);
  }
  while (queue.pop()) popped.push(`${queue.at} ${queue.sequence} ${queue.event}`);
  expect(queue.size).toBe(0);
  expect(queue.peek()).toBe(NEVER);
  return popped;
}

describe("the ladder queue", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("pops what the heap pops and loses nothing (seed %i)", (seed) => {
    for (const pending of [3, 40, 400, 3_000]) {
      const ladder = hold(new LadderQueue(), seed, pending, 20_000);
      const heap = hold(new HeapQueue(), seed, pending, 20_000);
      const differs = ladder.findIndex((event, i) => event !== heap[i]);
      expect([ladder.length, differs]).toEqual([heap.length, -1]);
    }
  });
});
