/** `onceover run`: from experiment files to results. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import {
  type ExperimentPlan,
  judgeOf,
  loadExperiment,
  partialOf,
  registryFor,
  printable,
  type ReportInput,
  type Results,
  runSweep,
  type SweepOutcome,
  version,
  writeReport,
} from "../../experiment/index.js";
import type { Registry } from "../../scenario/index.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";
import { assignment, count, factorValues } from "../options.js";
import { type OverrideOptions, overridesOf, overrideWords } from "../overrides.js";
import { ProgressLine } from "../progress.js";
import { reportDiagram } from "../report-diagram.js";
import { resultsJson } from "../results-json.js";
import { resultsTable } from "../results-table.js";
import { closingLines, faultLines, finishedStatus, type Origin, sizeInWords } from "../run-report.js";
import { quoted } from "../shell.js";
import { gravest, STATUS, type Status, UserError } from "../status.js";
import type { Terminal } from "../terminal.js";

interface RunOptions extends OverrideOptions {
  readonly jobs: number;
  readonly out?: string | undefined;
  readonly resume?: true | undefined;
  readonly force?: true | undefined;
  readonly format: "table" | "json" | "csv";
  readonly quiet?: true | undefined;
}

const EXAMPLES = `
Results go to results/NAME: runs.csv, runs.parquet, summary.csv, manifest.json, report.html, plots/ and, for runs
that did not come out as stated, failures/. The same experiment, seed and version give the same bytes, whatever
--jobs is. A folder with the results of the same experiment is written anew; one with others needs --force.

Examples:
  onceover run experiments/chance-of-delivery.yaml
  onceover run FILE --seed 7 --replications 100
  onceover run FILE --factor loss=1%,5% --set qos=1 --out results/quick
  onceover run FILE --resume
`;

export const add: AddCommand = (command, terminal, end) => {
  command
    .argument("<file...>", "experiment files (.yaml, or .ts, which runs code)")
    .option("--seed <seed>", "the root of chance, in place of the file's")
    .option("--replications <n>", "replications of every cell", count(1))
    .option(
      "--set <name=value>",
      "fix a factor, or a value of the file such as nodes.broker.profile (again for more)",
      assignment,
    )
    .option("--factor <name=a,b>", "give a factor other values (again for more)", factorValues)
    .addOption(
      new Option("--jobs <n>", "worker threads")
        .argParser(count(1, 1024))
        .default(availableParallelism(), "all processors"),
    )
    .option("--out <dir>", "the folder of results (default: results/NAME)")
    .option("--resume", "go on with an interrupted sweep")
    .option("--force", "replace other results, discard an interrupted sweep")
    .addOption(
      new Option("--format <format>", "what to print").choices(["table", "json", "csv"]).default("table"),
    )
    .option("--quiet", "print results only, no progress")
    .addHelpText("after", EXAMPLES)
    .action(async (files, options) => {
      const chosen = { ...options, jobs: Number(options.jobs) } as RunOptions;
      refuseWhatDoesNotFit(files, chosen);
      const statuses: Status[] = [];
      for (const file of files) {
        statuses.push(await runFile(file, chosen, terminal));
        if (statuses.includes(STATUS.interrupted)) break;
      }
      end(gravest(statuses));
    });
};

function refuseWhatDoesNotFit(files: readonly string[], options: RunOptions): void {
  if (files.length === 1) return;
  if (options.out !== undefined) throw new UserError("--out takes one experiment: run the files one by one");
  if (options.format !== "table") {
    throw new UserError(`--format ${options.format} takes one experiment: run the files one by one`);
  }
}

async function runFile(file: string, options: RunOptions, terminal: Terminal): Promise<Status> {
  const plan = await loadExperiment(file, registry, overridesOf(options));
  const models = await registryFor(file, registry);
  const origin = { file, overrides: overrideWords(options), out: options.out ?? join("results", plan.name) };
  const progress = new ProgressLine(terminal, options.quiet === true);
  if (options.quiet !== true) announce(plan, terminal);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const outcome = await runSweep(plan, {
      registry: models,
      judge: judgeOf(plan),
      version,
      worker: {
        url: new URL("./worker.js", import.meta.url),
        data: models === registry ? {} : { experiment: resolve(file) },
      },
      jobs: options.jobs,
      out: origin.out,
      resume: options.resume === true,
      force: options.force === true,
      onProgress: (done) => progress.update(done),
      signal: interrupt.signal,
      writeReport: (folder, results) => writeReport(folder, reportInput(plan, results, models, origin)),
    });
    progress.clear();
    return show(plan, outcome, origin, options, terminal);
  } finally {
    progress.clear();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Nothing in the report tells where it was made: the same experiment has the same report. */
function reportInput(
  plan: ExperimentPlan,
  results: Results,
  models: Registry,
  { file, overrides }: Origin,
): ReportInput {
  const { rows, outcomes } = results;
  const command = ["onceover", "run", quoted(basename(file)), ...overrides].join(" ");
  const diagram = reportDiagram(plan, results, models);
  return { plan, rows, outcomes, version, command, ...(diagram === undefined ? {} : { diagram }) };
}

function announce(plan: ExperimentPlan, terminal: Terminal): void {
  const { bold, dim } = terminal.errColors;
  terminal.err(`${bold(plan.name)}  ${printable(plan.question)}\n`);
  terminal.err(`${dim(sizeInWords(plan))}\n`);
}

async function show(
  plan: ExperimentPlan,
  outcome: SweepOutcome,
  origin: Origin,
  options: RunOptions,
  terminal: Terminal,
): Promise<Status> {
  if (outcome.kind === "interrupted") {
    const { finished, planned } = outcome.progress;
    terminal.err(`interrupted: ${finished} of ${planned} runs are kept in ${partialOf(origin.out)}\n`);
    const words = ["onceover", "run", quoted(origin.file), ...origin.overrides];
    if (options.out !== undefined) words.push("--out", quoted(origin.out));
    terminal.err(`go on with  ${[...words, "--resume"].join(" ")}\n`);
    return STATUS.interrupted;
  }
  if (outcome.kind === "fault") {
    terminal.err(faultLines(plan, outcome.fault, origin, terminal.errColors));
    return STATUS.fault;
  }
  const { results } = outcome;
  if (options.format === "json") terminal.out(resultsJson(plan, results, origin.out));
  else if (options.format === "csv") terminal.out(await readFile(join(origin.out, "summary.csv"), "utf8"));
  else terminal.out(resultsTable(plan, results, terminal.columns, terminal.colors));
  const table = options.format === "table";
  const tell = table ? terminal.out : options.quiet === true ? () => undefined : terminal.err;
  for (const line of closingLines(plan, results, origin, table ? terminal.colors : terminal.errColors)) {
    tell(`${line}\n`);
  }
  return finishedStatus(results);
}
