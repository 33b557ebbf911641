/**
 * The building blocks of the schema. A message of a zod issue is what was expected there, in words; `params` of a
 * custom issue may say what was found and what was likely meant. `read` turns issues into problems.
 */
import { z } from "zod";
import { foundInWords, oneOf, type Path } from "../diagnostic.js";
import { NotKnown, type Report } from "../expression/template.js";
import { nearest } from "../nearest-name.js";

/** Why a value is not what a field takes. */
export class Refusal {
  readonly expected: string;
  readonly suggestion: string | undefined;
  readonly found: string | undefined;

  constructor(expected: string, suggestion?: string, found?: string) {
    this.expected = expected;
    this.suggestion = suggestion;
    this.found = found;
  }
}

/** JSON Schema of what a field takes, beside expressions. */
export type JsonForm = Readonly<Record<string, unknown>>;

/** An expression over factors may stand for any scalar. */
const EXPRESSION_FORM: JsonForm = { type: "string", pattern: "\\$\\{.+\\}" };

/** A field whose value `convert` makes of what the file says. */
export function scalar<Result>(
  convert: (value: unknown) => Result | Refusal,
  forms: readonly JsonForm[],
  description: string,
  inWords?: unknown,
): z.ZodType<Result> {
  return z
    .unknown()
    .transform((value, context): Result => {
      const result = convert(value);
      if (!(result instanceof Refusal)) return result;
      const { expected, suggestion, found } = result;
      context.addIssue({ code: "custom", message: expected, params: { suggestion, found } });
      return z.NEVER;
    })
    .meta({
      description,
      anyOf: [...forms, EXPRESSION_FORM],
      ...(inWords === undefined ? {} : { default: inWords }),
    });
}

/** A record of exactly these fields. */
export function record<Shape extends z.ZodRawShape>(
  shape: Shape,
  what: string,
  description?: string,
): z.ZodObject<Shape, z.core.$strict> {
  const expected = (issue: { readonly code?: string }): string =>
    issue.code === "unrecognized_keys" ? Object.keys(shape).join(" ") : what;
  const schema = z.strictObject(shape, { error: expected });
  return description === undefined ? schema : schema.meta({ description });
}

export function list<Item extends z.ZodType>(
  item: Item,
  what: string,
  description?: string,
): z.ZodArray<Item> {
  const schema = z.array(item, { error: what });
  return description === undefined ? schema : schema.meta({ description });
}

/** A schema that checks by hand and is published as `published`. */
export function published<Result>(schema: z.ZodType<Result>, as: z.ZodType): z.ZodType<Result> {
  PUBLISHED.set(schema, as);
  return schema;
}

/** What a schema looks like to editors, where that differs from what checks. */
export const PUBLISHED: WeakMap<z.core.$ZodType, z.ZodType> = new WeakMap();

/** What `schema` makes of `value`, or undefined after reporting why it is refused. */
export function read<Result>(
  schema: z.ZodType<Result>,
  value: unknown,
  path: Path,
  report: Report,
): Result | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) reportIssue(issue, value, path, report);
  return undefined;
}

function reportIssue(issue: z.core.$ZodIssue, root: unknown, base: Path, report: Report): void {
  const inside = issue.path as Path;
  const value = valueAt(root, inside);
  if (value instanceof NotKnown) return;
  const path = [...base, ...inside];
  if (issue.code === "unrecognized_keys") {
    const known = issue.message.split(" ");
    for (const key of issue.keys) reportUnknown([...path, key], known, report);
    return;
  }
  const params = issue.code === "custom" ? issue.params : undefined;
  const suggestion = params?.["suggestion"] as string | undefined;
  const found = (params?.["found"] as string | undefined) ?? foundInWords(value);
  report({ path, found, expected: issue.message, ...(suggestion === undefined ? {} : { suggestion }) });
}

/** Reports that the last step of `path` is not one of the names that may stand there. */
export function reportUnknown(
  path: Path,
  known: readonly string[],
  report: Report,
  what: string = "unknown option",
): void {
  const near = nearest(String(path.at(-1)), known);
  report({
    path,
    part: "key",
    found: what,
    expected: oneOf(known),
    ...(near === undefined ? {} : { suggestion: didYouMean(near) }),
  });
}

export function didYouMean(name: string): string {
  return `did you mean \`${name}\`?`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    if (value instanceof NotKnown) return value;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
