/** The addresses of a run: who is behind each, found without a search. */
import { grown } from "../kernel/index.js";
import type { Endpoint, EndpointId } from "./wire.js";

/** An address is a place in the table and how often the place was given away before. */
const PLACES_MAX = 1 << 24;
const PLACES_AT_FIRST = 16;

export class Endpoints {
  #endpoints: (Endpoint | undefined)[] = new Array<Endpoint | undefined>(PLACES_AT_FIRST).fill(undefined);
  #places = 0;
  /** How often each place was given away before, at the address that is, or will next be, valid. */
  #turns: Int32Array = new Int32Array(PLACES_AT_FIRST);
  readonly #free: number[] = [];

  /** Throws when 2^24 addresses are in use. */
  attach(endpoint: Endpoint): EndpointId {
    const place = this.#free.pop() ?? this.#places++;
    if (place === PLACES_MAX) throw new Error(`more than ${PLACES_MAX} endpoints at a time`);
    if (place === this.#turns.length) this.#grow();
    this.#endpoints[place] = endpoint;
    return (this.#turns[place] as number) * PLACES_MAX + place;
  }

  /** The address is never given away again. */
  detach(id: EndpointId): void {
    if (this.at(id) === undefined) return;
    const place = placeOf(id);
    this.#endpoints[place] = undefined;
    this.#turns[place] = (this.#turns[place] as number) + 1;
    this.#free.push(place);
  }

  /** Puts `endpoint` behind an address in use. */
  replace(id: EndpointId, endpoint: Endpoint): void {
    if (this.at(id) !== undefined) this.#endpoints[placeOf(id)] = endpoint;
  }

  at(id: EndpointId): Endpoint | undefined {
    const place = placeOf(id);
    return (this.#turns[place] as number) * PLACES_MAX + place === id ? this.#endpoints[place] : undefined;
  }

  #grow(): void {
    const endpoints = this.#endpoints;
    const turns = new Int32Array(grown(this.#places));
    turns.set(this.#turns);
    this.#turns = turns;
    this.#endpoints = new Array<Endpoint | undefined>(turns.length).fill(undefined);
    for (let place = 0; place < endpoints.length; place++) this.#endpoints[place] = endpoints[place];
  }
}

function placeOf(id: EndpointId): number {
  return id & (PLACES_MAX - 1);
}
