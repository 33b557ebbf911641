/** Instants and durations as people read them. */
import { MICROSECOND, MILLISECOND, SECOND, type Duration, type Instant } from "../kernel/index.js";

/** `940 ms`, `1.25 s`, `3.5 µs`, `2 h 5 min`: three significant digits, or two units. */
export function formatDuration(duration: Duration): string {
  if (duration < MICROSECOND) return `${duration} ns`;
  if (duration < MILLISECOND - 500) return `${threeDigits(duration / MICROSECOND)} µs`;
  if (duration < SECOND - 500_000) return `${threeDigits(duration / MILLISECOND)} ms`;
  const seconds = Math.round(duration / SECOND);
  if (seconds < 120) return `${threeDigits(duration / SECOND)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return twoUnits(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return twoUnits(hours, "h", minutes % 60, "min");
  return twoUnits(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** An instant to the microsecond, for who wants to know exactly: `1.050123 s`. */
export function formatInstant(at: Instant): string {
  const seconds = Math.floor(at / SECOND);
  const microseconds = Math.floor((at % SECOND) / MICROSECOND);
  return `${seconds}.${String(microseconds).padStart(6, "0")} s`;
}

function threeDigits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
