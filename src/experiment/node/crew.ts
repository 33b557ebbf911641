/** Who makes the runs: worker threads, or this very thread. */
import type { Registry } from "../../scenario/index.js";
import { performTask, type RunTask, type TaskResult } from "./task.js";

export interface Crew {
  /** How many tasks can be under way at once. */
  readonly size: number;
  perform(task: RunTask): Promise<TaskResult>;
  /** Ends the workers, whatever they are doing. */
  dismiss(): Promise<void>;
}

/** Makes the runs in this thread, giving way to signals and timers between tasks. */
export function crewOfOne(registry: Registry): Crew {
  return {
    size: 1,
    perform: async (task) => {
      await new Promise((resolve) => setImmediate(resolve));
      return performTask(task, registry);
    },
    dismiss: () => Promise.resolve(),
  };
}

/** What worker threads load. */
export interface WorkerModule {
  /** Its default export makes the runs of a task. */
  readonly url: URL;
  /** What it finds as `workerData`. */
  readonly data: Readonly<Record<string, string>>;
}

/** `size` worker threads. */
export async function crewOfWorkers(worker: WorkerModule, size: number): Promise<Crew> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina<RunTask, TaskResult>({
    filename: worker.url.href,
    workerData: worker.data,
    minThreads: size,
    maxThreads: size,
    // The next task waits in the worker itself: between two tasks nobody waits for this thread.
    concurrentTasksPerWorker: 2,
    recordTiming: false,
  });
  return {
    size,
    perform: (task) => pool.run(task),
    dismiss: () => pool.destroy(),
  };
}
