/**
 * HOLD: n pending events; the earliest is processed and scheduled again after an exponential delay of mean
 * 1 ms, read from a table. `hold-net-10k` is the same with 10,000 pending and delays as messaging makes them: of
 * the delays drawn, half are 50 ms, a quarter 45 ms + U(0, 10 ms), and a quarter belong to timers of 300 ms to 60 s,
 * which are re-armed, or one time in four cancelled, long before they fire. Its unit is a delay drawn.
 */
import { type Actor, Simulation, type TimerOwner, Timers } from "../../src/kernel/index.js";
import { exponentialTable, TABLE_MASK } from "../exponential-table.js";
import { holdLoop } from "../limits/hold-loop.js";
import { Wheel } from "../limits/wheel.js";
import type { Portion, Workload } from "../workload.js";

const MILLISECOND = 1_000_000;
const DELAYS = exponentialTable(MILLISECOND);

class Hold implements Actor {
  private readonly simulation: Simulation;
  private readonly actor: number;
  private readonly delays: Float64Array = DELAYS;
  private left: number;
  private drawn = 0;

  constructor(pending: number, events: number) {
    this.simulation = new Simulation();
    this.actor = this.simulation.register(this);
    this.left = events;
    for (let i = 0; i < pending; i++) this.again(i, 0);
  }

  fire(code: number, now: number): void {
    if (--this.left === 0) this.simulation.stop();
    this.again(code, now);
  }

  run(): number {
    this.simulation.run(Number.MAX_SAFE_INTEGER - 1);
    return this.simulation.now;
  }

  private again(code: number, now: number): void {
    const delay = this.delays[this.drawn++ & TABLE_MASK] as number;
    this.simulation.schedule(now + delay, this.actor, code);
  }
}

function hold(name: string, pending: number, events: number): Workload {
  const portion = (end: number): Portion => ({
    units: events,
    check: `mean delay ${((end * pending) / events / MILLISECOND).toFixed(3)} ms (theory: 1)`,
  });
  return {
    name,
    project: () => portion(new Hold(pending, events).run()),
    limit: () => portion(holdLoop(pending, events, DELAYS, TABLE_MASK)),
  };
}

/** Messages in flight, and the timers that they put off. */
const MESSAGES = 7_500;
const TIMERS = 2_500;

/** The delay of the n-th message. */
function messageDelay(n: number): number {
  if (n % 3 !== 0) return 50 * MILLISECOND;
  return 45 * MILLISECOND + Math.floor(((Math.imul(n, 40503) & TABLE_MASK) / 65536) * 10 * MILLISECOND);
}

/** Every third message goes with something done to a timer: which one, whether it is cancelled, or when it is due. */
function timerOf(n: number): number {
  return (Math.imul(n, 0x9e3779b1) >>> 8) % TIMERS;
}

function isCancelled(n: number): boolean {
  return n % 4 === 0;
}

function timeout(n: number): number {
  return 300 * MILLISECOND + (Math.imul(n, 48271) & TABLE_MASK) * 910_000;
}

class HoldNet implements Actor, TimerOwner {
  private readonly simulation = new Simulation();
  private readonly timers = new Timers(this.simulation);
  private readonly actor: number = this.simulation.register(this);
  private readonly slots: number[] = [];
  private left: number;
  private drawn = 0;

  constructor(messages: number) {
    this.left = messages;
    for (let i = 0; i < TIMERS; i++) this.slots.push(this.timers.create(this, 0, i));
    for (let i = 0; i < MESSAGES; i++) this.simulation.schedule(i * 6_667, this.actor, i);
  }

  fire(code: number, now: number): void {
    if (--this.left === 0) this.simulation.stop();
    const n = this.drawn++;
    this.simulation.schedule(now + messageDelay(n), this.actor, code);
    if (n % 3 !== 0) return;
    const slot = this.slots[timerOf(n)] as number;
    if (isCancelled(n)) this.timers.cancel(slot);
    else this.timers.set(slot, now + timeout(n));
  }

  timerFired(): void {
    throw new Error("every timer is seen to before it is due");
  }

  run(): number {
    this.simulation.run(Number.MAX_SAFE_INTEGER - 1);
    return this.simulation.now;
  }
}

/** Deadlines in a column; a timer's entry in the queue notices when it is due that its deadline has moved. */
function holdNetLimit(messages: number): number {
  const wheel = new Wheel(16_384, 4096);
  const deadlines = new Float64Array(TIMERS).fill(Infinity);
  const entries = new Float64Array(TIMERS).fill(Infinity);
  let drawn = 0;
  for (let i = 0; i < MESSAGES; i++) wheel.push(i * 6_667, i);
  for (let left = messages; left > 0;) {
    wheel.pop();
    const now = wheel.at;
    const code = wheel.event;
    if (code >= MESSAGES) {
      const timer = code - MESSAGES;
      if (entries[timer] !== now) continue;
      const deadline = deadlines[timer] as number;
      entries[timer] = deadline > now ? deadline : Infinity;
      if (deadline === Infinity) continue;
      if (deadline > now) wheel.push(deadline, code);
      else throw new Error("every timer is seen to before it is due");
      continue;
    }
    left--;
    const n = drawn++;
    wheel.push(now + messageDelay(n), code);
    if (n % 3 !== 0) continue;
    const timer = timerOf(n);
    if (isCancelled(n)) deadlines[timer] = Infinity;
    else {
      const deadline = now + timeout(n);
      deadlines[timer] = deadline;
      if (deadline < (entries[timer] as number)) {
        entries[timer] = deadline;
        wheel.push(deadline, MESSAGES + timer);
      }
    }
  }
  return wheel.at;
}

const NET_MESSAGES = 3_000_000;
const NET_DELAYS = NET_MESSAGES + NET_MESSAGES / 3;

function netPortion(end: number): Portion {
  const delay = (end * MESSAGES) / NET_MESSAGES / MILLISECOND;
  return { units: NET_DELAYS, check: `mean delay ${delay.toFixed(2)} ms (theory: 50)` };
}

const holdNet: Workload = {
  name: "hold-net-10k",
  project: () => netPortion(new HoldNet(NET_MESSAGES).run()),
  limit: () => netPortion(holdNetLimit(NET_MESSAGES)),
};

export const HOLDS: readonly Workload[] = [
  hold("hold-100", 100, 4_000_000),
  hold("hold-10k", 10_000, 4_000_000),
  hold("hold-1m", 1_000_000, 3_000_000),
  holdNet,
];
