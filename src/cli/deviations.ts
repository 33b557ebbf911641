/** What did not come out as stated: a line an expectation, and the line to paste that replays it. */
import { join } from "node:path";
import type { ExpectationOutcome, ExperimentPlan, Results } from "../experiment/index.js";
import type { Colors } from "./terminal.js";

/** Where the results are and how the experiment was named, for lines to paste. */
export interface Origin {
  readonly file: string;
  readonly out: string;
}

export function deviationLines(
  plan: ExperimentPlan,
  results: Results,
  origin: Origin,
  colors: Colors,
): string[] {
  return plan.expectations.flatMap((expectation, index) => {
    const outcomes = results.outcomes.filter((outcome) => outcome.expectation === index);
    const deviating = outcomes.filter((outcome) => !outcome.asStated);
    const first = deviating.find((outcome) => outcome.found !== "unknown") ?? deviating[0];
    if (first === undefined) return [];
    const shown = first.found !== "unknown";
    const title = shown ? colors.red("violated") : colors.yellow("unknown ");
    const stated = expectation.is === "holds" ? "" : ` (stated: ${expectation.is}, found: ${first.found})`;
    const where = `in ${deviating.length} of ${outcomes.length} cells, first ${labelOf(plan, first)}`;
    return [
      `${title}  ${expectation.text}${stated} ${outcomes.length === 1 ? `in ${labelOf(plan, first)}` : where}`,
      `${colors.dim("replay  ")}  ${replayLine(plan, results, first, origin)}`,
    ];
  });
}

/** The replay file of a run that deviated; where every run alone is as stated, the first run of the cell. */
function replayLine(
  plan: ExperimentPlan,
  results: Results,
  outcome: ExpectationOutcome,
  origin: Origin,
): string {
  const file = results.replayFile(outcome.cell, outcome.expectation);
  if (file !== undefined) return `onceover replay ${quoted(join(origin.out, "failures", file))}`;
  const cell = plan.cells[outcome.cell];
  const selection = Object.entries(cell?.values ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  const option = selection.length === 0 ? "" : ` --cell ${quoted(selection.join(","))}`;
  return `onceover trace ${quoted(origin.file)}${option} --replication 0`;
}

function labelOf(plan: ExperimentPlan, outcome: ExpectationOutcome): string {
  const label = plan.cells[outcome.cell]?.label ?? "";
  return label === "" ? "the only cell" : label;
}

/** `text` as one word of a shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
