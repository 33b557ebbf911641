/** Queues built directly on the kernel, against their closed forms. */
import { describe, expect, test } from "vitest";
import { type Actor, type Distribution, NEVER, RandomChance, Simulation } from "../../src/kernel/index.js";

const SERVICE = 8_000_000;
const ARRIVAL = 0;
const DEPARTURE = 1;

/** One server (or so many), Poisson arrivals; with room only for those in service, or for everybody. */
class Station implements Actor {
  readonly #simulation: Simulation = new Simulation();
  readonly #actor: number = this.#simulation.register(this);
  readonly #chance: RandomChance;
  readonly #gap: Distribution;
  readonly #service: Distribution;
  readonly #servers: number;
  readonly #waits: boolean;
  readonly #queue: number[] = [];
  #left: number;
  #busy = 0;
  waited = 0;
  served = 0;
  turnedAway = 0;

  constructor(
    replication: number,
    customers: number,
    options: { gap: number; service: Distribution; servers: number; waits: boolean },
  ) {
    this.#chance = new RandomChance("theory", replication);
    this.#gap = { kind: "exponential", mean: options.gap, min: 0 };
    this.#service = options.service;
    this.#servers = options.servers;
    this.#waits = options.waits;
    this.#left = customers;
    this.#simulation.schedule(0, this.#actor, ARRIVAL);
    this.#simulation.run(NEVER - 1);
  }

  fire(code: number, now: number): void {
    if (code === ARRIVAL) this.#arrive(now);
    else this.#depart(now);
  }

  #arrive(now: number): void {
    if (this.#busy < this.#servers) this.#serve(now, now);
    else if (this.#waits) this.#queue.push(now);
    else this.turnedAway++;
    if (--this.#left > 0) {
      const gap = this.#chance.duration(this.#chance.source("gap"), this.#gap);
      this.#simulation.schedule(now + gap, this.#actor, ARRIVAL);
    }
  }

  #serve(arrivedAt: number, now: number): void {
    this.#busy++;
    this.served++;
    this.waited += now - arrivedAt;
    const service = this.#chance.duration(this.#chance.source("service"), this.#service);
    this.#simulation.schedule(now + service, this.#actor, DEPARTURE);
  }

  #depart(now: number): void {
    this.#busy--;
    const next = this.#queue.shift();
    if (next !== undefined) this.#serve(next, now);
  }
}

const REPLICATIONS = 20;
const CUSTOMERS = 20_000;

/** Mean over replications, and its standard error. */
function estimate(measure: (replication: number) => number): { mean: number; error: number } {
  const values = Array.from({ length: REPLICATIONS }, (_, replication) => measure(replication));
  const mean = values.reduce((sum, value) => sum + value, 0) / REPLICATIONS;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (REPLICATIONS - 1);
  return { mean, error: Math.sqrt(variance / REPLICATIONS) };
}

/** Within the 99.9 % interval of Student's t with 19 degrees of freedom, which has to be narrow. */
function expectTheory({ mean, error }: { mean: number; error: number }, theory: number, width: number): void {
  expect(error / theory).toBeLessThan(width);
  expect(Math.abs(mean - theory)).toBeLessThan(3.883 * error);
}

describe.each([0.5, 0.7])("at load %d", (load) => {
  const meanWait = (service: Distribution) => (replication: number) => {
    const options = { gap: SERVICE / load, service, servers: 1, waits: true };
    return new Station(replication, CUSTOMERS, options).waited / CUSTOMERS / SERVICE;
  };

  test("an M/M/1 queue makes its customers wait ρ/(1 - ρ) service times", () => {
    expectTheory(
      estimate(meanWait({ kind: "exponential", mean: SERVICE, min: 0 })),
      load / (1 - load),
      0.015,
    );
  });

  test("an M/D/1 queue makes its customers wait half as long", () => {
    expectTheory(estimate(meanWait({ kind: "constant", value: SERVICE })), load / (2 * (1 - load)), 0.015);
  });
});

/** Erlang's loss formula by its recursion. */
function erlangB(offered: number, servers: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked;
}

describe("a loss system of 5 servers offered 3 erlangs turns away what Erlang B says", () => {
  test.each<Distribution>([
    { kind: "exponential", mean: SERVICE, min: 0 },
    { kind: "constant", value: SERVICE },
    { kind: "uniform", min: 0, max: 2 * SERVICE },
  ])("whatever the distribution of service times ($kind)", (service) => {
    const options = { gap: SERVICE / 3, service, servers: 5, waits: false };
    const blocked = (replication: number): number =>
      new Station(replication, CUSTOMERS, options).turnedAway / CUSTOMERS;
    expectTheory(estimate(blocked), erlangB(3, 5), 0.01);
  });
});
