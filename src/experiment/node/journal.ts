/**
 * The journal of a sweep: one line a finished run, in the order in which they finished.
 *
 * A line is the first sixteen hexadecimal digits of the SHA-256 of a JSON text, a space, the text and a line
 * feed. The first line is the header. Whatever a kill or a power cut leaves at the end does not pass the check
 * and is cut off when the journal is opened again; its runs are run again. Only the places of the lines are
 * kept in memory.
 */
import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { RunRecord } from "./record.js";

export interface JournalHeader {
  /** Version of this format. */
  readonly journal: 1;
  /** Digest of the experiment whose runs follow. */
  readonly digest: string;
}

const CHECK_DIGITS = 16;
const READ_BYTES = 1 << 20;
const LINE_FEED = 10;
/** How long finished runs may lie in the page cache before they are forced to the disk. */
const SYNC_EVERY_MS = 1000;

/** The journal is damaged, or another process writes to it. */
export class JournalError extends Error {
  override name = "JournalError";
}

export class Journal {
  readonly path: string;
  /** Number of runs that it holds. */
  runs = 0;
  readonly #file: number;
  /** By cell, then by replication: where the line starts, 0 when there is none. */
  readonly #starts: number[][] = [];
  readonly #lengths: number[][] = [];
  #end = 0;
  #closed = false;
  #syncedAt = 0;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
  }

  /** Begins an empty journal at `path`, in place of whatever is there. */
  static create(path: string, digest: string): Journal {
    const journal = new Journal(path, openSync(path, "w+"));
    journal.#write([lineOf({ journal: 1, digest } satisfies JournalHeader)]);
    journal.sync();
    return journal;
  }

  /**
   * Opens the journal at `path`. `torn`: it ends before its first line does, so that nothing is lost with it.
   * `foreign`: it is of another digest.
   */
  static open(path: string, digest: string): Journal | "absent" | "torn" | "foreign" {
    let file: number;
    try {
      file = openSync(path, "r+");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "absent";
      throw error;
    }
    const journal = new Journal(path, file);
    const found = journal.#scan();
    if (found?.digest === digest) return journal;
    closeSync(file);
    return found === undefined ? "torn" : "foreign";
  }

  has(cell: number, replication: number): boolean {
    return (this.#starts[cell]?.[replication] ?? 0) > 0;
  }

  /** Adds finished runs. They survive the death of the process from here on, and a power cut within a second. */
  append(records: readonly RunRecord[]): void {
    const lines = records.map(lineOf);
    let start = this.#end;
    this.#write(lines);
    records.forEach((record, i) => {
      const length = (lines[i] as Buffer).length;
      this.#place(record, start, length);
      start += length;
    });
    if (performance.now() - this.#syncedAt > SYNC_EVERY_MS) this.sync();
  }

  /** The record of a run that the journal has. Throws `JournalError` when the line is no longer as it was written. */
  read(cell: number, replication: number): RunRecord {
    const start = this.#starts[cell]?.[replication] ?? 0;
    const line = Buffer.alloc(this.#lengths[cell]?.[replication] ?? 0);
    if (start === 0) throw new JournalError(`no run ${replication} of cell ${cell} in ${this.path}`);
    readSync(this.#file, line, 0, line.length, start);
    const record = contentOf(line) as RunRecord | undefined;
    if (record === undefined) {
      throw new JournalError(`${this.path} has been changed by somebody else while it was in use`);
    }
    return record;
  }

  sync(): void {
    if (this.#closed) return;
    fdatasyncSync(this.#file);
    this.#syncedAt = performance.now();
  }

  close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  #place(record: RunRecord, start: number, length: number): void {
    const starts = (this.#starts[record.cell] ??= []);
    const lengths = (this.#lengths[record.cell] ??= []);
    if ((starts[record.replication] ?? 0) === 0) this.runs++;
    starts[record.replication] = start;
    lengths[record.replication] = length;
  }

  #write(lines: readonly Buffer[]): void {
    const bytes = Buffer.concat(lines);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.#end + written);
    }
    this.#end += bytes.length;
  }

  /** Finds every whole line and cuts off what follows the last one. Gives the header, if it is whole. */
  #scan(): JournalHeader | undefined {
    let header: JournalHeader | undefined;
    for (const { line, start } of linesOf(this.#file)) {
      const content = contentOf(line);
      if (start === 0) header = content as JournalHeader | undefined;
      else if (content !== undefined) this.#place(content as RunRecord, start, line.length);
      this.#end = start + line.length;
    }
    if (header !== undefined) ftruncateSync(this.#file, this.#end);
    return header;
  }
}

function lineOf(content: unknown): Buffer {
  const text = JSON.stringify(content);
  return Buffer.from(`${checkOf(text)} ${text}\n`);
}

/** What a line holds; undefined when it is not a line as it was written. */
function contentOf(line: Buffer): unknown {
  const text = line.subarray(CHECK_DIGITS + 1, line.length - 1);
  if (line.toString("latin1", 0, CHECK_DIGITS) !== checkOf(text)) return undefined;
  return JSON.parse(text.toString()) as unknown;
}

function checkOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex").slice(0, CHECK_DIGITS);
}

/** The lines of a file that end in a line feed, with it. */
function* linesOf(file: number): Generator<{ readonly line: Buffer; readonly start: number }> {
  const size = fstatSync(file).size;
  let rest = Buffer.alloc(0);
  let start = 0;
  for (let at = 0; at < size;) {
    const chunk = Buffer.alloc(Math.min(READ_BYTES, size - at));
    const read = readSync(file, chunk, 0, chunk.length, at);
    if (read === 0) return;
    at += read;
    rest = Buffer.concat([rest, chunk.subarray(0, read)]);
    let from = 0;
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, from)) {
      yield { line: rest.subarray(from, end + 1), start: start + from };
      from = end + 1;
    }
    rest = rest.subarray(from);
    start += from;
  }
}
