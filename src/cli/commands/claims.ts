/** `onceover claims`: what is said of a system, put to the test. */
import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { type Claim, type Drawing, judgeSide, runSide, type SideName, SIDES } from "../../claims/index.js";
import { nearest } from "../../experiment/index.js";
import { claimCrewOfOne, claimCrewOfWorkers } from "../claim-crew.js";
import { claimsPage } from "../claim-page.js";
import { makeClaimRuns } from "../claim-runs.js";
import { claimDetails, claimTable } from "../claim-table.js";
import { claimsJson, claimStatus, DEFAULT_SEED } from "../claim-words.js";
import type { AddCommand } from "../command.js";
import { claimRegisters } from "../models.js";
import { count, instant } from "../options.js";
import { ProgressLine } from "../progress.js";
import { quoted } from "../shell.js";
import { STATUS, type Status, UserError } from "../status.js";
import type { Terminal } from "../terminal.js";
import { LEVEL_HELP, TRACE_LEVELS, writeTrace } from "../trace-output.js";
import { witnessLines } from "../witness-text.js";

interface ClaimOptions {
  readonly model: string;
  readonly claim?: readonly string[] | undefined;
  readonly side?: SideName | undefined;
  readonly runs?: number | undefined;
  readonly budget?: number | undefined;
  readonly run?: number | undefined;
  readonly seed: string;
  readonly swarm?: true | undefined;
  readonly jobs: number;
  readonly format: "table" | "json" | "html";
  readonly output?: string | undefined;
  readonly level: (typeof TRACE_LEVELS)[number];
  readonly quiet?: true | undefined;
}

const RUNS = 24;
const NANOSECONDS_PER_MS = 1_000_000;

const EXAMPLES = `
Each claim has three sides: it is to hold under its condition, to break without it, and to break in a model one of
whose rules is broken (the twin). A side that is to break is run until it does. The bound says how often the claim
breaks at most in runs in which it is at risk, with 95 % confidence. The same --runs and --seed give the same table,
whatever --jobs is.

Exit status: 0 all as stated, 1 a claim is broken, 3 something was not shown, or --budget was over before --runs.

Examples:
  onceover claims --model kafka
  onceover claims --model kafka --claim K4,K7 --runs 200
  onceover claims --model kafka --budget 60s --swarm --format html > claims.html
  onceover claims --model kafka --claim K4 --side breaks --run 0 -o k4.svg
`;

export const add: AddCommand = (command, terminal, end) => {
  command
    .addOption(new Option("--model <model>", "whose claims").makeOptionMandatory())
    .option("--claim <ids>", "only these, such as K4,K7", listed)
    .addOption(new Option("--side <side>", "only this side").choices(SIDES))
    .option("--runs <n>", `runs of each side (default: ${RUNS}, or as many as --budget allows)`, count(1))
    .option("--budget <time>", "begin no run after this time on the clock, such as 60s", instant)
    .option("--swarm", "also draw what the conditions leave open: sizes, delays, partitions, keys")
    .option("--seed <seed>", "the root of chance", DEFAULT_SEED)
    .addOption(
      new Option("--jobs <n>", "worker threads")
        .argParser(count(1, 1024))
        .default(availableParallelism(), "all processors"),
    )
    .addOption(
      new Option("--format <format>", "what to print").choices(["table", "json", "html"]).default("table"),
    )
    .option("--run <n>", "make only this run of one side, and show what broke the claim", count(0))
    .option("-o, --output <file>", "with --run: write the run to a file (.svg, .txt, .jsonl, .mmd)")
    .addOption(new Option("--level <level>", LEVEL_HELP).choices(TRACE_LEVELS).default("packets" as const))
    .option("--quiet", "print results only, no progress")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const chosen = { ...options, jobs: Number(options.jobs) } as ClaimOptions;
      const load = claimRegisters[chosen.model];
      if (load === undefined)
        throw new UserError(unknown("model with claims", chosen.model, Object.keys(claimRegisters)));
      const claims = selected((await load()).claims, chosen.claim);
      end(
        await (chosen.run === undefined
          ? runAll(claims, chosen, terminal)
          : runOne(claims, chosen, chosen.run, terminal)),
      );
    });
};

