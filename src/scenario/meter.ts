/**
 * Reads instruments while a run goes on: what the network had counted when the warm-up ended, and samples of
 * gauges and links. It looks and changes nothing, so a run with series goes as one without.
 */
import { type Actor, type ActorId, type Instant, type Simulation, after } from "../kernel/index.js";
import type { History } from "../guarantees/index.js";
import type { Node } from "../host/index.js";
import type { Program } from "../model/index.js";
import type { SimulatedNetwork } from "../network/index.js";
import type { NetworkCounts } from "./metrics.js";
import type { SeriesPoint } from "./run.js";
import type { SeriesSpec } from "./scenario.js";

/** Gauges that every run has, one value a link that was used … */
export const LINK_QUEUE_BYTES = "link_queue_bytes";
export const LINK_IN_FLIGHT = "link_in_flight";
/** … and that a run with partitioned logs has, one value a group: records from what it has committed to the end. */
export const GROUP_LAG = "group_lag";
/** All of them, where there are logs or not. */
export function builtInGauges(logs: boolean): readonly string[] {
  return [LINK_QUEUE_BYTES, LINK_IN_FLIGHT, ...(logs ? [GROUP_LAG] : [])];
}

/** A program with the gauges of it that are to be sampled. */
export interface GaugePlace {
  readonly node: Node;
  readonly program: Program;
  readonly gauges: readonly string[];
}

const WARM = 0;
const SAMPLE = 1;

export class Meter implements Actor {
  readonly series: SeriesPoint[] = [];
  readonly #simulation: Simulation;
  readonly #actor: ActorId;
  readonly #network: SimulatedNetwork;
  readonly #spec: SeriesSpec | undefined;
  readonly #places: readonly GaugePlace[];
  readonly #history: History;
  readonly #warmup: Instant;
  #atWarmup: NetworkCounts | undefined;

  constructor(
    simulation: Simulation,
    network: SimulatedNetwork,
    warmup: Instant,
    series: SeriesSpec | undefined,
    places: readonly GaugePlace[],
    history: History,
  ) {
    this.#simulation = simulation;
    this.#actor = simulation.register(this);
    this.#network = network;
    this.#history = history;
    this.#warmup = warmup;
    this.#spec = series;
    this.#places = series === undefined ? [] : places;
    if (warmup > 0) simulation.schedule(warmup, this.#actor, WARM);
    if (series !== undefined) simulation.schedule(0, this.#actor, SAMPLE);
  }

  /** @internal Called by the simulation. */
  fire(code: number, now: Instant): void {
    if (code === WARM) {
      this.#atWarmup = { ...this.#network.statistics };
    } else if (this.#spec !== undefined) {
      this.#sample(this.#spec, now);
      this.#simulation.schedule(after(now, this.#spec.every), this.#actor, SAMPLE);
    }
  }

  /** What the network counted from the end of the warm-up until now; nothing if that was not reached. */
  counted(): NetworkCounts {
    const now = this.#network.statistics;
    const before = this.#warmup === 0 ? NONE : (this.#atWarmup ?? now);
    return {
      packetsSent: now.packetsSent - before.packetsSent,
      packetsLost: now.packetsLost - before.packetsLost,
      bytesSent: now.bytesSent - before.bytesSent,
      payloadBytes: now.payloadBytes - before.payloadBytes,
      retransmissions: now.retransmissions - before.retransmissions,
      connects: now.connects - before.connects,
      reconnects: now.reconnects - before.reconnects,
    };
  }

  #sample(spec: SeriesSpec, now: Instant): void {
    for (const { node, program, gauges } of this.#places) {
      if (gauges.length === 0) continue;
      const values = program.gauges();
      for (const gauge of gauges) {
        const value = values[gauge];
        if (value !== undefined) this.series.push({ at: now, gauge, place: node.name, value });
      }
    }
    for (const gauge of spec.of) {
      if (gauge === GROUP_LAG) this.#sampleGroups(now);
      if (gauge !== LINK_QUEUE_BYTES && gauge !== LINK_IN_FLIGHT) continue;
      for (const link of this.#network.usedLinks()) {
        const value = gauge === LINK_QUEUE_BYTES ? link.queuedBytes : link.packetsInFlight;
        this.series.push({ at: now, gauge, place: `${link.from.name}>${link.to.name}`, value });
      }
    }
  }

  #sampleGroups(now: Instant): void {
    for (const { group, lag } of this.#history.log.lags) {
      const place = this.#history.recipientName(group);
      this.series.push({ at: now, gauge: GROUP_LAG, place, value: lag });
    }
  }
}

const NONE: NetworkCounts = {
  packetsSent: 0,
  packetsLost: 0,
  bytesSent: 0,
  payloadBytes: 0,
  retransmissions: 0,
  connects: 0,
  reconnects: 0,
};
