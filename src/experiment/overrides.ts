/** Changes that the command line makes to what a file says, before it is checked and resolved. */
import { parseDocument, isScalar } from "yaml";
import { type Diagnostic, ExperimentError, type Path, pathInWords, oneOf } from "./diagnostic.js";
import { nearest } from "./nearest-name.js";
import { didYouMean } from "./schema/field.js";
import { diagnosticOf, type Problem, type Source } from "./source/source.js";
import { yamlSource } from "./source/yaml-source.js";

export interface Overrides {
  readonly seed?: string;
  readonly replications?: number;
  /** The name of a factor, or a path into the file such as `links[0].delay`, and the value as YAML. */
  readonly set?: Readonly<Record<string, string>>;
  /** The values of a factor, each as YAML. */
  readonly factors?: Readonly<Record<string, readonly string[]>>;
}

/** One value to put in place of another. */
interface Change {
  /** As the command line said it. */
  readonly option: string;
  readonly path: Path;
  readonly value: unknown;
  /** Texts of the values of a factor. */
  readonly written: readonly string[] | undefined;
}

type Tree = Record<string | number, unknown>;

/** `source` with the changes made. Throws `ExperimentError` when one has no place or is not YAML. */
export function overridden(source: Source, overrides: Overrides): Source {
  const changes = changesOf(source, overrides);
  if (changes.length === 0) return source;
  let data = source.data;
  for (const change of changes) data = replaced(data, change.path, change.value, change);
  return new OverriddenSource(source, data, changes);
}

class OverriddenSource implements Source {
  readonly file: string;
  readonly data: unknown;
  readonly #source: Source;
  readonly #changes: readonly Change[];

  constructor(source: Source, data: unknown, changes: readonly Change[]) {
    this.#source = source;
    this.file = source.file;
    this.data = data;
    this.#changes = changes;
  }

  locate(problem: Problem): Diagnostic {
    const change = this.#changeAt(problem.path);
    if (change === undefined) return this.#source.locate(problem);
    return diagnosticOf(problem, change.option);
  }

  written(path: Path): string | undefined {
    const change = this.#changeAt(path);
    if (change === undefined) return this.#source.written(path);
    const index = path[change.path.length];
    return typeof index === "number" ? change.written?.[index] : undefined;
  }

  #changeAt(path: Path): Change | undefined {
    return this.#changes.findLast((change) => change.path.every((step, index) => step === path[index]));
  }
}

function changesOf(source: Source, overrides: Overrides): readonly Change[] {
  const factors = membersOf(membersOf(source.data)["factors"]);
  const changes: Change[] = [];
  const push = (option: string, path: Path, value: unknown, written?: readonly string[]): void => {
    changes.push({ option, path, value, written });
  };
  if (overrides.seed !== undefined) push(`--seed ${overrides.seed}`, ["seed"], overrides.seed);
  if (overrides.replications !== undefined) {
    push(`--replications ${overrides.replications}`, ["replications"], overrides.replications);
  }
  for (const [name, texts] of Object.entries(overrides.factors ?? {})) {
    const option = `--factor ${name}=${texts.join(",")}`;
    if (!Object.hasOwn(factors, name)) refuseFactor(option, name, Object.keys(factors));
    push(
      option,
      ["factors", name],
      texts.map((text) => valueOf(option, text)),
      texts,
    );
  }
  for (const [name, text] of Object.entries(overrides.set ?? {})) {
    const option = `--set ${name}=${text}`;
    if (Object.hasOwn(factors, name)) push(option, ["factors", name], [valueOf(option, text)], [text]);
    else push(option, pathOf(option, name, Object.keys(factors)), valueOf(option, text));
  }
  return changes;
}

function refuseFactor(option: string, name: string, names: readonly string[]): never {
  const near = nearest(name, names);
  throw refused(option, {
    found: `the experiment has no factor \`${name}\``,
    expected: names.length === 0 ? "an option that it has: it has no factors" : oneOf(names),
    ...(near === undefined ? {} : { suggestion: didYouMean(near) }),
  });
}

function pathOf(option: string, text: string, factors: readonly string[]): Path {
  const steps = text.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  if (steps.some((step) => !/^[\w$-]+$/.test(step) || step === "__proto__")) {
    const expected = `the name of a factor${factors.length === 0 ? "" : ` (${factors.join(", ")})`}, or a path such as links[0].delay`;
    throw refused(option, { found: `\`${text}\``, expected });
  }
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function valueOf(option: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  if (
    document.errors.length === 0 &&
    isScalar(document.contents) &&
    typeof document.contents.value === "string"
  ) {
    return document.contents.value;
  }
  return yamlSource(text, option).data;
}

/** `tree` with `value` at `path`; what holds it must be there. */
function replaced(tree: unknown, path: Path, value: unknown, change: Change): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const depth = change.path.length - path.length;
  if (Array.isArray(tree)) {
    const items: unknown[] = [...(tree as unknown[])];
    if (typeof step !== "number" || step >= items.length)
      throw noPlace(change, depth, `a list of ${items.length}`);
    items[step] = replaced(items[step], rest, value, change);
    return items;
  }
  if (tree === null || typeof tree !== "object") {
    if (tree === undefined && depth > 0 && rest.length === 0) return { [step]: value };
    throw noPlace(change, depth, "no record");
  }
  const members = tree as Tree;
  if (rest.length > 0 && !Object.hasOwn(members, step)) {
    const near = nearest(String(step), Object.keys(members));
    throw noPlace(change, depth, "a record without it", near);
  }
  return { ...members, [step]: replaced(members[step], rest, value, change) };
}

function noPlace(change: Change, depth: number, there: string, near?: string): ExperimentError {
  const at = change.path.slice(0, depth);
  const missing = pathInWords([change.path[depth] ?? ""]);
  const where = at.length === 0 ? "the experiment" : `\`${pathInWords(at)}\``;
  return refused(change.option, {
    found: `no place for \`${missing}\`: ${where} is ${there}`,
    ...(near === undefined ? {} : { suggestion: didYouMean(near) }),
  });
}

function refused(option: string, rest: Omit<Problem, "path" | "part">): ExperimentError {
  return new ExperimentError([{ file: option, path: "", ...rest }]);
}

function membersOf(value: unknown): Tree {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Tree) : {};
}
