/** The command line, called in this process or started as a user starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createColors } from "picocolors";
import { main } from "../../src/cli/main.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { version } from "../../src/experiment/index.js";

export const ROOT: string = new URL("../..", import.meta.url).pathname;
const COMMAND = join(ROOT, "bin/onceover.js");

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that has been started. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const inherited = { ...process.env };
  for (const name of ["NO_COLOR", "FORCE_COLOR", "ONCEOVER_DEBUG", "NODE_OPTIONS", "VITEST"])
    delete inherited[name];
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env: { ...inherited, ...env } });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, out, err }));
  });
  return { process: child, ended };
}

/** The built command line, in a process of its own. */
export function spawned(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return start(folder, args, env).ended;
}

export interface Screen {
  readonly columns?: number;
}

/**
 * The command line in this process, without colours and, unless the screen says otherwise, in a pipe. Runs are
 * made in this thread: workers are made from what is built.
 */
export async function onceover(folder: string, args: readonly string[], screen: Screen = {}): Promise<Ended> {
  let out = "";
  let err = "";
  const terminal: Terminal = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    columns: screen.columns,
    colors: createColors(false),
    errColors: createColors(false),
    live: false,
    errColumns: 80,
  };
  process.chdir(folder);
  const alone = args[0] === "run" && !args.includes("--jobs") ? [...args, "--jobs", "1"] : args;
  return { status: await main(alone, version, terminal), signal: null, out, err };
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), "onceover-cli-"));
}

/** Path below `folder` → content, of every file, in order of path. */
export function contentsOf(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const path of (readdirSync(folder, { recursive: true }) as string[]).sort()) {
    const full = join(folder, path);
    if (statSync(full).isFile()) files.set(path, readFileSync(full, "latin1"));
  }
  return files;
}

/** Only one cell, and so nothing to draw. */
export const ONE_CELL = "factors: { qos: [1], loss: [10 %] }";

/** A small experiment: every tenth packet is lost, so that QoS 0 loses messages. `lines` replace its own. */
export function experiment(name: string, lines: readonly string[] = []): string {
  const own = new Set(lines.map((line) => line.slice(0, line.indexOf(":"))));
  const standard = [
    "question: What arrives?",
    "factors: { qos: [0, 1], loss: [0 %, 10 %] }",
    "replications: 4",
    "seed: 5",
    "metrics: [delivered_ratio, duplicates, latency_p50_ms, latency_p99_ms]",
    "expect: [{ claim: at-least-once, when: qos == 1 }]",
  ].filter((line) => !own.has(line.slice(0, line.indexOf(":"))));
  return `name: ${name}
${[...standard, ...lines].join("\n")}
transport: datagram
nodes:
  sensor: { role: mqtt.client, broker: broker }
  broker: { role: mqtt.broker }
  screen:
    role: mqtt.client
    broker: broker
    subscribe: [{ filter: a/#, qos: 2 }]
links:
  - { between: [sensor, broker], delay: 20 ms, loss: "\${loss}" }
  - { between: [broker, screen], delay: 20 ms, loss: "\${loss}" }
workload:
  - node: sensor
    publish: { topic: a/b, qos: "\${qos}", every: 1 s, count: 50, start: 5 s }
`;
}
