/** What `run` says around the table: how large the sweep is, what did not come out as stated, what broke. */
import { join } from "node:path";
import {
  cellVerdict,
  type ExpectationOutcome,
  type ExperimentPlan,
  printable,
  type Results,
  type RunFault,
} from "../experiment/index.js";
import { faultText } from "./explain.js";
import { quoted } from "./shell.js";
import { gravest, STATUS, type Status } from "./status.js";
import type { Colors } from "./terminal.js";

/** How the experiment was named and where its results are, for lines to paste. */
export interface Origin {
  readonly file: string;
  /** `--seed`, `--set` and the like, ready for a shell. */
  readonly overrides: readonly string[];
  readonly out: string;
}

/** `36 cells × 20 replications = 720 runs` */
export function sizeInWords({ cells, replications }: ExperimentPlan): string {
  const many = `${cells.length} ${cells.length === 1 ? "cell" : "cells"}`;
  if (replications.kind === "fixed") {
    const runs = cells.length * replications.count;
    return `${many} × ${replications.count} replications = ${runs} ${runs === 1 ? "run" : "runs"}`;
  }
  const { batch, max, of } = replications;
  const precision = `${String(replications.precision * 100)} %`;
  return `${many}, each in batches of ${batch} until ${of} is known to ${precision}, at most ${max}`;
}

/** What follows the table. */
export function closingLines(
  plan: ExperimentPlan,
  results: Results,
  origin: Origin,
  colors: Colors,
): string[] {
  return [
    ...deviationLines(plan, results, origin, colors),
    ...results.brokenOff.flatMap(({ cell, replication, end, file }) => [
      `${colors.red("fault   ")}  ${BROKEN_OFF[end] ?? end} in replication ${replication} of ${cellInWords(plan, cell)}`,
      `${colors.dim("replay  ")}  onceover replay ${quoted(join(origin.out, "failures", file))}`,
    ]),
    `report: ${join(origin.out, "report.html")}`,
  ];
}

const BROKEN_OFF: Readonly<Record<string, string>> = {
  livelock: "livelock: events without end at one instant",
  exhausted: "more events than the run may have",
};

/** The status of a sweep that has finished: a fault before a violation before what could not be shown. */
export function finishedStatus({ rows, outcomesOf, brokenOff }: Results): Status {
  const verdicts = rows.map(({ cell }) => cellVerdict(outcomesOf(cell)));
  return gravest([
    ...(brokenOff.length > 0 ? [STATUS.fault] : []),
    ...(verdicts.includes("violated") ? [STATUS.notAsStated] : []),
    ...(verdicts.includes("unknown") ? [STATUS.unknown] : []),
  ]);
}

/** A run that threw: where, what, and how to see it again. */
export function faultLines(plan: ExperimentPlan, fault: RunFault, origin: Origin, colors: Colors): string {
  const error = Object.assign(new Error(fault.message), { stack: fault.stack });
  const where = `replication ${fault.replication} of ${cellInWords(plan, fault.cell)}`;
  const text = faultText(error, process.env.ONCEOVER_DEBUG === "1");
  return (
    `${colors.red("fault   ")}  ${where}: ${text}\n` +
    `${colors.dim("again   ")}  ${traceLine(plan, fault.cell, fault.replication, origin)}\n`
  );
}

function deviationLines(plan: ExperimentPlan, results: Results, origin: Origin, colors: Colors): string[] {
  return plan.expectations.flatMap((expectation, index) => {
    const outcomes = results.outcomes.filter((outcome) => outcome.expectation === index);
    const deviating = outcomes.filter((outcome) => !outcome.asStated);
    const first = deviating.find((outcome) => outcome.found !== "unknown") ?? deviating[0];
    if (first === undefined) return [];
    const title = first.found === "unknown" ? colors.yellow("unknown ") : colors.red("violated");
    const stated =
      expectation.is === "holds" ? "" : ` is stated to be ${expectation.is}: found ${first.found}`;
    const where =
      outcomes.length === 1 ? "" : ` in ${deviating.length} of ${outcomes.length} cells, the first is`;
    return [
      `${title}  ${printable(expectation.text)}${stated}${where} ${cellInWords(plan, first.cell)}`.trimEnd(),
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
  return traceLine(plan, outcome.cell, 0, origin);
}

function traceLine(plan: ExperimentPlan, cell: number, replication: number, origin: Origin): string {
  const values = Object.entries(plan.cells[cell]?.values ?? {});
  const selection = values.map(([name, value]) => `${name}=${String(value)}`).join(",");
  const words = ["onceover", "trace", quoted(origin.file), ...origin.overrides];
  if (selection !== "") words.push("--cell", quoted(selection));
  return [...words, "--replication", String(replication)].join(" ");
}

function cellInWords(plan: ExperimentPlan, cell: number): string {
  const label = plan.cells[cell]?.label ?? "";
  return label === "" ? "the only cell" : printable(label);
}
