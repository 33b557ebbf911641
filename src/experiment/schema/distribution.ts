/** How long something takes, as a file says it: `50 ms`, `uniform(45 ms, 55 ms)`, `empirical(file = delays.csv)`. */
import type { Distribution } from "../../kernel/index.js";
import { oneOf } from "../diagnostic.js";
import { nearest } from "../nearest-name.js";
import { didYouMean, type JsonForm, Refusal } from "./field.js";
import { A_DURATION, DURATION_FORM, readDuration } from "./scalar.js";

/** Durations from a file beside the experiment. */
export type ReadDelays = (file: string) => readonly number[] | Refusal;

type Parameter = { readonly name: string; readonly kind: "duration" | "number"; readonly optional?: boolean };

const MIN: Parameter = { name: "min", kind: "duration", optional: true };
const PARAMETERS: Readonly<Record<Exclude<Distribution["kind"], "empirical">, readonly Parameter[]>> = {
  constant: [{ name: "value", kind: "duration" }],
  uniform: [
    { name: "min", kind: "duration" },
    { name: "max", kind: "duration" },
  ],
  exponential: [{ name: "mean", kind: "duration" }, MIN],
  normal: [{ name: "mean", kind: "duration" }, { name: "sd", kind: "duration" }, MIN],
  lognormal: [{ name: "median", kind: "duration" }, { name: "sigma", kind: "number" }, MIN],
  pareto: [
    { name: "min", kind: "duration" },
    { name: "shape", kind: "number" },
  ],
  weibull: [{ name: "scale", kind: "duration" }, { name: "shape", kind: "number" }, MIN],
};

const NAMES = [...Object.keys(PARAMETERS), "empirical"];
const A_DISTRIBUTION = "a duration such as `50 ms`, or a distribution such as `uniform(45 ms, 55 ms)`";
const CALL = /^([A-Za-z]+)\((.*)\)$/s;

export const DISTRIBUTION_FORMS: readonly JsonForm[] = [
  DURATION_FORM,
  { type: "string", pattern: `^(${NAMES.join("|")})\\(.*\\)$` },
];

export function readDistribution(value: unknown, delays: ReadDelays): Distribution | Refusal {
  const call = typeof value === "string" ? CALL.exec(value.trim()) : null;
  if (call === null) {
    const constant = readDuration(value);
    if (!(constant instanceof Refusal)) return { kind: "constant", value: constant };
    const range = constant.expected !== A_DURATION;
    return new Refusal(range ? constant.expected : A_DISTRIBUTION, constant.suggestion, constant.found);
  }
  const [, name = "", inside = ""] = call;
  const texts = inside
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (name === "empirical") return readEmpirical(texts, delays);
  const parameters = (PARAMETERS as Readonly<Record<string, readonly Parameter[] | undefined>>)[name];
  if (parameters === undefined) {
    const near = nearest(name, NAMES);
    const suggestion = near === undefined ? undefined : didYouMean(near);
    return new Refusal(oneOf(NAMES), suggestion, `unknown distribution \`${name}\``);
  }
  const values = readArguments(name, parameters, texts);
  return values instanceof Refusal ? values : assembled(name, values);
}

/** Values by name; positions first, then `name = value` (or `name: value`, which YAML wants in quotes). */
function readArguments(
  name: string,
  parameters: readonly Parameter[],
  texts: readonly string[],
): ReadonlyMap<string, number> | Refusal {
  const usage = `\`${name}(${parameters.map((one) => (one.optional === true ? `${one.name} = …` : one.name)).join(", ")})\``;
  const values = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const [, key, rest] = /^([A-Za-z]+)\s*[=:]\s*(.*)$/s.exec(text) ?? [];
    const parameter = key === undefined ? parameters[index] : parameters.find((one) => one.name === key);
    if (parameter === undefined || values.has(parameter.name)) {
      return new Refusal(usage, undefined, `the argument \`${text}\``);
    }
    const value = readArgument(parameter, rest ?? text);
    if (value instanceof Refusal) {
      const found = value.found ?? `found \`${text}\``;
      return new Refusal(`${value.expected} as ${parameter.name} of ${usage}`, value.suggestion, found);
    }
    values.set(parameter.name, value);
  }
  const missing = parameters.find((one) => one.optional !== true && !values.has(one.name));
  return missing === undefined ? values : new Refusal(usage, undefined, `\`${missing.name}\` is missing`);
}

function readArgument(parameter: Parameter, text: string): number | Refusal {
  if (parameter.kind === "duration") {
    return readDuration(/^[+-]?[\d.]+$/.test(text) ? Number(text) : text);
  }
  const value = Number(text);
  return /^[\d.]+([eE][+-]?\d+)?$/.test(text) && value > 0 ? value : new Refusal("a number above zero");
}

function assembled(name: string, values: ReadonlyMap<string, number>): Distribution | Refusal {
  const of = (parameter: string): number => values.get(parameter) ?? 0;
  switch (name) {
    case "uniform":
      if (of("min") > of("max")) return new Refusal("a min that is not above the max");
      return { kind: "uniform", min: of("min"), max: of("max") };
    case "exponential":
      if (of("min") > of("mean")) return new Refusal("a min that is not above the mean");
      return { kind: "exponential", mean: of("mean"), min: of("min") };
    case "normal":
      return { kind: "normal", mean: of("mean"), sd: of("sd"), min: of("min") };
    case "lognormal":
      return { kind: "lognormal", median: of("median"), sigma: of("sigma"), min: of("min") };
    case "pareto":
      if (of("min") === 0) return new Refusal("a min above zero: it is the scale");
      return { kind: "pareto", min: of("min"), shape: of("shape") };
    case "weibull":
      return { kind: "weibull", scale: of("scale"), shape: of("shape"), min: of("min") };
    default:
      return { kind: "constant", value: of("value") };
  }
}

function readEmpirical(texts: readonly string[], delays: ReadDelays): Distribution | Refusal {
  const [, file] = /^file\s*[=:]\s*(.+)$/.exec(texts[0] ?? "") ?? [];
  if (file !== undefined && texts.length === 1) {
    const values = delays(file.replace(/^(["'])(.*)\1$/, "$2"));
    return values instanceof Refusal ? values : { kind: "empirical", values };
  }
  const values: number[] = [];
  for (const text of texts) {
    const value = readDuration(text);
    if (value instanceof Refusal) {
      return new Refusal(
        "durations, or `empirical(file = delays.csv)`",
        value.suggestion,
        `found \`${text}\``,
      );
    }
    values.push(value);
  }
  if (values.length === 0) return new Refusal("durations, or `empirical(file = delays.csv)`");
  return { kind: "empirical", values };
}
