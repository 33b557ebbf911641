/** The name of an experiment's results: equal plans run by equal simulators have equal digests. */
import { createHash } from "node:crypto";
import type { ExperimentPlan } from "./plan.js";

/** SHA-256, in hexadecimal, of the canonical JSON of a plan and the simulator's version. */
export function digestOf(plan: Omit<ExperimentPlan, "digest">, version: string): string {
  const hash = createHash("sha256");
  writeCanonical({ version, plan }, (text) => hash.update(text));
  return hash.digest("hex");
}

/** JSON without spaces, the members of records in code-unit order of their keys. */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  writeCanonical(value, (text) => parts.push(text));
  return parts.join("");
}

/** Texts are gathered to this length before they are written: a plan can be larger than what a text may hold. */
const CHUNK_LENGTH = 65_536;

function writeCanonical(value: unknown, write: (text: string) => void): void {
  let chunk = "";
  const put = (text: string): void => {
    chunk += text;
    if (chunk.length < CHUNK_LENGTH) return;
    write(chunk);
    chunk = "";
  };
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) {
      put("[");
      for (const [index, member] of item.entries()) {
        if (index > 0) put(",");
        visit(member);
      }
      put("]");
    } else if (item === null || typeof item !== "object") {
      put(JSON.stringify(item));
    } else {
      let separator = "{";
      for (const key of Object.keys(item).sort((a, b) => (a < b ? -1 : 1))) {
        const member = (item as Readonly<Record<string, unknown>>)[key];
        if (member === undefined) continue;
        put(`${separator}${JSON.stringify(key)}:`);
        visit(member);
        separator = ",";
      }
      put(separator === "{" ? "{}" : "}");
    }
  };
  visit(value);
  write(chunk);
}
