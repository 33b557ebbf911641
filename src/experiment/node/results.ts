/**
 * Writes the files of a finished sweep, cell by cell from the journal: what is in memory at a time is the runs
 * of one cell, and a summary row for each.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEnd } from "../../kernel/index.js";
import type { Cell, ExperimentPlan } from "../plan.js";
import type { ExpectationOutcome, SummaryRow } from "../summary.js";
import { CompactRuns } from "./compact-runs.js";
import { csvRow, TextFile } from "./csv.js";
import { type ReplayFile, replayFileName } from "./failure.js";
import { MANIFEST } from "./folder.js";
import type { Journal } from "./journal.js";
import type { Judge, JudgedRun } from "./judge.js";
import { messagesHeader, messageRows, seriesHeader, seriesRows } from "./long-rows.js";
import { ParquetFile } from "./parquet.js";
import type { RunRecord } from "./record.js";
import { runColumns, runRow } from "./run-rows.js";
import { summaryHeader, summaryRow } from "./summary-rows.js";

/** Replay files a cell: one shows it, a few let one choose. */
const REPLAY_FILES_PER_CELL_MAX = 10;

/** A run that the simulator had to end: too many events at one instant, or in all. */
export interface BrokenOff {
  readonly cell: number;
  readonly replication: number;
  readonly end: RunEnd;
  /** Name of its replay file. */
  readonly file: string;
}

/** What the files say, for whoever prints it. */
export interface Results {
  readonly rows: readonly SummaryRow[];
  readonly outcomes: readonly ExpectationOutcome[];
  /** By the cell's index. */
  readonly outcomesOf: (cell: number) => readonly ExpectationOutcome[];
  /** Of an expectation in a cell: the replay file, in `failures/`, of the first run that deviated from it. */
  readonly replayFile: (cell: number, expectation: number) => string | undefined;
  readonly brokenOff: readonly BrokenOff[];
}

export interface ResultsSource {
  readonly plan: ExperimentPlan;
  /** Version of the simulator. */
  readonly version: string;
  readonly journal: Journal;
  readonly judge: Judge;
  /** How many replications a cell has. */
  readonly replications: (cell: number) => number;
}

/** Writes everything but the pictures into `folder`, which exists and is empty. */
export function writeResults(folder: string, source: ResultsSource): Results {
  const writer = new ResultsWriter(folder, source);
  for (const cell of source.plan.cells) writer.cell(cell);
  return writer.close();
}

class ResultsWriter {
  readonly #folder: string;
  readonly #source: ResultsSource;
  readonly #runs: TextFile;
  readonly #parquet: ParquetFile;
  readonly #summary: TextFile;
  readonly #messages: TextFile | undefined;
  readonly #series: TextFile | undefined;
  readonly #rows: SummaryRow[] = [];
  readonly #outcomes: ExpectationOutcome[] = [];
  readonly #outcomesByCell = new Map<number, readonly ExpectationOutcome[]>();
  /** `cell/expectation` → name of the file. */
  readonly #replayFiles = new Map<string, string>();
  readonly #brokenOff: BrokenOff[] = [];

