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
  /** Even places of which the next is free, too. */
  readonly #freePairs: number[] = [];

  /** Throws when 2^24 addresses are in use. */
  attach(endpoint: Endpoint): EndpointId {
    return this.#put(endpoint, this.#free.pop() ?? this.#places++);
  }

  /** Gives two endpoints addresses each of which is the other's `twinOf`. Returns the first one's. */
  attachTwins(one: Endpoint, other: Endpoint): EndpointId {
    if (this.#freePairs.length === 0 && this.#places % 2 === 1) this.#free.push(this.#places++);
    const place = this.#freePairs.pop() ?? (this.#places += 2) - 2;
    this.#put(other, place + 1);
    return this.#put(one, place);
  }

  /** The address is never given away again. */
  detach(id: EndpointId): void {
    if (this.#clear(id)) this.#free.push(placeOf(id));
  }

  /** As `detach`, for an address that has a twin. Their places are used again when both are free. */
  detachTwin(id: EndpointId): void {
    const place = placeOf(id);
    if (this.#clear(id) && this.#endpoints[place ^ 1] === undefined) this.#freePairs.push(place & ~1);
  }

  /** Puts `endpoint` behind an address in use. */
  replace(id: EndpointId, endpoint: Endpoint): void {
    if (this.at(id) !== undefined) this.#endpoints[placeOf(id)] = endpoint;
  }

  at(id: EndpointId): Endpoint | undefined {
    const place = placeOf(id);
    return (this.#turns[place] as number) * PLACES_MAX + place === id ? this.#endpoints[place] : undefined;
  }

  #put(endpoint: Endpoint, place: number): EndpointId {
    if (place >= PLACES_MAX) throw new Error(`more than ${PLACES_MAX} endpoints at a time`);
    if (place >= this.#turns.length) this.#grow();
    this.#endpoints[place] = endpoint;
    return (this.#turns[place] as number) * PLACES_MAX + place;
  }

  /** False when nobody is behind the address any more. */
  #clear(id: EndpointId): boolean {
    if (this.at(id) === undefined) return false;
    const place = placeOf(id);
    this.#endpoints[place] = undefined;
    this.#turns[place] = (this.#turns[place] as number) + 1;
    return true;
  }

  #grow(): void {
    const endpoints = this.#endpoints;
    const turns = new Int32Array(grown(this.#turns.length));
    turns.set(this.#turns);
    this.#turns = turns;
    this.#endpoints = new Array<Endpoint | undefined>(turns.length).fill(undefined);
    for (let place = 0; place < endpoints.length; place++) this.#endpoints[place] = endpoints[place];
  }
}

/** The other address of a pair: twins have neighbouring places, which are given away together. */
export function twinOf(id: EndpointId): EndpointId {
  return id % 2 === 0 ? id + 1 : id - 1;
}

function placeOf(id: EndpointId): number {
  return id & (PLACES_MAX - 1);
}
