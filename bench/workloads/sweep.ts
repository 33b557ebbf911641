/** A sweep of 1,000 short runs through the command line, with 1 and with 2 workers: speed-up and peak memory. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measurement, MeasurementResult } from "../workload.js";

const COMMAND = join(process.cwd(), "bin/onceover.js");
const REPLICATIONS = 1_000;

const EXPERIMENT = `name: short-runs
question: How long does a sweep of many short runs take?
replications: ${REPLICATIONS}
seed: 1
transport: datagram
nodes:
  sensor: { role: mqtt.client, broker: broker }
  broker: { role: mqtt.broker }
  screen:
    role: mqtt.client
    broker: broker
    subscribe: [{ filter: t/#, qos: 2 }]
links:
  - between: [sensor, broker]
    delay: uniform(45 ms, 55 ms)
    loss: 10 %
  - between: [broker, screen]
    delay: uniform(45 ms, 55 ms)
    loss: 10 %
workload:
  - node: sensor
    publish: { topic: t/1, qos: 2, every: 100 ms, count: 2000, start: 5 s }
metrics: [delivered_ratio, duplicates, latency_p99_ms]
`;

/** Wall seconds and peak resident megabytes of the sweep with `jobs` workers. */
function sweep(jobs: number): { readonly seconds: number; readonly peakMB: number } {
  const folder = mkdtempSync(join(tmpdir(), "onceover-bench-"));
  try {
    const file = join(folder, "short-runs.yaml");
    writeFileSync(file, EXPERIMENT);
    const args = [COMMAND, "run", file, "--jobs", String(jobs), "--out", join(folder, "results"), "--quiet"];
    const began = performance.now();
    const { status, stderr } = spawnSync(
      "/usr/bin/env",
      ["bash", "-c", TIMED, "timed", process.execPath, ...args],
      {
        encoding: "utf8",
      },
    );
    const seconds = (performance.now() - began) / 1000;
    if (status !== 0) throw new Error(`the sweep ended with status ${status}: ${stderr}`);
    return { seconds, peakMB: Number(/peak (\d+)/.exec(stderr)?.[1] ?? NaN) / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command and reports the peak resident kilobytes of the process, as the kernel counts them. */
const TIMED = `"$@" & pid=$!
peak=0
while kill -0 $pid 2>/dev/null; do
  now=$(awk '/VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null)
  [ -n "$now" ] && [ "$now" -gt "$peak" ] && peak=$now
  sleep 0.2
done
wait $pid; status=$?
echo "peak $peak" >&2
exit $status`;

export const SWEEP: Measurement = {
  name: "sweep",
  measure: (): MeasurementResult => {
    sweep(2);
    const one = [sweep(1), sweep(1), sweep(1)].sort((a, b) => a.seconds - b.seconds)[1] as ReturnType<
      typeof sweep
    >;
    const two = [sweep(2), sweep(2), sweep(2)].sort((a, b) => a.seconds - b.seconds)[1] as ReturnType<
      typeof sweep
    >;
    return {
      ratio: one.seconds / two.seconds,
      check: `${one.seconds.toFixed(1)} s with 1 worker, ${two.seconds.toFixed(1)} s with 2; peak ${one.peakMB.toFixed(0)} and ${two.peakMB.toFixed(0)} MB`,
    };
  },
};
