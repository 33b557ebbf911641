/**
 * HOLD: n pending events; the earliest is processed and scheduled again after an exponential delay of mean
 * 1 ms, read from a table. `hold-net-10k` is the same with delays as messaging makes them: two thirds of the
 * messages take 50 ms, one third 45 ms + U(0, 10 ms), and each puts a timer off by 300 ms to 60 s.
 */
import { type Actor, Simulation, type TimerOwner, Timers } from "../../src/kernel/index.js";
import { exponentialTable, TABLE_MASK } from "../exponential-table.js";
import { Wheel } from "../limits/wheel.js";
import type { Portion, Workload } from "../workload.js";

const MILLISECOND = 1_000_000;
const DELAYS = exponentialTable(MILLISECOND);

class Hold implements Actor {
  readonly #simulation: Simulation;
  readonly #actor: number;
  readonly #delays: Float64Array = DELAYS;
  #left: number;
  #drawn = 0;

  constructor(pending: number, events: number) {
    this.#simulation = new Simulation();
    this.#actor = this.#simulation.register(this);
    this.#left = events;
    for (let i = 0; i < pending; i++) this.#again(i, 0);
  }

  fire(code: number, now: number): void {
    if (--this.#left === 0) this.#simulation.stop();
    this.#again(code, now);
  }

  run(): number {
    this.#simulation.run(Number.MAX_SAFE_INTEGER - 1);
    return this.#simulation.now;
  }

  #again(code: number, now: number): void {
    const delay = this.#delays[this.#drawn++ & TABLE_MASK] as number;
    this.#simulation.schedule(now + delay, this.#actor, code);
  }
}

function holdLimit(pending: number, events: number, width: number, buckets: number): number {
  const wheel = new Wheel(width, buckets);
  const delays = DELAYS;
  let drawn = 0;
  for (let i = 0; i < pending; i++) wheel.push(delays[drawn++ & TABLE_MASK] as number, i);
  for (let left = events; left > 0; left--) {
    wheel.pop();
    wheel.push(wheel.at + (delays[drawn++ & TABLE_MASK] as number), wheel.event);
  }
  return wheel.at;
}

function hold(name: string, pending: number, events: number, width: number, buckets: number): Workload {
  const portion = (end: number): Portion => ({
    units: events,
    check: `mean delay ${((end * pending) / events / MILLISECOND).toFixed(3)} ms (theory: 1)`,
  });
  return {
    name,
    project: () => portion(new Hold(pending, events).run()),
    limit: () => portion(holdLimit(pending, events, width, buckets)),
  };
}

/** Messages in flight, and the timers that they put off. */
const MESSAGES = 7_500;
const TIMERS = 2_500;

/** The delay of message `i`, drawn the n-th time. */
function messageDelay(i: number, n: number): number {
  if (i % 3 !== 0) return 50 * MILLISECOND;
  return 45 * MILLISECOND + Math.floor(((Math.imul(n, 40503) & TABLE_MASK) / 65536) * 10 * MILLISECOND);
}

function timeout(n: number): number {
  return 300 * MILLISECOND + (Math.imul(n, 48271) & TABLE_MASK) * 910_000;
}

class HoldNet implements Actor, TimerOwner {
  readonly #simulation = new Simulation();
  readonly #timers = new Timers(this.#simulation);
  readonly #actor: number = this.#simulation.register(this);
  readonly #slots: number[] = [];
  #left: number;
  #drawn = 0;
  timersFired = 0;

  constructor(events: number) {
    this.#left = events;
    for (let i = 0; i < TIMERS; i++) this.#slots.push(this.#timers.create(this, 0, i));
    for (let i = 0; i < MESSAGES; i++) this.#simulation.schedule(i * 6_667, this.#actor, i);
  }

  fire(code: number, now: number): void {
    if (--this.#left === 0) this.#simulation.stop();
    const n = this.#drawn++;
    this.#simulation.schedule(now + messageDelay(code, n), this.#actor, code);
    this.#timers.set(this.#slots[code % TIMERS] as number, now + timeout(n));
  }

  timerFired(): void {
    this.timersFired++;
  }

  run(): void {
    this.#simulation.run(Number.MAX_SAFE_INTEGER - 1);
  }
}

/** Deadlines in a column; a timer's entry in the queue notices when it is due that its deadline has moved. */
function holdNetLimit(events: number): number {
  const wheel = new Wheel(16_384, 4096);
  const deadlines = new Float64Array(TIMERS);
  const entered = new Uint8Array(TIMERS);
  let drawn = 0;
  let fired = 0;
  for (let i = 0; i < MESSAGES; i++) wheel.push(i * 6_667, i);
  for (let left = events; left > 0;) {
    wheel.pop();
    const now = wheel.at;
    const code = wheel.event;
    if (code >= MESSAGES) {
      const timer = code - MESSAGES;
      if ((deadlines[timer] as number) > now) wheel.push(deadlines[timer] as number, code);
      else {
        fired++;
        entered[timer] = 0;
      }
      continue;
    }
    left--;
    const n = drawn++;
    wheel.push(now + messageDelay(code, n), code);
    const timer = code % TIMERS;
    deadlines[timer] = now + timeout(n);
    if (entered[timer] === 0) {
      entered[timer] = 1;
      wheel.push(deadlines[timer] as number, MESSAGES + timer);
    }
  }
  return fired;
}

const NET_EVENTS = 2_000_000;

const holdNet: Workload = {
  name: "hold-net-10k",
  project: () => {
    const run = new HoldNet(NET_EVENTS);
    run.run();
    return { units: NET_EVENTS, check: `${run.timersFired} timers fired` };
  },
  limit: () => ({ units: NET_EVENTS, check: `${holdNetLimit(NET_EVENTS)} timers fired` }),
};

export const HOLDS: readonly Workload[] = [
  hold("hold-100", 100, 4_000_000, 16_384, 4096),
  hold("hold-10k", 10_000, 4_000_000, 256, 65_536),
  hold("hold-1m", 1_000_000, 3_000_000, 4, 4_194_304),
  holdNet,
];
