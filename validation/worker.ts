/** Simulates one cell on a thread of its own. */
import type { MeasuredCell } from "./measured-cell.js";
import { type SimulatedRun, simulateCell } from "./simulate-cell.js";

export default function run(task: {
  readonly cell: MeasuredCell;
  readonly runs: number;
}): Promise<SimulatedRun[]> {
  return simulateCell(task.cell, task.runs);
}
