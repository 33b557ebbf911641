/**
 * Stop and wait: 1,000 senders, one-way delay 50 ms, 10 % loss each way, timeout 300 ms, until a million
 * messages are acknowledged. Theory: 1 / 0.81 transmissions a message.
 */
import {
  type Actor,
  type ChanceHandle,
  RandomChance,
  Simulation,
  type TimerOwner,
  type TimerSlot,
  Timers,
} from "../../src/kernel/index.js";
import { Wheel } from "../limits/wheel.js";
import type { Portion, Workload } from "../workload.js";

const SENDERS = 1_000;
const MESSAGES = 1_000_000;
const DELAY = 50_000_000;
const TIMEOUT = 300_000_000;
const LOSS = 0.1;

class StopAndWait implements Actor, TimerOwner {
  readonly #simulation = new Simulation();
  readonly #timers = new Timers(this.#simulation);
  readonly #chance = new RandomChance("bench", 0);
  readonly #actor: number = this.#simulation.register(this);
  readonly #data: ChanceHandle = this.#chance.source("data");
  readonly #acks: ChanceHandle = this.#chance.source("acks");
  readonly #slots: TimerSlot[] = [];
  #acknowledged = 0;
  transmissions = 0;

  run(): void {
    for (let sender = 0; sender < SENDERS; sender++) {
      this.#slots.push(this.#timers.create(this, 0, sender));
      this.#send(sender, sender * 1_000);
    }
    this.#simulation.run(Number.MAX_SAFE_INTEGER - 1);
  }

  /** A code is the sender, doubled, and one more for an acknowledgement. */
  fire(code: number, now: number): void {
    if ((code & 1) === 0) {
      if (!this.#chance.happens(this.#acks, LOSS))
        this.#simulation.schedule(now + DELAY, this.#actor, code | 1);
      return;
    }
    if (++this.#acknowledged >= MESSAGES) this.#simulation.stop();
    this.#send(code >> 1, now);
  }

  timerFired(_kind: number, sender: number, now: number): void {
    this.#send(sender, now);
  }

  #send(sender: number, now: number): void {
    this.transmissions++;
    this.#timers.set(this.#slots[sender] as TimerSlot, now + TIMEOUT);
    if (!this.#chance.happens(this.#data, LOSS)) {
      this.#simulation.schedule(now + DELAY, this.#actor, sender << 1);
    }
  }
}

function limit(): number {
  const wheel = new Wheel(131_072, 4096);
  const deadlines = new Float64Array(SENDERS);
  const entered = new Uint8Array(SENDERS);
  let transmissions = 0;
  let acknowledged = 0;
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = 0xb7e15162 | 0;
  let counter = 1;
  const lost = (): boolean => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0 < LOSS * 4294967296;
  };
  const send = (sender: number, now: number): void => {
    transmissions++;
    deadlines[sender] = now + TIMEOUT;
    if (entered[sender] === 0) {
      entered[sender] = 1;
      wheel.push(now + TIMEOUT, (sender << 2) | 2);
    }
    if (!lost()) wheel.push(now + DELAY, sender << 2);
  };
  for (let sender = 0; sender < SENDERS; sender++) send(sender, sender * 1_000);
  while (acknowledged < MESSAGES && wheel.pop()) {
    const now = wheel.at;
    const sender = wheel.event >> 2;
    const what = wheel.event & 3;
    if (what === 0) {
      if (!lost()) wheel.push(now + DELAY, (sender << 2) | 1);
    } else if (what === 1) {
      acknowledged++;
      send(sender, now);
    } else {
      entered[sender] = 0;
      if ((deadlines[sender] as number) > now) {
        entered[sender] = 1;
        wheel.push(deadlines[sender] as number, wheel.event);
      } else send(sender, now);
    }
  }
  return transmissions;
}

function portion(transmissions: number): Portion {
  const each = (transmissions / MESSAGES).toFixed(4);
  return { units: MESSAGES, check: `${each} transmissions a message (theory: 1.2346)` };
}

export const STOP_AND_WAIT: Workload = {
  name: "stop-and-wait",
  project: () => {
    const run = new StopAndWait();
    run.run();
    return portion(run.transmissions);
  },
  limit: () => portion(limit()),
};
