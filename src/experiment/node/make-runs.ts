/** Keeps a crew busy until the agenda is done, and the journal up to date. */
import type { Agenda, Stretch } from "./agenda.js";
import type { Crew } from "./crew.js";
import type { Journal } from "./journal.js";
import type { RunRecord } from "./record.js";
import type { RunFault, RunTask, TaskResult } from "./task.js";

export interface Progress {
  /** Runs that are done, those of an interrupted sweep included. */
  readonly finished: number;
  /** Runs decided on so far: all of them, unless replications go on until a precision. */
  readonly planned: number;
}

export interface Work {
  readonly agenda: Agenda;
  readonly crew: Crew;
  readonly journal: Journal;
  readonly taskOf: (stretches: readonly Stretch[]) => RunTask;
  /** The value of the metric whose precision decides on more runs. */
  readonly valueOf: (record: RunRecord) => number | null;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal | undefined;
}

/** A task is to take about this long: short against a sweep, long against the cost of handing it over. */
const TASK_MS = 200;

/** Makes every run. Ends early, with what is done in the journal, on the signal or at the first fault. */
export function makeRuns(work: Work): Promise<RunFault | undefined> {
  const { agenda, crew, journal, signal } = work;
  const pace = new Pace(crew.size);
  // For every worker a task is always waiting, so that none runs dry.
  const lanes = crew.size === 1 ? 1 : crew.size * 2;
  return new Promise((resolve, reject) => {
    let underWay = 0;
    let fault: RunFault | undefined;
    let over = false;
    const settle = (result: TaskResult): void => {
      journal.append(result.records);
      for (const record of result.records) {
        agenda.finish(record.cell, record.replication, work.valueOf(record));
      }
      pace.learn(result);
      fault ??= result.fault;
      work.onProgress(agenda);
    };
    const end = (error?: unknown): void => {
      if (over) return;
      over = true;
      signal?.removeEventListener("abort", stop);
      if (error !== undefined) reject(error as Error);
      else resolve(fault);
    };
    const stop = (): void => end();
    const fill = (): void => {
      while (!over && fault === undefined && underWay < lanes) {
        const stretches = agenda.take(pace.runsPerTask(agenda.planned - agenda.finished));
        if (stretches.length === 0) break;
        underWay++;
        crew
          .perform(work.taskOf(stretches))
          .then((result) => {
            underWay--;
            if (over) return;
            settle(result);
            fill();
          })
          .catch(end);
      }
      if (underWay === 0) end();
    };
    if (signal?.aborted === true) return end();
    signal?.addEventListener("abort", stop);
    fill();
  });
}

/** How many runs make a task of the length wanted, learned from the tasks before. */
class Pace {
  readonly #workers: number;
  #runMs = TASK_MS;

  constructor(workers: number) {
    this.#workers = workers;
  }

  learn({ records, elapsedMs }: TaskResult): void {
    if (records.length > 0) this.#runMs = (this.#runMs + elapsedMs / records.length) / 2;
  }

  /** Towards the end the tasks become smaller, so that all workers finish together. */
  runsPerTask(left: number): number {
    const share = Math.ceil(left / (3 * this.#workers));
    return Math.max(1, Math.min(share, Math.round(TASK_MS / Math.max(this.#runMs, 0.01))));
  }
}
