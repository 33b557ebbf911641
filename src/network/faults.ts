/**
 * Faults: cut, hold, reset, crash, stop, pause, skew and what undoes them, at an instant, periodically or at random.
 *
 * At one instant faults come before everything else, those that begin before those that end. Faults that
 * overlap on one thing add up: a link cut twice carries packets again when both cuts have ended. A fault
 * without end that says so itself (`mend`, `release`, `restart`, `resume`) ends all of its kind at once.
 *
 * The order of declaration does not matter: faults are ordered by what they are.
 */
import {
  type Actor,
  type ActorId,
  type Chance,
  type ChanceHandle,
  type Distribution,
  type Instant,
  NEVER,
  type Simulation,
  after,
} from "../kernel/index.js";
import { type Effect, type FaultTargets, Impairments } from "./impairments.js";
import type { FaultSpec, FaultTiming } from "./spec.js";

export interface FaultSurroundings extends FaultTargets {
  readonly simulation: Simulation;
  readonly chance: Chance;
  /**
   * Called once, when no fault is still to come and nothing is cut, held, down or paused by one: at once when
   * there are no faults, never when something stays impaired. (A skewed clock impairs nothing.)
   */
  readonly healed: (now: Instant) => void;
}

export interface FaultSchedule {
  /** No fault begins or ends after this instant: an upper bound where chance decides. 0 without faults. */
  readonly lastChange: Instant;
}

/** Schedules `specs`. Call it before anything else is scheduled. Throws when a fault names no node or link. */
export function scheduleFaults(specs: readonly FaultSpec[], surroundings: FaultSurroundings): FaultSchedule {
  return new Faults(specs, surroundings);
}

/** One fault of the scenario, with all its occurrences. */
interface Fault {
  readonly spec: FaultSpec;
  readonly effects: readonly Effect[];
  /** Places of its events among those of one instant. */
  readonly beginSequence: number;
  readonly endSequence: number;
  /** Of a random fault: when the next occurrence is. */
  readonly source: ChanceHandle;
  readonly gap: Distribution;
  /** For each occurrence that has begun and will end, and each of its effects, what the beginning returned. */
  readonly begun: number[];
}

const BEGIN = 0;
const END = 1;
const NO_SOURCE: ChanceHandle = -1;

class Faults implements Actor, FaultSchedule {
  readonly lastChange: Instant;
  readonly #surroundings: FaultSurroundings;
  readonly #actor: ActorId;
  readonly #impairments: Impairments;
  readonly #faults: readonly Fault[];
  /** Beginnings and ends that are scheduled. */
  #pending = 0;
  #told = false;

  constructor(specs: readonly FaultSpec[], surroundings: FaultSurroundings) {
    this.#surroundings = surroundings;
    this.#actor = surroundings.simulation.register(this);
    this.#impairments = new Impairments(surroundings);
    this.#faults = this.#inOrder(specs);
    this.lastChange = specs.reduce((last, spec) => Math.max(last, lastChangeOf(spec)), 0);
    this.#faults.forEach((fault, index) => this.#scheduleFirst(fault, index));
    this.#tellIfHealed(surroundings.simulation.now);
  }

  /** @internal Called by the simulation. */
  fire(code: number, now: Instant): void {
    const index = code >> 1;
    const fault = this.#faults[index] as Fault;
    this.#pending--;
    if ((code & 1) === BEGIN) this.#begin(fault, index, now);
    else for (const effect of fault.effects) effect.end(fault.begun.shift() as number, now);
    this.#tellIfHealed(now);
  }

