/** Makes fields of the schema from what a model says about its options. */
import type { z } from "zod";
import { NEVER } from "../../kernel/index.js";
import type { Distribution } from "../../kernel/index.js";
import type { OptionDescription, OptionValue, OptionValues } from "../../model/index.js";
import { oneOf } from "../diagnostic.js";
import { DISTRIBUTION_FORMS, readDistribution, type ReadDelays } from "./distribution.js";
import { type JsonForm, list, record, type Refusal, scalar } from "./field.js";
import {
  DURATION_FORM,
  durationInWords,
  PERCENTAGE_FORM,
  RATE_FORM,
  rateInWords,
  readBoolean,
  readChoice,
  readCount,
  readDuration,
  readNumber,
  readProbability,
  readRate,
  readSize,
  readText,
  SIZE_FORM,
  sizeInWords,
} from "./scalar.js";

/** The fields of a record of options. Defaults are filled in. */
export function optionShape(
  options: readonly OptionDescription[],
  delays: ReadDelays,
): Record<string, z.ZodType<OptionValue | undefined>> {
  return Object.fromEntries(options.map((option) => [option.name, optionField(option, delays)] as const));
}

function optionField(option: OptionDescription, delays: ReadDelays): z.ZodType<OptionValue | undefined> {
  const field = required(option, delays);
  const fallback = option.default;
  if (fallback !== undefined) {
    // A record's default is what is given of it: its fields have their own.
    const whole = (): OptionValue => (option.kind === "record" ? field.parse(fallback) : fallback);
    return field.optional().transform((value) => value ?? whole());
  }
  return option.optional === true ? field.optional() : field;
}

function required(option: OptionDescription, delays: ReadDelays): z.ZodType<OptionValue> {
  const described = description(option);
  if (option.kind === "list") {
    const what = `a list, each item a ${option.of.name}`;
    return list(required(option.of, delays), what, described) as z.ZodType<OptionValue>;
  }
  if (option.kind === "record") {
    const what = `a record with ${option.fields.map(({ name }) => name).join(", ")}`;
    return record(optionShape(option.fields, delays), what, described) as unknown as z.ZodType<OptionValue>;
  }
  return scalar(reader(option, delays), forms(option), described, defaultInWords(option));
}

type ScalarOption = Exclude<OptionDescription, { readonly kind: "list" | "record" }>;

function reader(option: ScalarOption, delays: ReadDelays): (value: unknown) => OptionValue | Refusal {
  switch (option.kind) {
    case "duration":
      return (value) => readDuration(value, { ...option, saturates: option.max === undefined });
    case "size":
      return (value) => readSize(value, option);
    case "rate":
      return (value) => readRate(value, option);
    case "count":
      return (value) => readCount(value, option);
    case "number":
      return (value) => readNumber(value, option);
    case "probability":
      return readProbability;
    case "boolean":
      return readBoolean;
    case "text":
      return (value) =>
        readText(value, {
          ...(option.pattern === undefined ? {} : { pattern: option.pattern }),
          ...(option.patternHelp === undefined ? {} : { help: option.patternHelp }),
        });
    case "choice":
      return (value) => readChoice(value, option.choices);
    case "node":
      return (value) =>
        readText(value, { help: option.role === undefined ? "a node" : `a node (${option.role})` });
    case "distribution":
      return (value) => readDistribution(value, delays) as OptionValue | Refusal;
  }
}

function forms(option: ScalarOption): readonly JsonForm[] {
  switch (option.kind) {
    case "duration":
      return option.never === true ? [DURATION_FORM, { const: "never" }] : [DURATION_FORM];
    case "size":
      return [SIZE_FORM];
    case "rate":
      return [RATE_FORM];
    case "count":
      return [
        { type: "integer", ...limits(option.min ?? 0, option.max) },
        ...(option.unlimited === true ? [{ const: "unlimited" }] : []),
      ];
    case "number":
      return [{ type: "number", ...limits(option.min, option.max) }];
    case "probability":
      return [{ type: "number", minimum: 0, maximum: 1 }, PERCENTAGE_FORM];
    case "boolean":
      return [{ type: "boolean" }];
    case "text":
      return [{ type: "string", ...(option.pattern === undefined ? {} : { pattern: option.pattern }) }];
    case "choice":
      return [{ enum: [...option.choices] }];
    case "node":
      return [{ type: "string" }];
    case "distribution":
      return DISTRIBUTION_FORMS;
  }
}

function limits(minimum: number | undefined, maximum: number | undefined): JsonForm {
  return {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

function description(option: OptionDescription): string {
  const fallback = defaultInWords(option);
  const source = option.source === undefined ? "" : ` (${option.source})`;
  return fallback === undefined ? option.summary : `${option.summary} Default: ${asText(fallback)}${source}.`;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The default of an option as a file would write it; undefined when it has none. */
export function defaultInWords(option: OptionDescription): unknown {
  return option.default === undefined ? undefined : valueInWords(option, option.default);
}

/** A resolved value as a file would write it. */
export function valueInWords(option: OptionDescription, value: OptionValue): unknown {
  switch (option.kind) {
    case "duration":
      return durationInWords(value as number);
    case "size":
      return sizeInWords(value as number);
    case "rate":
      return rateInWords(value as number);
    case "count":
      return (value as number) >= NEVER ? "unlimited" : value;
    case "distribution":
      return distributionInWords(value as unknown as Distribution);
    case "list":
      return (value as readonly OptionValue[]).map((item) => valueInWords(option.of, item));
    case "record":
      return Object.fromEntries(
        option.fields
          .filter(({ name }) => Object.hasOwn(value as OptionValues, name))
          .map((field) => [
            field.name,
            valueInWords(field, (value as OptionValues)[field.name] as OptionValue),
          ]),
      );
    case "number":
    case "probability":
    case "boolean":
    case "text":
    case "choice":
    case "node":
      return value;
  }
}

function distributionInWords(distribution: Distribution): string {
  if (distribution.kind === "constant") return durationInWords(distribution.value);
  if (distribution.kind === "empirical") return `empirical(${distribution.values.length} values)`;
  const { kind, ...parameters } = distribution;
  const words = Object.entries(parameters).map(
    ([name, value]) => `${name} = ${name === "shape" || name === "sigma" ? value : durationInWords(value)}`,
  );
  return `${kind}(${words.join(", ")})`;
}

/** What kind of value an option takes, in a word or two. */
export function kindInWords(option: OptionDescription): string {
  if (option.kind === "choice") return oneOf(option.choices);
  if (option.kind === "list") return `list of ${kindInWords(option.of)}`;
  return option.kind === "node" && option.role !== undefined ? `node (${option.role})` : option.kind;
}
