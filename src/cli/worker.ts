/** What a worker thread runs: tasks of runs, with the same models as the command line; or runs of claims. */
import { workerData } from "node:worker_threads";
import { performTask, registryFor, type RunTask, type TaskResult } from "../experiment/index.js";
import type { SideRun } from "../claims/index.js";
import { type ClaimTask, performClaimTask } from "./claim-crew.js";
import { registry } from "./models.js";

/** The experiment file, if it brings models of its own along. */
const { experiment } = (workerData ?? {}) as { readonly experiment?: string };
const models = experiment === undefined ? registry : await registryFor(experiment, registry);

export default function work(task: RunTask): TaskResult {
  return performTask(task, models);
}

export function claims(task: ClaimTask): Promise<readonly SideRun[]> {
  return performClaimTask(task);
}
