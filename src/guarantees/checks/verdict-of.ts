/** From counts to a verdict. */
import type { CheckResult, Witness } from "../verdict.js";

/**
 * Violated if anything went wrong; else unknown if nothing was at risk or something is still `open` (neither
 * kept nor broken when the history ended); else holds.
 */
export function verdictOf(
  check: string,
  atRisk: number,
  violations: number,
  open: number,
  witness: Witness | undefined,
): CheckResult {
  const verdict = violations > 0 ? "violated" : atRisk === 0 || open > 0 ? "unknown" : "holds";
  return { check, verdict, atRisk, violations, ...(witness === undefined ? {} : { witness }) };
}
