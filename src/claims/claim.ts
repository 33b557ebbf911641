/**
 * A claim: a sentence from a specification or a vendor's pages, and three ways to put it to the test. It is to hold
 * under its condition whatever chance does; to break without the condition, or the condition would say nothing; and
 * to break in a model one of whose rules is broken, or the test would show nothing.
 */
import type { Model } from "../model/index.js";
import type { RunResult, Scenario } from "../scenario/index.js";
import type { Draw } from "./draw.js";

export type SideName = "holds" | "breaks" | "twin";

export const SIDES: readonly SideName[] = ["holds", "breaks", "twin"];

/** What a claim says of a run. */
export interface Property {
  /** Checkers, by name: one that is violated breaks the claim. */
  readonly checks: readonly string[];
  /** What else breaks it, in a sentence; undefined: nothing did. */
  breach?(result: RunResult): string | undefined;
  /** Whether the situation that the claim speaks of arose. Default: one of the checkers was at risk. */
  atRisk?(result: RunResult): boolean;
}

/** One of the three: a model, and scenarios of which every one satisfies, or every one lacks, the condition. */
export interface Side {
  /** Settings and faults, in a few words. */
  readonly under: string;
  readonly model: Model;
  /** `varied`: what the condition leaves open is drawn as well. */
  scenario(draw: Draw, varied: boolean): Scenario;
  /** In place of the claim's. */
  readonly property?: Property;
}

export interface Claim {
  /** As the register calls it: `K4`. */
  readonly id: string;
  readonly sentence: string;
  /** Where that is said. */
  readonly source: string;
  readonly property: Property;
  readonly sides: { readonly holds: Side } & Partial<Readonly<Record<SideName, Side>>>;
}

/** The claims about one model, in the order of its register. */
export interface ClaimRegister {
  readonly model: string;
  readonly claims: readonly Claim[];
}
