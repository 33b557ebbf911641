/**
 * Exact fractions. Quantities and expressions are computed in them, so that 0.1 ms is 100,000 ns and
 * `loss == 5 %` means what it says.
 */

/** `numerator / denominator` in lowest terms, the denominator positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Decimal exponents beyond this are refused: no quantity needs them, and 1e999999999 would fill the memory. */
const EXPONENT_MAX = 400;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

export function rational(numerator: bigint, denominator: bigint = 1n): Rational {
  const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** The number that a decimal such as `-1.5e3` stands for; undefined when it is not one. */
export function decimal(text: string): Rational | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", part = "", exponentText = "0"] = match;
  const exponent = Number(exponentText) - part.length;
  if (whole + part === "" || Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const digits = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  return exponent < 0
    ? rational(digits, 10n ** BigInt(-exponent))
    : rational(digits * 10n ** BigInt(exponent));
}

/** The shortest decimal that denotes `value`: 0.1 becomes one tenth. Throws for what is not finite. */
export function fromNumber(value: number): Rational {
  const exact = decimal(String(value));
  if (exact === undefined) throw new Error(`${value} is not a finite number`);
  return exact;
}

/** Bits of a quotient that leave more than a number's 53 and one to round by. */
const QUOTIENT_BITS = 66;
/** Halving a number so many times at once stays within its range. */
const SHIFT_MAX = 1000;

/** The nearest number, ties to even. */
export function toNumber(value: Rational): number {
  const { numerator, denominator } = value;
  if (denominator === 1n) return Number(numerator);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = Math.max(0, QUOTIENT_BITS - (bits(magnitude) - bits(denominator)));
  const scaled = magnitude << BigInt(shift);
  // What the division leaves over becomes a last bit, so that no remainder is taken for a tie.
  const quotient = (scaled / denominator) | (scaled % denominator === 0n ? 0n : 1n);
  let nearest = Number(quotient);
  for (let left = shift; left > 0; left -= SHIFT_MAX) nearest /= 2 ** Math.min(left, SHIFT_MAX);
  return numerator < 0n ? -nearest : nearest;
}

function bits(value: bigint): number {
  return value.toString(2).length;
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function negate(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator };
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** Undefined when `b` is zero. */
export function divide(a: Rational, b: Rational): Rational | undefined {
  if (b.numerator === 0n) return undefined;
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function floor(a: Rational): Rational {
  const quotient = a.numerator / a.denominator;
  const exact = a.numerator % a.denominator === 0n;
  return { numerator: a.numerator < 0n && !exact ? quotient - 1n : quotient, denominator: 1n };
}

export function ceil(a: Rational): Rational {
  return negate(floor(negate(a)));
}

/** The nearest whole number; halves go away from zero. */
export function round(a: Rational): Rational {
  const half = rational(1n, 2n);
  return a.numerator < 0n ? negate(round(negate(a))) : floor(add(a, half));
}

export function isWhole(a: Rational): boolean {
  return a.denominator === 1n;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
