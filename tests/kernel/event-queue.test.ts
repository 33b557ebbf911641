import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EventQueue, HeapQueue, LadderQueue, NEVER } from "../../src/kernel/index.js";

/** What a program does to a queue. Delays count from the latest instant popped. */
type Step =
  | { readonly verb: "push"; readonly delay: number; readonly count: number }
  /** A push in the place of an older event. */
  | { readonly verb: "push-older"; readonly delay: number; readonly age: number }
  | { readonly verb: "pop"; readonly count: number }
  | { readonly verb: "pop-until"; readonly delay: number }
  | { readonly verb: "peek" }
  | { readonly verb: "purge"; readonly divisor: number };

const delay: fc.Arbitrary<number> = fc.oneof(
  fc.nat(3),
  fc.nat(100),
  fc.nat(1_000_000),
  fc.constant(50_000_000),
  fc.integer({ min: 45_000_000, max: 55_000_000 }),
  fc.integer({ min: 300_000_000, max: 60_000_000_000 }),
  fc.constant(NEVER - 1),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant("push" as const),
      delay,
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant("push-older" as const), delay, age: fc.nat(200) }) },
  {
    weight: 5,
    arbitrary: fc.record({ verb: fc.constant("pop" as const), count: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("pop-until" as const), delay }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("peek" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant("purge" as const), divisor: fc.integer({ min: 2, max: 7 }) }),
  },
);

/** Runs a program and writes down all that can be seen of the queue. */
function seenOf(queue: EventQueue, program: readonly Step[], spread: number): number[] {
  const seen: number[] = [];
  let now = 0;
  let sequence = 0;
  const push = (at: number, inSequence: number): void => {
    queue.push(Math.min(at, NEVER - 1), inSequence, inSequence % 1000);
  };
  const see = (): void => {
    now = queue.at;
    seen.push(queue.at, queue.sequence, queue.event);
  };
  for (const one of program) {
    switch (one.verb) {
      case "push":
        for (let i = 0; i < one.count; i++) push(now + one.delay + ((i * 7919) % (spread + 1)), sequence++);
        break;
      case "push-older":
        // Halves keep the sequence numbers different from all others.
        push(now + one.delay, Math.max(0, sequence++ - one.age) + (sequence % 1024) / 1024 / 2 + 1 / 4096);
        break;
      case "pop":
        for (let i = 0; i < one.count && queue.pop(); i++) see();
        break;
      case "pop-until":
        while (queue.popUntil(now + one.delay)) see();
        break;
      case "peek":
        seen.push(queue.peek());
        break;
      case "purge":
        queue.purge((at, inSequence, event) => (at + event + Math.floor(inSequence)) % one.divisor !== 0);
        break;
    }
    seen.push(queue.size);
  }
  while (queue.pop()) see();
  return seen;
}

describe("the ladder queue", () => {
  test("gives the order of the binary heap for every program", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 120 }),
        fc.constantFrom(0, 1, 1_000, 100_000_000),
        (program, spread) => {
          expect(seenOf(new LadderQueue(), program, spread)).toEqual(
            seenOf(new HeapQueue(), program, spread),
          );
        },
      ),
      { seed: 2, numRuns: 600 },
    );
  });

  test.each([
    ["one instant", () => 7_000],
    ["two instants far apart", (i: number) => (i % 2) * 60_000_000_000],
    ["a burst among outliers", (i: number) => (i % 1000 === 0 ? i * 1_000_000 : i % 50)],
    ["ever finer clusters", (i: number) => Math.floor(Math.pow(2, 52 - (i % 52))) + (i % 5)],
    ["falling instants", (i: number) => 20_000 - i],
  ])("orders 20,000 events at %s", (_name, at) => {
    const queues = [new LadderQueue(), new HeapQueue()] as const;
    for (const queue of queues) {
      for (let i = 0; i < 20_000; i++) queue.push(at(i), (i * 7919) % 20_000, i);
    }
    const [ladder, heap] = queues;
    while (heap.pop()) {
      expect(ladder.pop()).toBe(true);
      if (ladder.at !== heap.at || ladder.sequence !== heap.sequence || ladder.event !== heap.event) {
        expect([ladder.at, ladder.sequence, ladder.event]).toEqual([heap.at, heap.sequence, heap.event]);
      }
    }
    expect(ladder.pop()).toBe(false);
    expect(ladder.size).toBe(0);
  });
});

describe.each([
  ["ladder", () => new LadderQueue()],
  ["heap", () => new HeapQueue()],
])("an event queue (%s)", (_name, create) => {
  test("is empty at first, and again at the end", () => {
    const queue = create();
    expect([queue.size, queue.peek(), queue.pop(), queue.popUntil(5)]).toEqual([0, NEVER, false, false]);
    queue.push(3, 0, 1);
    expect([queue.size, queue.peek(), queue.pop(), queue.at, queue.event]).toEqual([1, 3, true, 3, 1]);
    expect([queue.size, queue.peek(), queue.pop()]).toEqual([0, NEVER, false]);
  });

  test("pops nothing later than it is asked for", () => {
    const queue = create();
    queue.push(3, 0, 1);
    expect(queue.popUntil(2)).toBe(false);
    expect(queue.popUntil(3)).toBe(true);
  });

  test("orders equal instants by sequence number, whenever they were pushed", () => {
    const queue = create();
    for (const sequence of [5, 1, 4, 2, 3]) queue.push(9, sequence, sequence * 10);
    const events: number[] = [];
    while (queue.pop()) events.push(queue.event);
    expect(events).toEqual([10, 20, 30, 40, 50]);
  });

  test("keeps the whole range of event codes", () => {
    const queue = create();
    queue.push(1, 0, -2147483648);
    queue.push(1, 1, 2147483647);
    expect([queue.pop(), queue.event, queue.pop(), queue.event]).toEqual([
      true,
      -2147483648,
      true,
      2147483647,
    ]);
  });

  test("keeps sequence numbers that have outgrown 32 bits", () => {
    const queue = create();
    queue.push(1, 2 ** 40 + 1, 1);
    queue.push(1, 2 ** 40, 0);
    expect([queue.pop(), queue.sequence, queue.pop(), queue.sequence]).toEqual([
      true,
      2 ** 40,
      true,
      2 ** 40 + 1,
    ]);
  });
});
