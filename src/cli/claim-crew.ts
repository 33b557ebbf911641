/** Who makes the runs of claims: worker threads, or this very thread. */
import {
  type Assignment,
  type ClaimRegister,
  type Drawing,
  judgeSide,
  runSide,
  type SideRun,
} from "../claims/index.js";
import { claimRegisters } from "./models.js";

export interface ClaimTask extends Assignment {
  readonly model: string;
  readonly drawing: Drawing;
}

export interface ClaimCrew {
  /** How many tasks can be under way at once. */
  readonly size: number;
  perform(task: ClaimTask): Promise<readonly SideRun[]>;
  dismiss(): Promise<void>;
}

/** Makes the runs of a task. The same in a worker and in the process itself. */
export async function performClaimTask(task: ClaimTask): Promise<readonly SideRun[]> {
  const register = await claimRegisters[task.model]?.();
  return register === undefined ? [] : runsOf(register, task);
}

/** Makes the runs in this thread, giving way to signals and timers between runs. */
export function claimCrewOfOne(register: ClaimRegister): ClaimCrew {
  return {
    size: 1,
    perform: async (task) => {
      const runs: SideRun[] = [];
      for (let run = task.from; run < task.to; run++) {
        await new Promise((resolve) => setImmediate(resolve));
        runs.push(...runsOf(register, { ...task, from: run, to: run + 1 }));
      }
      return runs;
    },
    dismiss: () => Promise.resolve(),
  };
}

/** `size` worker threads, which load `url`. */
export async function claimCrewOfWorkers(url: URL, size: number): Promise<ClaimCrew> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina<ClaimTask, readonly SideRun[]>({
    filename: url.href,
    name: "claims",
    minThreads: size,
    maxThreads: size,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
  });
  return { size, perform: (task) => pool.run(task), dismiss: () => pool.destroy() };
}

function runsOf({ claims }: ClaimRegister, { claim: id, side, from, to, drawing }: ClaimTask): SideRun[] {
  const claim = claims.find((each) => each.id === id);
  if (claim === undefined) return [];
  const runs: SideRun[] = [];
  for (let run = from; run < to; run++) {
    const result = runSide(claim, side, run, drawing);
    if (result !== undefined) runs.push(judgeSide(claim, side, run, result));
  }
  return runs;
}
