/** What the runs of a claim come to. */
import type { Claim, SideName } from "./claim.js";
import { SIDES } from "./claim.js";
import type { SideRun } from "./run-side.js";

/** `as-stated`, its contrary, or `unknown`: never at risk, or what was to be seen was not seen. */
export type Standing = "as-stated" | "not-as-stated" | "unknown";

export interface SideOutcome {
  readonly side: SideName;
  readonly runs: number;
  /** Runs in which the situation arose. */
  readonly atRisk: number;
  readonly violated: number;
  /** The first run in which the claim broke. */
  readonly first?: SideRun;
  readonly standing: Standing;
}

export interface ClaimOutcome {
  readonly claim: Claim;
  readonly sides: readonly SideOutcome[];
  readonly standing: Standing;
}

/** `runs` in any order. */
export function sideOutcome(side: SideName, runs: readonly SideRun[]): SideOutcome {
  const violations = runs.filter(({ verdict }) => verdict === "violated").sort((a, b) => a.run - b.run);
  const atRisk = runs.filter(({ verdict }) => verdict !== "unknown").length;
  const violated = violations.length;
  const [first] = violations;
  return {
    side,
    runs: runs.length,
    atRisk,
    violated,
    ...(first === undefined ? {} : { first }),
    standing: standingOf(side, atRisk, violated),
  };
}

/** The sides that are wanted and that the claim has, in their order; one without runs is unknown. */
export function claimOutcome(
  claim: Claim,
  runsOf: (side: SideName) => readonly SideRun[],
  wanted: readonly SideName[] = SIDES,
): ClaimOutcome {
  const sides = SIDES.filter((side) => wanted.includes(side) && claim.sides[side] !== undefined).map(
    (side) => {
      return sideOutcome(side, runsOf(side));
    },
  );
  return { claim, sides, standing: together(sides.map(({ standing }) => standing)) };
}

/** Of several: not as stated if one is not, else unknown if one is. */
export function together(standings: readonly Standing[]): Standing {
  if (standings.includes("not-as-stated")) return "not-as-stated";
  return standings.includes("unknown") ? "unknown" : "as-stated";
}

function standingOf(side: SideName, atRisk: number, violated: number): Standing {
  if (side !== "holds") return violated > 0 ? "as-stated" : "unknown";
  if (violated > 0) return "not-as-stated";
  return atRisk > 0 ? "as-stated" : "unknown";
}
