/**
 * The unfinished exchanges of a sender in a ring: packet identifier n lies in slot n mod capacity. The ring
 * grows until the identifiers from the oldest exchange to the newest fit, and is not made before the first.
 */
import { type Instant, NEVER } from "../../src/kernel/index.js";
import type { Publish } from "./packets/publish.js";

const CAPACITY_FIRST = 8;
const NO_PUBLISHES: (Publish | undefined)[] = [];
const NO_NUMBERS: number[] = [];

export class Exchanges {
  /** The PUBLISH of the exchange in each slot. */
  publishes: (Publish | undefined)[] = NO_PUBLISHES;
  /** Type of the packet that the exchange waits for. */
  awaiting: number[] = NO_NUMBERS;
  /** When its last packet was sent. */
  sentAt: Instant[] = NO_NUMBERS;

  /** Where an identifier lies. */
  slot(identifier: number): number {
    return identifier & (this.publishes.length - 1);
  }

  /** The PUBLISH in the slot of an identifier, whoever's it is. */
  in(identifier: number): Publish | undefined {
    return this.publishes[identifier & (this.publishes.length - 1)];
  }

  put(publish: Publish, awaiting: number, now: Instant): void {
    const slot = this.slot(publish.identifier);
    this.publishes[slot] = publish;
    this.awaiting[slot] = awaiting;
    this.sentAt[slot] = now;
  }

  /** Makes room for `span` identifiers in a row. */
  fit(span: number): void {
    while (span > this.publishes.length) this.#grow();
  }

  #grow(): void {
    const { publishes, awaiting, sentAt } = this;
    const capacity = Math.max(CAPACITY_FIRST, 2 * publishes.length);
    this.publishes = [];
    this.awaiting = [];
    this.sentAt = [];
    for (let slot = 0; slot < capacity; slot++) {
      this.publishes.push(undefined);
      this.awaiting.push(0);
      this.sentAt.push(NEVER);
    }
    publishes.forEach((publish, slot) => {
      if (publish !== undefined) this.put(publish, awaiting[slot] as number, sentAt[slot] as number);
    });
  }
}
