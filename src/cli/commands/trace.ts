/** `onceover trace`: one run, event by event. */
import { Option } from "@commander-js/extra-typings";
import { loadExperiment, registryFor } from "../../experiment/index.js";
import { RandomChance } from "../../kernel/index.js";
import { runOne } from "../../scenario/index.js";
import { chooseCell } from "../choose-cell.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";
import { assignment, cellSelection, count, factorValues, instant } from "../options.js";
import { overridesOf } from "../overrides.js";
import { LEVEL_HELP, NO_PLOTS_HELP, TRACE_FORMATS, TRACE_LEVELS, writeTrace } from "../trace-output.js";

const EXAMPLES = `
The run is the one that a sweep makes of this cell and replication, to the last bit.

Examples:
  onceover trace FILE --cell qos=1,loss=5%
  onceover trace FILE --cell qos=2 --replication 3 --format svg -o run.svg
  onceover trace FILE --from 10s --to 12s --level protocol
  onceover trace FILE --from 10s --to 11s --level segments -o segments.svg
  onceover trace FILE --format jsonl | jq 'select(.type == "packet-lost")'
`;

export const add: AddCommand = (command, terminal) => {
  command
    .argument("<file>", "an experiment file")
    .option(
      "--cell <name=value,...>",
      "the cell, by the values of its factors (default: the first)",
      cellSelection,
    )
    .option("--replication <n>", "the replication, from 0", count(0), 0)
    .option("--seed <seed>", "the root of chance, in place of the file's")
    .option(
      "--set <name=value>",
      "fix a factor, or a value of the file such as nodes.broker.profile (again for more)",
      assignment,
    )
    .option("--factor <name=a,b>", "give a factor other values (again for more)", factorValues)
    .addOption(
      new Option("--format <format>", "how to show it (default: by the ending of -o, else text)").choices(
        TRACE_FORMATS,
      ),
    )
    .addOption(new Option("--level <level>", LEVEL_HELP).choices(TRACE_LEVELS).default("packets" as const))
    .option("--no-plots", NO_PLOTS_HELP)
    .option("--from <time>", "leave out what is before, such as 1.5s", instant)
    .option("--to <time>", "leave out what is after", instant)
    .option("--limit <n>", "show at most so many events (packets of a drawing)", count(1))
    .option("-o, --output <file>", "write to a file")
    .addHelpText("after", EXAMPLES)
    .action(async (file, options) => {
      const plan = await loadExperiment(file, registry, overridesOf(options));
      const { cell, candidates } = chooseCell(plan, options.cell ?? new Map<string, string>());
      if (candidates > 1) {
        terminal.err(`the first of ${candidates} cells, ${cell.label}: choose another with --cell\n`);
      }
      const chance = new RandomChance(plan.seed, options.replication);
      const { trace = [] } = runOne(cell.scenario, await registryFor(file, registry), chance, {
        trace: true,
      });
      const label = cell.label === "" ? "" : `${cell.label}, `;
      await writeTrace(trace, `${plan.name}: ${label}replication ${options.replication}`, options, terminal);
    });
};