async function runAll(claims: readonly Claim[], options: ClaimOptions, terminal: Terminal): Promise<Status> {
  if (options.output !== undefined)
    throw new UserError("-o takes one run: name it with --claim, --side and --run");
  const { model, seed, budget, jobs, format, side } = options;
  const setting = { model, seed, varied: options.swarm === true };
  const began = performance.now();
  const progress = new ProgressLine(terminal, options.quiet === true);
  let interrupted = false;
  const stop = (): void => void (interrupted = true);
  const crew =
    jobs === 1
      ? claimCrewOfOne({ model, claims })
      : await claimCrewOfWorkers(new URL("./worker.js", import.meta.url), jobs);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const { outcomes, complete } = await makeClaimRuns({
      model,
      claims,
      sides: side === undefined ? SIDES : [side],
      drawing: drawingOf(options),
      runs: options.runs ?? (budget === undefined ? RUNS : Infinity),
      crew,
      isOver: () =>
        interrupted || (budget !== undefined && performance.now() - began >= budget / NANOSECONDS_PER_MS),
      onProgress: (done) => progress.update(done),
    });
    progress.clear();
    const whole = complete || (options.runs === undefined && !interrupted);
    const shown = outcomes.filter(({ sides }) => sides.length > 0);
    if (format === "json") terminal.out(claimsJson(shown, whole, setting));
    else if (format === "html") terminal.out(claimsPage(shown, whole, setting, commandOf(options)));
    else {
      terminal.out(claimTable(shown, terminal.columns, terminal.colors));
      terminal.out(claimDetails(shown, setting, terminal.columns, terminal.colors));
      if (!whole) terminal.err("time was up before all runs were made\n");
    }
    return interrupted ? STATUS.interrupted : claimStatus(shown, whole);
  } finally {
    progress.clear();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await crew.dismiss();
  }
}

/** One run of one side, with what broke the claim. */
async function runOne(
  claims: readonly Claim[],
  options: ClaimOptions,
  run: number,
  terminal: Terminal,
): Promise<Status> {
  const [claim] = claims;
  const { side, output } = options;
  if (claim === undefined || claims.length > 1 || side === undefined) {
    throw new UserError("--run takes one run: name it with --claim and --side");
  }
  const result = runSide(claim, side, run, drawingOf(options), { trace: output !== undefined });
  if (result === undefined) throw new UserError(`${claim.id} has no side ${side}`);
  const { verdict, what, fingerprint } = judgeSide(claim, side, run, result);
  const { bold, dim, green, red, yellow } = terminal.colors;
  const paint = { holds: green, violated: red, unknown: yellow }[verdict];
  const words = { holds: "holds", violated: "broken", unknown: "never at risk" }[verdict];
  terminal.out(`${bold(claim.id)}  ${claim.sentence}\n`);
  terminal.out(
    `${dim(`${side}, run ${run}, fingerprint ${fingerprint}: ${claim.sides[side]?.under ?? ""}`)}\n`,
  );
  terminal.out(`${paint(words)}  ${what ?? ""}`.trimEnd() + "\n");
  const { checks } = claim.sides[side]?.property ?? claim.property;
  const decisive = result.checks.filter(({ check }) => checks.includes(check));
  for (const line of witnessLines(decisive, { strong: red, weak: dim })) terminal.out(`${line}\n`);
  if (output !== undefined) {
    const title = `${claim.id}, ${side}, run ${run}`;
    await writeTrace(result.trace ?? [], title, { output, level: options.level, plots: true }, terminal);
  }
  if (side !== "holds") return verdict === "violated" ? STATUS.asStated : STATUS.unknown;
  return { holds: STATUS.asStated, violated: STATUS.notAsStated, unknown: STATUS.unknown }[verdict];
}

function drawingOf({ seed, swarm }: ClaimOptions): Drawing {
  return { seed, varied: swarm === true };
}

function selected(claims: readonly Claim[], ids: readonly string[] | undefined): readonly Claim[] {
  if (ids === undefined) return claims;
  const known = claims.map(({ id }) => id);
  const missing = ids.find((id) => !known.includes(id));
  if (missing !== undefined) throw new UserError(unknown("claim", missing, known));
  return claims.filter(({ id }) => ids.includes(id));
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `there is no ${what} ${name}; ${near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`}`;
}

function listed(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.includes("")) throw new InvalidArgumentError("Names of claims are expected, such as K4,K7.");
  return ids;
}

function commandOf(options: ClaimOptions): string {
  const words = ["onceover", "claims", "--model", options.model];
  if (options.claim !== undefined) words.push("--claim", quoted(options.claim.join(",")));
  if (options.side !== undefined) words.push("--side", options.side);
  if (options.runs !== undefined) words.push("--runs", String(options.runs));
  if (options.seed !== DEFAULT_SEED) words.push("--seed", quoted(options.seed));
  if (options.swarm === true) words.push("--swarm");
  return words.join(" ");
}
