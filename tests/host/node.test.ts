import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Distribution,
  MILLISECOND,
  RandomChance,
  SECOND,
  Simulation,
  Timers,
} from "../../src/kernel/index.js";
import {
  EPOCH,
  type HostSpec,
  type InputTarget,
  type SimulatedNode,
  buildNodes,
} from "../../src/host/index.js";
import { Trace } from "../../src/trace/index.js";

class Journal implements InputTarget<string> {
  readonly lines: string[] = [];
  onInput: (code: number) => void = () => undefined;

  input(code: number, content: string, now: number): void {
    this.lines.push(`${now / MILLISECOND} ${content}${code}`);
    this.onInput(code);
  }
}

interface Setting {
  readonly simulation: Simulation;
  readonly trace: Trace;
  readonly node: SimulatedNode;
  readonly journal: Journal;
  give(code: number): void;
  at(ms: number, happen: (now: number) => void): void;
}

function setting(host: Partial<HostSpec> = {}): Setting {
  const simulation = new Simulation();
  const trace = new Trace(["broker"], true);
  const surroundings = { timers: new Timers(simulation), chance: new RandomChance("nodes", 0), trace };
  const node = buildNodes([{ name: "broker", ...host }], surroundings)[0] as SimulatedNode;
  const journal = new Journal();
  const give = (code: number): void => node.input(journal, code, "i", simulation.now);
  const at = (ms: number, happen: (now: number) => void): void => {
    const actor = simulation.register({ fire: (_, now) => happen(now) });
    simulation.schedule(ms * MILLISECOND, actor, 0);
  };
  node.start(0);
  return { simulation, trace, node, journal, give, at };
}

const constant = (ms: number): Distribution => ({ kind: "constant", value: ms * MILLISECOND });
const oneCore: Partial<HostSpec> = { cpu: { cores: 1, service: constant(10) } };

describe("a node", () => {
  it("hands inputs over at once while its program runs", () => {
    const { journal, give } = setting();
    give(1);
    give(2);
    expect(journal.lines).toEqual(["0 i1", "0 i2"]);
  });

  it("drops inputs before its program has started and after it has crashed", () => {
    const { node, journal, give } = setting();
    node.crash(0);
    give(1);
    node.restart(0);
    give(2);
    node.losePower(0);
    give(3);
    expect(journal.lines).toEqual(["0 i2"]);
  });

  it("tells the operating system before the program of a crash, and of a power loss by its own name", () => {
    const { node } = setting();
    const told: string[] = [];
    node.attachProgram({ start: () => told.push("start"), crashed: () => told.push("crashed") });
    node.attachSystem({
      processCrashed: () => told.push("process crashed"),
      powerLost: () => told.push("power lost"),
    });
    node.crash(0);
    expect([node.powered, node.running]).toEqual([true, false]);
    node.crash(0);
    node.losePower(0);
    expect([node.powered, node.running]).toEqual([false, false]);
    node.restart(0);
    expect([node.powered, node.running]).toEqual([true, true]);
    node.losePower(0);
    expect(told).toEqual(["process crashed", "crashed", "power lost", "start", "power lost", "crashed"]);
  });

  it("ends a program that runs before it restarts it", () => {
    const { node, trace } = setting();
    const told: string[] = [];
    node.attachProgram({ start: () => told.push("start"), crashed: () => told.push("crashed") });
    node.restart(0);
    expect(told).toEqual(["crashed", "start"]);
    expect(trace.events?.map(({ type }) => type)).toEqual(["node-crashed", "node-restarted"]);
  });

  it("takes no inputs while it is paused and loses none", () => {
    const { node, journal, give, simulation, at } = setting();
    at(1, (now) => node.pause(now));
    [2, 3, 4].forEach((ms) => at(ms, () => give(ms)));
    at(5, (now) => node.resume(now));
    at(6, () => give(6));
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["5 i2", "5 i3", "5 i4", "6 i6"]);
  });

  it("lets inputs that come up while it catches up wait for their turn", () => {
    const { node, journal, give } = setting();
    node.pause(0);
    [1, 2, 3].forEach(give);
    journal.onInput = (code) => (code < 10 ? give(code + 10) : undefined);
    node.resume(0);
    expect(journal.lines).toEqual(["0 i1", "0 i2", "0 i3", "0 i11", "0 i12", "0 i13"]);
    give(20);
    expect(journal.lines.at(-1)).toBe("0 i20");
  });

  it("stops catching up when it is paused or crashes on the way", () => {
    const { node, journal, give } = setting();
    node.pause(0);
    [1, 2, 3, 4].forEach(give);
    journal.onInput = (code) => (code === 2 ? node.pause(0) : code === 3 ? node.crash(0) : undefined);
    node.resume(0);
    expect(journal.lines).toEqual(["0 i1", "0 i2"]);
    node.resume(0);
    expect(journal.lines).toEqual(["0 i1", "0 i2", "0 i3"]);
    node.restart(0);
    give(5);
    expect(journal.lines.at(-1)).toBe("0 i5");
  });

  it("forgets what waited when it crashes while it is paused, and is not paused when it is back", () => {
    const { node, journal, give } = setting();
    node.pause(0);
    give(1);
    node.restart(0);
    expect(node.paused).toBe(false);
    give(2);
    expect(journal.lines).toEqual(["0 i2"]);
  });

  it("is known to the trace by what happens to it, once each", () => {
    const { node, trace } = setting();
    for (const times of [1, 2]) {
      node.pause(times);
      node.pause(times);
      node.resume(times);
      node.resume(times);
    }
    expect(trace.events?.map(({ type }) => type)).toEqual([
      "node-paused",
      "node-resumed",
      "node-paused",
      "node-resumed",
    ]);
  });
});

