/** Measured delays in a file beside the experiment: one duration a line, such as `12.3 ms`; # begins a comment. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { shortened } from "../diagnostic.js";
import { Refusal } from "../schema/field.js";
import type { ReadDelays } from "../schema/distribution.js";
import { readDuration } from "../schema/scalar.js";

export const DATA_FILE_BYTES_MAX: number = 8 * 1024 * 1024;

const EXPECTED = "a file in the experiment's folder or below, with a duration such as `12.3 ms` in each line";

/** Reads files below `folder`, each once. */
export function delaysBelow(folder: string): ReadDelays {
  const known = new Map<string, readonly number[] | Refusal>();
  return (file) => {
    const delays = known.get(file) ?? readDelays(folder, file);
    known.set(file, delays);
    return delays;
  };
}

/** The real path of `file` below `folder`; a refusal when it is not there or leads elsewhere. */
export function pathBelow(folder: string, file: string, expected: string): string | Refusal {
  if (isAbsolute(file) || file.split(/[/\\]/).includes("..")) {
    return new Refusal(expected, undefined, `\`${shortened(file)}\` lies outside the experiment's folder`);
  }
  try {
    const real = realpathSync(resolve(folder, file));
    const inside = relative(realpathSync(folder), real);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      return new Refusal(expected, undefined, `\`${shortened(file)}\` leads outside the experiment's folder`);
    }
    return real;
  } catch {
    return new Refusal(expected, undefined, `no file \`${shortened(file)}\``);
  }
}

function readDelays(folder: string, file: string): readonly number[] | Refusal {
  const path = pathBelow(folder, file, EXPECTED);
  if (path instanceof Refusal) return path;
  const stat = statSync(path);
  if (!stat.isFile()) return new Refusal(EXPECTED, undefined, `\`${shortened(file)}\` is not a file`);
  if (stat.size > DATA_FILE_BYTES_MAX) {
    return new Refusal(
      `at most ${DATA_FILE_BYTES_MAX} bytes`,
      undefined,
      `\`${shortened(file)}\` has ${stat.size} bytes`,
    );
  }
  return parseDelays(readFileSync(path, "utf8"), file);
}

function parseDelays(text: string, file: string): readonly number[] | Refusal {
  const values: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const written = line.replace(/#.*/, "").trim();
    if (written === "") continue;
    const value = readDuration(/^[\d.]+$/.test(written) ? Number(written) : written);
    if (value instanceof Refusal) {
      const found = `\`${shortened(written)}\` in line ${index + 1} of ${shortened(file)}`;
      return new Refusal(value.expected, value.suggestion, found);
    }
    values.push(value);
  }
  return values.length > 0
    ? values
    : new Refusal(EXPECTED, undefined, `no duration in \`${shortened(file)}\``);
}
