/** The runs of a cell, as far as the cell is judged by them: a sweep of many short runs keeps no more of each. */
import { namesIn } from "../expression/expression.js";
import type { ExperimentPlan } from "../plan.js";
import type { JudgedRun } from "./judge.js";

export class CompactRuns {
  readonly runs: JudgedRun[] = [];
  readonly #metrics: readonly string[];
  /** Runs of a cell fare alike with the checkers: each way to fare is kept once. */
  readonly #fares: Map<string, JudgedRun["checks"]>;

  constructor(plan: ExperimentPlan) {
    const conditions = plan.expectations.flatMap(({ condition }) =>
      condition === undefined ? [] : [condition],
    );
    this.#metrics = [...new Set([...plan.metrics.map(({ name }) => name), ...conditions.flatMap(namesIn)])];
    this.#fares = new Map();
  }

  add(run: JudgedRun): void {
    const metrics: Record<string, number | null> = {};
    for (const name of this.#metrics) {
      const value = run.metrics[name];
      if (value !== undefined) metrics[name] = value;
    }
    this.runs.push({ ...run, metrics, checks: this.#fare(run.checks) });
  }

  #fare(checks: JudgedRun["checks"]): JudgedRun["checks"] {
    const key = checks.map(({ check, verdict }) => `${check} ${verdict}`).join();
    const known = this.#fares.get(key);
    if (known !== undefined) return known;
    const fare = checks.map(({ check, verdict }) => ({ check, verdict }));
    this.#fares.set(key, fare);
    return fare;
  }
}
