/**
 * Judges runs and cells by what the experiment expects.
 *
 * Scope `cell`, the default, looks at all runs of a cell together. A claim is violated if it is in any run; it
 * holds if it is violated in none and was at risk in at least one; otherwise it is unknown. A condition is
 * evaluated over the means of the metrics (over the runs that had a value). Scope `run` asks for the stated
 * verdict in each run by itself.
 */
import type { Verdict } from "../guarantees/index.js";
import { evaluate, EvaluationError, type Expression, namesIn, type Value } from "./expression/expression.js";
import { Quantity } from "./expression/quantity.js";
import { fromNumber, toNumber } from "./expression/rational.js";
import { PLAIN } from "./expression/unit.js";
import type { Judge, JudgedCell, JudgedRun, RunRecord } from "./node/index.js";
import type { Cell, Expectation, ExperimentPlan } from "./plan.js";
import { scopeOf } from "./resolve/factors.js";
import { clopperPearsonUpper, mean } from "./statistics.js";
import { nextBatch, summarise } from "./summarise.js";
import type { ExpectationOutcome } from "./summary.js";

type Metrics = Readonly<Record<string, number | null>>;

export function judgeOf(plan: ExperimentPlan): Judge {
  return {
    run: (cell, record) => judgeRun(plan, cell, record),
    cell: (cell, runs) => judgeCell(plan, cell, runs),
    nextBatch: (values) => nextBatch(plan, values),
  };
}

/** The metrics of a run with those that the experiment derives from them. */
export function withDerived(plan: ExperimentPlan, measured: Metrics): Metrics {
  const metrics: Record<string, number | null> = { ...measured };
  for (const { name, formula } of plan.metrics) {
    if (formula !== undefined)
      metrics[name] = numberOf(valueOf(formula, (metric) => metricValue(metrics, metric)));
  }
  return metrics;
}

function judgeRun(plan: ExperimentPlan, cell: Cell, record: RunRecord): JudgedRun {
  const { replication, checks } = record;
  const metrics = withDerived(plan, record.metrics);
  const judged = cell.expectations.map((index) => {
    const expectation = plan.expectations[index] as Expectation;
    const found = verdictOfRun(plan, cell, expectation, { metrics, checks });
    return { index, found, deviates: runDeviates(expectation, found), judged: isJudgedByRun(expectation) };
  });
  const deviating = judged.filter(({ deviates }) => deviates);
  const open = judged.some(({ index, found, judged: alone }) => {
    return alone && found === "unknown" && plan.expectations[index]?.is === "holds";
  });
  const broken = deviating.some(({ found }) => found !== "unknown");
  const verdict: Verdict = broken ? "violated" : open || deviating.length > 0 ? "unknown" : "holds";
  return { replication, metrics, checks, verdict, deviating: deviating.map(({ index }) => index) };
}

/** Over means, a run by itself shows nothing. */
function isJudgedByRun({ kind, scope }: Expectation): boolean {
  return scope === "run" || kind === "claim";
}

/** Whether a run speaks against an expectation; of a whole cell, only what one run is enough for. */
function runDeviates(expectation: Expectation, found: Verdict): boolean {
  const { is, scope } = expectation;
  if (scope === "run") return found !== is;
  if (!isJudgedByRun(expectation)) return false;
  return (is === "holds" && found === "violated") || (is === "unknown" && found !== "unknown");
}

function verdictOfRun(
  plan: ExperimentPlan,
  cell: Cell,
  expectation: Expectation,
  { metrics, checks }: Pick<JudgedRun, "metrics" | "checks">,
): Verdict {
  if (expectation.kind === "condition") return conditionVerdict(plan, cell, expectation, metrics);
  return checks.find(({ check }) => check === expectation.text)?.verdict ?? "unknown";
}

function conditionVerdict(
  plan: ExperimentPlan,
  cell: Cell,
  { condition }: Expectation,
  metrics: Metrics,
): Verdict {
  if (condition === undefined) return "unknown";
  const factor = scopeOf(plan.factors, cell.values);
  const value = valueOf(condition, (name) =>
    name in cell.values ? factor(name) : metricValue(metrics, name),
  );
  return value === true ? "holds" : value === false ? "violated" : "unknown";
}

