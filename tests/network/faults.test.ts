import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Chance, MILLISECOND, NEVER, SECOND } from "../../src/kernel/index.js";
import { type FaultSpec, type FaultTiming, LINUX_TCP, scheduleFaults } from "../../src/network/index.js";
import { Scribe, World, linkSpec } from "./world.js";

interface Run {
  readonly world: World;
  readonly healedAt: readonly number[];
  readonly lastChange: number;
  /** What happened to links and nodes, as `ms what`. */
  readonly log: readonly string[];
  /** What a program that was put there tells. */
  readonly told: readonly string[];
}

function run(
  faults: readonly FaultSpec[],
  until = 200 * SECOND,
  prepare: (world: World) => readonly string[] = () => [],
): Run {
  const world = new World({
    links: [linkSpec("a", "b"), linkSpec("b", "a"), linkSpec("a", "c")],
    seed: "faults",
  });
  const told = prepare(world);
  const healedAt: number[] = [];
  const { lastChange } = scheduleFaults(faults, {
    simulation: world.simulation,
    chance: world.chance,
    network: world.network,
    nodeNamed: (name) => world.node(name),
    healed: (now) => healedAt.push(now / MILLISECOND),
  });
  world.run(until);
  const log = (world.trace.events ?? []).map((event) => {
    const where = "node" in event ? event.node : "from" in event ? `${event.from}>${event.to}` : "";
    return `${event.at / MILLISECOND} ${event.type} ${where}`;
  });
  return { world, healedAt, lastChange: lastChange / MILLISECOND, log, told };
}

const at = (ms: number): FaultTiming => ({ kind: "at", at: ms * MILLISECOND });
const cut = (when: FaultTiming, lasting?: number): FaultSpec => ({
  verb: "cut",
  from: "a",
  to: "b",
  bothWays: false,
  when,
  ...(lasting === undefined ? {} : { lasting: lasting * MILLISECOND }),
});
const crash = (when: FaultTiming, lasting: number, power = false): FaultSpec => ({
  verb: "crash",
  node: "b",
  power,
  when,
  lasting: lasting * MILLISECOND,
});

describe("a fault", () => {
  it("happens at its instant and is undone after its duration", () => {
    const { log, healedAt, lastChange } = run([cut(at(10), 5)]);
    expect(log).toEqual(["10 link-cut a>b", "15 link-mended a>b"]);
    expect(healedAt).toEqual([15]);
    expect(lastChange).toBe(15);
  });

  it("happens periodically, up to and including its last instant", () => {
    const when: FaultTiming = {
      kind: "periodic",
      first: 10 * MILLISECOND,
      every: 20 * MILLISECOND,
      until: 50 * MILLISECOND,
    };
    const { log, healedAt, lastChange } = run([crash(when, 3)]);
    expect(log.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "10 node-crashed",
      "13 node-restarted",
      "30 node-crashed",
      "33 node-restarted",
      "50 node-crashed",
      "53 node-restarted",
    ]);
    expect([healedAt, lastChange]).toEqual([[53], 53]);
  });

  it("happens at random as a Poisson process within its limits", () => {
    const when: FaultTiming = {
      kind: "random",
      meanEvery: 100 * MILLISECOND,
      from: 10 * SECOND,
      until: 190 * SECOND,
    };
    const { log, healedAt, lastChange } = run([{ verb: "restart", node: "b", when }]);
    const instants = log
      .filter((line) => line.includes("restarted"))
      .map((line) => Number(line.split(" ")[0]));
    // 1,800 expected, with a standard deviation of 42.
    expect(Math.abs(instants.length - 1_800)).toBeLessThan(5 * 42);
    expect(Math.min(...instants)).toBeGreaterThan(10_000);
    expect(Math.max(...instants)).toBeLessThanOrEqual(190_000);
    expect(healedAt).toEqual([instants.at(-1)]);
    expect(lastChange).toBe(190_000);
  });

  it("never happens twice at one instant, however short the gaps that chance draws", () => {
    const chance: Chance = { source: () => 0, happens: () => false, choose: () => 0, duration: () => 0 };
    const world = new World({ links: [linkSpec("a", "b")], chance });
    const when: FaultTiming = { kind: "random", meanEvery: 1, from: 0, until: 5 };
    const schedule = { simulation: world.simulation, chance, network: world.network };
    const fault: FaultSpec = { verb: "restart", node: "b", when };
    scheduleFaults([fault], { ...schedule, nodeNamed: (name) => world.node(name), healed: () => undefined });
    world.run();
    expect(world.events("node-restarted").map((event) => event.at)).toEqual([1, 2, 3, 4, 5]);
  });

  it("strikes both directions of a pair of links when told so", () => {
    const { log } = run([
      { verb: "hold", from: "b", to: "a", bothWays: true, when: at(1), lasting: MILLISECOND },
    ]);
    expect(log).toEqual(["1 link-held b>a", "1 link-held a>b", "2 link-released b>a", "2 link-released a>b"]);
  });

  it("that names an unknown node or link is refused at once", () => {
    expect(() => run([{ verb: "pause", node: "x", when: at(1) }])).toThrow("no node x");
    expect(() => run([{ verb: "cut", from: "c", to: "a", bothWays: false, when: at(1) }])).toThrow(
      "there is no link from c to a",
    );
  });

  it("can skew a clock for a while", () => {
    const world = run(
      [{ verb: "skew", node: "a", offset: 2 * SECOND, when: at(10), lasting: SECOND }],
      SECOND,
    ).world;
    const skewed = world.node("a").wallClock(0);
    world.run(2 * SECOND);
    expect(skewed - world.node("a").wallClock(0)).toBe(2_000_000);
  });

  it("that resets ends the connections between two nodes, for both of them and at once, and no others", () => {
    const links = ["b", "c"].flatMap((name) => [linkSpec("a", name), linkSpec(name, "a")]);
    const world = new World({ links, transport: LINUX_TCP });
    const scribes = { a: new Scribe(), b: new Scribe(), c: new Scribe() };
    for (const name of ["b", "c"] as const) {
      world.network.listen(world.node(name), "echo", scribes[name]);
      world.network.connect(world.node("a"), world.node(name), "echo", scribes.a);
    }
    const schedule = { simulation: world.simulation, chance: world.chance, network: world.network };
    const reset: FaultSpec = { verb: "reset", between: ["b", "a"], when: at(100) };
    scheduleFaults([reset], { ...schedule, nodeNamed: (name) => world.node(name), healed: () => undefined });
    world.run(SECOND);
    expect(scribes.a.notes).toEqual(["opened to b", "opened to c", "closed: reset"]);
    expect(scribes.b.notes).toEqual(["opened to a", "closed: reset"]);
    expect(scribes.c.notes).toEqual(["opened to a"]);
    expect(world.events("connection-closed").map((event) => event.at / MILLISECOND)).toEqual([100, 100]);
  });

  it("that takes the power takes the operating system, too, and a restart brings both back", () => {
    const { world, log } = run([crash(at(1), 100, true)], 50 * MILLISECOND);
    expect([world.node("b").powered, world.node("b").running]).toEqual([false, false]);
    world.run(SECOND);
    expect([world.node("b").powered, world.node("b").running]).toEqual([true, true]);
    expect(log).toEqual(["1 node-lost-power b"]);
  });

  it("that loses the disk takes the power, too, and leaves an empty disk behind", () => {
    const { world, log } = run([{ ...crash(at(1), 100, true), disk: true } as FaultSpec], 0);
    const file = world.node("b").disk.file<string>("log");
    file.append("written", 7, 0);
    file.synced();
    world.run(SECOND);
    expect([file.entries, world.node("b").running]).toEqual([[], true]);
    expect(log).toEqual([]);
    expect(world.events("node-lost-disk").map((event) => event.at / MILLISECOND)).toEqual([1]);
  });
});

