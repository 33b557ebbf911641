/** Chance as it happens: an independent random stream a name, derived from (seed, replication, name). */
import type { Chance, ChanceHandle } from "./chance.js";
import { Quantiles, type Distribution } from "./distribution.js";
import { RandomStreams } from "./random.js";
import type { Duration } from "./time.js";

/**
 * The random source of decisions. What one name draws depends on seed, replication and that name alone: adding
 * a source never changes the draws of another. Every call is one draw, also with a probability of 0 or 1, and
 * each draw is made by inversion, so that runs that differ in a probability or a delay share their luck
 * (common random numbers): a packet lost at 1 % is also lost at 5 %.
 */
export class RandomChance implements Chance {
  private readonly streams: RandomStreams;
  private readonly handles: Map<string, ChanceHandle> = new Map();
  /** The distribution that each source drew from last, and the same prepared for sampling. */
  private readonly distributions: (Distribution | undefined)[] = [];
  private readonly quantiles: (Quantiles | undefined)[] = [];

  constructor(seed: string, replication: number) {
    this.streams = new RandomStreams(seed, replication);
  }

  source(name: string): ChanceHandle {
    const known = this.handles.get(name);
    if (known !== undefined) return known;
    const handle = this.streams.add(name);
    this.handles.set(name, handle);
    this.distributions.push(undefined);
    this.quantiles.push(undefined);
    return handle;
  }

  happens(source: ChanceHandle, probability: number): boolean {
    return this.streams.below(source, probability);
  }

  choose(source: ChanceHandle, count: number): number {
    return this.streams.index(source, count);
  }

  duration(source: ChanceHandle, distribution: Distribution): Duration {
    if (this.distributions[source] !== distribution) this.prepare(source, distribution);
    return (this.quantiles[source] as Quantiles).at(this.streams.fraction(source));
  }

  private prepare(source: ChanceHandle, distribution: Distribution): void {
    this.distributions[source] = distribution;
    this.quantiles[source] = new Quantiles(distribution);
  }
}
