/**
 * The results folder of a sweep. While it goes on, everything is in `<folder>.partial`: the journal and, at the
 * end, the finished files, which take the folder's place by being renamed. So the folder is whole or absent.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Journal } from "./journal.js";

/** The results cannot be put where they were asked to go. The message is one sentence for the user. */
export class FolderError extends Error {
  override name = "FolderError";
}

export interface FolderOptions {
  /** Go on with what an interrupted sweep has left. */
  readonly resume: boolean;
  /** Take the place of the results of another experiment, and begin anew. */
  readonly force: boolean;
}

export const MANIFEST = "manifest.json";
const JOURNAL = "journal";

export class ResultsFolder {
  /** Where the results will be. */
  readonly path: string;
  readonly journal: Journal;
  readonly #partial: string;

  private constructor(path: string, partial: string, journal: Journal) {
    this.path = path;
    this.#partial = partial;
    this.journal = journal;
  }

  /** Claims the folder for the experiment of that digest. Throws `FolderError` when it must not be touched. */
  static claim(path: string, digest: string, options: FolderOptions): ResultsFolder {
    try {
      refuseWhatIsNotOurs(path, digest, options.force);
      return ResultsFolder.#open(path, digest, options);
    } catch (error) {
      if (error instanceof FolderError) throw error;
      throw new FolderError(`${path} cannot hold results: ${reasonOf(error)}`);
    }
  }

  static #open(path: string, digest: string, options: FolderOptions): ResultsFolder {
    const partial = partialOf(path);
    const journalPath = join(partial, JOURNAL);
    if (existsSync(partial)) {
      const journal = Journal.open(journalPath, digest);
      if (journal instanceof Journal) {
        if (options.resume && !options.force) return new ResultsFolder(path, partial, journal);
        journal.close();
      }
      if (!options.force || journal === "absent") refuseToDiscard(partial, journal);
      rmSync(partial, { recursive: true, force: true });
    }
    mkdirSync(partial, { recursive: true });
    return new ResultsFolder(path, partial, Journal.create(journalPath, digest));
  }

  /** An empty folder for the finished files. */
  drafts(): string {
    const drafts = join(this.#partial, "results");
    rmSync(drafts, { recursive: true, force: true });
    mkdirSync(drafts);
    return drafts;
  }

  /** Puts the finished files in their place and removes what was kept to resume. */
  finish(): void {
    this.journal.close();
    rmSync(this.path, { recursive: true, force: true });
    renameSync(join(this.#partial, "results"), this.path);
    rmSync(this.#partial, { recursive: true, force: true });
  }

  /** Leaves what has been done for a later `resume`. */
  leave(): void {
    this.journal.sync();
    this.journal.close();
  }
}

/** Where the results in the making are kept. */
export function partialOf(path: string): string {
  return `${path}.partial`;
}

/** What went wrong with a file, in a few words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "something of that name is there",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  EBUSY: "it is in use",
  ENOTEMPTY: "it is not empty",
};

function refuseWhatIsNotOurs(path: string, digest: string, force: boolean): void {
  const absolute = resolve(path);
  if (absolute === dirname(absolute)) throw new FolderError(`${path} cannot hold results`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw new FolderError(`${path} is not a folder: give another one with --out`);
  const manifest = manifestDigest(path);
  if (manifest === digest) return;
  if (manifest === undefined) {
    if (readdirSync(path).length === 0) return;
    throw new FolderError(`${path} holds something else than results: give another folder with --out`);
  }
  if (!force) {
    throw new FolderError(
      `${path} holds the results of another version of this experiment: give another folder with --out, ` +
        "or replace them with --force",
    );
  }
}

/** Nothing is removed that might be missed: not a stranger's folder, not finished runs. */
function refuseToDiscard(partial: string, found: ReturnType<typeof Journal.open>): void {
  if (found === "absent") {
    if (readdirSync(partial).length === 0) return;
    throw new FolderError(`${partial} is in the way: give another folder with --out`);
  }
  if (found === "foreign") {
    throw new FolderError(
      `${partial} holds an interrupted sweep of another version of this experiment: discard it with --force`,
    );
  }
  if (found === "torn" || found.runs === 0) return;
  throw new FolderError(
    `${partial} holds ${found.runs} finished ${found.runs === 1 ? "run" : "runs"} of this experiment: ` +
      "go on with --resume, " +
      "or begin anew with --force",
  );
}

/** The digest in the folder's manifest; undefined when there is none that we have written. */
function manifestDigest(path: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(path, MANIFEST), "utf8")) as { readonly digest?: unknown };
    return typeof manifest.digest === "string" ? manifest.digest : undefined;
  } catch {
    return undefined;
  }
}
