/**
 * Entries of the workload and of the faults that are there in some cells only: `when`, a condition over factors,
 * written as in an expectation (`when: qos > 0`) or as a value (`when: ${qos > 0}`).
 */
import { foundInWords, type Path } from "../diagnostic.js";
import { NotKnown, type Report } from "../expression/template.js";

/** Sections whose entries may have a condition. */
const CONDITIONAL: readonly string[] = ["workload", "faults"];

/** A section as it stands in the file, with bare conditions made into the expressions that they stand for. */
export function withConditions(section: string, value: unknown): unknown {
  if (!CONDITIONAL.includes(section) || !Array.isArray(value)) return value;
  return value.map((entry: unknown) => {
    if (!isRecord(entry) || typeof entry["when"] !== "string" || entry["when"].includes("${")) return entry;
    return { ...entry, when: `\${${entry["when"]}}` };
  });
}

/** An entry without its condition; undefined where the condition is false, or no truth value, which is reported. */
export function present<Entry>(entry: Entry, path: Path, report: Report): Entry | undefined {
  if (!isRecord(entry) || !("when" in entry)) return entry;
  const { when, ...rest } = entry;
  if (when === false || when instanceof NotKnown) return undefined;
  if (when === true) return rest as Entry;
  report({
    path: [...path, "when"],
    found: foundInWords(when),
    expected: "a condition over factors, such as `qos > 0`",
  });
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
