/** Quantities: exact numbers with a dimension, and how they are read from and written as text. */
import { decimal, divide, isWhole, multiply, type Rational, rational, toNumber } from "./rational.js";
import {
  DATA,
  type Dimension,
  PLAIN,
  sameDimension,
  type Unit,
  unitMeantBy,
  unitNamed,
  unitsOf,
} from "./unit.js";

/** A number in seconds, bits, bits per second, or in nothing at all. */
export class Quantity {
  readonly value: Rational;
  readonly dimension: Dimension;

  constructor(value: Rational, dimension: Dimension = PLAIN) {
    this.value = value;
    this.dimension = dimension;
  }

  is(dimension: Dimension): boolean {
    return sameDimension(this.dimension, dimension);
  }

  /** How many of `unit` this is. */
  in(unit: Unit): Rational {
    return divide(this.value, unit.factor) as Rational;
  }

  /** In the largest unit in which it is a whole number: `1500 ms`, `64 B`, `0.05`. */
  toString(): string {
    if (this.is(PLAIN)) return String(toNumber(this.value));
    const units = unitsOf(this.dimension).filter((unit) => !/iB|bps/.test(unit.name));
    const unit = units.findLast((candidate) => isWhole(this.in(candidate))) ?? units[0];
    if (unit === undefined) return String(toNumber(this.value));
    return `${toNumber(this.in(unit))} ${unit.name}`;
  }
}

/** What a text that begins like a quantity turned out to be. */
export type ReadQuantity =
  | {
      readonly kind: "quantity";
      readonly quantity: Quantity;
      /** As written: `ms`, `%`, empty for a plain number. */
      readonly unit: string;
    }
  | { readonly kind: "unknown-unit"; readonly number: string; readonly unit: string; readonly meant?: string }
  | { readonly kind: "too-large" }
  | { readonly kind: "not-a-quantity" };

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%|[A-Za-zµμ]+(?:\/[A-Za-z]+)?)?$/;

/** Reads `50 ms`, `1.5e3 B`, `5 %`, `10 Mbit/s`, `7`. */
export function readQuantity(text: string): ReadQuantity {
  const match = QUANTITY.exec(text.trim());
  const number = match?.[1];
  if (number === undefined) return { kind: "not-a-quantity" };
  const unit = match?.[2] ?? "";
  const value = decimal(number);
  if (value === undefined) return { kind: "too-large" };
  if (unit === "") return { kind: "quantity", quantity: new Quantity(value), unit };
  if (unit === "%") {
    return { kind: "quantity", quantity: new Quantity(multiply(value, rational(1n, 100n))), unit };
  }
  const known = unitNamed(unit);
  if (known === undefined) {
    const meant = unitMeantBy(unit);
    return { kind: "unknown-unit", number, unit, ...(meant === undefined ? {} : { meant }) };
  }
  return {
    kind: "quantity",
    quantity: new Quantity(multiply(value, known.factor), known.dimension),
    unit: known.name,
  };
}

/** Bytes, from a size in bits; undefined when they are not whole. */
export function wholeBytes(size: Quantity): Rational | undefined {
  const bytes = divide(size.value, rational(8n));
  return size.is(DATA) && bytes !== undefined && isWhole(bytes) ? bytes : undefined;
}
