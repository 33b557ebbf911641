/** Inputs that wait for their turn: a ring of places, each used again and again, that grows by doubling. */
import type { InputTarget } from "./node.js";

const PLACES_AT_FIRST = 8;

interface Place {
  target: InputTarget<unknown> | undefined;
  code: number;
  content: unknown;
}

export class InputQueue {
  size = 0;
  #places: Place[] = Array.from({ length: PLACES_AT_FIRST }, emptyPlace);
  #head = 0;

  push(target: InputTarget<unknown>, code: number, content: unknown): void {
    if (this.size === this.#places.length) this.#grow();
    const place = this.#places[(this.#head + this.size++) & (this.#places.length - 1)] as Place;
    place.target = target;
    place.code = code;
    place.content = content;
  }

  /** The input at the head. The queue must not be empty. */
  get target(): InputTarget<unknown> {
    return this.#first().target as InputTarget<unknown>;
  }

  get code(): number {
    return this.#first().code;
  }

  get content(): unknown {
    return this.#first().content;
  }

  /** Removes the input at the head. */
  shift(): void {
    const place = this.#first();
    place.target = undefined;
    place.content = undefined;
    this.#head = (this.#head + 1) & (this.#places.length - 1);
    this.size--;
  }

  clear(): void {
    while (this.size > 0) this.shift();
  }

  #first(): Place {
    return this.#places[this.#head] as Place;
  }

  #grow(): void {
    const places = this.#places;
    this.#places = [...places.slice(this.#head), ...places.slice(0, this.#head)];
    for (let more = places.length; more > 0; more--) this.#places.push(emptyPlace());
    this.#head = 0;
  }
}

function emptyPlace(): Place {
  return { target: undefined, code: 0, content: undefined };
}
