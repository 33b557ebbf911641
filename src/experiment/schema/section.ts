/** The sections that every experiment has, whatever its models: what they take and how they are described. */
import { z } from "zod";
import { instant, positiveDuration } from "./fault.js";
import { type JsonForm, list, record, Refusal, scalar } from "./field.js";
import { PERCENTAGE_FORM, readBoolean, readChoice, readCount, readFraction, readText } from "./scalar.js";

export const RUNS_MAX = 1_000_000;

export interface GivenExpectation {
  readonly claim?: string | undefined;
  readonly that?: string | undefined;
  readonly when?: string | undefined;
  readonly is?: string | undefined;
  readonly scope?: string | undefined;
}

export interface GivenPlot {
  readonly title?: string | undefined;
  readonly x: string;
  readonly y: string;
  readonly color?: string | undefined;
  readonly facet?: string | undefined;
  readonly when?: string | undefined;
  readonly scale?: string | undefined;
}

export type GivenReplications =
  | number
  | {
      readonly until: number;
      readonly of: string;
      readonly max: number;
      readonly batch?: number | undefined;
    };

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

export const NAME: z.ZodType<string> = text(
  "The file's name without its ending.",
  "a name of small letters, digits and -",
  "^[a-z0-9]+(-[a-z0-9]+)*$",
);
export const QUESTION: z.ZodType<string> = text("What the experiment asks, in a sentence.");

export const SEED: z.ZodType<string> = scalar(
  (value): string | Refusal => {
    const expected = "a whole number from 0 to 9007199254740991, or a text";
    if (typeof value === "number") {
      return Number.isSafeInteger(value) && value >= 0
        ? String(value)
        : new Refusal(expected, "quote it if it is a text");
    }
    return readText(value, { pattern: "^[ -~]{1,200}$", help: `${expected} of 1 to 200 ASCII characters` });
  },
  [{ type: "integer", minimum: 0 }, { type: "string" }],
  "The root of all chance.",
  1,
);

const UNTIL = record(
  {
    until: scalar(
      readPrecision,
      [PERCENTAGE_FORM],
      "Half the width of the 95 % confidence interval, as a share of the mean.",
    ),
    of: text("The metric whose mean is to be known.", "the name of a metric"),
    max: whole(2, RUNS_MAX, "At most so many replications."),
    batch: whole(2, 10_000, "Replications added at a time.", 10).optional(),
  },
  "a whole number, or a record with until, of and max",
);
const FIXED = whole(1, RUNS_MAX, "How often each cell is run, each time with other chance.", 1);

export const REPLICATIONS: z.ZodType = z.union([FIXED, UNTIL]);

export function replicationsSchema(value: unknown): z.ZodType<GivenReplications> {
  const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
  return isRecord ? UNTIL : FIXED;
}

function readPrecision(value: unknown): number | Refusal {
  const expected = "a percentage above zero, such as 2 %";
  const fraction = readFraction(value, expected);
  if (fraction instanceof Refusal) return fraction;
  return fraction > 0 && fraction < 1 ? fraction : new Refusal(expected);
}

const DERIVED = record(
  {
    name: text(
      "How the metric is called in the results.",
      "a name such as `waste`",
      "^[a-z][a-z0-9_]{0,63}$",
    ),
    expression: text("How it is computed from other metrics of the same run.", "an expression"),
  },
  "the name of a metric, or a record with name and expression",
);
const METRIC_NAME = text(
  "A metric by its name.",
  "the name of a metric, or a record with name and expression",
);

export const METRIC_FORMS: z.ZodType = z.union([METRIC_NAME, DERIVED]);

export type GivenMetric = string | { readonly name: string; readonly expression: string };

export function metricSchema(value: unknown): z.ZodType<GivenMetric> {
  return value !== null && typeof value === "object" ? DERIVED : METRIC_NAME;
}

export const EXPECTATION: z.ZodType<GivenExpectation> = record(
  {
    claim: text("A guarantee, such as at-least-once.", "the name of a claim").optional(),
    that: text(
      "A condition over metrics and factors, such as delivered_ratio > 0.99.",
      "a condition",
    ).optional(),
    when: text("Only in cells of which this is true: a condition over factors.", "a condition").optional(),
    is: choice(["holds", "violated", "unknown"], "What is expected of it.", "holds").optional(),
    scope: choice(
      ["cell", "run"],
      "Whether the runs of a cell are judged together (a claim: violated if it is in any run; a condition: over the " +
        "means of the metrics) or each by itself.",
      "cell",
    ).optional(),
  },
  "a record with claim or that",
);

export const PLOT: z.ZodType<GivenPlot> = record(
  {
    title: text("Above the plot.").optional(),
    x: text("The factor (or metric) along the horizontal axis.", "a factor or metric"),
    y: text("The metric along the vertical axis.", "a metric"),
    color: text("The factor that colours tell apart.", "a factor").optional(),
    facet: text("The factor that has a panel for each value.", "a factor").optional(),
    when: text("The cells that are drawn.", "a condition").optional(),
    scale: choice(["linear", "log"], "Of the vertical axis.", "linear").optional(),
  },
  "a record with x and y",
);

export const SERIES: z.ZodType<{ readonly every: number; readonly of: readonly string[] }> = record(
  {
    every: positiveDuration("Time between samples."),
    of: list(text("A gauge.", "the name of a gauge"), "a list of gauges", "What is sampled."),
  },
  "a record with every and of",
);

export const WARMUP: z.ZodType<number> = instant(
  "What is published before does not count in the metrics. Default: 0 s.",
);
export const DRAIN: z.ZodType<number> = instant(
  "How long a run goes on after the workload's last operation and the last fault. Default: 60 s.",
);
export const HORIZON: z.ZodType<number> = positiveDuration(
  "The instant at which a run ends, instead of `drain`.",
);
export const MESSAGES: z.ZodType<boolean> = scalar(
  readBoolean,
  [{ type: "boolean" }],
  "Keep a row for every message and recipient.",
  false,
);
export const EVENTS_MAX: z.ZodType<number> = whole(
  1,
  undefined,
  "A run with more events is ended as a fault.",
);