describe("a stop", () => {
  const stop = (when: FaultTiming, lasting: number, limit = 50): FaultSpec => ({
    verb: "stop",
    node: "b",
    limit: limit * MILLISECOND,
    when,
    lasting: lasting * MILLISECOND,
  });
  /** A program on `b` that takes so long to end, measured by a timer of its own node. */
  const takes = (ms: number): ((run: World) => string[]) => {
    return (world) => {
      const told: string[] = [];
      world.node("b").attachProgram({
        start: (now) => told.push(`${now / MILLISECOND} start`),
        crashed: (now) => told.push(`${now / MILLISECOND} crashed`),
        stopping: (now, stopped) => {
          told.push(`${now / MILLISECOND} stopping`);
          const owner = { timerFired: (_kind: number, _id: number, at: number) => stopped(at) };
          world.timers.set(world.timers.create(owner, 0, 0), now + ms * MILLISECOND);
        },
      });
      return told;
    };
  };

  it("ends a program at once that has nothing to do before", () => {
    expect(run([stop(at(10), 100)]).log).toEqual(["10 node-stopped b", "110 node-restarted b"]);
  });

  it("lets a program end when it is done, and tells it of its end", () => {
    const { log, told } = run([stop(at(10), 100)], 200 * SECOND, takes(30));
    expect(told).toEqual(["10 stopping", "40 crashed", "110 start"]);
    expect(log).toEqual(["40 node-stopped b", "110 node-restarted b"]);
  });

  it("kills a program that takes longer than its limit, and does not hear it any more", () => {
    const { log, told } = run([stop(at(10), 100)], 200 * SECOND, takes(70));
    expect(told).toEqual(["10 stopping", "60 crashed", "110 start"]);
    expect(log).toEqual(["60 node-crashed b", "110 node-restarted b"]);
  });

  it("is over when the program is restarted, or crashes, before it has ended", () => {
    expect(run([stop(at(10), 20)], 200 * SECOND, takes(40)).log).toEqual([
      "30 node-crashed b",
      "30 node-restarted b",
    ]);
    expect(run([stop(at(10), 100), crash(at(15), 5)], 200 * SECOND, takes(40)).log).toEqual([
      "15 node-crashed b",
      "110 node-restarted b",
    ]);
  });
});

