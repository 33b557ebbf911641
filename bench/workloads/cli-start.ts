/** Start-up of the command line: wall time as a ratio to `node -e 0`, medians of runs in turn. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Measurement, MeasurementResult } from "../workload.js";

const ROUNDS = 15;
const COMMAND = join(process.cwd(), "bin/onceover.js");

function wallMilliseconds(args: readonly string[]): number {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with status ${status}`);
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function cliStart(name: string, args: readonly string[]): Measurement {
  return {
    name,
    measure: (): MeasurementResult => {
      const bare: number[] = [];
      const started: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        bare.push(wallMilliseconds(["-e", "0"]));
        started.push(wallMilliseconds([COMMAND, ...args]));
      }
      const ratio = median(started) / median(bare);
      return { ratio, check: `${median(started).toFixed(0)} ms against ${median(bare).toFixed(0)} ms` };
    },
  };
}

export const CLI_START: readonly Measurement[] = [
  cliStart("cli-start-version", ["--version"]),
  cliStart("cli-start-validate", ["validate", "experiments/chance-of-delivery.yaml"]),
];
