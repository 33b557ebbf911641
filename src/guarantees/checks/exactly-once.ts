/** exactly-once, as a claim about the run: nothing is repeated and nothing acknowledged is missing. */
import type { CheckResult } from "../verdict.js";

/** Violated if either is; holds if both do. */
export function checkExactlyOnce(
  atMostOnce: CheckResult,
  atLeastOnce: CheckResult,
  check: string = "exactly-once",
): CheckResult {
  const violations = atMostOnce.violations + atLeastOnce.violations;
  const witness = atLeastOnce.witness ?? atMostOnce.witness;
  const both = atMostOnce.verdict === "holds" && atLeastOnce.verdict === "holds";
  return {
    check,
    verdict: violations > 0 ? "violated" : both ? "holds" : "unknown",
    atRisk:
      violations > 0
        ? Math.max(atMostOnce.atRisk, atLeastOnce.atRisk)
        : Math.min(atMostOnce.atRisk, atLeastOnce.atRisk),
    violations,
    ...(witness === undefined ? {} : { witness }),
  };
}
