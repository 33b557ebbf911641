/** Metrics: which there are, and those that the file derives from them. */
import { BUILT_IN_METRICS, LOG_METRICS, type RegisteredRole } from "../../scenario/index.js";
import { foundInWords } from "../diagnostic.js";
import { evaluate, EvaluationError, type Expression, type Scope } from "../expression/expression.js";
import { Quantity } from "../expression/quantity.js";
import { rational } from "../expression/rational.js";
import { parseAt, type TemplateContext } from "../expression/template.js";
import { PLAIN } from "../expression/unit.js";
import type { Metric } from "../plan.js";
import { nearest } from "../nearest-name.js";
import { metricSchema } from "../schema/section.js";
import { didYouMean, read } from "../schema/field.js";

/** What an experiment reports that does not say what. */
export const DEFAULT_METRICS: readonly string[] = [
  "delivered_ratio",
  "duplicates",
  "out_of_order",
  "latency_p50_ms",
  "latency_p99_ms",
  "packets_per_delivered",
  "bytes_per_delivered",
];

/** Names of the metrics that a run has when its nodes have these roles. */
export function measuredMetrics(roles: Iterable<RegisteredRole>): readonly string[] {
  const all = [...roles];
  const own = all.flatMap(({ role }) => role.metrics.map(({ name }) => name));
  const ofLogs = all.some(({ model }) => model.logs === true) ? LOG_METRICS : [];
  return [...new Set([...[...BUILT_IN_METRICS, ...ofLogs].map(({ name }) => name), ...own])];
}

/** Any metric's value, where only the kinds of values are to be checked. */
export const SAMPLE: Quantity = new Quantity(rational(3n, 7n));

/** The metrics of the results, in the order of the file. */
export function readMetrics(
  given: unknown,
  measured: readonly string[],
  context: TemplateContext,
): readonly Metric[] {
  const { report } = context;
  if (given === undefined) return DEFAULT_METRICS.map((name) => ({ name }));
  if (!Array.isArray(given) || given.length === 0) {
    const found = Array.isArray(given) ? "an empty list" : foundInWords(given);
    report({ path: ["metrics"], found, expected: "a list of metrics" });
    return [];
  }
  const metrics: Metric[] = [];
  for (const [index, value] of given.entries()) {
    const metric = readMetric(value, index, metrics, measured, context);
    if (metric !== undefined) metrics.push(metric);
  }
  return metrics;
}

function readMetric(
  value: unknown,
  index: number,
  before: readonly Metric[],
  measured: readonly string[],
  context: TemplateContext,
): Metric | undefined {
  const { report } = context;
  const path = ["metrics", index];
  const given = read(metricSchema(value), value, path, report);
  if (given === undefined) return undefined;
  const name = typeof given === "string" ? given : given.name;
  if (before.some((metric) => metric.name === name)) {
    report({ path, found: `\`${name}\` for the second time`, expected: "each metric once" });
    return undefined;
  }
  if (typeof given === "string") {
    if (measured.includes(name)) return { name };
    reportUnknownMetric(name, path, measured, context);
    return undefined;
  }
  if (measured.includes(name)) {
    report({ path: [...path, "name"], found: `\`${name}\`, which is measured`, expected: "another name" });
    return undefined;
  }
  const derived = before.filter((metric) => metric.formula !== undefined).map((metric) => metric.name);
  const names = new Set([...measured, ...derived]);
  const at = [...path, "expression"];
  const formula = parseAt(given.expression, at, { ...context, names: () => names });
  if (formula === undefined || !isNumber(formula, at, context)) return undefined;
  return { name, expression: given.expression, formula };
}

export function reportUnknownMetric(
  name: string,
  path: readonly (string | number)[],
  known: readonly string[],
  { report }: Pick<TemplateContext, "report">,
): void {
  const near = nearest(name, known);
  const suggestion = near === undefined ? "`onceover list metrics` names them" : didYouMean(near);
  report({ path, found: `unknown metric \`${name}\``, suggestion });
}

function isNumber(
  formula: Expression,
  path: readonly (string | number)[],
  { report }: TemplateContext,
): boolean {
  const value = evaluatedWith(formula, () => SAMPLE, path, report);
  if (value === undefined || value === null || (value instanceof Quantity && value.is(PLAIN)))
    return value !== undefined;
  report({ path, found: "an expression that is not a plain number", expected: "a plain number" });
  return false;
}

/** What `expression` comes to; undefined after a report. */
export function evaluatedWith(
  expression: Expression,
  scope: Scope,
  path: readonly (string | number)[],
  report: TemplateContext["report"],
): ReturnType<typeof evaluate> | undefined {
  try {
    return evaluate(expression, scope);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    report({ path, found: error.message });
    return undefined;
  }
}
