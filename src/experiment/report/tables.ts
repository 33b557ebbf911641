/** The report's tables: what was varied, what was measured in every cell, which guarantees held. */
import { escapeText } from "../../view/index.js";
import { CHECKS } from "../../guarantees/index.js";
import type { Cell, ExperimentPlan, Factor } from "../plan.js";
import type { CheckSummary, ExpectationOutcome, SummaryRow } from "../summary.js";
import { tag, verdict } from "./html.js";
import { decimalsFor, factorLabel, formatNumber, halfWidth, metricWords } from "./wording.js";

/** A row of the tables: a cell with what was found in it. */
export interface CellResult {
  readonly cell: Cell;
  readonly row: SummaryRow;
  readonly outcomes: readonly ExpectationOutcome[];
}

/** The factors with their values. */
export function factorsTable(plan: ExperimentPlan): string {
  if (plan.factors.length === 0) return "";
  const rows = plan.factors.map((factor) =>
    tag(
      "tr",
      {},
      tag("th", { scope: "row" }, escapeText(factor.name)),
      tag("td", {}, factor.labels.map(escapeText).join(", ")),
    ),
  );
  return tag("table", {}, tag("tbody", {}, ...rows));
}

/** One row a cell: its factors, every metric as mean ± half of the 95 % interval, and the verdict. */
export function cellsTable(plan: ExperimentPlan, results: readonly CellResult[]): string {
  const columns = plan.metrics.map(({ name }) => metricColumn(name, results));
  const judged = results.some((result) => result.outcomes.length > 0);
  const head = [
    ...factorHeads(plan),
    ...plan.metrics.map(({ name }) => metricHead(name)),
    ...(judged ? [tag("th", { scope: "col" }, "expectations")] : []),
  ];
  const body = results.map((result, index) => {
    const cells = [
      ...factorCells(plan, results, index),
      ...columns.map((column) => column[index] ?? ""),
      ...(judged ? [tag("td", { class: "verdict" }, cellVerdict(result.outcomes))] : []),
    ];
    return tag("tr", { class: rowClass(plan, results, index) }, ...cells);
  });
  return table(head, body);
}

/**
 * One row a cell, one column a checker: in how many of the runs its guarantee held. A table for those that every
 * run has, and one for those of logs.
 */
export function guaranteesTables(plan: ExperimentPlan, results: readonly CellResult[]): string {
  const ofLogs = new Set(CHECKS.filter(({ logs }) => logs === true).map(({ name }) => name));
  const tables = [false, true].map((logs) => {
    return guaranteesTable(plan, results, (check) => ofLogs.has(check) === logs);
  });
  return tables.filter((markup) => markup !== "").join("\n");
}

function guaranteesTable(
  plan: ExperimentPlan,
  results: readonly CellResult[],
  isWanted: (check: string) => boolean,
): string {
  const all = [...new Set(results.flatMap(({ row }) => row.checks.map((check) => check.check)))];
  const checks = all.filter(isWanted);
  const shown = checks.filter((check) =>
    results.some(({ row }) => row.checks.some((own) => own.check === check && own.holds + own.violated > 0)),
  );
  if (shown.length === 0) return "";
  const head = [
    ...factorHeads(plan),
    ...shown.map((check) => tag("th", { scope: "col" }, escapeText(check))),
  ];
  const body = results.map(({ row }, index) => {
    const found = shown.map((check) => row.checks.find((own) => own.check === check));
    const cells = [
      ...factorCells(plan, results, index),
      ...found.map((own) => tag("td", {}, checkWords(own))),
    ];
    return tag("tr", { class: rowClass(plan, results, index) }, ...cells);
  });
  return table(head, body);
}

function table(head: readonly string[], body: readonly string[]): string {
  const rows = `<thead>${tag("tr", {}, ...head)}</thead>\n<tbody>\n${body.join("\n")}\n</tbody>`;
  return `<div class="wide"><table>${rows}</table></div>`;
}

function factorHeads(plan: ExperimentPlan): string[] {
  return plan.factors.map((factor) =>
    tag("th", { scope: "col", ...numberClass(factor) }, escapeText(factor.name)),
  );
}

