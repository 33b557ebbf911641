import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Actor, HeapQueue, LadderQueue, NEVER, Simulation } from "../../src/kernel/index.js";

/** Writes down what fires, and does what `then` says. */
class Recorder implements Actor {
  readonly fired: (readonly [at: number, code: number])[] = [];
  readonly id: number;
  readonly #then: (code: number, now: number) => void;

  constructor(simulation: Simulation, then: (code: number, now: number) => void = () => undefined) {
    this.#then = then;
    this.id = simulation.register(this);
  }

  fire(code: number, now: number): void {
    this.fired.push([now, code]);
    this.#then(code, now);
  }
}

describe("the simulation loop", () => {
  test("runs events in order of time, and those of one instant in the order in which they were scheduled", () => {
    const simulation = new Simulation();
    const recorder = new Recorder(simulation);
    for (const [at, code] of [
      [5, 0],
      [3, 1],
      [5, 2],
      [3, 3],
    ] as const) {
      simulation.schedule(at, recorder.id, code);
    }
    expect(simulation.run(10)).toBe("idle");
    expect(recorder.fired).toEqual([
      [3, 1],
      [3, 3],
      [5, 0],
      [5, 2],
    ]);
  });

  test("never goes back in time, whatever is scheduled while it runs", () => {
    const delays = fc.array(fc.oneof(fc.nat(3), fc.nat(10_000_000)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(delays, (later) => {
        const simulation = new Simulation();
        let next = 0;
        const recorder: Recorder = new Recorder(simulation, (_code, now) => {
          expect(now).toBe(simulation.now);
          for (let i = 0; i < 2 && next < later.length; i++) {
            simulation.schedule(now + (later[next] as number), recorder.id, next++);
          }
        });
        simulation.schedule(0, recorder.id, 1_000);
        simulation.run(NEVER - 1);
        const times = recorder.fired.map(([at]) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.length).toBe(later.length + 1);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test("runs the same with either queue", () => {
    const run = (simulation: Simulation): Recorder["fired"] => {
      let state = 1;
      const recorder: Recorder = new Recorder(simulation, (code, now) => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        simulation.schedule(now + (state >>> 20), recorder.id, code);
      });
      for (let i = 0; i < 200; i++) simulation.schedule(i % 7, recorder.id, i);
      simulation.run(100_000);
      return recorder.fired;
    };
    expect(run(new Simulation())).toEqual(run(new Simulation({}, new HeapQueue())));
  });

  test("processes what is due at the horizon, and leaves the rest pending", () => {
    const simulation = new Simulation();
    const recorder = new Recorder(simulation);
    simulation.schedule(10, recorder.id, 1);
    simulation.schedule(11, recorder.id, 2);
    expect(simulation.run(10)).toBe("horizon");
    expect(recorder.fired).toEqual([[10, 1]]);
    expect([simulation.now, simulation.pending]).toEqual([10, 1]);
    expect(simulation.run(20)).toBe("idle");
    expect([simulation.now, simulation.pending, simulation.eventsProcessed]).toEqual([20, 0, 2]);
  });

  test("goes on event by event", () => {
    const simulation = new Simulation();
    const recorder = new Recorder(simulation);
    simulation.schedule(4, recorder.id, 1);
    expect(simulation.step()).toBe(true);
    expect([simulation.now, recorder.fired.length]).toEqual([4, 1]);
    expect(simulation.step()).toBe(false);
  });

  test("stops after the event that asks for it, and can go on", () => {
    const simulation = new Simulation();
    const recorder: Recorder = new Recorder(simulation, () => simulation.stop());
    simulation.schedule(1, recorder.id, 1);
    simulation.schedule(1, recorder.id, 2);
    expect(simulation.run(5)).toBe("stopped");
    expect([simulation.now, recorder.fired.length]).toEqual([1, 1]);
    expect(simulation.run(5)).toBe("stopped");
    expect(simulation.run(5)).toBe("idle");
  });

  test("calls too many events at one instant a livelock", () => {
    const simulation = new Simulation();
    const recorder: Recorder = new Recorder(simulation, (code, now) =>
      simulation.schedule(now, recorder.id, code),
    );
    simulation.schedule(7, recorder.id, 1);
    expect(simulation.run(10)).toBe("livelock");
    expect([simulation.now, simulation.eventsProcessed]).toEqual([7, 1_000_000]);
  });

  test("does not call many events over time a livelock", () => {
    const simulation = new Simulation({ eventsAtOneInstantMax: 3 });
    const recorder: Recorder = new Recorder(simulation);
    for (let i = 0; i < 100; i++) simulation.schedule(i >> 1, recorder.id, i);
    expect(simulation.run(100)).toBe("idle");
    for (let i = 0; i < 2; i++) simulation.schedule(100, recorder.id, i);
    expect(simulation.run(100)).toBe("idle");
  });

  test("ends a run that takes more events than it may", () => {
    const simulation = new Simulation({ eventsMax: 10 });
    const recorder: Recorder = new Recorder(simulation, (code, now) =>
      simulation.schedule(now + 1, recorder.id, code),
    );
    simulation.schedule(0, recorder.id, 1);
    expect(simulation.run(1_000)).toBe("exhausted");
    expect(simulation.eventsProcessed).toBe(10);
  });

  test("refuses events before now, and does not schedule what never happens", () => {
    const simulation = new Simulation();
    const recorder = new Recorder(simulation);
    simulation.run(10);
    expect(() => simulation.schedule(9, recorder.id, 0)).toThrow("scheduled at 9 ns lies before now, 10 ns");
    expect(() => simulation.schedule(NaN, recorder.id, 0)).toThrow("scheduled at NaN ns");
    simulation.schedule(NEVER, recorder.id, 0);
    simulation.schedule(Infinity, recorder.id, 0);
    expect(simulation.pending).toBe(0);
  });

  test("refuses horizons that are not exact instants", () => {
    const simulation = new Simulation();
    expect(() => simulation.run(2 ** 53)).toThrow("instants are whole nanoseconds up to 2^53 - 1");
    expect(() => simulation.run(1.5)).toThrow("cannot run until 1.5 ns");
    simulation.run(5);
    expect(() => simulation.run(4)).toThrow("it lies before now, 5 ns");
    expect(simulation.run(2 ** 53 - 1)).toBe("idle");
  });

  test("keeps the place of an event whose sequence number was taken earlier", () => {
    const simulation = new Simulation();
    const recorder = new Recorder(simulation);
    const sequence = simulation.takeSequence();
    simulation.schedule(5, recorder.id, 1);
    simulation.scheduleInSequence(5, sequence, recorder.id, 0);
    simulation.run(5);
    expect(recorder.fired.map(([, code]) => code)).toEqual([0, 1]);
  });

  test("purges events of one actor only", () => {
    const simulation = new Simulation({}, new LadderQueue());
    const one = new Recorder(simulation);
    const other = new Recorder(simulation);
    for (let code = 0; code < 1_000; code++) {
      simulation.schedule(code * 1_000, one.id, code);
      simulation.schedule(code * 1_000, other.id, code);
    }
    simulation.purge(one.id, (code) => code % 2 === 0);
    expect(simulation.pending).toBe(1_500);
    simulation.run(NEVER - 1);
    expect([one.fired.length, other.fired.length]).toEqual([500, 1_000]);
    expect(one.fired.every(([at, code]) => code % 2 === 0 && at === code * 1_000)).toBe(true);
  });

  test("registers 64 actors and no more", () => {
    const simulation = new Simulation();
    for (let i = 0; i < 64; i++) new Recorder(simulation);
    expect(() => new Recorder(simulation)).toThrow("more than 64 actors");
  });
});

test("a code that does not fit beside its actor is refused, not cut off", () => {
  const simulation = new Simulation();
  const recorder = new Recorder(simulation);
  simulation.schedule(1, recorder.id, 2 ** 25 - 1);
  expect(() => simulation.schedule(1, recorder.id, 2 ** 25)).toThrow("does not fit");
  simulation.run(1);
  expect(recorder.fired).toEqual([[1, 2 ** 25 - 1]]);
});
