/**
 * Values that refer to factors: `${loss}` takes the factor's value and keeps its kind, `sensor/${n}` puts it
 * into a text. A tree of values is compiled once and filled in for each cell.
 */
import { foundInWords, type Path } from "../diagnostic.js";
import type { Problem } from "../source/source.js";
import {
  evaluate,
  EvaluationError,
  type Expression,
  ExpressionError,
  namesIn,
  type ParseExpression,
  type Scope,
  type Value,
} from "./expression.js";
import { Quantity } from "./quantity.js";
import { toNumber } from "./rational.js";
import { PLAIN } from "./unit.js";

/** Stands for a value that could not be computed, which has been said already: whatever meets it keeps quiet. */
export class NotKnown {}
export const NOT_KNOWN: NotKnown = new NotKnown();

export type Template =
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "expression"; readonly expression: Expression; readonly path: Path }
  | { readonly kind: "text"; readonly parts: readonly (string | Expression)[]; readonly path: Path }
  | { readonly kind: "list"; readonly items: readonly Template[] }
  | { readonly kind: "record"; readonly members: readonly (readonly [string, Template])[] };

export type Report = (problem: Problem) => void;

/** What compiling needs: the parser, if it is loaded, and the names that may be used at a path. */
export interface TemplateContext {
  readonly parse: ParseExpression | undefined;
  readonly names: (path: Path) => ReadonlySet<string>;
  /** Names that may be used, but whose values could not be read. */
  readonly unknown: ReadonlySet<string>;
  readonly report: Report;
}

/** Whether a tree of values refers to anything. */
export function mentionsExpressions(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${");
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(mentionsExpressions);
}

/** Reports expressions that cannot be read; they fill in as `NOT_KNOWN`. */
export function compile(value: unknown, path: Path, context: TemplateContext): Template {
  if (!mentionsExpressions(value)) return { kind: "constant", value };
  if (typeof value === "string") return compileText(value, path, context);
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map((item, index) => compile(item, [...path, index], context)) };
  }
  const members = Object.entries(value as Record<string, unknown>);
  return {
    kind: "record",
    members: members.map(([key, member]) => [key, compile(member, [...path, key], context)] as const),
  };
}

/** The names that a template refers to. */
export function namesOf(template: Template): readonly string[] {
  switch (template.kind) {
    case "constant":
      return [];
    case "expression":
      return namesIn(template.expression);
    case "text":
      return template.parts.flatMap((part) => (typeof part === "string" ? [] : namesIn(part)));
    case "list":
      return template.items.flatMap(namesOf);
    case "record":
      return template.members.flatMap(([, member]) => namesOf(member));
  }
}

/** The values of a template where names have the values of `scope`. Reports what cannot be computed. */
export function fill(template: Template, scope: Scope, report: Report): unknown {
  switch (template.kind) {
    case "constant":
      return template.value;
    case "expression":
      return computed(template.expression, template.path, scope, report);
    case "text": {
      const parts = template.parts.map((part) =>
        typeof part === "string" ? part : computed(part, template.path, scope, report),
      );
      return parts.includes(NOT_KNOWN) ? NOT_KNOWN : parts.map(String).join("");
    }
    case "list":
      return template.items.map((item) => fill(item, scope, report));
    case "record":
      return Object.fromEntries(template.members.map(([key, member]) => [key, fill(member, scope, report)]));
  }
}

function compileText(text: string, path: Path, context: TemplateContext): Template {
  const parts: (string | Expression)[] = [];
  let rest = text;
  for (let begin = rest.indexOf("${"); begin >= 0; begin = rest.indexOf("${")) {
    const end = closingBrace(rest, begin + 2);
    if (end === undefined) {
      context.report({ path, found: foundInWords(text), expected: "a } that ends the expression" });
      return { kind: "constant", value: NOT_KNOWN };
    }
    const expression = parseAt(rest.slice(begin + 2, end), path, context);
    if (expression === undefined || namesIn(expression).some((name) => context.unknown.has(name)))
      return { kind: "constant", value: NOT_KNOWN };
    if (begin > 0) parts.push(rest.slice(0, begin));
    parts.push(expression);
    rest = rest.slice(end + 1);
  }
  if (rest !== "") parts.push(rest);
  const [only, second] = parts;
  if (second === undefined && only !== undefined && typeof only !== "string") {
    return { kind: "expression", expression: only, path };
  }
  return { kind: "text", parts, path };
}

function closingBrace(text: string, from: number): number | undefined {
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "}") return at;
  }
  return undefined;
}

/** The expression, or undefined after a report. */
export function parseAt(text: string, path: Path, context: TemplateContext): Expression | undefined {
  try {
    if (context.parse === undefined) throw new Error("the parser of expressions was not loaded");
    return context.parse(text, context.names(path));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, suggestion } = error;
    const meant = suggestion === undefined ? {} : { suggestion: `did you mean \`${suggestion}\`?` };
    context.report({ path, found: `${message} in \`${text.slice(0, 80)}\``, ...meant });
    return undefined;
  }
}

/** Plain numbers become numbers; quantities stay what they are. */
function computed(expression: Expression, path: Path, scope: Scope, report: Report): unknown {
  try {
    return asData(evaluate(expression, scope), () => report({ path, found: "a division by zero" }));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    report({ path, found: error.message });
    return NOT_KNOWN;
  }
}

function asData(value: Value, undefinedValue: () => void): unknown {
  if (value === null) {
    undefinedValue();
    return NOT_KNOWN;
  }
  if (value instanceof Quantity && value.is(PLAIN)) return toNumber(value.value);
  return value;
}
