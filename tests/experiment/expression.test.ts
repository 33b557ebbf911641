import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, ExpressionError, type Value } from "../../src/experiment/expression/expression.js";
import { parseExpression } from "../../src/experiment/expression/parse.js";
import { Quantity, readQuantity } from "../../src/experiment/expression/quantity.js";
import { fromNumber, toNumber } from "../../src/experiment/expression/rational.js";
import { PLAIN } from "../../src/experiment/expression/unit.js";

function given(value: string | number | boolean | null): Value {
  if (typeof value === "number") return new Quantity(fromNumber(value));
  if (typeof value !== "string") return value;
  const result = readQuantity(value);
  return result.kind === "quantity" ? result.quantity : value;
}

/** What `text` comes to: a plain number as a number, another quantity in words. */
function result(
  text: string,
  names: Readonly<Record<string, string | number | boolean | null>> = {},
): unknown {
  const expression = parseExpression(text, new Set(Object.keys(names)));
  const value = evaluate(expression, (name) => given(names[name] ?? null));
  if (!(value instanceof Quantity)) return value;
  return value.is(PLAIN) ? toNumber(value.value) : value.toString();
}

describe("an expression", () => {
  it.each<[string, unknown]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["-2 - -3", 1],
    ["0.1 + 0.2 == 0.3", true],
    ["1 / 3 * 3 == 1", true],
    ["5 % == 0.05", true],
    ["1 - 5 %", 0.95],
    ["(5 %) + (10 %)", 0.15],
    ["2 * 50 ms", "100 ms"],
    ["50 ms / 2", "25 ms"],
    ["1 s - 1 ms", "999 ms"],
    ["0.1 ms", "100 us"],
    ["500 µs + 500 μs", "1 ms"],
    ["10 kB / 1 s", "10 kB/s"],
    ["1 Mbit/s * 1 s == 1 Mbit", true],
    ["100 ms / 1 s", 0.1],
    ["min(3, 1, 2)", 1],
    ["max(3 ms, 1 s)", "1 s"],
    ["abs(-3)", 3],
    ["floor(-1.5)", -2],
    ["ceil(1.2)", 2],
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["sqrt(2)", Math.SQRT2],
    ["1 < 2 ? 3 : 4", 3],
    ["1 < 2 and 2 < 1", false],
    ["1 < 2 or 2 < 1", true],
    ["not (1 < 2)", false],
    ["1 < 2 <= 2", true],
    ["1 < 2 < 2", false],
    ['"a" == "a"', true],
    ['"a" != "b"', true],
    ["true", true],
    ["1 == true", false],
    ["1 / 0", null],
    ["sqrt(-1)", null],
  ])("%s comes to %s", (text, expected) => {
    expect(result(text)).toBe(expected);
  });

  it("takes the values of names", () => {
    expect(result("2 * rtt + 5 ms", { rtt: "45 ms" })).toBe("95 ms");
    expect(result('qos == 0 and transport == "datagram"', { qos: 0, transport: "datagram" })).toBe(true);
    expect(result("acks == 1", { acks: "all" })).toBe(false);
  });

  it("prefers a name to a unit", () => {
    expect(result("2 * h", { h: 3 })).toBe(6);
  });

  it("of what has no value has none, unless the rest decides", () => {
    expect(result("x + 1", { x: null })).toBe(null);
    expect(result("x < 1", { x: null })).toBe(null);
    expect(result("x < 1 and 1 > 2", { x: null })).toBe(false);
    expect(result("x < 1 or 1 < 2", { x: null })).toBe(true);
    expect(result("x < 1 or 1 > 2", { x: null })).toBe(null);
  });

  it.each([
    ["1 + 5 ms", "`+` cannot mix a plain number and a duration"],
    ["5 ms < 5 B", "`<` cannot mix a duration and a size"],
    ["floor(5 ms)", "`floor` takes a plain number, not a duration"],
    ['"a" + 1', '`+` takes numbers, not the text "a"'],
    ['"a" < "b"', '`<` takes numbers, not the text "a"'],
    ["not 1", "`not` takes true or false, not 1"],
  ])("%s does not: %s", (text, message) => {
    expect(() => result(text)).toThrow(message);
  });

  it.each([
    "import('fs')",
    "evaluate('1')",
    "cos(1)",
    "x = 3",
    "f(x) = x",
    "[1, 2]",
    "{a: 1}",
    "1:3",
    "'a'.constructor",
    '"a"[1]',
    "2 ^ 100",
    "5!",
    "1; 2",
    "3 xor 4",
    "7 mod 2",
    "1 to ms",
    "null",
    "Infinity",
    "pi",
    "1e999",
    "99999999999999999999",
    "min()",
    "abs(1, 2)",
    "(1)(2)",
    "x".repeat(501),
  ])("%s is not allowed", (text) => {
    expect(() => parseExpression(text, new Set())).toThrow(ExpressionError);
  });

  it("of any characters is read, or refused, but never anything else", () => {
    const pieces = fc.constantFrom(
      ..."1 2.5 + - * / ( ) < == and or not min , ms % \" ' ? : x y [ ] { } ; = . ^ ! constructor".split(" "),
      "\n",
      "\u0000",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        try {
          parseExpression(parts.join(" "), new Set(["x", "y"]));
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it("of whole numbers comes to what the language computes", () => {
    const whole = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(whole, whole, whole, (a, b, c) => {
        const names = { a, b, c };
        expect(result("a + b * c - (a - b)", names)).toBe(a + b * c - (a - b));
        expect(result("a < b ? max(a, c) : min(b, c)", names)).toBe(a < b ? Math.max(a, c) : Math.min(b, c));
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
