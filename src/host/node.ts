/**
 * A node: a place that can crash, be paused and be busy. Every input for a program on it passes through
 * `input`, which hands it over now, later or never.
 *
 * The operating system below the program (its TCP stack) is not gated here: it goes on while the program is
 * paused, survives the program's crash and dies with the power.
 */
import type { Duration, Instant } from "../kernel/index.js";
import type { Disk } from "./disk.js";

/** Something on a node that takes inputs: a code and one object, whatever they mean to it. */
export interface InputTarget<Content> {
  input(code: number, content: Content, now: Instant): void;

  /**
   * Takes the same input up to `times` times and tells how often, at least once. It stops as soon as it has given its
   * node anything to do, as what is left may have to wait for that. Absent: it takes each by itself.
   */
  inputs?(code: number, content: Content, times: number, now: Instant): number;

  /** Its inputs are worked on one after the other, in the order in which they came, however many cores there are. */
  readonly ordered?: boolean;

  /** What the program says that the input costs a core, beside what the CPU takes for any. Absent: nothing. */
  cost?(code: number, content: Content): Duration;
}

/** Hands over the same input up to `times` times; returns how often. */
export function handOver<Content>(
  target: InputTarget<Content>,
  code: number,
  content: Content,
  times: number,
  now: Instant,
): number {
  if (target.inputs !== undefined) return target.inputs(code, content, times, now);
  target.input(code, content, now);
  return 1;
}

export interface Node {
  /** Canonical index: nodes are numbered in code-unit order of their names. */
  readonly index: number;
  readonly name: string;
  /** The operating system runs (the power is on). */
  readonly powered: boolean;
  /** The program runs: it was started and has not crashed since. */
  readonly running: boolean;
  readonly paused: boolean;
  /** What the program writes there survives its crash, and what it syncs the loss of the power. */
  readonly disk: Disk;

  /**
   * Hands an input to `target`: at once if the program runs and its CPU costs nothing, after its turn and
   * service time on the CPU otherwise, when the node resumes if it is paused, never if it has crashed.
   */
  input<Content>(target: InputTarget<Content>, code: number, content: Content, now: Instant): void;

  /** Hands over the same input `times` times, one after the other. */
  inputs<Content>(
    target: InputTarget<Content>,
    code: number,
    content: Content,
    times: number,
    now: Instant,
  ): void;

  /** The process dies of itself, as of a fatal error. Not to be called while it handles an input. */
  crash(now: Instant): void;

  /** The node's wall clock in integer microseconds from a fixed epoch, with its offset and drift. */
  wallClock(now: Instant): number;
}