describe("nodes", () => {
  const surroundings = (): Parameters<typeof buildNodes>[1] => ({
    timers: new Timers(new Simulation()),
    chance: new RandomChance("nodes", 0),
    trace: new Trace([], false),
  });

  it("are numbered in code-unit order of their names, however they are declared", () => {
    const names = ["sensor-2", "sensor-10", "Sensor", "broker", "ä", "sensor"];
    const order = (list: readonly string[]): string[] =>
      buildNodes(
        list.map((name) => ({ name })),
        surroundings(),
      ).map(({ name, index }) => `${index} ${name}`);
    expect(order(names)).toEqual(["0 Sensor", "1 broker", "2 sensor", "3 sensor-10", "4 sensor-2", "5 ä"]);
    expect(order([...names].reverse())).toEqual(order(names));
  });

  it("of one name are refused", () => {
    expect(() => buildNodes([{ name: "a" }, { name: "a" }], surroundings())).toThrow(
      "two nodes are called a",
    );
  });
});

describe("a CPU", () => {
  it("hands each input over when its service has ended, in order", () => {
    const { simulation, journal, give } = setting(oneCore);
    [1, 2, 3].forEach(give);
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["10 i1", "20 i2", "30 i3"]);
  });

  it("serves as many inputs at a time as it has cores", () => {
    const { simulation, journal, give, node } = setting({ cpu: { cores: 2, service: constant(10) } });
    [1, 2, 3, 4, 5].forEach(give);
    expect(node.inputsWaiting).toBe(3);
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["10 i1", "10 i2", "20 i3", "20 i4", "30 i5"]);
  });

  it("whose service costs nothing is none", () => {
    const { journal, give } = setting({ cpu: { cores: 1, service: constant(0) } });
    give(1);
    expect(journal.lines).toEqual(["0 i1"]);
  });

  describe("of a program that says what its inputs cost", () => {
    /** An input costs as many milliseconds as its code. */
    class Priced extends Journal {
      readonly ordered: boolean;

      constructor(ordered: boolean) {
        super();
        this.ordered = ordered;
      }

      cost(code: number): number {
        return code * MILLISECOND;
      }
    }

    const run = (
      cores: number,
      ordered: boolean,
      codes: readonly number[],
      service = 0,
    ): readonly string[] => {
      const cpu = { cores, service: constant(service), priced: true };
      const { simulation, node } = setting({ cpu });
      const priced = new Priced(ordered);
      for (const code of codes) node.input(priced, code, "i", 0);
      simulation.run(SECOND);
      return priced.lines;
    };

    it("takes just that, beside the service of any input", () => {
      expect(run(1, false, [3, 2])).toEqual(["3 i3", "5 i2"]);
      expect(run(1, false, [3, 2], 10)).toEqual(["13 i3", "25 i2"]);
    });

    it("hands over at once what costs nothing, unless all cores are busy", () => {
      expect(run(1, false, [0, 4, 0])).toEqual(["0 i0", "4 i4", "4 i0"]);
      expect(run(2, false, [4, 0])).toEqual(["0 i0", "4 i4"]);
    });

    it("keeps the order of a target that needs it, on however many cores", () => {
      expect(run(3, false, [5, 1, 0])).toEqual(["0 i0", "1 i1", "5 i5"]);
      expect(run(3, true, [5, 1, 0])).toEqual(["5 i5", "6 i1", "6 i0"]);
    });

    it("forgets with the process what waits behind an earlier input of such a target", () => {
      const { simulation, node, at } = setting({ cpu: { cores: 2, service: constant(0), priced: true } });
      const priced = new Priced(true);
      for (const code of [5, 1, 2]) node.input(priced, code, "i", 0);
      at(3, (now) => node.crash(now));
      at(4, (now) => node.restart(now));
      at(4, (now) => node.input(priced, 6, "i", now));
      simulation.run(SECOND);
      expect(priced.lines).toEqual(["10 i6"]);
    });
  });

  it("without a core is refused", () => {
    expect(() => setting({ cpu: { cores: 0, service: constant(1) } })).toThrow("at least one core, not 0");
  });

  it("forgets what waits and what is in service when the process crashes, and serves the next one", () => {
    const { simulation, journal, give, node, at } = setting(oneCore);
    [1, 2].forEach(give);
    at(5, (now) => node.crash(now));
    at(6, (now) => node.restart(now));
    at(7, () => give(3));
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["17 i3"]);
  });

  it("stops in the middle of a service when the node is paused and goes on there", () => {
    const { simulation, journal, give, node, at } = setting(oneCore);
    [1, 2].forEach(give);
    at(4, (now) => node.pause(now));
    at(100, () => give(3));
    at(104, (now) => node.resume(now));
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["110 i1", "120 i2", "130 i3"]);
  });

  it("crashes while it is paused and serves again afterwards", () => {
    const { simulation, journal, give, node, at } = setting(oneCore);
    give(1);
    at(4, (now) => node.pause(now));
    at(5, (now) => node.restart(now));
    at(6, () => give(2));
    simulation.run(SECOND);
    expect(journal.lines).toEqual(["16 i2"]);
  });

  it("serves inputs in the order of their coming whatever happens, each at most once", () => {
    const verbs = fc.array(fc.constantFrom("give", "give", "give", "pause", "resume", "crash", "restart"), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(verbs, fc.boolean(), (steps, busy) => {
        const { simulation, journal, give, node, at } = setting(busy ? oneCore : {});
        steps.forEach((verb, i) =>
          at(3 * i, (now) => (verb === "give" ? give(i) : node[verb as "pause"](now))),
        );
        simulation.run(10 * SECOND);
        const codes = journal.lines.map((line) => Number(line.split("i")[1]));
        expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
        if (!steps.includes("crash") && !steps.includes("restart")) {
          const left = node.paused ? codes.length : steps.filter((verb) => verb === "give").length;
          expect(codes.length).toBe(left);
        }
      }),
      { seed: 20_260, numRuns: 300 },
    );
  });
});

