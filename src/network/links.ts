/**
 * The directory of a run: its links, and the addresses that packets are sent to. Links are numbered by their
 * ends, in the order of the nodes, so the order in which a scenario declares them never matters.
 */
import type { Node, SimulatedNode } from "../host/index.js";
import { Carriage } from "./carriage.js";
import { DirectedLink } from "./directed-link.js";
import { Endpoints } from "./endpoints.js";
import type { LinkSurroundings } from "./link-surroundings.js";
import type { LinkSpec } from "./spec.js";
import type { Endpoint, EndpointId, Wire } from "./wire.js";

export class Links implements Wire {
  readonly carriage: Carriage;
  readonly #endpoints = new Endpoints();
  readonly #specs: readonly LinkSpec[];
  /** Links are sorted by the index of `from`, then of `to`: number of the first link of each node, and of all. */
  readonly #firsts: Int32Array;

  /**
   * `nodes` stand at their index. Throws when a link names an unknown node, leads to where it begins, or
   * stands twice.
   */
  constructor(nodes: readonly SimulatedNode[], specs: readonly LinkSpec[], surroundings: LinkSurroundings) {
    const indices = new Map(nodes.map((node) => [node.name, node.index]));
    const ends = specs.map((spec, place) => {
      return { spec, place, from: find(indices, spec.from), to: find(indices, spec.to) };
    });
    ends.sort((a, b) => a.from - b.from || a.to - b.to);
    this.carriage = new Carriage(ends, nodes, this.#endpoints, surroundings);
    this.#specs = specs;
    this.#firsts = new Int32Array(nodes.length + 1);
    ends.forEach(({ spec, from, to }, index) => {
      if (from === to) throw new Error(`a link leads from ${spec.from} to itself`);
      const following = ends[index + 1];
      if (following !== undefined && following.from === from && following.to === to) {
        throw new Error(`two links lead from ${spec.from} to ${spec.to}`);
      }
      this.#firsts[from + 1] = index + 1;
    });
    for (let i = 1; i < this.#firsts.length; i++) {
      this.#firsts[i] = Math.max(this.#firsts[i] as number, this.#firsts[i - 1] as number);
    }
  }

  /** The links that were used, in their order. */
  used(): readonly DirectedLink[] {
    const links: DirectedLink[] = [];
    for (let index = 0; index < this.#specs.length; index++) {
      if (this.carriage.isMade(index)) links.push(new DirectedLink(this.carriage, index));
    }
    return links;
  }

  attach(endpoint: Endpoint): EndpointId {
    return this.#endpoints.attach(endpoint);
  }

  detach(id: EndpointId): void {
    this.#endpoints.detach(id);
  }

  /** Gives two endpoints addresses each of which is the other's `twinOf`. Returns the first one's. */
  attachTwins(one: Endpoint, other: Endpoint): EndpointId {
    return this.#endpoints.attachTwins(one, other);
  }

  detachTwin(id: EndpointId): void {
    this.#endpoints.detachTwin(id);
  }

  /** Puts another endpoint behind an address. */
  replace(id: EndpointId, endpoint: Endpoint): void {
    this.#endpoints.replace(id, endpoint);
  }

  /** Who is behind an address. */
  endpoint(id: EndpointId): Endpoint | undefined {
    return this.#endpoints.at(id);
  }

  link(from: Node, to: Node): DirectedLink {
    return new DirectedLink(this.carriage, this.index(from, to));
  }

  /** The number of a link that is to be used. Throws when there is none. */
  index(from: Node, to: Node): number {
    const index = this.#find(from.index, to.index);
    if (index < 0) throw new Error(`there is no link from ${from.name} to ${to.name}`);
    this.carriage.make(index, this.#specs);
    return index;
  }

  /** Number of the link between two indices; -1 when there is none. */
  #find(from: number, to: number): number {
    let low = this.#firsts[from] as number;
    let high = this.#firsts[from + 1] as number;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.carriage.toIndex(middle) < to) low = middle + 1;
      else high = middle;
    }
    return low < (this.#firsts[from + 1] as number) && this.carriage.toIndex(low) === to ? low : -1;
  }
}

function find(indices: ReadonlyMap<string, number>, name: string): number {
  const index = indices.get(name);
  if (index === undefined) throw new Error(`a link names ${name}, which is not a node`);
  return index;
}
