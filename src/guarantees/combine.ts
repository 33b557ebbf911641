/** One verdict from several. */
import type { Verdict } from "./verdict.js";

/** Over several runs: violated if any was, else holds if it held where it was at risk, else unknown. */
export function combine(verdicts: Iterable<Verdict>): Verdict {
  let combined: Verdict = "unknown";
  for (const verdict of verdicts) {
    if (verdict === "violated") return "violated";
    if (verdict === "holds") combined = "holds";
  }
  return combined;
}
