/** Finds the cell that `--cell` means. */
import { type Cell, type ExperimentPlan, nearest, printable } from "../experiment/index.js";
import { UserError } from "./status.js";

export interface ChosenCell {
  readonly cell: Cell;
  /** How many cells the selection leaves. */
  readonly candidates: number;
}

/**
 * The first cell whose factors have the values selected. A value is written as in the file, with or without
 * spaces (`5 %`, `5%`), or as in the results (`0.05`).
 */
export function chooseCell(plan: ExperimentPlan, selection: ReadonlyMap<string, string>): ChosenCell {
  let cells = plan.cells;
  for (const [name, text] of selection) {
    const factor = plan.factors.find((candidate) => candidate.name === name);
    if (factor === undefined) {
      const names = plan.factors.map((candidate) => candidate.name);
      const near = nearest(name, names);
      const hint =
        near === undefined ? `the factors are ${names.join(", ") || "none"}` : `did you mean ${near}?`;
      throw new UserError(`--cell: ${printable(plan.name)} has no factor ${name}; ${hint}`);
    }
    const index = factor.labels.findIndex((label, i) => {
      return compact(label) === compact(text) || String(factor.values[i]) === text;
    });
    if (index < 0) {
      const labels = factor.labels.map(printable).join(", ");
      throw new UserError(`--cell: ${name} is never ${text}; its values are ${labels}`);
    }
    cells = cells.filter((cell) => cell.values[name] === factor.values[index]);
  }
  const [cell] = cells;
  if (cell === undefined) throw new UserError("--cell: no cell has these values together");
  return { cell, candidates: cells.length };
}

function compact(text: string): string {
  return text.replaceAll(/\s/g, "");
}
