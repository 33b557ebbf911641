/** What became of a claim, in words: for the table, the report and programs. */
import { clopperPearsonUpper, rounded } from "../experiment/index.js";
import { type ClaimOutcome, together, type SideOutcome, type Standing } from "../claims/index.js";
import { quoted } from "./shell.js";
import { STATUS, type Status } from "./status.js";

/** How the claims were put to the test. */
export interface ClaimSetting {
  readonly model: string;
  readonly seed: string;
  readonly varied: boolean;
}

/** `holds`, `breaks`, `caught`, or that this was not so, or not shown. */
export function verdictInWords({ side, standing }: SideOutcome): string {
  if (side === "holds") {
    return { "as-stated": "holds", "not-as-stated": "broken", unknown: "never at risk" }[standing];
  }
  const seen = side === "twin" ? "caught" : "breaks";
  return standing === "as-stated" ? seen : side === "twin" ? "not caught" : "not seen to break";
}

/** Of all runs at risk, at most so many break the claim, with 95 % confidence; undefined where it broke. */
export function boundOf({ side, atRisk, violated }: SideOutcome): number | undefined {
  if (side !== "holds" || violated > 0 || atRisk === 0) return undefined;
  return clopperPearsonUpper(violated, atRisk);
}

/** `≤ 11.7 %` */
export function boundInWords(outcome: SideOutcome): string {
  const bound = boundOf(outcome);
  return bound === undefined ? "" : `≤ ${Number((100 * bound).toPrecision(3))} %`;
}

/** The line that makes the first counterexample again, and shows it. */
export function replayLine(
  outcome: ClaimOutcome,
  { side, first }: SideOutcome,
  setting: ClaimSetting,
): string | undefined {
  if (first === undefined) return undefined;
  const words = ["onceover", "claims", "--model", setting.model, "--claim", outcome.claim.id, "--side", side];
  if (setting.seed !== DEFAULT_SEED) words.push("--seed", quoted(setting.seed));
  if (setting.varied) words.push("--swarm");
  return [...words, "--run", String(first.run)].join(" ");
}

export const DEFAULT_SEED = "claims";

/** 0 all as stated, 1 one is not, 3 something was not shown, or time was up before all runs that were asked for. */
export function claimStatus(outcomes: readonly ClaimOutcome[], complete: boolean): Status {
  const all = together(outcomes.map(({ standing }): Standing => standing));
  if (all === "not-as-stated") return STATUS.notAsStated;
  return all === "unknown" || !complete ? STATUS.unknown : STATUS.asStated;
}

/** One JSON document. */
export function claimsJson(
  outcomes: readonly ClaimOutcome[],
  complete: boolean,
  setting: ClaimSetting,
): string {
  const claims = outcomes.map((outcome) => ({
    claim: outcome.claim.id,
    sentence: outcome.claim.sentence,
    source: outcome.claim.source,
    standing: outcome.standing,
    sides: outcome.sides.map((side) => {
      const bound = boundOf(side);
      const { first } = side;
      return {
        side: side.side,
        under: outcome.claim.sides[side.side]?.under ?? "",
        standing: side.standing,
        verdict: verdictInWords(side),
        runs: side.runs,
        atRisk: side.atRisk,
        violated: side.violated,
        ...(bound === undefined ? {} : { violatedAtMost: rounded(bound) }),
        ...(first === undefined ? {} : { first: { ...first, replay: replayLine(outcome, side, setting) } }),
      };
    }),
  }));
  const { model, seed, varied } = setting;
  return `${JSON.stringify({ model, seed, swarm: varied, complete, claims }, null, 2)}\n`;
}
