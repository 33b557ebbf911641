/** `onceover replay`: the run of a replay file once more. */
import { readFile } from "node:fs/promises";
import { Option } from "@commander-js/extra-typings";
import {
  parseReplayFile,
  registryFor,
  printable,
  type ReplayFile,
  ReplayFileError,
  version,
} from "../../experiment/index.js";
import { ReplayChance } from "../../kernel/index.js";
import { runOne, type RunResult } from "../../scenario/index.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";
import { count, instant } from "../options.js";
import { STATUS, UserError } from "../status.js";
import type { Terminal } from "../terminal.js";
import {
  formatOf,
  LEVEL_HELP,
  NO_PLOTS_HELP,
  TRACE_FORMATS,
  TRACE_LEVELS,
  writeTrace,
} from "../trace-output.js";
import { witnessLines } from "../witness-text.js";

const EXAMPLES = `
Says which guarantees the run violates, and by what; with --format or -o also shows the run. The status is 1 if
the run still does not come out as stated, 4 if another run came of it.

Examples:
  onceover replay results/NAME/failures/qos=1,loss=5pct-3.json
  onceover replay FAILURE --format svg -o failure.svg
`;

export const add: AddCommand = (command, terminal, end) => {
  command
    .argument("<failure>", "a replay file: failures/*.json in a folder of results")
    .addOption(new Option("--format <format>", "also show the run").choices(TRACE_FORMATS))
    .addOption(new Option("--level <level>", LEVEL_HELP).choices(TRACE_LEVELS).default("packets" as const))
    .option("--no-plots", NO_PLOTS_HELP)
    .option("--from <time>", "leave out what is before, such as 1.5s", instant)
    .option("--to <time>", "leave out what is after", instant)
    .option("--limit <n>", "show at most so many events (packets of a drawing)", count(1))
    .option("-o, --output <file>", "write the run to a file")
    .option("--experiment <file>", "the experiment, if it brings models of its own along")
    .addHelpText("after", EXAMPLES)
    .action(async (path, options) => {
      const file = await readReplayFile(path);
      const models =
        options.experiment === undefined ? registry : await registryFor(options.experiment, registry);
      const showRun = options.format !== undefined || options.output !== undefined;
      const chance = new ReplayChance(file.seed, file.replication, file.decisions);
      const result = runOne(file.scenario, models, chance, { trace: showRun });
      const reproduced = result.fingerprint === file.fingerprint;
      const tell = showRun && options.output === undefined ? terminal.err : terminal.out;
      tell(summary(path, file, result, terminal));
      if (showRun) {
        const title = `${file.experiment}: ${file.cell === "" ? "" : `${file.cell}, `}replication ${file.replication}`;
        await writeTrace(result.trace ?? [], title, { ...options, format: formatOf(options) }, terminal);
      }
      if (!reproduced) end(STATUS.fault);
      else if (file.deviating.length > 0) end(STATUS.notAsStated);
    });
};

async function readReplayFile(path: string): Promise<ReplayFile> {
  try {
    return parseReplayFile(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof ReplayFileError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}

function summary(path: string, file: ReplayFile, result: RunResult, terminal: Terminal): string {
  const { green, red, dim, yellow } = terminal.colors;
  const lines: string[] = [];
  const run = `replication ${file.replication}${file.cell === "" ? "" : ` of ${printable(file.cell)}`}`;
  if (result.fingerprint === file.fingerprint) {
    lines.push(
      `${green("reproduced")}  ${printable(file.experiment)}, ${run}, fingerprint ${result.fingerprint}`,
    );
  } else {
    lines.push(
      `${red("not reproduced")}  ${path} has fingerprint ${file.fingerprint}, this run ${result.fingerprint}`,
    );
    if (file.version !== version)
      lines.push(`it was written by version ${printable(file.version)}, this is ${version}`);
  }
  for (const text of file.deviating) lines.push(`${yellow("not as stated")}  ${printable(text)}`);
  if (result.end !== "horizon" && result.end !== "idle")
    lines.push(`${red("fault")}  the run ended by ${result.end}`);
  lines.push(...witnessLines(result.checks, { strong: red, weak: dim }));
  return `${lines.join("\n")}\n`;
}
