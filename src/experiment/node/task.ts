/** What a worker is given and gives back: a few stretches of runs, each with the scenario of its cell. */
import { RandomChance } from "../../kernel/index.js";
import { type Registry, runOne, type Scenario } from "../../scenario/index.js";
import type { Stretch } from "./agenda.js";
import { type RunRecord, recordOf } from "./record.js";

export interface RunTask {
  readonly seed: string;
  readonly stretches: readonly (Stretch & { readonly scenario: Scenario })[];
}

export interface TaskResult {
  readonly records: readonly RunRecord[];
  /** Milliseconds that the runs took, for the size of the next task: it never reaches the results. */
  readonly elapsedMs: number;
  /** The run that ended in an exception; those before it are in `records`, those after it were not made. */
  readonly fault?: RunFault;
}

/** An exception out of a run: a fault of the simulator or of a model, never of the experiment. */
export interface RunFault {
  readonly cell: number;
  readonly replication: number;
  readonly message: string;
  readonly stack: string;
}

/** Makes the runs of a task. The same in a worker and in the process itself. */
export function performTask(task: RunTask, registry: Registry): TaskResult {
  const began = performance.now();
  const records: RunRecord[] = [];
  for (const { cell, from, to, scenario } of task.stretches) {
    for (let replication = from; replication < to; replication++) {
      try {
        const result = runOne(scenario, registry, new RandomChance(task.seed, replication));
        records.push(recordOf(cell, replication, result));
      } catch (error) {
        const fault = faultOf(cell, replication, error);
        return { records, elapsedMs: performance.now() - began, fault };
      }
    }
  }
  return { records, elapsedMs: performance.now() - began };
}

function faultOf(cell: number, replication: number, error: unknown): RunFault {
  const message = error instanceof Error ? error.message : String(error);
  return { cell, replication, message, stack: (error instanceof Error && error.stack) || message };
}
