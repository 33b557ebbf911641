/** How single values are read: durations, sizes, rates, counts, probabilities, texts. */
import { NEVER } from "../../kernel/index.js";
import { oneOf } from "../diagnostic.js";
import { Quantity, readQuantity, wholeBytes } from "../expression/quantity.js";
import { decimal, isWhole, multiply, type Rational, round, toNumber } from "../expression/rational.js";
import { DATA, type Dimension, RATE, TIME, unitsOf } from "../expression/unit.js";
import { nearest } from "../nearest-name.js";
import { didYouMean, type JsonForm, Refusal } from "./field.js";

/** A quantity that stands in the file as written, or that an expression made of factors. */
interface Given {
  readonly quantity: Quantity;
  readonly computed: boolean;
}

const NANOSECONDS = decimal("1e9") as Rational;
export const A_DURATION = "a duration with its unit, such as `50 ms`";
const A_SIZE = "a size with its unit, such as `64 B`";
const A_RATE = "a rate with its unit, such as `1 Mbit/s`";

export const DURATION_FORM: JsonForm = {
  type: "string",
  pattern: "^[+-]?[0-9.]+([eE][+-]?[0-9]+)?\\s*(ns|us|µs|ms|s|min|h|d)$",
};
export const SIZE_FORM: JsonForm = {
  type: "string",
  pattern: "^[0-9.]+([eE][+-]?[0-9]+)?\\s*(bit|kbit|Mbit|Gbit|B|kB|MB|GB|KiB|MiB|GiB)$",
};
export const RATE_FORM: JsonForm = {
  type: "string",
  pattern: "^[0-9.]+([eE][+-]?[0-9]+)?\\s*((bit|kbit|Mbit|Gbit|B|kB|MB|GB)/s|bps|kbps|Mbps|Gbps)$",
};
export const PERCENTAGE_FORM: JsonForm = { type: "string", pattern: "^[0-9.]+([eE][+-]?[0-9]+)?\\s*%$" };

export interface DurationLimits {
  readonly min?: number;
  readonly max?: number;
  /** `never` is allowed. */
  readonly never?: boolean;
  /** What is too long to be exact becomes `NEVER` instead of being refused. */
  readonly saturates?: boolean;
  /** Negative ones are allowed. */
  readonly signed?: boolean;
}

/** Nanoseconds. */
export function readDuration(value: unknown, limits: DurationLimits = {}): number | Refusal {
  if (limits.never === true && value === "never") return NEVER;
  const expected = limits.never === true ? `${A_DURATION}, or \`never\`` : A_DURATION;
  const given = readGiven(value, TIME, expected, "ms");
  if (given instanceof Refusal) return given;
  const exact = multiply(given.quantity.value, NANOSECONDS);
  if (!isWhole(exact) && !given.computed) return new Refusal("a whole number of nanoseconds");
  const duration = toNumber(round(exact));
  if (Math.abs(duration) >= NEVER) {
    if (limits.saturates === true && duration > 0) return NEVER;
    return new Refusal("at most 104 days, the longest time that is exact in nanoseconds");
  }
  const min = limits.min ?? (limits.signed === true ? -NEVER : 0);
  if (duration < min) {
    return new Refusal(min === 0 ? "a duration that is not negative" : `at least ${durationInWords(min)}`);
  }
  if (duration > (limits.max ?? NEVER)) {
    return new Refusal(`at most ${durationInWords(limits.max ?? NEVER)}`);
  }
  return duration;
}

export function durationInWords(duration: number): string {
  if (duration >= NEVER) return "never";
  return new Quantity(
    multiply(decimal(String(duration)) as Rational, decimal("1e-9") as Rational),
    TIME,
  ).toString();
}

/** Bytes. */
export function readSize(value: unknown, limits: { min?: number; max?: number } = {}): number | Refusal {
  const given = readGiven(value, DATA, A_SIZE, "B");
  if (given instanceof Refusal) return given;
  const bytes = wholeBytes(given.quantity);
  if (bytes === undefined) return new Refusal("a whole number of bytes");
  return within(toNumber(bytes), limits.min ?? 0, limits.max, sizeInWords);
}

export function sizeInWords(bytes: number): string {
  if (bytes >= NEVER) return "unlimited";
  return new Quantity(
    multiply(decimal(String(bytes)) as Rational, decimal("8") as Rational),
    DATA,
  ).toString();
}

/** Bits per second. */
export function readRate(value: unknown, limits: { min?: number } = {}): number | Refusal {
  const given = readGiven(value, RATE, A_RATE, "bit/s");
  if (given instanceof Refusal) return given;
  const rate = toNumber(given.quantity.value);
  if (rate <= 0) return new Refusal("a rate above zero");
  return within(rate, limits.min ?? 0, undefined, rateInWords);
}

export function rateInWords(rate: number): string {
  return new Quantity(decimal(String(rate)) as Rational, RATE).toString();
}

export interface CountLimits {
  readonly min?: number;
  readonly max?: number;
  /** `unlimited` is allowed and becomes the largest exact integer. */
  readonly unlimited?: boolean;
}

