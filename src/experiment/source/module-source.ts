/**
 * Loads a program: an experiment in TypeScript, or a model of the user's own. It runs, with all that the user
 * who started it may do; what it exports is taken over as data.
 */
import { type Diagnostic, ExperimentError, foundInWords, type Path, shortened } from "../diagnostic.js";
import { diagnosticOf, placeIn, type Problem, type Source } from "./source.js";

const DEPTH_MAX = 64;

/** What a program can import as `onceover`. */
export type Offered = Readonly<Record<string, unknown>>;

/**
 * The default export of the TypeScript or JavaScript module at `path`, an absolute path. Throws
 * `ExperimentError` when it cannot be loaded or throws.
 */
export async function importDefault(
  path: string,
  file: string,
  text: string,
  offered: Offered,
): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(path, {
    fsCache: false,
    moduleCache: false,
    tryNative: false,
    interopDefault: false,
    virtualModules: { onceover: offered },
  });
  try {
    return (await jiti.import<{ readonly default?: unknown }>(path)).default;
  } catch (error) {
    throw new ExperimentError([thrown(error, path, file, text)]);
  }
}

/** Columns are those of the text only where it cannot be parsed: what runs was translated, line by line. */
function thrown(error: unknown, path: string, file: string, text: string): Diagnostic {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const what = shortened((message.split("\n")[0] ?? "").replace(/^ParseError: /, "").trim());
  const place = `${message}\n${stack ?? ""}`.split(`${path}:`)[1];
  const [, line, column] = /^(\d+):(\d+)/.exec(place ?? "") ?? [];
  const found = `the program cannot be run: ${what}`;
  if (line === undefined) return { file, path: "", found };
  const excerpt = text.split("\n")[Number(line) - 1];
  return {
    file,
    line: Number(line),
    column: message.startsWith("ParseError: ") ? Number(column) : 1,
    path: "",
    found,
    ...(excerpt === undefined ? {} : { excerpt: excerpt.replaceAll("\t", " ") }),
  };
}

/** An experiment that a program made. Throws `ExperimentError` when it holds what is not data. */
export function moduleSource(data: unknown, file: string, text: string): Source {
  const problems: Problem[] = [];
  const source = new ModuleSource(plain(data, [], problems), file, text);
  if (data === undefined) problems.push({ path: [], found: "no default export", expected: "an experiment" });
  if (problems.length > 0) throw new ExperimentError(problems.map((problem) => source.locate(problem)));
  return source;
}

class ModuleSource implements Source {
  readonly data: unknown;
  readonly file: string;
  readonly #text: string;

  constructor(data: unknown, file: string, text: string) {
    this.data = data;
    this.file = file;
    this.#text = text;
  }

  /** A program's values have no place; the key that a path ends in has one, if the text holds it once. */
  locate(problem: Problem): Diagnostic {
    const key = problem.path.findLast((step) => typeof step === "string");
    if (typeof key !== "string" || !/^\w+$/.test(key)) return diagnosticOf(problem, this.file);
    const uses = [...this.#text.matchAll(new RegExp(`(?<![\\w.])${key}["']?\\s*:`, "g"))];
    const place = uses.length === 1 ? placeIn(this.#text, uses[0]?.index ?? 0) : {};
    return diagnosticOf(problem, this.file, place);
  }

  written(): undefined {
    return undefined;
  }
}

function plain(value: unknown, path: Path, problems: Problem[]): unknown {
  if (path.length > DEPTH_MAX) {
    problems.push({ path: path.slice(0, 3), found: `nested more than ${DEPTH_MAX} deep` });
    return undefined;
  }
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value))
        problems.push({ path, found: `found ${value}`, expected: "a finite number" });
      return value;
    case "string":
    case "boolean":
    case "undefined":
      return value;
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item, index) => plain(item, [...path, index], problems));
      if (isRecord(value)) return plainRecord(value, path, problems);
      break;
    case "bigint":
    case "symbol":
    case "function":
      break;
  }
  problems.push({
    path,
    found: foundInWords(value),
    expected: "data: a record, list, text, number or boolean",
  });
  return undefined;
}

function plainRecord(
  value: Readonly<Record<string, unknown>>,
  path: Path,
  problems: Problem[],
): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined && key !== "__proto__") record[key] = plain(member, [...path, key], problems);
  }
  return record;
}

function isRecord(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