  constructor(folder: string, source: ResultsSource) {
    this.#folder = folder;
    this.#source = source;
    const { plan, version } = source;
    const columns = runColumns(plan);
    this.#runs = startedFile(join(folder, "runs.csv"), csvRow(columns.map((column) => column.name)));
    this.#parquet = new ParquetFile(join(folder, "runs.parquet"), columns, {
      onceover: version,
      experiment: plan.name,
      digest: plan.digest,
    });
    this.#summary = startedFile(join(folder, "summary.csv"), summaryHeader(plan));
    const scenarios = plan.cells.map((cell) => cell.scenario);
    if (scenarios.some((scenario) => scenario.messages)) {
      this.#messages = startedFile(join(folder, "messages.csv"), messagesHeader());
    }
    if (scenarios.some((scenario) => scenario.series !== undefined)) {
      this.#series = startedFile(join(folder, "series.csv"), seriesHeader());
    }
  }

  cell(cell: Cell): void {
    const { plan, judge, journal } = this.#source;
    const judged = new CompactRuns(plan);
    let replayFiles = 0;
    for (let replication = 0; replication < this.#source.replications(cell.index); replication++) {
      const record = journal.read(cell.index, replication);
      const run = judge.run(cell, record);
      judged.add(run);
      this.#run(cell, record, run);
      const broken = record.end === "livelock" || record.end === "exhausted";
      const first = run.deviating.some((index) => this.#replayFile(cell.index, index) === undefined);
      const another = run.deviating.length > 0 && replayFiles < REPLAY_FILES_PER_CELL_MAX;
      if (!broken && !first && !another) continue;
      replayFiles++;
      const file = this.#writeReplayFile(cell, record, run);
      if (broken) this.#brokenOff.push({ cell: cell.index, replication, end: record.end, file });
    }
    const { summary, outcomes } = judge.cell(cell, judged.runs);
    this.#rows.push(summary);
    const told = outcomes.map((outcome) => this.#withReplay(outcome));
    this.#outcomes.push(...told);
    this.#outcomesByCell.set(cell.index, told);
    this.#summary.write(summaryRow(plan, cell, summary, told));
  }

  close(): Results {
    this.#runs.close();
    this.#parquet.close();
    this.#summary.close();
    this.#messages?.close();
    this.#series?.close();
    const { plan, version } = this.#source;
    const replications = plan.cells.map((cell) => this.#source.replications(cell.index));
    writeJson(join(this.#folder, MANIFEST), {
      onceover: version,
      digest: plan.digest,
      seed: plan.seed,
      replications,
      experiment: plan,
    });
    return {
      rows: this.#rows,
      outcomes: this.#outcomes,
      outcomesOf: (cell) => this.#outcomesByCell.get(cell) ?? [],
      replayFile: (cell, expectation) => this.#replayFile(cell, expectation),
      brokenOff: this.#brokenOff,
    };
  }

  #run(cell: Cell, record: RunRecord, run: JudgedRun): void {
    const row = runRow(this.#source.plan, cell, record, run);
    this.#runs.write(csvRow(row));
    this.#parquet.write(row);
    this.#messages?.write(messageRows(record));
    this.#series?.write(seriesRows(record));
  }

  /** The line to paste names the file as it is called from within the folder of results. */
  #withReplay(outcome: ExpectationOutcome): ExpectationOutcome {
    const file = outcome.asStated ? undefined : this.#replayFile(outcome.cell, outcome.expectation);
    return file === undefined ? outcome : { ...outcome, replay: `onceover replay failures/${file}` };
  }

  #replayFile(cell: number, expectation: number): string | undefined {
    return this.#replayFiles.get(`${cell}/${expectation}`);
  }

  #writeReplayFile(cell: Cell, record: RunRecord, run: JudgedRun): string {
    const { plan, version } = this.#source;
    const name = replayFileName(plan, cell, record.replication);
    for (const expectation of run.deviating) {
      const key = `${cell.index}/${expectation}`;
      if (!this.#replayFiles.has(key)) this.#replayFiles.set(key, name);
    }
    mkdirSync(join(this.#folder, "failures"), { recursive: true });
    writeJson(join(this.#folder, "failures", name), {
      replay: 1,
      version,
      experiment: plan.name,
      cell: cell.label,
      factors: cell.values,
      seed: plan.seed,
      replication: record.replication,
      deviating: run.deviating.map((index) => plan.expectations[index]?.text ?? ""),
      fingerprint: record.fingerprint,
      decisions: [],
      scenario: cell.scenario,
    } satisfies ReplayFile);
    return name;
  }
}

function startedFile(path: string, header: string): TextFile {
  const file = new TextFile(path);
  file.write(header);
  return file;
}

function writeJson(path: string, content: unknown): void {
  const file = openSync(path, "w");
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  fsyncSync(file);
  closeSync(file);
}
