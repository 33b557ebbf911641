/** What the outcomes of several expectations come to. */
import type { Verdict } from "../../guarantees/index.js";
import type { ExpectationOutcome } from "../summary.js";

/**
 * Violated when one did not come out as stated, unknown when one could not be shown, holds when all came out as
 * stated; undefined when nothing was expected.
 */
export function cellVerdict(outcomes: readonly ExpectationOutcome[]): Verdict | undefined {
  if (outcomes.length === 0) return undefined;
  const deviating = outcomes.filter((outcome) => !outcome.asStated);
  if (deviating.length === 0) return "holds";
  return deviating.every((outcome) => outcome.found === "unknown") ? "unknown" : "violated";
}
