/** The addresses of a run: who is behind each, found without a search. */
import type { Endpoint, EndpointId } from "./wire.js";

/** An address is a place in the table and how often the place was given away before. */
const PLACES_MAX = 1 << 24;

export class Endpoints {
  readonly #endpoints: (Endpoint | undefined)[] = [];
  /** The address that is, or will next be, valid at each place. */
  readonly #ids: EndpointId[] = [];
  readonly #free: number[] = [];

  /** Throws when 2^24 addresses are in use. */
  attach(endpoint: Endpoint): EndpointId {
    const place = this.#free.pop() ?? this.#endpoints.length;
    if (place === PLACES_MAX) throw new Error(`more than ${PLACES_MAX} endpoints at a time`);
    this.#endpoints[place] = endpoint;
    return (this.#ids[place] ??= place);
  }

  /** The address is never given away again. */
  detach(id: EndpointId): void {
    if (this.at(id) === undefined) return;
    const place = placeOf(id);
    this.#endpoints[place] = undefined;
    this.#ids[place] = id + PLACES_MAX;
    this.#free.push(place);
  }

  /** Puts `endpoint` behind an address in use. */
  replace(id: EndpointId, endpoint: Endpoint): void {
    if (this.at(id) !== undefined) this.#endpoints[placeOf(id)] = endpoint;
  }

  at(id: EndpointId): Endpoint | undefined {
    const place = placeOf(id);
    return this.#ids[place] === id ? this.#endpoints[place] : undefined;
  }
}

function placeOf(id: EndpointId): number {
  return id & (PLACES_MAX - 1);
}