function judgeCell(plan: ExperimentPlan, cell: Cell, runs: readonly JudgedRun[]): JudgedCell {
  const outcomes = cell.expectations.map((index) => judgeExpectation(plan, cell, index, runs));
  return { summary: summarise(plan, cell.index, runs), outcomes };
}

/** What became of one expectation in a cell, from all its runs in order. */
export function judgeExpectation(
  plan: ExperimentPlan,
  cell: Cell,
  index: number,
  runs: readonly JudgedRun[],
): ExpectationOutcome {
  const expectation = plan.expectations[index] as Expectation;
  const { is, kind, scope } = expectation;
  const common = { expectation: index, cell: cell.index };
  if (kind === "condition" && scope === "cell") {
    const means = meansOf(runs);
    const found = conditionVerdict(plan, cell, expectation, means);
    const asStated = found === is;
    return {
      ...common,
      found,
      asStated,
      runs: runs.length,
      deviating: asStated ? 0 : 1,
      detail: valuesIn(expectation, means),
    };
  }
  const verdicts = runs.map((run) => verdictOfRun(plan, cell, expectation, run));
  const detail = countsInWords(verdicts);
  if (scope === "cell") {
    const found = together(verdicts);
    const asStated = found === is;
    return { ...common, found, asStated, runs: runs.length, deviating: asStated ? 0 : 1, detail };
  }
  const deviating = verdicts.filter((verdict) => verdict !== is);
  const [worst = is] = [...deviating].sort((a, b) => badness(b) - badness(a));
  return {
    ...common,
    found: worst,
    asStated: runs.length > 0 && deviating.length === 0,
    runs: runs.length,
    deviating: deviating.length,
    detail,
  };
}

function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("violated")) return "violated";
  return verdicts.includes("holds") ? "holds" : "unknown";
}

function badness(verdict: Verdict): number {
  return ["unknown", "holds", "violated"].indexOf(verdict);
}

function meansOf(runs: readonly JudgedRun[]): Metrics {
  const names = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = runs.flatMap((run) => run.metrics[name] ?? []);
      return [name, values.length === 0 ? null : mean(values)];
    }),
  );
}

/** `violated in 3 of 20 runs`, `holds in 20 runs (violated in at most 13.9 % of runs, with 95 % confidence)`. */
function countsInWords(verdicts: readonly Verdict[]): string {
  const violated = verdicts.filter((verdict) => verdict === "violated").length;
  const holds = verdicts.filter((verdict) => verdict === "holds").length;
  const atRisk = violated + holds;
  if (atRisk === 0) return `never at risk in ${verdicts.length} runs`;
  const runs =
    atRisk === verdicts.length ? `${atRisk} runs` : `${atRisk} runs at risk, of ${verdicts.length}`;
  if (violated > 0) return `violated in ${violated} of ${runs}`;
  const bound = Number((100 * clopperPearsonUpper(0, atRisk)).toPrecision(3));
  return `holds in ${runs} (violated in at most ${bound} % of runs, with 95 % confidence)`;
}

/** `delivered_ratio = 0.8115`, for each metric that a condition names. */
function valuesIn({ condition }: Expectation, metrics: Metrics): string {
  const names = condition === undefined ? [] : [...new Set(namesIn(condition))];
  return names
    .filter((name) => Object.hasOwn(metrics, name))
    .map((name) => {
      const value = metrics[name] ?? null;
      return `${name} = ${value === null ? "nothing" : Number(value.toPrecision(12))}`;
    })
    .join(", ");
}

/** A type error that shows only with values at hand leaves the expression without a value. */
function valueOf(expression: Expression, scope: (name: string) => Value): Value {
  try {
    return evaluate(expression, scope);
  } catch (error) {
    if (error instanceof EvaluationError) return null;
    throw error;
  }
}

function metricValue(metrics: Metrics, name: string): Value {
  const value = metrics[name];
  return value === undefined || value === null || !Number.isFinite(value)
    ? null
    : new Quantity(fromNumber(value));
}

function numberOf(value: Value): number | null {
  return value instanceof Quantity && value.is(PLAIN) ? toNumber(value.value) : null;
}
