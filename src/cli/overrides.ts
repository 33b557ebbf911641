/** Options that change what a file says: the same for every command that makes runs. */
import type { Overrides } from "../experiment/index.js";
import { quoted } from "./shell.js";

export interface OverrideOptions {
  readonly seed?: string | undefined;
  readonly replications?: number | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly factor?: Readonly<Record<string, readonly string[]>> | undefined;
}

export function overridesOf({ seed, replications, set, factor }: OverrideOptions): Overrides {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(replications === undefined ? {} : { replications }),
    ...(set === undefined ? {} : { set }),
    ...(factor === undefined ? {} : { factors: factor }),
  };
}

/** The same options again, as words of a shell. */
export function overrideWords({ seed, replications, set, factor }: OverrideOptions): string[] {
  const words: string[] = [];
  if (seed !== undefined) words.push("--seed", quoted(seed));
  if (replications !== undefined) words.push("--replications", String(replications));
  for (const [name, value] of Object.entries(set ?? {})) words.push("--set", quoted(`${name}=${value}`));
  for (const [name, values] of Object.entries(factor ?? {})) {
    words.push("--factor", quoted(`${name}=${values.join(",")}`));
  }
  return words;
}
