/** Factors, and the cells that their values make. */
import { foundInWords, type Path } from "../diagnostic.js";
import { FUNCTIONS, type Scope, type Value } from "../expression/expression.js";
import { Quantity, readQuantity } from "../expression/quantity.js";
import { compare, fromNumber, multiply, toNumber } from "../expression/rational.js";
import type { Report } from "../expression/template.js";
import { dimensionInWords, PLAIN, type Unit, unitNamed } from "../expression/unit.js";
import type { Factor, FactorValue } from "../plan.js";
import type { Source } from "../source/source.js";

export const CELLS_MAX = 10_000;

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const VALUE_LENGTH_MAX = 200;
const RESERVED: readonly string[] = [
  ...FUNCTIONS,
  "and",
  "or",
  "not",
  "xor",
  "mod",
  "to",
  "in",
  "true",
  "false",
];

/** Names that stand for the node in groups and workloads. */
export const MEMBER_NAMES: readonly string[] = ["node", "index"];

/** A value of a factor before the factor's common unit is known. */
interface GivenValue {
  readonly value: Quantity | string | boolean;
  /** As written: `ms`, `%`, empty. */
  readonly unit: string;
  readonly label: string;
  readonly path: Path;
}

/** The factors of a file. `taken` holds the names of metrics, which a factor may not have. */
export function readFactors(
  source: Source,
  given: unknown,
  taken: ReadonlySet<string>,
  report: Report,
): Factor[] {
  if (given === undefined) return [];
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    report({
      path: ["factors"],
      found: foundInWords(given),
      expected: "a record: a name and a list of values",
    });
    return [];
  }
  return Object.entries(given).flatMap(([name, values]) => {
    const path = ["factors", name];
    const nameable = checkName(name, path, taken, report);
    const factor = readFactor(name, values, path, source, report);
    return factor === undefined || !nameable ? [] : [factor];
  });
}

/** False after a report. */
function checkName(name: string, path: Path, taken: ReadonlySet<string>, report: Report): boolean {
  const refuse = (found: string, expected = "another name"): false => {
    report({ path, part: "key", found, expected });
    return false;
  };
  if (!NAME.test(name)) {
    return refuse(
      "a name that cannot stand in an expression",
      "letters, digits and _, beginning with a letter",
    );
  }
  if (RESERVED.includes(name) || MEMBER_NAMES.includes(name)) {
    return refuse("a name that means something else in expressions");
  }
  if (unitNamed(name) !== undefined) return refuse("a name that is a unit");
  return taken.has(name) ? refuse("a name that is a metric") : true;
}

function readFactor(
  name: string,
  given: unknown,
  path: Path,
  source: Source,
  report: Report,
): Factor | undefined {
  if (!Array.isArray(given)) {
    const single = typeof given === "string" || typeof given === "number" || typeof given === "boolean";
    const suggestion = single ? { suggestion: `write [${String(given)}]` } : {};
    report({ path, found: foundInWords(given), expected: "a list of values", ...suggestion });
    return undefined;
  }
  if (given.length === 0) {
    report({ path, found: "an empty list", expected: "at least one value" });
    return undefined;
  }
  const values = given.map((value, index) => readValue(value, [...path, index], source, report));
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length || !agree(known, report)) return undefined;
  const unit = commonUnit(known);
  return {
    name,
    ...(unit === undefined ? {} : { unit: unit.name }),
    values: known.map(({ value }) => inUnit(value, unit)),
    labels: known.map(({ label }) => label),
  };
}

function readValue(given: unknown, path: Path, source: Source, report: Report): GivenValue | undefined {
  const label = source.written(path) ?? String(given);
  if (typeof given === "boolean") return { value: given, unit: "", label, path };
  if (typeof given === "number") return { value: new Quantity(fromNumber(given)), unit: "", label, path };
  if (typeof given === "string" && given !== "") {
    const result = readQuantity(given);
    if (result.kind === "quantity" && result.unit !== "") {
      return { value: result.quantity, unit: result.unit, label: given.trim(), path };
    }
    if (given.length <= VALUE_LENGTH_MAX && !given.includes("${")) {
      return { value: given, unit: "", label: given, path };
    }
  }
  const expected = "a number, a quantity such as 50 ms, a percentage, a word, true or false";
  report({ path, found: given === "" ? "found an empty text" : foundInWords(given), expected });
  return undefined;
}

/** Values of one factor are of one dimension, and no two are equal. */
function agree(values: readonly GivenValue[], report: Report): boolean {
  const first = values.find(({ value }) => value instanceof Quantity);
  const kind = ({ value, unit }: GivenValue): string =>
    value instanceof Quantity ? (unit === "%" ? "a percentage" : dimensionInWords(value.dimension)) : "";
  for (const [index, given] of values.entries()) {
    if (first !== undefined && given.value instanceof Quantity && kind(given) !== kind(first)) {
      const suggestion = given.unit === "" ? { suggestion: `write ${given.label} ${first.unit}` } : {};
      report({
        path: given.path,
        found: `found ${given.label}`,
        expected: `${kind(first)}, as ${first.label} is`,
        ...suggestion,
      });
      return false;
    }
    if (values.slice(0, index).some((earlier) => same(earlier.value, given.value))) {
      report({ path: given.path, found: `${given.label} for the second time`, expected: "each value once" });
      return false;
    }
  }
  return true;
}

function same(a: GivenValue["value"], b: GivenValue["value"]): boolean {
  if (a instanceof Quantity && b instanceof Quantity) return compare(a.value, b.value) === 0;
  return a === b;
}

/** The smallest unit that a value is written in; none for plain numbers, percentages and words. */
function commonUnit(values: readonly GivenValue[]): Unit | undefined {
  return values
    .flatMap(({ unit }) => unitNamed(unit) ?? [])
    .reduce<Unit | undefined>(
      (least, unit) => (least === undefined || compare(unit.factor, least.factor) < 0 ? unit : least),
      undefined,
    );
}

function inUnit(value: GivenValue["value"], unit: Unit | undefined): FactorValue {
  if (!(value instanceof Quantity)) return value;
  return toNumber(unit === undefined ? value.value : value.in(unit));
}

/** A factor's value as expressions see it. */
export function valueInExpressions(factor: Factor, value: FactorValue): Value {
  if (typeof value !== "number") return value;
  const unit = factor.unit === undefined ? undefined : unitNamed(factor.unit);
  const exact = fromNumber(value);
  return unit === undefined
    ? new Quantity(exact, PLAIN)
    : new Quantity(multiply(exact, unit.factor), unit.dimension);
}

/** A combination of the factors' values. */
export interface Combination {
  readonly values: Readonly<Record<string, FactorValue>>;
  readonly label: string;
}

/** Every combination, the last factor varying fastest. */
export function combinations(factors: readonly Factor[]): readonly Combination[] {
  return factors.reduce<readonly Combination[]>(
    (combined, factor) =>
      combined.flatMap(({ values, label }) =>
        factor.values.map((value, index) => ({
          values: { ...values, [factor.name]: value },
          label: `${label}${label === "" ? "" : ","}${factor.name}=${factor.labels[index] ?? ""}`,
        })),
      ),
    [{ values: {}, label: "" }],
  );
}

export function scopeOf(factors: readonly Factor[], values: Readonly<Record<string, FactorValue>>): Scope {
  return (name) => {
    const factor = factors.find((candidate) => candidate.name === name);
    const value = values[name];
    return factor === undefined || value === undefined ? null : valueInExpressions(factor, value);
  };
}
