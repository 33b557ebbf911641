/** What is wrong with an experiment file: where, what was found, what was expected, and what was likely meant. */

/** Keys and indices that lead to a value. */
export type Path = readonly (string | number)[];

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export interface Diagnostic {
  /** The file as it was named, or the option of the command line that brought the value in. */
  readonly file: string;
  /** Absent when the place is not known: an option of the command line, a computed value of a program. */
  readonly line?: number;
  readonly column?: number;
  /** `nodes.sensor.qos`, `links[0].delay`; empty for the whole file. */
  readonly path: string;
  /** `unknown option`, `missing`, `found 50`. */
  readonly found: string;
  readonly expected?: string;
  /** ``did you mean `qos`?``, `write 50 ms`. */
  readonly suggestion?: string;
  /** The line of the file. */
  readonly excerpt?: string;
}

/** An experiment that cannot be run as it stands. Carries everything that was found wrong, by position. */
export class ExperimentError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n"));
    this.name = "ExperimentError";
    this.diagnostics = diagnostics;
  }
}

/** `file:line:column: path: found; expected …; suggestion`, with the line of the file and a caret below it. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, path, found, expected, suggestion, excerpt } = diagnostic;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const subject = path === "" ? "" : `${path}: `;
  const parts = [found, ...(expected === undefined ? [] : [`expected ${expected}`])];
  if (suggestion !== undefined) parts.push(suggestion);
  const message = `${place}: ${subject}${parts.join("; ")}`;
  if (excerpt === undefined || line === undefined) return message;
  const gutter = `${line} | `.padStart(8);
  return `${message}\n${gutter}${excerpt}\n${" ".repeat(gutter.length + (column ?? 1) - 1)}^`;
}

/** `nodes.sensor.subscribe[0].filter` */
export function pathInWords(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const word = /^[\w$-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? word : `.${word}`;
    })
    .join("");
}

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a file as it may be shown on a terminal: without control characters, on one line. */
export function printable(text: string): string {
  return text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const SHOWN_MAX = 60;

/** `found 50`, ``found `fast` ``, `found a list`: what stands where something else was expected. */
export function foundInWords(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "found nothing";
  if (Array.isArray(value)) return "found a list";
  if (typeof value === "string") return `found \`${shortened(value)}\``;
  if (typeof value === "function") return "found a function";
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) return "found a record";
  if (value instanceof Date || value instanceof Map || value instanceof Set) {
    return `found a ${value.constructor.name}`;
  }
  return `found ${shortened(String(value))}`;
}

export function shortened(text: string): string {
  const shown = printable(text);
  return shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX - 1)}…` : shown;
}

/** ``a, b or c`` with each name in back quotes. */
export function oneOf(names: readonly (string | number)[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length <= 1) return quoted[0] ?? "nothing";
  return `one of ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1) ?? ""}`;
}
