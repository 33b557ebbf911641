/** What a worker thread runs: tasks of runs, with the same models as the command line. */
import { performTask, type RunTask, type TaskResult } from "../experiment/index.js";
import { registry } from "./models.js";

export default function work(task: RunTask): TaskResult {
  return performTask(task, registry);
}
