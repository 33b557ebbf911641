/** A directed link to hold in the hand: its index, and the carriage that knows everything about it. */
import type { Instant } from "../kernel/index.js";
import type { SimulatedNode } from "../host/index.js";
import type { Content } from "../trace/index.js";
import type { Carriage } from "./carriage.js";
import type { EndpointId, Link } from "./wire.js";

export class DirectedLink implements Link {
  readonly index: number;
  readonly #carriage: Carriage;

  constructor(carriage: Carriage, index: number) {
    this.#carriage = carriage;
    this.index = index;
  }

  get from(): SimulatedNode {
    return this.#carriage.from(this.index);
  }

  get to(): SimulatedNode {
    return this.#carriage.to(this.index);
  }

  get queuedBytes(): number {
    return this.#carriage.queuedBytes(this.index);
  }

  get packetsInFlight(): number {
    return this.#carriage.packetsInFlight(this.index);
  }

  send(endpoint: EndpointId, content: Content, wireBytes: number, now: Instant): void {
    this.#carriage.send(this.index, endpoint, content, wireBytes, now);
  }
}