export function readCount(value: unknown, limits: CountLimits = {}): number | Refusal {
  if (limits.unlimited === true && value === "unlimited") return Number.MAX_SAFE_INTEGER;
  const expected = limits.unlimited === true ? "a whole number, or `unlimited`" : "a whole number";
  if (typeof value === "string" && /^\d[\d_, ]*$/.test(value)) {
    return new Refusal(expected, `write ${value.replaceAll(/[^\d]/g, "")}`);
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return new Refusal(expected);
  return within(value, limits.min ?? 0, limits.max, String);
}

export function readNumber(value: unknown, limits: { min?: number; max?: number } = {}): number | Refusal {
  if (typeof value !== "number" || !Number.isFinite(value)) return new Refusal("a number");
  return within(value, limits.min ?? -Infinity, limits.max, String);
}

/** A fraction of one. */
export function readProbability(value: unknown): number | Refusal {
  const expected = "a probability: 0 % to 100 %, or 0 to 1";
  const fraction = readFraction(value, expected);
  if (fraction instanceof Refusal) return fraction;
  if (fraction >= 0 && fraction <= 1) return fraction;
  const percent = typeof value === "number" && value > 1 && value <= 100;
  return new Refusal(expected, percent ? `write ${value} %` : undefined);
}

/** A number or a percentage, as a fraction of one. */
export function readFraction(value: unknown, expected: string): number | Refusal {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return new Refusal(expected);
  const result = readQuantity(value);
  if (result.kind !== "quantity" || result.unit !== "%") return new Refusal(expected);
  return toNumber(result.quantity.value);
}

const TRUTH_WORDS: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  no: false,
  off: false,
  True: true,
  False: false,
};

export function readBoolean(value: unknown): boolean | Refusal {
  if (typeof value === "boolean") return value;
  const meant = typeof value === "string" ? TRUTH_WORDS[value] : undefined;
  return new Refusal("`true` or `false`", meant === undefined ? undefined : didYouMean(String(meant)));
}

export interface TextLimits {
  readonly pattern?: string;
  /** What the pattern asks for, in words. */
  readonly help?: string;
}

const TEXT_LENGTH_MAX = 65_535;

export function readText(value: unknown, limits: TextLimits = {}): string | Refusal {
  const expected = limits.help ?? "a text";
  if (typeof value !== "string") {
    const quotable = typeof value === "number" || typeof value === "boolean";
    return new Refusal(expected, quotable ? `quote it: '${String(value)}'` : undefined);
  }
  if (value.length > TEXT_LENGTH_MAX) return new Refusal(`at most ${TEXT_LENGTH_MAX} characters`);
  if (limits.pattern !== undefined && !new RegExp(limits.pattern, "u").test(value))
    return new Refusal(expected);
  return value;
}

export function readChoice(value: unknown, choices: readonly (string | number)[]): string | number | Refusal {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  const expected = oneOf(choices);
  const alike = choices.find((choice) => String(choice) === String(value));
  if (alike !== undefined) return new Refusal(expected, `write ${alike} without quotes`);
  const near = typeof value === "string" ? nearest(value, choices.map(String)) : undefined;
  return new Refusal(expected, near === undefined ? undefined : didYouMean(near));
}

function readGiven(value: unknown, dimension: Dimension, expected: string, unit: string): Given | Refusal {
  if (value instanceof Quantity) {
    return value.is(dimension)
      ? { quantity: value, computed: true }
      : new Refusal(expected, withRate(value, dimension));
  }
  if (typeof value === "number") return new Refusal(expected, `write \`${value} ${unit}\``);
  if (typeof value !== "string") return new Refusal(expected);
  const result = readQuantity(value);
  switch (result.kind) {
    case "unknown-unit": {
      const names = unitsOf(dimension).map(({ name }) => name);
      const meant = result.meant ?? nearest(result.unit, names);
      const suggestion =
        meant === undefined ? `the units are ${names.join(", ")}` : `write \`${result.number} ${meant}\``;
      return new Refusal(expected, suggestion, `unknown unit \`${result.unit}\``);
    }
    case "too-large":
      return new Refusal(expected, undefined, "a number out of all proportion");
    case "not-a-quantity":
      return new Refusal(expected);
    case "quantity":
      if (result.quantity.is(dimension)) return { quantity: result.quantity, computed: false };
      if (result.unit === "") return new Refusal(expected, `write \`${value.trim()} ${unit}\``);
      return new Refusal(expected, withRate(result.quantity, dimension));
  }
}

/** Who gives a size where a rate is asked for has left out the second. */
function withRate(quantity: Quantity, dimension: Dimension): string | undefined {
  return dimension === RATE && quantity.is(DATA) ? `write \`${quantity.toString()}/s\`` : undefined;
}

function within(
  value: number,
  min: number,
  max: number | undefined,
  inWords: (value: number) => string,
): number | Refusal {
  if (value < min) return new Refusal(`at least ${inWords(min)}`);
  if (max !== undefined && value > max) return new Refusal(`at most ${inWords(max)}`);
  return value;
}
