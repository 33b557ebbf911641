import fc from "fast-check";
import { all, create } from "mathjs";
import { describe, expect, it } from "vitest";
import type { Quantity } from "../../src/experiment/expression/quantity.js";
import { readQuantity } from "../../src/experiment/expression/quantity.js";
import {
  add,
  ceil,
  compare,
  decimal,
  divide,
  floor,
  fromNumber,
  multiply,
  negate,
  rational,
  type Rational,
  round,
  toNumber,
} from "../../src/experiment/expression/rational.js";
import { DATA, RATE, TIME, unitsOf } from "../../src/experiment/expression/unit.js";
import { Refusal } from "../../src/experiment/schema/field.js";
import { readDuration, readRate, readSize } from "../../src/experiment/schema/scalar.js";

const SEED = { seed: 20, numRuns: 500 };
const fractions = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 9n }))
  .map(([numerator, denominator]) => rational(numerator, denominator));

function quantity(text: string): Quantity {
  const result = readQuantity(text);
  if (result.kind !== "quantity") throw new Error(`${text} is ${result.kind}`);
  return result.quantity;
}

describe("durations", () => {
  it.each([
    ["0.1 ms", 100_000],
    ["50 ms", 50_000_000],
    ["1.5 s", 1_500_000_000],
    ["500 µs", 500_000],
    ["500 μs", 500_000],
    ["500us", 500_000],
    ["7 d", 604_800_000_000_000],
    ["2 h", 7_200_000_000_000],
    ["1e-3 s", 1_000_000],
    ["0.3 s", 300_000_000],
    ["0.000000001 s", 1],
    [".5 s", 500_000_000],
  ])("%s are %i ns, exactly", (text, expected) => {
    expect(readDuration(text)).toBe(expected);
  });

  it("written with any number of decimals are the whole number of nanoseconds that they say", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (nanoseconds) => {
        const digits = String(nanoseconds).padStart(10, "0");
        const text = `${digits.slice(0, -9)}.${digits.slice(-9)} s`;
        expect(readDuration(text)).toBe(nanoseconds);
      }),
      SEED,
    );
  });

  it("are refused when finer than a nanosecond, longer than 104 days or negative", () => {
    for (const text of ["0.1 ns", "105 d", "-1 s"]) expect(readDuration(text)).toBeInstanceOf(Refusal);
    expect(readDuration("-1 s", { signed: true })).toBe(-1_000_000_000);
  });

  it("of a protocol that are longer than 104 days never end", () => {
    expect(readDuration("50000 d", { saturates: true })).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("sizes and rates", () => {
  it("are bytes and bits per second", () => {
    expect(readSize("64 B")).toBe(64);
    expect(readSize("2 KiB")).toBe(2048);
    expect(readSize("1.5 kB")).toBe(1500);
    expect(readSize("12 kbit")).toBe(1500);
    expect(readSize("1 bit")).toBeInstanceOf(Refusal);
    for (const text of ["10 Mbit/s", "10 Mbps", "10000 kbit/s", "1.25 MB/s"])
      expect(readRate(text)).toBe(10_000_000);
  });
});

describe("units", () => {
  const math = create({ ...all }, { number: "BigNumber" });
  math.createUnit({ kbit: "1000 bit", Mbit: "1e6 bit", Gbit: "1e9 bit" });
  const known = [...unitsOf(TIME), ...unitsOf(DATA), ...unitsOf(RATE)].filter(
    ({ name }) => !/bps$/.test(name),
  );

  it.each(known.map(({ name }) => name))("%s is as large as mathjs has it", (name) => {
    const base = name.includes("/")
      ? "bit/s"
      : known.find((unit) => unit.name === name)?.dimension.time === 1
        ? "s"
        : "bit";
    const spelled = name.replace(/^us$/, "us").replace(/^d$/, "day").replace(/^min$/, "minute");
    const theirs = math.unit(math.bignumber(1), spelled).toNumeric(base);
    const ours = quantity(`1 ${name}`).value;
    const exact = math.divide(
      math.bignumber(String(ours.numerator)),
      math.bignumber(String(ours.denominator)),
    );
    expect(math.equal(theirs, exact)).toBe(true);
  });

  it("put a quantity into words that read back to it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 5 }), fc.constantFrom(...known), (count, unit) => {
        const before = quantity(`${count} ${unit.name}`);
        const after = quantity(before.toString());
        expect(compare(before.value, after.value)).toBe(0);
      }),
      SEED,
    );
  });
});

describe("percentages", () => {
  it.each([
    ["5 %", 0.05],
    ["0.1%", 0.001],
    ["100 %", 1],
    ["33.3 %", 0.333],
  ])("%s is the number nearest to it", (text, expected) => {
    expect(toNumber(quantity(text).value)).toBe(expected);
  });
});

describe("fractions", () => {
  it("obey the laws of arithmetic", () => {
    fc.assert(
      fc.property(fractions, fractions, fractions, (a, b, c) => {
        const same = (left: Rational, right: Rational): void => expect(compare(left, right)).toBe(0);
        same(add(a, b), add(b, a));
        same(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)));
        same(add(a, negate(a)), rational(0n));
        const quotient = divide(a, b);
        if (quotient !== undefined) same(multiply(quotient, b), a);
        expect(compare(floor(a), a)).toBeLessThanOrEqual(0);
        expect(compare(ceil(a), a)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(toNumber(add(round(a), negate(a))))).toBeLessThanOrEqual(0.5);
      }),
      SEED,
    );
  });

  it("of a number are the number again", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }), (value) => {
        expect(toNumber(fromNumber(value))).toBe(value + 0);
      }),
      SEED,
    );
  });

  it("round to the nearest number even where numerator and denominator are beyond 2^53", () => {
    expect(toNumber(rational(10n ** 40n, 3n * 10n ** 40n))).toBe(1 / 3);
    expect(toNumber(rational(2n ** 53n + 1n, 2n ** 53n))).toBe(1);
    expect(toNumber(rational(2n ** 53n + 3n, 2n ** 53n))).toBe(1 + 2 ** -51);
    const justAboveTheTie = add(rational(2n ** 53n + 1n, 2n ** 53n), rational(1n, 10n ** 90n));
    expect(toNumber(justAboveTheTie)).toBe(1 + 2 ** -52);
    expect(toNumber(rational(-1n, 10n ** 300n))).toBe(-1e-300);
  });

  it("do not fill the memory with an exponent", () => {
    expect(decimal("1e99999999")).toBeUndefined();
    expect(decimal("1e-9999")).toBeUndefined();
  });
});