  #begin(fault: Fault, index: number, now: Instant): void {
    const { lasting, when } = fault.spec;
    for (const effect of fault.effects) {
      const occurrence = effect.begin(now);
      if (lasting !== undefined) fault.begun.push(occurrence);
    }
    if (lasting !== undefined) this.#schedule(after(now, lasting), fault.endSequence, index, END);
    if (when.kind === "periodic") this.#scheduleBegin(fault, index, after(now, when.every), when.until);
    else if (when.kind === "random") this.#scheduleBegin(fault, index, this.#draw(fault, now), when.until);
  }

  #scheduleFirst(fault: Fault, index: number): void {
    const { when } = fault.spec;
    switch (when.kind) {
      case "at":
        return this.#scheduleBegin(fault, index, when.at, NEVER);
      case "periodic":
        return this.#scheduleBegin(fault, index, when.first, when.until);
      case "random":
        return this.#scheduleBegin(fault, index, this.#draw(fault, when.from), when.until);
    }
  }

  #scheduleBegin(fault: Fault, index: number, at: Instant, until: Instant): void {
    if (at <= until) this.#schedule(at, fault.beginSequence, index, BEGIN);
  }

  #schedule(at: Instant, sequence: number, index: number, what: number): void {
    this.#pending++;
    this.#surroundings.simulation.scheduleInSequence(at, sequence, this.#actor, (index << 1) | what);
  }

  /** The next instant of a Poisson process after `at`; two occurrences never share one. */
  #draw(fault: Fault, at: Instant): Instant {
    return after(at, Math.max(1, this.#surroundings.chance.duration(fault.source, fault.gap)));
  }

  #tellIfHealed(now: Instant): void {
    if (this.#told || this.#pending > 0 || this.#impairments.active > 0) return;
    this.#told = true;
    this.#surroundings.healed(now);
  }

  /** All beginnings come before all ends, each in the order of what the faults are. */
  #inOrder(specs: readonly FaultSpec[]): readonly Fault[] {
    const { simulation } = this.#surroundings;
    const sorted = specs.map((spec) => ({ spec, key: keyOf(spec) })).sort((a, b) => compare(a.key, b.key));
    const beginnings = sorted.map(() => simulation.takeSequence());
    const ends = sorted.map(() => simulation.takeSequence());
    const namesakes = new Map<string, number>();
    return sorted.map(({ spec }, index) => ({
      spec,
      effects: this.#impairments.effectsOf(spec),
      beginSequence: beginnings[index] as number,
      endSequence: ends[index] as number,
      source: this.#sourceOf(spec, namesakes),
      gap: { kind: "exponential", mean: spec.when.kind === "random" ? spec.when.meanEvery : 0, min: 0 },
      begun: [],
    }));
  }

  /** `fault/cut/sensor>broker/when`; a second random cut of the same link is `fault/cut/sensor>broker/2/when`. */
  #sourceOf(spec: FaultSpec, namesakes: Map<string, number>): ChanceHandle {
    if (spec.when.kind !== "random") return NO_SOURCE;
    const name = `fault/${spec.verb}/${subjectOf(spec)}`;
    const nth = (namesakes.get(name) ?? 0) + 1;
    namesakes.set(name, nth);
    return this.#surroundings.chance.source(nth === 1 ? `${name}/when` : `${name}/${nth}/when`);
  }
}

/** What a fault strikes, in words: `broker`, `sensor>broker`, `broker<>sensor`. */
function subjectOf(spec: FaultSpec): string {
  switch (spec.verb) {
    case "cut":
    case "hold":
    case "mend":
    case "release":
      return spec.bothWays ? pair(spec.from, spec.to) : `${spec.from}>${spec.to}`;
    case "reset":
      return pair(...spec.between);
    case "crash":
    case "stop":
    case "restart":
    case "pause":
    case "resume":
    case "skew":
      return spec.node;
  }
}

function pair(one: string, other: string): string {
  return one < other ? `${one}<>${other}` : `${other}<>${one}`;
}

/** Everything that tells one fault from another, in a fixed order. */
function keyOf(spec: FaultSpec): string {
  const { when } = spec;
  return [spec.verb, subjectOf(spec), mannerOf(spec), timingKey(when), String(spec.lasting ?? "")].join(" ");
}

function mannerOf(spec: FaultSpec): string {
  switch (spec.verb) {
    case "crash":
      return `${spec.power}${spec.disk === true ? " disk" : ""}`;
    case "stop":
      return String(spec.limit);
    case "skew":
      return String(spec.offset);
    default:
      return "";
  }
}

function timingKey(when: FaultTiming): string {
  switch (when.kind) {
    case "at":
      return `at ${when.at}`;
    case "periodic":
      return `periodic ${when.first} ${when.every} ${when.until}`;
    case "random":
      return `random ${when.meanEvery} ${when.from} ${when.until}`;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The latest instant at which an occurrence of the fault can begin or end. */
function lastChangeOf(spec: FaultSpec): Instant {
  const { when } = spec;
  const lasting = spec.lasting ?? 0;
  switch (when.kind) {
    case "at":
      return after(when.at, lasting);
    case "periodic": {
      if (when.first > when.until) return 0;
      const last = when.until - ((when.until - when.first) % when.every);
      return after(last, lasting);
    }
    case "random":
      return after(when.until, lasting);
  }
}
