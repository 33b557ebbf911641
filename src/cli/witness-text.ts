/** Why a guarantee does not hold: the few events that prove it. */
import { type Instant, SECOND } from "../kernel/index.js";
import { type CheckResult, CHECKS, type HistoryEvent } from "../guarantees/index.js";

export interface WitnessPaint {
  readonly strong: (text: string) => string;
  readonly weak: (text: string) => string;
}

/** Lines for each guarantee that is violated; none when all hold. */
export function witnessLines(checks: readonly CheckResult[], { strong, weak }: WitnessPaint): string[] {
  return checks
    .filter(({ verdict }) => verdict === "violated")
    .flatMap(({ check, violations, atRisk, witness }) => [
      `${isAllowed(check) ? weak("seen, allowed") : strong("violated")}  ${check}: ${violations} of ${atRisk} times, first ${witness?.what ?? ""}`.trimEnd(),
      ...(witness?.events ?? []).map((event) => weak(`    ${eventInWords(event)}`)),
    ]);
}

function isAllowed(check: string): boolean {
  return CHECKS.some(({ name, allowed }) => name === check && allowed !== undefined);
}

function eventInWords({ type, at, node, message, topic, qos, detail }: HistoryEvent): string {
  const parts = [timeOf(at), node, type.replaceAll("-", " "), message ?? topic];
  if (qos !== undefined) parts.push(`QoS ${qos}`);
  if (detail !== undefined) parts.push(`(${detail})`);
  return parts.filter((part) => part !== undefined && part !== "").join("  ");
}

function timeOf(at: Instant): string {
  return `${(at / SECOND).toFixed(6)} s`.padStart(14);
}
