/**
 * `npm run reality [-- --only PREFIX --seeds N --jobs N]`: simulates every measured cell and writes
 * `docs/validation/reality.md` and its picture.
 *
 * `--cells FILE` takes other measurements of the same format, `--format json|csv` prints the results instead of
 * writing the page, `--print CELL` prints the experiment of a cell, which `onceover run` takes as it stands.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Piscina } from "piscina";
import { format } from "prettier";
import { stringify } from "yaml";
import { type JudgedCell, judge } from "./bars.js";
import { causeOf } from "./causes.js";
import { experimentOf } from "./experiment-of-cell.js";
import type { MeasuredCell } from "./measured-cell.js";
import { page } from "./page.js";
import { picture } from "./picture.js";
import { asCsv, asJson, asLine, summaryLine } from "./results.js";
import type { SimulatedRun } from "./simulate-cell.js";

const ROOT = new URL("../", import.meta.url);
const CELLS = fileURLToPath(new URL("docs/validation/reality-cells.json", ROOT));
const PAGE = fileURLToPath(new URL("docs/validation/reality.md", ROOT));
const PICTURE = fileURLToPath(new URL("docs/validation/reality.svg", ROOT));
const MET_SHARE = 0.9;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "20" },
    jobs: { type: "string", default: String(availableParallelism()) },
    cells: { type: "string", default: CELLS },
    format: { type: "string", default: "text" },
    print: { type: "string" },
  },
});

const all = (JSON.parse(readFileSync(options.cells, "utf8")) as MeasuredCell[]).filter(
  ({ kind }) => kind === "mqtt",
);
process.exitCode = options.print === undefined ? await compareAll() : printExperiment(options.print);

async function compareAll(): Promise<number> {
  const runs = wholeNumber("seeds", options.seeds);
  const chosen = all.filter(({ cell }) => cell.startsWith(options.only));
  if (chosen.length === 0) return fail(`no cell begins with ${options.only}`);
  if (!["text", "json", "csv"].includes(options.format)) return fail(`no format ${options.format}`);
  const judged = await simulateAll(chosen, runs, wholeNumber("jobs", options.jobs));
  const isWhole = options.cells === CELLS && options.only === "";
  if (options.format === "json") console.log(asJson(judged));
  else if (options.format === "csv") process.stdout.write(asCsv(judged));
  else for (const cell of judged) console.log(asLine(cell));
  if (options.format === "text" && isWhole) {
    writeFileSync(PAGE, await format(page(judged, runs), { parser: "markdown", printWidth: 110 }));
    writeFileSync(PICTURE, await picture(judged));
  }
  console.error(summaryLine(judged));
  const missed = judged.filter(({ met }) => !met);
  const unexplained = missed.filter((each) => causeOf(each) === undefined);
  for (const { cell } of unexplained) console.error(`${cell.cell} is missed without a cause`);
  if (judged.length < chosen.length) return 2;
  return missed.length <= (1 - MET_SHARE) * judged.length && unexplained.length === 0 ? 0 : 1;
}

/** In the order of the measurements, whoever is done first. */
async function simulateAll(
  cells: readonly MeasuredCell[],
  runs: number,
  jobs: number,
): Promise<readonly JudgedCell[]> {
  const filename = fileURLToPath(new URL("worker.js", import.meta.url));
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: jobs });
  try {
    const judged = await Promise.all(
      cells.map(async (cell) => {
        try {
          const simulated = (await pool.run({ cell, runs })) as SimulatedRun[];
          if (process.stderr.isTTY) process.stderr.write(".");
          return judge(cell, simulated, all);
        } catch (error) {
          console.error(`${cell.cell} cannot be simulated: ${(error as Error).message}`);
          return undefined;
        }
      }),
    );
    return judged.filter((cell) => cell !== undefined);
  } finally {
    await pool.destroy();
  }
}

function printExperiment(name: string): number {
  const cell = all.find((each) => each.cell === name);
  if (cell === undefined) return fail(`no cell is called ${name}`);
  process.stdout.write(stringify(experimentOf(cell, [0]), { lineWidth: 110, aliasDuplicateObjects: false }));
  return 0;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above zero, not ${text}`);
}

function fail(message: string): number {
  console.error(message);
  return 2;
}
