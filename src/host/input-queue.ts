/**
 * Inputs that wait for their turn: a ring of places, each used again and again, that grows by doubling. Inputs that are
 * all alike and follow each other share a place.
 */
import type { InputTarget } from "./node.js";

const PLACES_AT_FIRST = 8;

/** An input that waits. */
export interface Waiting {
  readonly target: InputTarget<unknown>;
  readonly code: number;
  readonly content: unknown;
  /** How often, from now on. */
  readonly times: number;
}

interface Place {
  target: InputTarget<unknown> | undefined;
  code: number;
  content: unknown;
  times: number;
}

export class InputQueue {
  /** Inputs. */
  size = 0;
  #places: Place[] = Array.from({ length: PLACES_AT_FIRST }, emptyPlace);
  #head = 0;
  /** Places in use. */
  #used = 0;

  /** The same input `times` times, at least once. */
  push(target: InputTarget<unknown>, code: number, content: unknown, times: number): void {
    if (this.#used === this.#places.length) this.#grow();
    const place = this.#places[(this.#head + this.#used++) & (this.#places.length - 1)] as Place;
    place.target = target;
    place.code = code;
    place.content = content;
    place.times = times;
    this.size += times;
  }

  /** The input at the head, until it is removed. The queue must not be empty. */
  get head(): Waiting {
    return this.#first() as Waiting;
  }

  /** Removes the input at the head, or so many that are alike. */
  shift(times = 1): void {
    const place = this.#first();
    this.size -= times;
    place.times -= times;
    if (place.times === 0) this.#leave(place);
  }

  /** Puts all of them at the end of another queue. */
  moveTo(other: InputQueue): void {
    while (this.#used > 0) {
      const place = this.#first();
      other.push(place.target as InputTarget<unknown>, place.code, place.content, place.times);
      this.#leave(place);
    }
    this.size = 0;
  }

  clear(): void {
    while (this.#used > 0) this.#leave(this.#first());
    this.size = 0;
  }

  #leave(place: Place): void {
    place.target = undefined;
    place.content = undefined;
    this.#head = (this.#head + 1) & (this.#places.length - 1);
    this.#used--;
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
  return { target: undefined, code: 0, content: undefined, times: 0 };
}
