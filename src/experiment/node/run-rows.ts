/** A row a run: what `runs.csv` and `runs.parquet` hold. */
import type { Cell, ExperimentPlan, Factor } from "../plan.js";
import type { CsvValue } from "./csv.js";
import type { JudgedRun } from "./judge.js";
import type { Column } from "./parquet.js";
import type { RunRecord } from "./record.js";

export function runColumns(plan: ExperimentPlan): Column[] {
  return [
    { name: "cell", type: "INT32" },
    ...plan.factors.map((factor) => ({ name: factor.name, type: factorType(factor) })),
    { name: "replication", type: "INT32" },
    { name: "seed", type: "STRING" },
    ...plan.metrics.map(({ name }) => ({ name, type: "DOUBLE" as const })),
    { name: "verdict", type: "STRING" },
    { name: "fingerprint", type: "STRING" },
  ];
}

export function runRow(plan: ExperimentPlan, cell: Cell, record: RunRecord, run: JudgedRun): CsvValue[] {
  return [
    cell.index,
    ...factorValues(plan, cell),
    record.replication,
    plan.seed,
    ...plan.metrics.map(({ name }) => run.metrics[name] ?? null),
    run.verdict,
    record.fingerprint,
  ];
}

/** The cell's factor values in columns of one type each: values of mixed types become words. */
export function factorValues(plan: ExperimentPlan, cell: Cell): CsvValue[] {
  return plan.factors.map((factor) => {
    const value = cell.values[factor.name] ?? null;
    return factorType(factor) === "STRING" && value !== null ? String(value) : value;
  });
}

function factorType(factor: Factor): Column["type"] {
  if (factor.values.every((value) => typeof value === "number")) return "DOUBLE";
  return factor.values.every((value) => typeof value === "boolean") ? "BOOLEAN" : "STRING";
}
