import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEVER, Simulation, TimerTable, Timers } from "../../src/kernel/index.js";

function rig(): { simulation: Simulation; timers: Timers; fired: string[]; owner: Owner } {
  const simulation = new Simulation();
  const timers = new Timers(simulation);
  const fired: string[] = [];
  return { simulation, timers, fired, owner: new Owner(fired) };
}

class Owner {
  readonly #fired: string[];
  constructor(fired: string[]) {
    this.#fired = fired;
  }
  timerFired(kind: number, id: number, now: number): void {
    this.#fired.push(`${kind}/${id}@${now}`);
  }
}

describe("timers", () => {
  test("fire once, at their deadline, with the kind and id they were made with", () => {
    const { simulation, timers, fired, owner } = rig();
    const slot = timers.create(owner, 3, -7);
    timers.set(slot, 50);
    expect(timers.deadline(slot)).toBe(50);
    simulation.run(100);
    expect(fired).toEqual(["3/-7@50"]);
    expect(timers.deadline(slot)).toBe(NEVER);
  });

  test.each([
    ["put off", [50, 80], 80],
    ["brought forward", [50, 20], 20],
    ["brought forward and put off", [50, 20, 60], 60],
    ["put off and brought forward to where it was", [50, 80, 50], 50],
    ["put off in many steps", [10, 20, 30, 40, 90], 90],
  ])("that are %s fire at their latest deadline only", (_name, deadlines, last) => {
    const { simulation, timers, fired, owner } = rig();
    const slot = timers.create(owner, 0, 0);
    for (const at of deadlines) timers.set(slot, at);
    simulation.run(100);
    expect(fired).toEqual([`0/0@${last}`]);
    expect(simulation.pending).toBe(0);
  });

  test("that are cancelled, or set for never, do not fire", () => {
    const { simulation, timers, fired, owner } = rig();
    const [a, b] = [timers.create(owner, 0, 0), timers.create(owner, 0, 1)];
    timers.set(a, 50);
    timers.set(b, 50);
    timers.cancel(a);
    timers.cancel(a);
    timers.set(b, NEVER);
    simulation.run(100);
    expect(fired).toEqual([]);
  });

  test("take the place of their latest setting among the events of an instant", () => {
    const { simulation, timers, fired, owner } = rig();
    const slots = [0, 1, 2].map((id) => timers.create(owner, 0, id));
    for (const slot of slots) timers.set(slot, 50);
    timers.set(slots[0] as number, 50);
    simulation.run(100);
    expect(fired).toEqual(["0/1@50", "0/2@50", "0/0@50"]);
  });

  test("keep that place when their entry comes back to the queue from an earlier instant", () => {
    const { simulation, timers, fired, owner } = rig();
    const [a, b] = [timers.create(owner, 0, 0), timers.create(owner, 0, 1)];
    timers.set(a, 10);
    timers.set(a, 50);
    timers.set(b, 50);
    simulation.run(100);
    expect(fired).toEqual(["0/0@50", "0/1@50"]);
  });

  test("may be set again while they fire", () => {
    const { simulation, timers } = rig();
    const times: number[] = [];
    const slot: number = timers.create(
      {
        timerFired: (_kind, _id, now) => {
          times.push(now);
          if (times.length < 4) timers.set(slot, now + 5);
        },
      },
      0,
      0,
    );
    timers.set(slot, 5);
    simulation.run(100);
    expect(times).toEqual([5, 10, 15, 20]);
  });

  test("that are released do not fire for whoever gets their slot next", () => {
    const { simulation, timers, fired, owner } = rig();
    const old = timers.create(owner, 0, 0);
    timers.set(old, 50);
    timers.release(old);
    const other: string[] = [];
    const slot = timers.create(new Owner(other), 1, 1);
    expect(slot).toBe(old);
    timers.set(slot, 80);
    simulation.run(100);
    expect(fired).toEqual([]);
    expect(other).toEqual(["1/1@80"]);
  });

  test("behave like one event a setting that is withdrawn by the next, whatever is set and cancelled", () => {
    const step = fc.record({
      slot: fc.nat(11),
      delay: fc.oneof(fc.nat(4), fc.nat(40), fc.constantFrom(10, 25)),
      verb: fc.constantFrom("set", "set", "set", "cancel", "run"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { simulation, timers, fired, owner } = rig();
        const slots = Array.from({ length: 12 }, (_, id) => timers.create(owner, 0, id));
        // The model: the latest setting of each timer, by deadline and then by the order of setting.
        const settings = new Map<number, { at: number; order: number }>();
        const expected: string[] = [];
        const runTo = (until: number): void => {
          const due = [...settings]
            .filter(([, setting]) => setting.at <= until)
            .sort(([, a], [, b]) => a.at - b.at || a.order - b.order);
          for (const [id, setting] of due) {
            expected.push(`0/${id}@${setting.at}`);
            settings.delete(id);
          }
          simulation.run(until);
        };
        steps.forEach(({ slot, delay, verb }, order) => {
          const at = simulation.now + delay;
          if (verb === "run") return runTo(at);
          if (verb === "set") {
            timers.set(slots[slot] as number, at);
            settings.set(slot, { at, order });
          } else {
            timers.cancel(slots[slot] as number);
            settings.delete(slot);
          }
          expect(timers.deadline(slots[slot] as number)).toBe(settings.get(slot)?.at ?? NEVER);
        });
        runTo(simulation.now + 1_000);
        expect(fired).toEqual(expected);
        expect(simulation.pending).toBe(0);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test("leave no more in the queue than a few thousand entries when a million of them are set and cancelled", () => {
    const { simulation, timers, owner } = rig();
    let pendingMax = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const slot = timers.create(owner, 0, i);
      timers.set(slot, 60_000_000_000 + i);
      timers.cancel(slot);
      pendingMax = Math.max(pendingMax, simulation.pending);
    }
    expect(pendingMax).toBeLessThan(2_500);
  });

  test("that are brought forward again and again leave few entries behind", () => {
    const { simulation, timers, fired, owner } = rig();
    const slots = Array.from({ length: 10 }, (_, id) => timers.create(owner, 0, id));
    let pendingMax = 0;
    for (let i = 0; i < 100_000; i++) {
      timers.set(slots[i % 10] as number, 1_000_000 - i);
      pendingMax = Math.max(pendingMax, simulation.pending);
    }
    expect(pendingMax).toBeLessThan(2_500);
    simulation.run(2_000_000);
    expect(fired.length).toBe(10);
  });

  test("put off a million times are one entry in the queue", () => {
    const { simulation, timers, owner } = rig();
    const slot = timers.create(owner, 0, 0);
    for (let i = 0; i < 1_000_000; i++) timers.set(slot, 1_000 + i);
    expect(simulation.pending).toBe(1);
  });

  test("that come due in the order in which they were set share one entry in the queue", () => {
    const { simulation, timers, fired, owner } = rig();
    for (let id = 0; id < 1_000; id++) timers.set(timers.create(owner, 0, id), 50 + (id >> 2));
    expect(simulation.pending).toBe(1);
    simulation.run(1_000);
    expect(fired).toEqual(Array.from({ length: 1_000 }, (_, id) => `0/${id}@${50 + (id >> 2)}`));
  });

  test("refuse kinds beyond 255", () => {
    const { timers, owner } = rig();
    expect(() => timers.create(owner, 256, 0)).toThrow("256 is not a kind of timer");
  });
});

describe("a timer table", () => {
  test("fires by kind and id, and makes slots only for what is set", () => {
    const { simulation, timers, fired, owner } = rig();
    const table = new TimerTable(timers, owner, 3);
    expect(table.deadline(2, 1_000)).toBe(NEVER);
    table.cancel(1, 50);
    table.set(2, 7, 30);
    table.set(0, 7, 20);
    table.set(1, 0, 40);
    table.set(1, 0, NEVER);
    expect([table.deadline(2, 7), table.deadline(0, 7), table.deadline(1, 0)]).toEqual([30, 20, NEVER]);
    simulation.run(100);
    expect(fired).toEqual(["0/7@20", "2/7@30"]);
    expect(() => table.set(3, 0, 200)).toThrow("3 is not a kind of timer here");
  });

  test("releases everything, and works on", () => {
    const { simulation, timers, fired, owner } = rig();
    const table = new TimerTable(timers, owner, 1);
    for (let id = 0; id < 100; id++) table.set(0, id, 10);
    table.releaseAll();
    table.set(0, 5, 20);
    simulation.run(100);
    expect(fired).toEqual(["0/5@20"]);
  });
});
