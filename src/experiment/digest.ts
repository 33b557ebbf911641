/** The name of an experiment's results: equal plans run by equal simulators have equal digests. */
import { createHash } from "node:crypto";
import type { ExperimentPlan } from "./plan.js";

/** SHA-256, in hexadecimal, of the canonical JSON of a plan and the simulator's version. */
export function digestOf(plan: Omit<ExperimentPlan, "digest">, version: string): string {
  const hash = createHash("sha256");
  const { cells, ...rest } = plan;
  hash.update(canonicalJson({ version, ...rest }));
  for (const cell of cells) hash.update(`\n${canonicalJson(cell)}`);
  return hash.digest("hex");
}

/** JSON without spaces, the members of records in code-unit order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
