/** Fields for the commonest scalars: a text, one of several words, a whole number. */
import type { z } from "zod";
import { type JsonForm, type Refusal, scalar } from "./field.js";
import { readChoice, readCount, readText } from "./scalar.js";

export function text(description: string, help: string = "a text", pattern?: string): z.ZodType<string> {
  const form = { type: "string", ...(pattern === undefined ? {} : { pattern }) };
  return scalar(
    (value) => readText(value, { help, ...(pattern === undefined ? {} : { pattern }) }),
    [form],
    description,
  );
}

export function choice(
  choices: readonly string[],
  description: string,
  fallback?: string,
): z.ZodType<string> {
  const read = (value: unknown): string | Refusal => readChoice(value, choices) as string | Refusal;
  return scalar(read, [{ enum: [...choices] }], description, fallback);
}

export function whole(
  min: number,
  max: number | undefined,
  description: string,
  fallback?: number,
): z.ZodType<number> {
  const limits = { min, ...(max === undefined ? {} : { max }) };
  const form: JsonForm = { type: "integer", minimum: min, ...(max === undefined ? {} : { maximum: max }) };
  return scalar((value) => readCount(value, limits), [form], description, fallback);
}
