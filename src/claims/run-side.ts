/** One run of one side of a claim. */
import type { Verdict } from "../guarantees/index.js";
import { RandomChance } from "../kernel/index.js";
import { type AssembleOptions, Registry, type RunResult, runOne } from "../scenario/index.js";
import type { Claim, Property, Side, SideName } from "./claim.js";
import { Draw } from "./draw.js";

/** Which runs: everything that decides on how they go but the model. */
export interface Drawing {
  /** The root of chance. */
  readonly seed: string;
  readonly varied: boolean;
}

/** What a run came to. Plain data. */
export interface SideRun {
  /** Its number, from 0. */
  readonly run: number;
  /** `unknown`: the situation did not arise. */
  readonly verdict: Verdict;
  /** What broke the claim, in a sentence. */
  readonly what?: string;
  readonly fingerprint: string;
}

/** Run `run` of a side that the claim has; `undefined` otherwise. The same sides of a claim meet the same weather. */
export function runSide(
  claim: Claim,
  name: SideName,
  run: number,
  drawing: Drawing,
  options?: AssembleOptions,
): RunResult | undefined {
  const side = claim.sides[name];
  if (side === undefined) return undefined;
  const scenario = side.scenario(new Draw(new RandomChance(drawing.seed, run)), drawing.varied);
  return runOne(scenario, new Registry([side.model]), new RandomChance(drawing.seed, run), options);
}

/** What the run says of the claim. */
export function judgeSide(claim: Claim, name: SideName, run: number, result: RunResult): SideRun {
  const property = propertyOf(claim, claim.sides[name]);
  const what = breachOf(property, result);
  const verdict = what !== undefined ? "violated" : isAtRisk(property, result) ? "holds" : "unknown";
  return { run, verdict, ...(what === undefined ? {} : { what }), fingerprint: result.fingerprint };
}

function propertyOf(claim: Claim, side: Side | undefined): Property {
  return side?.property ?? claim.property;
}

function breachOf(property: Property, result: RunResult): string | undefined {
  // A run without end shows of nothing that it was kept.
  if (result.end === "livelock" || result.end === "exhausted") return `The run ended by ${result.end}.`;
  for (const name of property.checks) {
    const check = result.checks.find((each) => each.check === name);
    if (check?.verdict === "violated") return `${name}: ${check.witness?.what ?? "violated."}`;
  }
  return property.breach?.(result);
}

function isAtRisk(property: Property, result: RunResult): boolean {
  const checked = result.checks.filter(({ check }) => property.checks.includes(check));
  const shown = checked.length === 0 || checked.some(({ verdict }) => verdict === "holds");
  return shown && (property.atRisk?.(result) ?? checked.length > 0);
}
