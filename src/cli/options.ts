/** The values of options, read and refused. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { SECOND } from "../kernel/index.js";

/** A whole number of at least `min` and at most `max`. */
export function count(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const limit = max < Number.MAX_SAFE_INTEGER ? ` and at most ${max}` : "";
    throw new InvalidArgumentError(`A whole number of at least ${min}${limit} is expected.`);
  };
}

/** Adds `name=value` to those given before. */
export function assignment(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [name, value] = split(text, "name=value");
  return { ...before, [name]: value };
}

/** Adds `name=a,b,…` to those given before. */
export function factorValues(
  text: string,
  before: Readonly<Record<string, readonly string[]>> = {},
): Record<string, readonly string[]> {
  const [name, values] = split(text, "name=a,b,…");
  const list = listed(values);
  if (list.includes("")) throw new InvalidArgumentError("A value is empty.");
  return { ...before, [name]: list };
}

/** `name=value,name=value` */
export function cellSelection(text: string): ReadonlyMap<string, string> {
  return new Map(listed(text).map((part) => split(part, "name=value,…")));
}

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: SECOND,
  min: 60 * SECOND,
  h: 3600 * SECOND,
  d: 86_400 * SECOND,
};

/** `1.5 s` as nanoseconds. */
export function instant(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?) *([a-zµ]+)$/.exec(text.trim()) ?? [];
  const factor = UNIT_NS[unit.replace("µ", "u")];
  if (digits === "" || factor === undefined) {
    throw new InvalidArgumentError("A time with its unit is expected, such as 1.5s or 200ms.");
  }
  return Math.round(Number(digits) * factor);
}

/** The parts between commas, but for those in brackets: `uniform(45 ms, 55 ms)` is one value. */
function listed(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

function split(text: string, form: string): readonly [string, string] {
  const at = text.indexOf("=");
  const name = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  if (at < 1 || name === "" || value === "") throw new InvalidArgumentError(`${form} is expected.`);
  return [name, value];
}