describe("faults that overlap", () => {
  it("last until the last of them has ended", () => {
    const { log } = run([cut(at(10), 20), cut(at(15), 30)]);
    expect(log).toEqual(["10 link-cut a>b", "45 link-mended a>b"]);
  });

  it("restart a node once, when the last crash has passed", () => {
    const { log } = run([crash(at(10), 20), crash(at(15), 30)]);
    expect(log).toEqual(["10 node-crashed b", "45 node-restarted b"]);
  });

  it("are all ended by the opposite verb, and what they would have ended later goes on", () => {
    const mend: FaultSpec = { verb: "mend", from: "a", to: "b", bothWays: false, when: at(20) };
    const { log } = run([cut(at(10), 30), mend, cut(at(25), 40)]);
    expect(log).toEqual(["10 link-cut a>b", "20 link-mended a>b", "25 link-cut a>b", "65 link-mended a>b"]);
  });

  it("that end and begin at one instant leave no gap", () => {
    const when: FaultTiming = {
      kind: "periodic",
      first: 0,
      every: 10 * MILLISECOND,
      until: 40 * MILLISECOND,
    };
    expect(run([cut(when, 10)]).log).toEqual(["0 link-cut a>b", "50 link-mended a>b"]);
  });
});

describe("healing", () => {
  it("is told at once when there are no faults", () => {
    expect(run([]).healedAt).toEqual([0]);
  });

  it("is told once, after the last of all faults", () => {
    const pause: FaultSpec = { verb: "pause", node: "c", when: at(5), lasting: 50 * MILLISECOND };
    expect(run([cut(at(10), 20), crash(at(12), 5), pause]).healedAt).toEqual([55]);
  });

  it("is never told while something stays cut, down, held or paused", () => {
    expect(run([cut(at(10))]).healedAt).toEqual([]);
    expect(run([{ verb: "pause", node: "a", when: at(1) }, cut(at(10), 5)]).healedAt).toEqual([]);
    expect(run([crash(at(10), NEVER)]).healedAt).toEqual([]);
  });

  it("counts what is ended by name", () => {
    const restart: FaultSpec = { verb: "restart", node: "b", when: at(80) };
    expect(run([{ verb: "crash", node: "b", power: false, when: at(10) }, restart]).healedAt).toEqual([80]);
  });

  it("does not wait for clocks that stay skewed", () => {
    expect(run([{ verb: "skew", node: "a", offset: SECOND, when: at(10) }]).healedAt).toEqual([10]);
  });
});

describe("faults at one instant", () => {
  it("come before everything else that happens then", () => {
    const world = new World({ links: [linkSpec("a", "b")] });
    const b = world.listenOn("b");
    scheduleFaults([cut({ kind: "periodic", first: 0, every: 10 * MILLISECOND, until: SECOND }, 5)], {
      simulation: world.simulation,
      chance: world.chance,
      network: world.network,
      nodeNamed: (name) => world.node(name),
      healed: () => undefined,
    });
    // Sent at 0, 5, 10, … ms: those at the instant of a cut are lost, those at the instant of its end are not,
    // and those that would arrive at the instant of a cut are lost.
    world.stream("a", b, 20, 5 * MILLISECOND);
    world.run(SECOND);
    expect(b.numbers).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i + 1));
  });

  it("do not depend on the order of their declaration", () => {
    const faults: FaultSpec[] = [
      cut(at(10), 10),
      cut(at(10)),
      { verb: "mend", from: "a", to: "b", bothWays: false, when: at(10) },
      crash({ kind: "random", meanEvery: SECOND, from: 0, until: 20 * SECOND }, 100),
      crash({ kind: "random", meanEvery: SECOND, from: 0, until: 30 * SECOND }, 100, true),
      cut({ kind: "random", meanEvery: SECOND, from: 0, until: 30 * SECOND }, 300),
      { verb: "pause", node: "b", when: at(10), lasting: SECOND },
      { verb: "resume", node: "b", when: at(10) },
    ];
    const expected = run(faults).world.trace.fingerprint.hex();
    fc.assert(
      fc.property(fc.shuffledSubarray(faults, { minLength: faults.length }), (shuffled) => {
        expect(run(shuffled).world.trace.fingerprint.hex()).toBe(expected);
      }),
      { seed: 20_260, numRuns: 20 },
    );
  });

  it("at random keep their instants when another fault is added", () => {
    const crashes = crash({ kind: "random", meanEvery: SECOND, from: 0, until: 20 * SECOND }, 100);
    const instants = (faults: readonly FaultSpec[]): string[] =>
      run(faults).log.filter((line) => line.includes("crashed"));
    const cuts = cut({ kind: "random", meanEvery: SECOND, from: 0, until: 20 * SECOND }, 100);
    expect(instants([cuts, crashes])).toEqual(instants([crashes]));
    expect(instants([crashes]).length).toBeGreaterThan(5);
  });
});
