/**
 * The unfinished exchanges of a sender in a ring: packet identifier n lies in slot n mod capacity. The ring
 * grows until the identifiers from the oldest exchange to the newest fit, and is not made before the first.
 */
import { PUBCOMP } from "./packets/packet-type.js";
import { Publish } from "./packets/publish.js";

const CAPACITY_FIRST = 8;
const NOTHING: (Publish | undefined)[] = [];

export class Exchanges {
  /** The PUBLISH of the exchange in each slot. */
  #publishes: (Publish | undefined)[] = NOTHING;

  /** The PUBLISH in the slot of an identifier, whoever's it is. */
  in(identifier: number): Publish | undefined {
    return this.#publishes[identifier & (this.#publishes.length - 1)];
  }

  put(publish: Publish): void {
    this.#publishes[publish.identifier & (this.#publishes.length - 1)] = publish;
  }

  clear(identifier: number): void {
    this.#publishes[identifier & (this.#publishes.length - 1)] = undefined;
  }

  /** Makes room for `span` identifiers in a row. */
  fit(span: number): void {
    while (span > this.#publishes.length) this.#grow();
  }

  /** Only for the twin that loses the order: the messages from `oldest` to before `next` swap places end to end. */
  reverse(oldest: number, next: number): void {
    const unreleased: Publish[] = [];
    for (let id = oldest; id !== next; id = following(id)) {
      const publish = this.in(id);
      if (publish !== undefined && publish.awaiting !== PUBCOMP) unreleased.push(publish);
    }
    unreleased.forEach((here, n) => {
      const { message, flags, bytes, request } = unreleased[unreleased.length - 1 - n] as Publish;
      const swapped = new Publish(message, here.identifier, flags, bytes, request);
      swapped.await(here.awaiting, here.sentAt);
      this.put(swapped);
    });
  }

  #grow(): void {
    const publishes = this.#publishes;
    const capacity = Math.max(CAPACITY_FIRST, 2 * publishes.length);
    this.#publishes = new Array<Publish | undefined>(capacity).fill(undefined);
    for (const publish of publishes) if (publish !== undefined) this.put(publish);
  }
}

/** The identifier after this one; 0 is in the sequence and never given out. */
export function following(identifier: number): number {
  return (identifier + 1) & 0xffff;
}

/** Steps from one identifier to another. */
export function distance(from: number, to: number): number {
  return (to - from) & 0xffff;
}
