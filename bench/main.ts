/**
 * `npm run bench [-- --json] [--only NAME,NAME] [--processes N]`: measures the project beside hand-written limits. Rates are per
 * second of CPU and differ from machine to machine: quote the ratios, which come from one run.
 *
 * Each workload runs in a process of its own, so that its peak memory and the state of the compiler are its own.
 * What the compiler makes of the same code depends on when it comes to it, for the project and for the limit, and
 * stays for as long as a process lives: of N processes (1 by default) the one with the median ratio counts.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ALL } from "./workloads/all.js";
import type { BenchResult, Measurement, Workload } from "./workload.js";

interface BenchOptions {
  readonly json: boolean;
  readonly only?: string;
  readonly processes: string;
  /** The workload to be measured in this process. */
  readonly child?: string;
}

const CPU_SECONDS_EACH = 2;
const ROUNDS_MIN = 3;
/**
 * Turns that do not count: in those the compiler is still at work on both sides. V8 leaves open how large the objects of a
 * class will be until it has made seven: code for what a run makes one of is compiled again in the seventh and eighth turn.
 */
const ROUNDS_TO_WARM_UP = 8;

const { values: options } = optionsOf(process.argv.slice(2));
if (options.child !== undefined) await measureHere(options.child);
else measureAll();

function optionsOf(args: string[]): { values: BenchOptions } {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: "boolean", default: false },
        only: { type: "string" },
        processes: { type: "string", default: "1" },
        child: { type: "string" },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(why: string): never {
  console.error(`${why}\nusage: npm run bench [-- --json] [--only NAME,NAME] [--processes N]`);
  process.exit(2);
}

function measureAll(): void {
  const only = options.only?.split(",");
  const unknown = only?.filter((name) => !ALL.some((work) => work.name === name)) ?? [];
  if (unknown.length > 0) {
    refuse(
      `no workload is called ${unknown.join(", ")}; there are ${ALL.map(({ name }) => name).join(", ")}`,
    );
  }
  const processes = Number(options.processes);
  if (!(Number.isInteger(processes) && processes >= 1))
    refuse(`--processes is ${options.processes}, not 1, 2, …`);
  const { json } = options;
  const results: BenchResult[] = [];
  if (!json) console.log(row("workload", "per CPU s", "limit", "ratio", "peak MB", "check"));
  for (const work of ALL) {
    if (only !== undefined && !only.includes(work.name)) continue;
    const result = "measure" in work ? measureApart(work.name) : medianOf(work.name, processes);
    results.push(result);
    if (!json) console.log(rowOf(result));
  }
  if (json) console.log(JSON.stringify({ results }, null, 2));
}

function medianOf(name: string, processes: number): BenchResult {
  const results = Array.from({ length: processes }, () => measureApart(name));
  const key = ({ ratio, perCpuSecond = 0 }: BenchResult): number => ratio ?? perCpuSecond;
  return results.sort((a, b) => key(a) - key(b))[results.length >> 1] as BenchResult;
}

function measureApart(name: string): BenchResult {
  const script = fileURLToPath(import.meta.url);
  const { status, stdout } = spawnSync(process.execPath, ["--expose-gc", script, "--child", name], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${name} failed with status ${status}`);
  return JSON.parse(stdout) as BenchResult;
}

async function measureHere(name: string): Promise<void> {
  const work = ALL.find((each) => each.name === name);
  if (work === undefined) throw new Error(`no workload is called ${name}`);
  const figures = "measure" in work ? await figuresOf(work) : ratesOf(work);
  const peakRssMB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ name, ...figures, peakRssMB } satisfies BenchResult));
}

async function figuresOf(work: Measurement): Promise<Omit<BenchResult, "name" | "peakRssMB">> {
  return work.measure();
}

/** Project and limit in turn, until each has used its CPU seconds; the ratio is the median over the turns. */
function ratesOf(work: Workload): Omit<BenchResult, "name" | "peakRssMB"> {
  const rates: number[] = [];
  const limits: number[] = [];
  let check = "";
  let spent = 0;
  let spentByLimit = 0;
  for (let round = 0; round < ROUNDS_TO_WARM_UP; round++) {
    work.project();
    work.limit?.();
  }
  while (
    rates.length < ROUNDS_MIN ||
    spent < CPU_SECONDS_EACH ||
    (work.limit !== undefined && spentByLimit < CPU_SECONDS_EACH)
  ) {
    const project = timed(work.project);
    rates.push(project.rate);
    spent += project.seconds;
    check = project.check;
    if (work.limit === undefined) continue;
    const limit = timed(work.limit);
    limits.push(limit.rate);
    spentByLimit += limit.seconds;
  }
  const perCpuSecond = Math.round(median(rates));
  if (limits.length === 0) return { perCpuSecond, check };
  const ratio = median(rates.map((rate, i) => rate / (limits[i] as number)));
  return {
    perCpuSecond,
    limitPerCpuSecond: Math.round(median(limits)),
    ratio: Math.round(ratio * 1000) / 1000,
    check,
  };
}

function timed(portion: Workload["project"]): {
  readonly rate: number;
  readonly seconds: number;
  readonly check: string;
} {
  const before = process.cpuUsage();
  const { units, check } = portion();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  return { rate: units / seconds, seconds, check: check ?? "" };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

function rowOf(result: BenchResult): string {
  const millions = (rate: number | undefined): string =>
    rate === undefined ? "" : `${(rate / 1e6).toFixed(3)} M`;
  return row(
    result.name,
    millions(result.perCpuSecond),
    millions(result.limitPerCpuSecond),
    result.ratio === undefined ? "" : result.ratio.toFixed(2),
    String(result.peakRssMB),
    result.check ?? "",
  );
}

function row(name: string, rate: string, limit: string, ratio: string, peak: string, check: string): string {
  return `${name.padEnd(24)}${rate.padStart(11)}${limit.padStart(11)}${ratio.padStart(7)}${peak.padStart(9)}  ${check}`;
}
