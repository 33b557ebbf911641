/** The units that users may write, each as an exact multiple of a second, a bit or a bit per second. */
import { decimal, type Rational, rational } from "./rational.js";

/** Powers of time and of data: a duration is (1, 0), a size (0, 1), a rate (-1, 1), a plain number (0, 0). */
export interface Dimension {
  readonly time: number;
  readonly data: number;
}

export interface Unit {
  readonly name: string;
  readonly dimension: Dimension;
  /** In seconds, bits, bits per second. */
  readonly factor: Rational;
}

export const PLAIN: Dimension = { time: 0, data: 0 };
export const TIME: Dimension = { time: 1, data: 0 };
export const DATA: Dimension = { time: 0, data: 1 };
export const RATE: Dimension = { time: -1, data: 1 };

/** Within a dimension from small to large. */
const UNITS: readonly Unit[] = [
  ...units(TIME, { ns: "1e-9", us: "1e-6", ms: "1e-3", s: "1", min: "60", h: "3600", d: "86400" }),
  ...units(DATA, {
    bit: "1",
    B: "8",
    kbit: "1e3",
    kB: "8e3",
    KiB: "8192",
    Mbit: "1e6",
    MB: "8e6",
    MiB: "8388608",
    Gbit: "1e9",
    GB: "8e9",
    GiB: "8589934592",
  }),
  ...units(RATE, {
    "bit/s": "1",
    "B/s": "8",
    "kbit/s": "1e3",
    "kB/s": "8e3",
    "Mbit/s": "1e6",
    "MB/s": "8e6",
    "Gbit/s": "1e9",
    "GB/s": "8e9",
    bps: "1",
    kbps: "1e3",
    Mbps: "1e6",
    Gbps: "1e9",
  }),
];

/** What people write for a unit that has another name here. */
const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  msec: "ms",
  msecs: "ms",
  millis: "ms",
  millisecond: "ms",
  milliseconds: "ms",
  usec: "us",
  micros: "us",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  S: "s",
  m: "min",
  mins: "min",
  minute: "min",
  minutes: "min",
  hr: "h",
  hrs: "h",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
  b: "bit",
  byte: "B",
  bytes: "B",
  KB: "kB",
  kb: "kB",
  Kbit: "kbit",
  Mb: "Mbit",
  mb: "MB",
  Gb: "Gbit",
  gb: "GB",
  kbs: "kbit/s",
  Kbps: "kbps",
  mbps: "Mbps",
  "Mb/s": "Mbit/s",
};

const BY_NAME: ReadonlyMap<string, Unit> = new Map(UNITS.map((unit) => [unit.name, unit]));

/** The unit of that name; `µs` (with either code point) is `us`. */
export function unitNamed(name: string): Unit | undefined {
  return BY_NAME.get(name.replace(/^[µμ]s$/, "us"));
}

/** The unit that somebody who wrote `name` most likely meant. */
export function unitMeantBy(name: string): string | undefined {
  return OTHER_SPELLINGS[name];
}

/** Names of the units of a dimension, from small to large. */
export function unitsOf(dimension: Dimension): readonly Unit[] {
  return UNITS.filter((unit) => sameDimension(unit.dimension, dimension));
}

export function sameDimension(a: Dimension, b: Dimension): boolean {
  return a.time === b.time && a.data === b.data;
}

/** `a duration`, `a size`, `a rate`, `a plain number`. */
export function dimensionInWords(dimension: Dimension): string {
  if (sameDimension(dimension, PLAIN)) return "a plain number";
  if (sameDimension(dimension, TIME)) return "a duration";
  if (sameDimension(dimension, DATA)) return "a size";
  if (sameDimension(dimension, RATE)) return "a rate";
  return `a quantity in s^${dimension.time} bit^${dimension.data}`;
}

function units(dimension: Dimension, factors: Readonly<Record<string, string>>): readonly Unit[] {
  return Object.entries(factors).map(([name, factor]) => ({
    name,
    dimension,
    factor: decimal(factor) ?? rational(1n),
  }));
}