describe("a CPU with one core against theory", () => {
  /** Mean time in system, in service times, of `customers` that arrive as a Poisson process. */
  function timeInSystem(load: number, service: Distribution, customers: number): number {
    const simulation = new Simulation();
    const chance = new RandomChance("queues", 0);
    const surroundings = { timers: new Timers(simulation), chance, trace: new Trace(["q"], false) };
    const node = buildNodes([{ name: "q", cpu: { cores: 1, service } }], surroundings)[0] as SimulatedNode;
    node.start(0);
    const arrivals = chance.source("arrivals");
    const gap: Distribution = { kind: "exponential", mean: MILLISECOND / load, min: 0 };
    let total = 0;
    let served = 0;
    const target: InputTarget<number> = {
      input: (_code, arrivedAt, now) => {
        total += now - arrivedAt;
        served++;
      },
    };
    let came = 0;
    const actor = simulation.register({
      fire: (_code, now) => {
        node.input(target, 0, now, now);
        if (++came < customers) simulation.schedule(now + chance.duration(arrivals, gap), actor, 0);
      },
    });
    simulation.schedule(0, actor, 0);
    simulation.run(Number.MAX_SAFE_INTEGER - 1);
    expect(served).toBe(customers);
    return total / served / MILLISECOND;
  }

  it.each([0.5, 0.8])("M/D/1 at load %s: 1 + ρ / 2(1 - ρ) service times (Pollaczek–Khinchine)", (load) => {
    const theory = 1 + load / (2 * (1 - load));
    expect(Math.abs(timeInSystem(load, constant(1), 200_000) / theory - 1)).toBeLessThan(0.03);
  });

  it("M/M/1 at load 0.7: 1 / (1 - ρ) service times", () => {
    const service: Distribution = { kind: "exponential", mean: MILLISECOND, min: 0 };
    expect(Math.abs(timeInSystem(0.7, service, 300_000) * (1 - 0.7) - 1)).toBeLessThan(0.04);
  });
});

describe("a wall clock", () => {
  it("counts microseconds from the epoch", () => {
    const { node } = setting();
    expect(node.wallClock(0)).toBe(EPOCH);
    expect(node.wallClock(1_999)).toBe(EPOCH + 1);
    expect(node.wallClock(SECOND)).toBe(EPOCH + 1_000_000);
  });

  it("is off by its offset and drifts by parts per million", () => {
    const { node } = setting({ clock: { offset: -5 * MILLISECOND, drift: 50 } });
    expect(node.wallClock(0)).toBe(EPOCH - 5_000);
    expect(node.wallClock(1_000 * SECOND)).toBe(EPOCH - 5_000 + 1_000_000_000 + 50_000);
  });

  it("can be skewed and skewed back", () => {
    const { node } = setting();
    node.skew(-SECOND);
    expect(node.wallClock(SECOND)).toBe(EPOCH);
    node.skew(SECOND);
    expect(node.wallClock(SECOND)).toBe(EPOCH + 1_000_000);
  });

  it("never runs backwards, whatever its drift", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(), fc.nat(), (drift, a, b) => {
        const { node } = setting({ clock: { offset: 0, drift } });
        expect(node.wallClock(a + b)).toBeGreaterThanOrEqual(node.wallClock(a));
      }),
      { seed: 20_260 },
    );
  });
});
