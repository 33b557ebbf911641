/** The same input many times at once comes to the same as each by itself, whatever the CPU and whatever happens. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InputTarget, type SimulatedNode, buildNodes } from "../../src/host/index.js";
import { MILLISECOND, RandomChance, SECOND, Simulation, Timers } from "../../src/kernel/index.js";
import { Trace } from "../../src/trace/index.js";

/** Inputs with codes from 10 on cost so many milliseconds more than none. */
const COSTLY = 10;

/** Now and then it gives its node something else to do. */
class Giver implements InputTarget<string> {
  readonly ordered: boolean;
  readonly #lines: string[];
  readonly #every: number;
  readonly #give: (now: number) => void;
  #count = 0;

  constructor(lines: string[], ordered: boolean, every: number, give: (now: number) => void) {
    this.#lines = lines;
    this.ordered = ordered;
    this.#every = every;
    this.#give = give;
  }

  input(code: number, content: string, now: number): void {
    this.#take(code, content, now);
  }

  inputs(code: number, content: string, times: number, now: number): number {
    let taken = 1;
    while (!this.#take(code, content, now) && taken < times) taken++;
    return taken;
  }

  cost(code: number): number {
    return Math.max(0, code - COSTLY) * MILLISECOND;
  }

  /** True if it has given something. */
  #take(code: number, content: string, now: number): boolean {
    this.#lines.push(`${now} ${content} ${code}`);
    if (code >= COSTLY || ++this.#count % this.#every !== 0) return false;
    this.#give(now);
    this.#lines.push(`${now} ${content} ${code} has given`);
    return true;
  }
}

interface Setting {
  readonly cores: number;
  readonly service: number;
  readonly priced: boolean;
  readonly every: number;
  readonly gift: number;
}

type Step = readonly [at: number, kind: number, times: number];

/** Three that give: work to another one, something costless to the first one, and work to itself; and one that works. */
const TARGETS = 4;
const HAPPENINGS: readonly ((node: SimulatedNode, now: number) => void)[] = [
  (node, now) => node.pause(now),
  (node, now) => node.resume(now),
  (node, now) => node.crash(now),
  (node, now) => node.restart(now),
  (node, now) => node.stop(SECOND, now),
];

function run(
  { cores, service, priced, every, gift }: Setting,
  steps: readonly Step[],
  atOnce: boolean,
): string[] {
  const simulation = new Simulation();
  const surroundings = {
    timers: new Timers(simulation),
    chance: new RandomChance("inputs", 0),
    trace: new Trace(["node"], false),
  };
  const cpu = { cores, service: { kind: "constant", value: service * MILLISECOND }, priced } as const;
  const node = buildNodes([{ name: "node", cpu }], surroundings)[0] as SimulatedNode;
  const lines: string[] = [];
  /** Set once the process was asked to end: it does so as soon as anything else is to be given. */
  let end: ((now: number) => void) | undefined;
  const give = (to: number, code: number) => (now: number) => {
    if (end === undefined) node.input(targets[to] as Giver, code, "given", now);
    else end(now);
  };
  const targets = [
    new Giver(lines, false, every, give(3, COSTLY + gift)),
    new Giver(lines, false, every + 1, give(0, 0)),
    new Giver(lines, true, every, give(2, COSTLY + gift)),
    new Giver(lines, false, 1_000, give(0, 0)),
  ];
  const actor = simulation.register({
    fire: (index, now) => {
      const [, kind, times] = steps[index] as Step;
      const target = targets[kind];
      const code = kind < 3 ? kind : COSTLY + gift;
      if (target === undefined) HAPPENINGS[kind - TARGETS]?.(node, now);
      else if (atOnce) node.inputs(target, code, `step ${index}`, times, now);
      else for (let left = times; left > 0; left--) node.input(target, code, `step ${index}`, now);
      lines.push(`${now} ${node.inputsWaiting} waiting`);
    },
  });
  node.attachProgram({
    start: () => undefined,
    crashed: () => {
      end = undefined;
      lines.push("the process is over");
    },
    stopping: (_now, stopped) => {
      end = stopped;
    },
  });
  node.start(0);
  steps.forEach(([at], index) => simulation.schedule(at * MILLISECOND, actor, index));
  simulation.run(SECOND);
  return lines;
}

describe("the same input many times", () => {
  it("comes to the same at once as one by one", () => {
    const setting = fc.record({
      cores: fc.integer({ min: 1, max: 3 }),
      service: fc.constantFrom(0, 0, 3),
      priced: fc.boolean(),
      every: fc.integer({ min: 1, max: 5 }),
      gift: fc.integer({ min: 0, max: 4 }),
    });
    const kind = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: TARGETS - 1 }) },
      { weight: 1, arbitrary: fc.integer({ min: TARGETS, max: TARGETS + HAPPENINGS.length - 1 }) },
    );
    const step = fc.tuple(fc.nat(30), kind, fc.integer({ min: 1, max: 7 }));
    fc.assert(
      fc.property(setting, fc.array(step, { minLength: 1, maxLength: 20 }), (how, steps) => {
        expect(run(how, steps, true)).toEqual(run(how, steps, false));
      }),
      { seed: 31, numRuns: 1_000 },
    );
  });
});
