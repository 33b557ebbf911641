/** M/M/1: load 0.8, a million customers, delays from tables. Theory: 5 service times in the system. */
import { type Actor, Simulation } from "../../src/kernel/index.js";
import { exponentialTable, TABLE_MASK } from "../exponential-table.js";
import { Wheel } from "../limits/wheel.js";
import type { Portion, Workload } from "../workload.js";

const CUSTOMERS = 1_000_000;
const SERVICE = 8_000;
const GAPS = exponentialTable(10_000, 11);
const SERVICES = exponentialTable(SERVICE, 12);
const ARRIVAL = 0;
const DEPARTURE = 1;

/** Instants of arrival of those in the system, in a ring. */
const RING = 65_536;

class Queue implements Actor {
  readonly #simulation = new Simulation();
  readonly #actor: number = this.#simulation.register(this);
  readonly #gaps: Float64Array = GAPS;
  readonly #services: Float64Array = SERVICES;
  readonly #arrivedAt: Float64Array = new Float64Array(RING);
  #arrived = 0;
  #served = 0;
  timeInSystem = 0;

  run(): void {
    this.#simulation.schedule(0, this.#actor, ARRIVAL);
    this.#simulation.run(Number.MAX_SAFE_INTEGER - 1);
  }

  fire(code: number, now: number): void {
    if (code === ARRIVAL) {
      this.#arrivedAt[this.#arrived & (RING - 1)] = now;
      if (this.#arrived === this.#served) this.#serve(now);
      if (++this.#arrived < CUSTOMERS) {
        const gap = this.#gaps[(this.#arrived + (this.#arrived >>> 16)) & TABLE_MASK] as number;
        this.#simulation.schedule(now + gap, this.#actor, ARRIVAL);
      }
      return;
    }
    this.timeInSystem += now - (this.#arrivedAt[this.#served & (RING - 1)] as number);
    this.#served++;
    if (this.#served < this.#arrived) this.#serve(now);
  }

  #serve(now: number): void {
    const service = this.#services[(this.#served * 5 + (this.#served >>> 16) * 7) & TABLE_MASK] as number;
    this.#simulation.schedule(now + service, this.#actor, DEPARTURE);
  }
}

/** The same by hand: two event codes on the hand-written queue. */
class HandWrittenQueue {
  readonly #wheel = new Wheel(1_000_000, 1024);
  readonly #gaps: Float64Array = GAPS;
  readonly #services: Float64Array = SERVICES;
  readonly #arrivedAt: Float64Array = new Float64Array(RING);
  #arrived = 0;
  #served = 0;
  timeInSystem = 0;

  run(): void {
    const wheel = this.#wheel;
    wheel.push(0, ARRIVAL);
    while (wheel.pop()) {
      if (wheel.event === ARRIVAL) this.#arrive(wheel.at);
      else this.#depart(wheel.at);
    }
  }

  #arrive(now: number): void {
    this.#arrivedAt[this.#arrived & (RING - 1)] = now;
    if (this.#arrived === this.#served) this.#serve(now);
    if (++this.#arrived === CUSTOMERS) return;
    const gap = this.#gaps[(this.#arrived + (this.#arrived >>> 16)) & TABLE_MASK] as number;
    this.#wheel.push(now + gap, ARRIVAL);
  }

  #depart(now: number): void {
    this.timeInSystem += now - (this.#arrivedAt[this.#served & (RING - 1)] as number);
    if (++this.#served < this.#arrived) this.#serve(now);
  }

  #serve(now: number): void {
    const service = this.#services[(this.#served * 5 + (this.#served >>> 16) * 7) & TABLE_MASK] as number;
    this.#wheel.push(now + service, DEPARTURE);
  }
}

function portion(timeInSystem: number): Portion {
  const mean = timeInSystem / CUSTOMERS / SERVICE;
  return { units: 2 * CUSTOMERS, check: `${mean.toFixed(2)} service times in the system (theory: 5)` };
}

export const MM1: Workload = {
  name: "mm1",
  project: () => {
    const queue = new Queue();
    queue.run();
    return portion(queue.timeInSystem);
  },
  limit: () => {
    const queue = new HandWrittenQueue();
    queue.run();
    return portion(queue.timeInSystem);
  },
};
