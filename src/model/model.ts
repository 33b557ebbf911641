/** The contract between a model and the simulator. */
import type { Chance, Instant, Simulation, Timers } from "../kernel/index.js";
import type { Application, Trace } from "../trace/index.js";
import type { Node } from "../host/index.js";
import type { Network } from "../network/index.js";
import type { OptionRefusal, OptionValues, RoleDescription } from "./description.js";

/** Where a program runs and whom it can talk to. */
export interface Place {
  readonly node: Node;
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly application: Application;
  readonly network: Network;
  /** The node of that name. The schema has made sure that it exists. */
  nodeNamed(name: string): Node;
  /** What the programs of this run share under `key`; made for the first of them that asks. */
  common<Shared>(key: object, make: () => Shared): Shared;
}

/** One thing the workload makes a program do: prepared once, performed many times. */
export interface Operation {
  /** Called only while the program runs. */
  perform(now: Instant): void;

  /**
   * Performs it up to `times` times and tells how often, at least once. It stops as soon as that has given the node
   * anything to do (see `InputTarget.inputs`). Absent: it is performed again and again.
   */
  performAll?(times: number, now: Instant): number;
}

/** A program on a node: a model's machines with everything around them that touches the simulator. */
export interface Program {
  /** The process starts: at the beginning of the run, and again after each crash. */
  start(now: Instant): void;

  /** The process has ended, by a crash or by itself: what was in memory is gone. No input comes until `start`. */
  crashed(now: Instant): void;

  /**
   * The process is asked to end in good order, and killed if that takes too long. It calls `stopped` when it is
   * done, and is told of its end by `crashed`. A program without this ends at once.
   */
  stopping?(now: Instant, stopped: (now: Instant) => void): void;

  /**
   * Prepares an activity of the workload. `finished` is to be called once for each `perform`, when the
   * operation is over (acknowledged, failed, or written when nobody acknowledges it), never inside `perform`
   * before the operation has begun; or once for so many that are over at one instant.
   */
  operation(
    activity: string,
    options: OptionValues,
    finished: (now: Instant, times?: number) => void,
  ): Operation;

  /** At the horizon: tells `application.held` of every message that is still queued or in flight here. */
  reportHeld(application: Application): void;

  /** The role's metrics by name, in the order of their description. */
  metrics(): Readonly<Record<string, number>>;

  /** The role's gauges by name, now. */
  gauges(): Readonly<Record<string, number>>;

  /** The program's state as plain data, for looking at. */
  snapshot(): unknown;
}

export interface Role extends RoleDescription {
  /** Builds the program of one node. `options` are complete: every default filled in. */
  build(place: Place, options: OptionValues): Program;

  /**
   * Inputs that a node with these options works on at a time, where the scenario gives it no CPU: its program says what
   * each costs. Absent, or undefined: they cost nothing then.
   */
  cores?(options: OptionValues): number | undefined;

  /** What is wrong with complete options each of which is fine by itself. Absent: nothing ever is. */
  refusals?(options: OptionValues): readonly OptionRefusal[];
}

export interface Model {
  /** Lower case; roles are written `<model>.<role>`. */
  readonly name: string;
  readonly summary: string;
  readonly roles: readonly Role[];
  /** It has partitioned logs, and tells `application.log` of them: their checkers and metrics apply. */
  readonly logs?: boolean;
  /** Whether a message published to `topic` is meant for who subscribed to `filter`. */
  matches(filter: string, topic: string): boolean;
}
