/**
 * Reads YAML 1.2 into plain data and remembers where everything stands. What YAML would take silently for
 * something else (a number with a leading zero, an integer too long to be exact) is a problem here.
 */
import type { Document } from "yaml";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type Diagnostic, ExperimentError, type Path, printable, shortened } from "../diagnostic.js";
import { diagnosticOf, placeIn, type Problem, type Source } from "./source.js";

/** Values in a file, aliases spelled out: a few short lines of aliases can stand for billions. */
const VALUES_MAX = 100_000;
const DEPTH_MAX = 64;
const TOO_DEEP = `nested more than ${DEPTH_MAX} deep`;
const EXCERPT_MAX = 160;

interface Place {
  readonly key: number | undefined;
  readonly value: number;
  readonly written: string | undefined;
}

/** Throws `ExperimentError` when `text` is not YAML or not data. `file` is only shown. */
export function yamlSource(text: string, file: string): Source {
  const source = new YamlSource(text, file);
  if (source.problems.length > 0) throw new ExperimentError(source.problems);
  return source;
}

class YamlSource implements Source {
  readonly file: string;
  readonly data: unknown;
  readonly problems: Diagnostic[] = [];
  readonly #text: string;
  readonly #places = new Map<string, Place>();
  #document: Document.Parsed | undefined;
  #values = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.file = file;
    this.data = this.#read();
  }

  locate(problem: Problem): Diagnostic {
    const { path, part = "value" } = problem;
    let offset = 0;
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place === undefined) continue;
      const enclosing = length < path.length;
      const short = enclosing && place.written !== undefined;
      offset = (part === "key" || (enclosing && !short) ? place.key : undefined) ?? place.value;
      break;
    }
    return this.#diagnostic(offset, problem);
  }

  written(path: Path): string | undefined {
    return this.#places.get(JSON.stringify(path))?.written;
  }

  #read(): unknown {
    const [document, ...more] = this.#parse();
    if (document === undefined) return undefined;
    this.#document = document as Document.Parsed;
    for (const { message, pos } of [...document.errors, ...document.warnings]) this.#notYaml(message, pos[0]);
    if (more.length > 0) {
      this.#problem(more[0]?.range[0] ?? 0, [], { found: "a second document; a file holds one experiment" });
    }
    if (this.problems.length > 0) return undefined;
    return this.#plain(document.contents as ParsedNode | null, [], undefined, undefined);
  }

  #parse(): readonly Document.Parsed[] {
    try {
      const parsed = parseAllDocuments(this.#text, {
        prettyErrors: false,
        uniqueKeys: false,
        stringKeys: false,
      });
      return Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
    } catch (error) {
      const deep = error instanceof RangeError;
      const found = deep ? TOO_DEEP : `not YAML: ${shortened(String(error))}`;
      this.#problem(0, [], { found });
      return [];
    }
  }

  /** One mistake makes several errors: the first on a line is told, and none of what is left over after one. The parser's recursion ends in an error, too. */
  #notYaml(message: string, offset: number): void {
    if (/call stack|recursion/.test(message)) {
      this.problems.splice(0, this.problems.length);
      this.#problem(0, [], { found: TOO_DEEP });
    }
    const { line } = placeIn(this.#text, offset);
    if (this.problems.length > 0 && message.includes("token in YAML stream")) return;
    if (this.problems.some((problem) => problem.line === line || problem.found === TOO_DEEP)) return;
    const found = printable((message.split("\n")[0] ?? message).replace(/\.$/, ""));
    this.#problem(offset, [], { found: `not YAML: ${found}`, ...this.#hint(offset) });
  }

  /** The two things that YAML trips over and an author does not see. */
  #hint(offset: number): { readonly suggestion?: string } {
    const { excerpt } = placeIn(this.#text, offset);
    if (/[[{].*\$\{/.test(excerpt)) {
      return { suggestion: 'inside [ ] or { } an expression needs quotes: "${…}"' };
    }
    return /\w\([^)]*: /.test(excerpt) ? { suggestion: "write = instead of : between ( and )" } : {};
  }

  /** `within` is the alias through which `node` was reached: its place stands for all that it brings in. */
  #plain(node: ParsedNode | null, path: Path, key: number | undefined, within: number | undefined): unknown {
    const value = within ?? node?.range[0] ?? key ?? 0;
    const written = isScalar(node) && typeof node.source === "string" ? node.source : undefined;
    this.#places.set(JSON.stringify(path), { key: within ?? key, value, written });
    if (++this.#values > VALUES_MAX || path.length > DEPTH_MAX) return this.#tooMuch(value, path);
    if (node === null) return null;
    if (isAlias(node)) {
      const target = node.resolve(this.#document as Document.Parsed) as ParsedNode | undefined;
      if (target === undefined)
        this.#problem(value, path, { found: `no anchor \`&${printable(node.source)}\` before` });
      return this.#plain(target ?? null, path, key, within ?? value);
    }
    if (isMap(node)) return this.#record(node as YAMLMap.Parsed, path, within);
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.#plain(item as ParsedNode, [...path, index], undefined, within),
      );
    }
    return this.#scalar(node as Scalar.Parsed, path, value);
  }

  #record(map: YAMLMap.Parsed, path: Path, within: number | undefined): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (const pair of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const offset = within ?? pair.key.range[0];
      if (!isScalar(pair.key) || pair.key.value === null || typeof pair.key.value === "object") {
        this.#problem(offset, path, { found: "a key that is not a word" });
        continue;
      }
      const key = String(pair.key.value);
      const member = [...path, key];
      if (key === "__proto__") this.#problem(offset, member, { found: "a key that is not allowed" });
      else if (Object.hasOwn(record, key)) this.#problem(offset, member, { found: "given twice" });
      else record[key] = this.#plain(pair.value, member, offset, within);
    }
    return record;
  }

  #scalar(node: Scalar.Parsed, path: Path, offset: number): unknown {
    const { value, source } = node;
    if (typeof value !== "number") return value;
    const written = String(source);
    const quoted = `write '${written}' if text is meant`;
    if (/^[+-]?0\d/.test(written)) {
      const suggestion = `write ${value}, or ${quoted.slice("write ".length)}`;
      this.#problem(offset, path, { found: `found ${written}, which YAML reads as ${value}`, suggestion });
    } else if (!Number.isFinite(value)) {
      this.#problem(offset, path, { found: `found ${written}`, expected: "a finite number" });
    } else if (/^[+-]?\d+$/.test(written) && !Number.isSafeInteger(value)) {
      const expected = "at most 9007199254740991 (2^53 - 1), beyond which digits are lost";
      this.#problem(offset, path, {
        found: `found ${shortened(written)}`,
        expected,
        suggestion: `quote it: '${shortened(written)}'`,
      });
    }
    return value;
  }

  #tooMuch(offset: number, path: Path): undefined {
    const found = path.length > DEPTH_MAX ? TOO_DEEP : `more than ${VALUES_MAX} values, aliases spelled out`;
    if (this.problems.every((problem) => problem.found !== found))
      this.#problem(offset, path.slice(0, 3), { found });
    return undefined;
  }

  #problem(offset: number, path: Path, rest: Omit<Problem, "path" | "part">): void {
    this.problems.push(this.#diagnostic(offset, { path, ...rest }));
  }

  #diagnostic(offset: number, problem: Problem): Diagnostic {
    const { line, column, excerpt } = placeIn(this.#text, offset);
    const shown = column <= EXCERPT_MAX ? { excerpt: printable(excerpt.slice(0, EXCERPT_MAX)) } : {};
    return diagnosticOf(problem, this.file, { line, column, ...shown });
  }
}
