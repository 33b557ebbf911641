/** An experiment as its author wrote it: plain data, and where each value stands. */
import { type Diagnostic, type Path, pathInWords, type Position } from "../diagnostic.js";

/** Which part of a record's member is meant: its key or its value. */
export type Part = "key" | "value";

/** Something wrong with the value at `path`, before it is known where that stands. */
export interface Problem {
  readonly path: Path;
  /** Default: the value. */
  readonly part?: Part;
  readonly found: string;
  readonly expected?: string;
  readonly suggestion?: string;
}

export interface Source {
  /** As shown to people. */
  readonly file: string;
  /** Records, lists, texts, numbers, booleans, null. */
  readonly data: unknown;
  /** The problem with its place: of the nearest enclosing value when there is none at its path. */
  locate(problem: Problem): Diagnostic;
  /** The scalar at `path` as written (`0.10`), undefined when that is not known. */
  written(path: Path): string | undefined;
}

/** Line and column of an offset into `text`, and the line itself. */
export function placeIn(text: string, offset: number): Position & { readonly excerpt: string } {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < start; at = text.indexOf("\n", at + 1)) line++;
  const whole = text
    .slice(start, end < 0 ? undefined : end)
    .replace(/\r$/, "")
    .replaceAll("\t", " ");
  return { line, column: offset - start + 1, excerpt: whole };
}

/** The problem as it is told; `place` where its place is known. */
export function diagnosticOf(
  { path, found, expected, suggestion }: Problem,
  file: string,
  place: Partial<Position & { readonly excerpt: string }> = {},
): Diagnostic {
  return {
    file,
    ...place,
    path: pathInWords(path),
    found,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
