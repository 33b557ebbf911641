/** What a worker thread runs: tasks of runs, with the same models as the command line; or runs of claims. */
import { workerData } from "node:worker_threads";
import { performTask, type RunTask, type TaskResult } from "../experiment/index.js";
import type { SideRun } from "../claims/index.js";
import type { ClaimTask } from "./claim-crew.js";
import { registry } from "./models.js";

/** The experiment file, if it brings models of its own along. */
const { experiment } = (workerData ?? {}) as { readonly experiment?: string };

// What reads experiment files and what runs claims is loaded where it is needed: a worker is to start fast.
const models =
  experiment === undefined
    ? registry
    : await import("../experiment/index.js").then(({ registryFor }) => registryFor(experiment, registry));

export default function work(task: RunTask): TaskResult {
  return performTask(task, models);
}

export async function claims(task: ClaimTask): Promise<readonly SideRun[]> {
  const { performClaimTask } = await import("./claim-crew.js");
  return performClaimTask(task);
}