function numberClass(factor: Factor): Record<string, string> {
  return factor.values.every((value) => typeof value === "number") ? { class: "number" } : {};
}

/** A value that stands for several rows is written once. */
function factorCells(plan: ExperimentPlan, results: readonly CellResult[], index: number): string[] {
  return plan.factors.flatMap((factor, depth) => {
    if (index > 0 && sameUpTo(plan, results, index, depth)) return [];
    const last = depth === plan.factors.length - 1;
    let span = 1;
    while (index + span < results.length && sameUpTo(plan, results, index + span, depth)) span++;
    const rows: Record<string, string> = span > 1 ? { rowspan: String(span) } : {};
    const label = escapeText(factorLabel(factor, results[index]?.cell.values[factor.name]));
    const attributes = { ...numberClass(factor), ...rows };
    return [last ? tag("td", attributes, label) : tag("th", { scope: "rowgroup", ...attributes }, label)];
  });
}

/** Whether the row at `index` has the same values as the one above it in the factors 0 … depth. */
function sameUpTo(
  plan: ExperimentPlan,
  results: readonly CellResult[],
  index: number,
  depth: number,
): boolean {
  return plan.factors
    .slice(0, depth + 1)
    .every(({ name }) => results[index]?.cell.values[name] === results[index - 1]?.cell.values[name]);
}

function rowClass(plan: ExperimentPlan, results: readonly CellResult[], index: number): string {
  const depth = plan.factors.length;
  if (depth < 2) return "group";
  if (depth > 2 && !sameUpTo(plan, results, index, 0)) return "major";
  return sameUpTo(plan, results, index, depth - 2) ? "" : "group";
}

function metricHead(name: string): string {
  const { short, unit } = metricWords(name);
  const below = unit === "" ? "" : tag("span", { class: "unit" }, escapeText(unit));
  return tag("th", { scope: "col", class: "number" }, escapeText(short) + below);
}

function metricColumn(name: string, results: readonly CellResult[]): string[] {
  const { factor } = metricWords(name);
  const metrics = results.map(({ row }) => row.metrics[name]);
  const means = metrics.map((metric) =>
    metric === undefined || metric.mean === null ? null : metric.mean * factor,
  );
  const widths = metrics.map((metric) => {
    const width = halfWidth(metric);
    return width === null ? null : width * factor;
  });
  const decimals = decimalsFor(means.filter(isNumber), widths.filter(isNumber));
  return means.map((mean, index) => {
    if (mean === null) return tag("td", { class: "number" }, tag("span", { class: "none" }, "–"));
    const width = widths[index] ?? null;
    const shown = width === 0 ? "margin same" : "margin";
    const margin = width === null ? "" : tag("span", { class: shown }, ` ± ${formatNumber(width, decimals)}`);
    return tag("td", { class: "number" }, formatNumber(mean, decimals) + margin);
  });
}

function isNumber(value: number | null): value is number {
  return value !== null;
}

function cellVerdict(outcomes: readonly ExpectationOutcome[]): string {
  if (outcomes.length === 0) return tag("span", { class: "none" }, "–");
  const deviating = outcomes.filter((outcome) => !outcome.asStated);
  if (deviating.length === 0) return verdict("good", "as stated");
  const unknown = deviating.every((outcome) => outcome.found === "unknown");
  return unknown ? verdict("open", "unknown") : verdict("bad", "not as stated");
}

function checkWords(check: CheckSummary | undefined): string {
  if (check === undefined || check.holds + check.violated === 0) return verdict("open", "unknown");
  const runs = check.holds + check.violated + check.unknown;
  if (check.violated > 0) {
    const allowed = CHECKS.some(({ name, allowed: why }) => name === check.check && why !== undefined);
    if (allowed) return `seen ${check.violated}/${runs}, allowed`;
    return verdict("bad", `violated ${check.violated}/${runs}`);
  }
  return verdict("good", check.unknown === 0 ? "holds" : `holds ${check.holds}/${runs}`);
}
