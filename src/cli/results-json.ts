/** The results of a sweep for programs. */
import { join } from "node:path";
import { cellVerdict, type ExperimentPlan, type Results, rounded } from "../experiment/index.js";

/** One JSON document: the experiment, and a row a cell with its metrics and what became of its expectations. */
export function resultsJson(plan: ExperimentPlan, results: Results, out: string): string {
  const cells = results.rows.map((row) => {
    const outcomes = results.outcomesOf(row.cell);
    return {
      cell: row.cell,
      factors: plan.cells[row.cell]?.values ?? {},
      n: row.n,
      metrics: row.metrics,
      verdict: cellVerdict(outcomes) ?? null,
      expectations: outcomes.map(({ expectation, found, asStated, runs, deviating }) => {
        const file = results.replayFile(row.cell, expectation);
        return {
          text: plan.expectations[expectation]?.text ?? "",
          is: plan.expectations[expectation]?.is ?? "holds",
          found,
          asStated,
          runs,
          deviating,
          ...(file === undefined ? {} : { replay: join(out, "failures", file) }),
        };
      }),
    };
  });
  const document = { experiment: plan.name, digest: plan.digest, seed: plan.seed, results: out, cells };
  const round = (_: string, value: unknown): unknown => (typeof value === "number" ? rounded(value) : value);
  return `${JSON.stringify(document, round, 2)}\n`;
}
