/**
 * The report of an experiment: one HTML file that needs nothing but itself, and its plots as SVG files. Pure
 * but for loading the drawing library; the same results give the same bytes.
 */
import { escapeText } from "../view/index.js";
import type { ExperimentPlan, Plot } from "./plan.js";
import type { ExpectationOutcome, SummaryRow } from "./summary.js";
import { expectationList, overallStatus } from "./report/expectations.js";
import { code, section, tag, verdict } from "./report/html.js";
import { type Plotter, plotter } from "./report/plot-svg.js";
import { STYLESHEET } from "./report/stylesheet.js";
import { cellsTable, type CellResult, factorsTable, guaranteesTables } from "./report/tables.js";
import { isScale, metricWords } from "./report/wording.js";

export interface ReportInput {
  readonly plan: ExperimentPlan;
  /** One row a cell. */
  readonly rows: readonly SummaryRow[];
  readonly outcomes: readonly ExpectationOutcome[];
  /** Of the simulator. */
  readonly version: string;
  /** The line that makes these results again. Default: `onceover run experiments/<name>.yaml`. */
  readonly command?: string;
  /** A run to look at, drawn by `sequenceDiagram`. */
  readonly diagram?: { readonly svg: string; readonly caption: string };
}

export interface PlotFile {
  /** `01-what-arrives.svg` */
  readonly name: string;
  readonly svg: string;
}

export interface Report {
  readonly html: string;
  readonly plots: readonly PlotFile[];
}

/** Draws the plots and writes the report. */
export async function renderReport(input: ReportInput): Promise<Report> {
  const wanted = plotsOf(input.plan);
  const plots = wanted.length === 0 ? [] : drawPlots(await plotter(), input, wanted);
  return { html: reportHtml(input, plots), plots };
}

/**
 * The plots that the experiment asks for. One that asks for none gets its first metric over its factors, if
 * it has both.
 */
function plotsOf(plan: ExperimentPlan): readonly Plot[] {
  const metric = plan.metrics[0];
  if (plan.plots.length > 0 || metric === undefined || plan.cells.length < 2) return plan.plots;
  const varied = plan.factors.filter((factor) => factor.values.length > 1);
  const x = varied.find(isScale) ?? varied[varied.length - 1];
  if (x === undefined) return [];
  const [color, facet] = varied.filter((factor) => factor !== x);
  return [
    {
      title: defaultTitle(metric.name, x.name),
      x: x.name,
      y: metric.name,
      ...(color === undefined ? {} : { color: color.name }),
      ...(facet === undefined ? {} : { facet: facet.name }),
      scale: "linear",
    },
  ];
}

function defaultTitle(metric: string, factor: string): string {
  const { long } = metricWords(metric);
  return `${long.charAt(0).toUpperCase()}${long.slice(1)}, by ${factor}`;
}

function drawPlots({ plotSvg }: Plotter, input: ReportInput, plots: readonly Plot[]): PlotFile[] {
  return plots.map((plot, index) => ({
    name: `${String(index + 1).padStart(2, "0")}-${fileName(plot.title)}.svg`,
    svg: plotSvg(input.plan, plot, input.rows),
  }));
}

function fileName(title: string): string {
  const words = title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return words.slice(0, 60).replace(/-+$/, "").toLowerCase() || "plot";
}

function reportHtml(input: ReportInput, plots: readonly PlotFile[]): string {
  const { plan } = input;
  const results = resultsOf(input);
  const body = [
    heading(input),
    section("What was varied", factorsTable(plan), tag("p", {}, escapeText(sizeInWords(input)))),
    section("What came out", ...plots.map(({ svg }) => figure(svg))),
    section("What was expected", expectationList(plan, input.outcomes)),
    section("Every cell", cellsTable(plan, results), intervalsNote(input)),
    section("Which guarantees held", guaranteesTables(plan, results), guaranteesNote(results)),
    input.diagram === undefined ? "" : section("One run, packet by packet", diagramFigure(input.diagram)),
    section("How to get the same again", reproduction(input)),
  ];
  return (
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<title>${escapeText(plan.name)}</title>\n<style>${STYLESHEET}</style>\n</head>\n<body>\n<main>\n` +
    `${body.filter((part) => part !== "").join("\n")}\n</main>\n</body>\n</html>\n`
  );
}

function resultsOf({ plan, rows, outcomes }: ReportInput): CellResult[] {
  return rows.flatMap((row) => {
    const cell = plan.cells[row.cell];
    if (cell === undefined) return [];
    return [{ cell, row, outcomes: outcomes.filter((outcome) => outcome.cell === row.cell) }];
  });
}

function heading({ plan, outcomes }: ReportInput): string {
  const status = overallStatus(plan, outcomes);
  const line =
    status === undefined
      ? ""
      : tag("p", { class: `status ${status.sign}` }, verdict(status.sign, status.words));
  const title = plan.question === "" ? plan.name : plan.question;
  const kicker = plan.question === "" ? "" : tag("p", { class: "kicker" }, escapeText(plan.name));
  return tag("header", {}, kicker, tag("h1", {}, escapeText(title)), line);
}

function sizeInWords({ plan, rows }: ReportInput): string {
  const runs = rows.reduce((sum, row) => sum + row.n, 0);
  const counts = rows.map((row) => row.n);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const each = least === most ? `${least}` : `${least} to ${most}`;
  const many = plan.cells.length === 1 ? "One cell" : `${plan.cells.length} cells`;
  return `${many}, ${each} ${most === 1 ? "replication" : "replications"} each: ${runs} runs.`;
}

function figure(svg: string): string {
  return tag("figure", {}, `\n${svg}`);
}

function diagramFigure({ svg, caption }: { readonly svg: string; readonly caption: string }): string {
  return tag("figure", { class: "tall" }, `\n${svg}`, tag("figcaption", {}, escapeText(caption)));
}

function intervalsNote({ rows }: ReportInput): string {
  const single = rows.every((row) => row.n < 2);
  const intervals = single
    ? "With one run a cell there are no intervals."
    : "A ± B is the mean over the runs of a cell and half the width of its 95 % confidence interval. " +
      "A run is one observation, and the interval is Student’s t over the runs: it says how well the mean is " +
      "known, not how far single messages spread. No ± stands where all runs gave the same number. In the plots the bars and bands show the same intervals.";
  return tag("p", { class: "note" }, intervals);
}

function guaranteesNote(results: readonly CellResult[]): string {
  if (!results.some(({ row }) => row.checks.some((check) => check.holds + check.violated > 0))) return "";
  return tag(
    "p",
    { class: "note" },
    "Numbers of runs: a guarantee holds in a run if nothing contradicted it, is violated if something did, and " +
      "is unknown if the situation that it is about never arose.",
  );
}

function reproduction({ plan, version, command }: ReportInput): string {
  const line = command ?? `onceover run experiments/${plan.name}.yaml`;
  const facts: readonly (readonly [string, string])[] = [
    ["Simulator", `onceover ${escapeText(version)}`],
    ["Seed", code(plan.seed)],
    ["Digest of the experiment", code(plan.digest)],
  ];
  return (
    tag("pre", {}, escapeText(line)) +
    tag("dl", {}, ...facts.map(([name, value]) => tag("dt", {}, name) + tag("dd", {}, value))) +
    tag(
      "p",
      { class: "note" },
      "The same version, experiment and seed give the same numbers, on any machine and with any number of workers.",
    )
  );
}
