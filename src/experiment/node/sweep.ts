/** A whole sweep: from a plan to a folder of results. */
import { availableParallelism } from "node:os";
import type { Registry, Scenario } from "../../scenario/index.js";
import type { ExperimentPlan } from "../plan.js";
import { Agenda, type Stretch } from "./agenda.js";
import { crewOfOne, crewOfWorkers, type WorkerModule } from "./crew.js";
import { ResultsFolder } from "./folder.js";
import type { Journal } from "./journal.js";
import type { Judge } from "./judge.js";
import { makeRuns, type Progress } from "./make-runs.js";
import type { RunRecord } from "./record.js";
import { type Results, writeResults } from "./results.js";
import type { RunFault, RunTask } from "./task.js";

export interface SweepOptions {
  readonly registry: Registry;
  readonly judge: Judge;
  /** Version of the simulator. */
  readonly version: string;
  /** What makes the runs of a task in other threads, with the same registry. */
  readonly worker: WorkerModule;
  /** Worker threads; 1 makes the runs in this thread. Default: as many as the machine has processors. */
  readonly jobs?: number;
  /** The folder of results. */
  readonly out: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the sweep; what is done is kept for `resume`. */
  readonly signal?: AbortSignal;
  /** Adds the pictures and the report to the finished files in `folder`. */
  readonly writeReport?: (folder: string, results: Results) => Promise<void>;
}

export type SweepOutcome =
  | { readonly kind: "finished"; readonly results: Results; readonly runs: number }
  | { readonly kind: "interrupted"; readonly progress: Progress }
  | { readonly kind: "fault"; readonly fault: RunFault; readonly progress: Progress };

/**
 * Makes the runs of `plan` and writes their results. The files do not depend on `jobs`, on the order in which
 * runs finish, or on whether the sweep was interrupted and resumed.
 *
 * Throws `FolderError` when the results cannot be put where they were asked to go.
 */
export async function runSweep(plan: ExperimentPlan, options: SweepOptions): Promise<SweepOutcome> {
  const { judge, signal, onProgress = () => undefined } = options;
  const claim = { resume: options.resume ?? false, force: options.force ?? false };
  const folder = ResultsFolder.claim(options.out, plan.digest, claim);
  const valueOf = decidingMetric(plan, judge);
  const agenda = new Agenda(
    plan.cells.length,
    (values) => judge.nextBatch(values),
    (cell, replication) => knownValue(folder.journal, cell, replication, valueOf),
  );
  onProgress(agenda);
  try {
    const fault = await work(plan, options, folder, agenda, valueOf);
    const progress = { finished: agenda.finished, planned: agenda.planned };
    if (fault === undefined && signal?.aborted !== true) {
      return {
        kind: "finished",
        results: await finish(plan, options, folder, agenda),
        runs: agenda.finished,
      };
    }
    folder.leave();
    return fault === undefined ? { kind: "interrupted", progress } : { kind: "fault", fault, progress };
  } catch (error) {
    folder.leave();
    throw error;
  }
}

/** Makes all runs that are still to be made, or as many as it can. */
async function work(
  plan: ExperimentPlan,
  { registry, jobs, worker, onProgress = () => undefined, signal }: SweepOptions,
  { journal }: ResultsFolder,
  agenda: Agenda,
  valueOf: ValueOf = () => null,
): Promise<RunFault | undefined> {
  const runsLeft = Math.max(1, agenda.planned - agenda.finished);
  const workers = Math.min(jobs ?? availableParallelism(), runsLeft);
  const crew = workers === 1 ? crewOfOne(registry) : await crewOfWorkers(worker, workers);
  const taskOf = (stretches: readonly Stretch[]): RunTask => ({
    seed: plan.seed,
    stretches: stretches.map((stretch) => ({ ...stretch, scenario: scenarioOf(plan, stretch.cell) })),
  });
  try {
    return await makeRuns({ agenda, crew, journal, taskOf, valueOf, onProgress, signal });
  } finally {
    await crew.dismiss();
  }
}

async function finish(
  plan: ExperimentPlan,
  options: SweepOptions,
  folder: ResultsFolder,
  agenda: Agenda,
): Promise<Results> {
  const drafts = folder.drafts();
  const results = writeResults(drafts, {
    plan,
    version: options.version,
    journal: folder.journal,
    judge: options.judge,
    replications: (cell) => agenda.replications(cell),
  });
  await options.writeReport?.(drafts, results);
  folder.finish();
  return results;
}

type ValueOf = (record: RunRecord) => number | null;

/** The metric whose precision decides on more runs; undefined where nothing hangs on one. */
function decidingMetric(plan: ExperimentPlan, judge: Judge): ValueOf | undefined {
  const { replications } = plan;
  if (replications.kind === "fixed") return undefined;
  return (record) => {
    const cell = plan.cells[record.cell];
    return cell === undefined ? null : (judge.run(cell, record).metrics[replications.of] ?? null);
  };
}

function knownValue(
  journal: Journal,
  cell: number,
  replication: number,
  valueOf: ValueOf | undefined,
): number | null | undefined {
  if (!journal.has(cell, replication)) return undefined;
  return valueOf === undefined ? null : valueOf(journal.read(cell, replication));
}

function scenarioOf(plan: ExperimentPlan, cell: number): Scenario {
  const found = plan.cells[cell];
  if (found === undefined) throw new Error(`the plan has no cell ${cell}`);
  return found.scenario;
}
