/**
 * The command line. Only the file of the command that was asked for is loaded, so that each starts as fast as
 * what it needs.
 */
import { Command, CommanderError } from "@commander-js/extra-typings";
import type { AddCommand } from "./command.js";
import { explain } from "./explain.js";
import { STATUS, type Status } from "./status.js";
import type { Terminal } from "./terminal.js";

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly add: AddCommand }>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: "run",
    summary: "make the runs of an experiment and write the results",
    load: () => import("./commands/run.js"),
  },
  {
    name: "trace",
    summary: "show what happens in one run, event by event",
    load: () => import("./commands/trace.js"),
  },
  {
    name: "replay",
    summary: "make the run of a replay file again",
    load: () => import("./commands/replay.js"),
  },
  {
    name: "claims",
    summary: "put to the test what is said of a system",
    load: () => import("./commands/claims.js"),
  },
  { name: "validate", summary: "check experiment files", load: () => import("./commands/validate.js") },
  {
    name: "schema",
    summary: "print the JSON Schema of experiment files",
    load: () => import("./commands/schema.js"),
  },
  {
    name: "list",
    summary: "list models, metrics, link presets and experiments",
    load: () => import("./commands/list.js"),
  },
  {
    name: "new",
    summary: "write a small experiment file to begin with",
    load: () => import("./commands/new.js"),
  },
];

const EXAMPLES = `
Examples:
  onceover run experiments/chance-of-delivery.yaml
  onceover run FILE --replications 5 --factor loss=1%,5% --out results/quick
  onceover trace FILE --cell qos=1,loss=5% --format svg -o run.svg
  onceover validate experiments/*.yaml

Exit status: 0 all as stated, 1 an expectation is not, 2 the file or the options are wrong, 3 something could
not be shown, 4 a fault of the simulator, 130 interrupted.
`;

/** Runs the command line. Never rejects. */
export async function main(args: readonly string[], version: string, terminal: Terminal): Promise<Status> {
  let status: Status = STATUS.asStated;
  try {
    const program = await programFor(args, version, terminal, (ended) => (status = ended));
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? STATUS.asStated : STATUS.wrongInput;
    const explained = explain(error, process.env.ONCEOVER_DEBUG === "1");
    terminal.err(`${terminal.errColors.red("error")}: ${explained.text}\n`);
    return explained.status;
  }
}

async function programFor(
  args: readonly string[],
  version: string,
  terminal: Terminal,
  end: (status: Status) => void,
): Promise<Command> {
  const program = new Command("onceover")
    .description("A deterministic simulator of messaging systems over a lossy network.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError()
    .showHelpAfterError("(onceover --help lists the commands)");
  const wanted = args.find((arg) => !arg.startsWith("-") && arg !== "help");
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).description(summary).helpOption("-h, --help", "print this help");
    command.showHelpAfterError(`(onceover ${name} --help lists the options)`);
    if (name === wanted) (await load()).add(command, terminal, end);
  }
  return program;
}
