/** Comma-separated values as RFC 4180 has them, but for the line feed that ends a row, written row by row. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

export type CsvValue = number | string | boolean | null;

/** Digits that a result is written with: what differs beyond them is the order of a sum, not a finding. */
const SIGNIFICANT_DIGITS = 12;

/** `value` with twelve significant digits; what has no number (infinite, not a number) has none here either. */
export function rounded(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  const short = Number(value.toPrecision(SIGNIFICANT_DIGITS));
  return short === 0 ? 0 : short;
}

/** One row, with its line feed. Numbers are rounded; null is an empty field. */
export function csvRow(values: readonly CsvValue[]): string {
  return `${values.map(field).join(",")}\n`;
}

function field(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(rounded(value) ?? "");
  if (typeof value === "boolean") return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const FLUSH_CHARACTERS = 1 << 18;

/** A text file that is written in large pieces. */
export class TextFile {
  readonly #file: number;
  #pending = "";

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= FLUSH_CHARACTERS) this.#flush();
  }

  /** Writes what is pending and forces it to the disk. */
  close(): void {
    this.#flush();
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written);
    }
    this.#pending = "";
  }
}
