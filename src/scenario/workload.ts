/**
 * The workload: makes programs perform operations at their pace, through their node. An operation that falls
 * due on a crashed node is left out (the application that would ask for it does not exist), on a paused one it
 * waits.
 *
 * What an activity draws comes from the source `workload/<node>/<activity>/<k>`, where k counts the node's
 * activities of that name.
 */
import {
  type Actor,
  type ActorId,
  type Chance,
  type ChanceHandle,
  type Distribution,
  type Instant,
  type Simulation,
  after,
} from "../kernel/index.js";
import type { InputTarget, Node } from "../host/index.js";
import type { Operation, Program } from "../model/index.js";
import type { ActivitySpec, Pace } from "./scenario.js";

export interface WorkloadSurroundings {
  readonly simulation: Simulation;
  readonly chance: Chance;
  /** Called when no operation is still to come at an instant that is already known. */
  readonly drained: () => void;
}

/** An activity and the program that it makes perform. */
export interface ActivityPlace {
  readonly spec: ActivitySpec;
  readonly node: Node;
  readonly program: Program;
}

interface Activity {
  readonly node: Node;
  readonly pace: Pace;
  readonly operation: Operation;
  readonly source: ChanceHandle;
  /** Gap to the next operation, or place within its slot. */
  readonly spread: Distribution;
  issued: number;
  /** Closed loop: performed or waiting to be, and not finished. */
  unfinished: number;
  /** An event for this activity is pending. */
  scheduled: boolean;
}

export class Workload implements Actor, InputTarget<undefined> {
  /** When the last operation so far fell due or was performed. */
  lastAt: Instant = 0;
  /** Operations performed. */
  performed = 0;

  readonly #simulation: Simulation;
  readonly #chance: Chance;
  readonly #drained: () => void;
  readonly #actor: ActorId;
  readonly #activities: readonly Activity[];
  /** Activities for which an event is pending. */
  #expecting = 0;

  /** `places` in canonical order: in that of their nodes. */
  constructor(places: readonly ActivityPlace[], surroundings: WorkloadSurroundings) {
    this.#simulation = surroundings.simulation;
    this.#chance = surroundings.chance;
    this.#drained = surroundings.drained;
    this.#actor = surroundings.simulation.register(this);
    const namesakes = new Map<string, number>();
    this.#activities = places.map((place, index) => this.#prepare(place, index, namesakes));
    this.#activities.forEach((activity, index) => this.#begin(activity, index));
  }

  /** Whether operations are still to come at instants that are known. */
  get expecting(): boolean {
    return this.#expecting > 0;
  }

  /** @internal Called by the simulation. */
  fire(index: number, now: Instant): void {
    const activity = this.#activities[index] as Activity;
    activity.scheduled = false;
    this.#expecting--;
    if (activity.pace.kind === "closed") this.#fill(activity, activity.pace, index, now);
    else this.#issue(activity, index, now);
    if (this.#expecting === 0) this.#drained();
  }

  /** @internal Called through the node. */
  input(index: number, _content: undefined, now: Instant): void {
    // An instant is an object of its own where it is kept: many operations share one.
    if (now !== this.lastAt) this.lastAt = now;
    this.performed++;
    (this.#activities[index] as Activity).operation.perform(now);
  }

  /** @internal */
  inputs(index: number, _content: undefined, times: number, now: Instant): number {
    const { operation } = this.#activities[index] as Activity;
    if (operation.performAll === undefined) {
      this.input(index, undefined, now);
      return 1;
    }
    if (now !== this.lastAt) this.lastAt = now;
    const performed = operation.performAll(times, now);
    this.performed += performed;
    return performed;
  }

  /** A process has started on `node`: whatever an earlier one had unfinished there is gone. */
  started(node: Node, now: Instant): void {
    for (let index = this.#firstOf(node); this.#activities[index]?.node === node; index++) {
      const activity = this.#activities[index] as Activity;
      if (activity.pace.kind !== "closed" || now < activity.pace.start) continue;
      activity.unfinished = 0;
      this.#wake(activity, index, now);
    }
  }

  /** The first of the node's activities, if it has any; found by halving, as they stand in the order of the nodes. */
  #firstOf({ index }: Node): number {
    let low = 0;
    let high = this.#activities.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#activities[middle] as Activity).node.index < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #prepare({ spec, node, program }: ActivityPlace, index: number, namesakes: Map<string, number>): Activity {
    const name = `workload/${spec.node}/${spec.activity}`;
    const nth = namesakes.get(name) ?? 0;
    namesakes.set(name, nth + 1);
    const { pace } = spec;
    const every = "every" in pace ? pace.every : 0;
    return {
      node,
      pace,
      operation: program.operation(spec.activity, spec.options, (now, times) =>
        this.#finished(index, times ?? 1, now),
      ),
      source: this.#chance.source(`${name}/${nth}`),
      spread:
        pace.kind === "poisson"
          ? { kind: "exponential", mean: every, min: 0 }
          : { kind: "uniform", min: 0, max: every },
      issued: 0,
      unfinished: 0,
      scheduled: false,
    };
  }

  #begin(activity: Activity, index: number): void {
    const { pace } = activity;
    if (countOf(pace) === 0) return;
    if (pace.kind === "closed") this.#schedule(activity, index, pace.start);
    else this.#scheduleNext(activity, index, pace.start);
  }

  #issue(activity: Activity, index: number, now: Instant): void {
    activity.issued++;
    this.lastAt = now;
    if (activity.issued < countOf(activity.pace)) this.#scheduleNext(activity, index, now);
    activity.node.input(this, index, undefined, now);
  }

  /** The operation after `issued` others of an activity that is paced by time. */
  #scheduleNext(activity: Activity, index: number, now: Instant): void {
    const { pace, issued, source, spread } = activity;
    switch (pace.kind) {
      case "once":
      case "fixed":
        return this.#schedule(activity, index, issued === 0 ? pace.start : after(now, everyOf(pace)));
      case "poisson":
        return this.#schedule(activity, index, after(now, this.#chance.duration(source, spread)));
      case "uniform-slot": {
        const slot = after(pace.start, issued * pace.every);
        return this.#schedule(activity, index, after(slot, this.#chance.duration(source, spread)));
      }
      case "closed":
        return;
    }
  }

  #fill(activity: Activity, pace: Pace & { kind: "closed" }, index: number, now: Instant): void {
    if (!activity.node.running) return;
    const room = Math.min(pace.window - activity.unfinished, pace.count - activity.issued);
    if (room <= 0) return;
    activity.issued += room;
    activity.unfinished += room;
    this.lastAt = now;
    activity.node.inputs(this, index, undefined, room, now);
  }

  #finished(index: number, times: number, now: Instant): void {
    const activity = this.#activities[index] as Activity;
    if (activity.pace.kind !== "closed" || activity.unfinished === 0) return;
    activity.unfinished = Math.max(0, activity.unfinished - times);
    this.#wake(activity, index, now);
  }

  /** Has a closed loop filled by an event of its own: operations never nest, and endless ones are noticed. */
  #wake(activity: Activity, index: number, now: Instant): void {
    if (activity.scheduled || activity.issued >= countOf(activity.pace)) return;
    this.#schedule(activity, index, now);
  }

  #schedule(activity: Activity, index: number, at: Instant): void {
    activity.scheduled = true;
    this.#expecting++;
    this.#simulation.schedule(at, this.#actor, index);
  }
}

function countOf(pace: Pace): number {
  return pace.kind === "once" ? 1 : pace.count;
}

function everyOf(pace: Pace): number {
  return "every" in pace ? pace.every : 0;
}
