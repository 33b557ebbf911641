/**
 * Requests that wait in the purgatory: produce requests for the high watermark, fetches for something to read. A
 * connection has one request served at a time, so there is at most one a connection.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Fetch, ProduceResult } from "../protocol/messages.js";

export interface WaitingProduce {
  readonly connection: number;
  readonly deadline: Instant;
  /** By place in `results`, what the high watermark must reach; -1: nothing is waited for. */
  readonly required: readonly number[];
  readonly results: ProduceResult[];
}

export interface WaitingFetch {
  readonly connection: number;
  readonly fetch: Fetch;
}

export class Waiting {
  readonly produces: Map<number, WaitingProduce> = new Map();
  readonly fetches: Map<number, WaitingFetch> = new Map();
  /** By partition, the connections whose request waits for it. */
  readonly #byPartition = new Map<number, Set<number>>();

  add(connection: number, partition: number): void {
    let connections = this.#byPartition.get(partition);
    if (connections === undefined) this.#byPartition.set(partition, (connections = new Set()));
    connections.add(connection);
  }

  /** Connections whose request may have come to an end by what happened to `partition`. */
  of(partition: number): readonly number[] {
    return [...(this.#byPartition.get(partition) ?? [])];
  }

  remove(connection: number): void {
    const waited = this.produces.get(connection)?.results ?? this.fetches.get(connection)?.fetch.partitions;
    for (const { partition } of waited ?? []) this.#byPartition.get(partition)?.delete(connection);
    this.produces.delete(connection);
    this.fetches.delete(connection);
  }

  clear(): void {
    this.produces.clear();
    this.fetches.clear();
    this.#byPartition.clear();
  }
}
