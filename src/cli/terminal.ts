/** Where a command writes: results to stdout, talk to stderr, colours only where somebody sees them. */
import { createColors } from "picocolors";

export type Colors = ReturnType<typeof createColors>;

export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Talk. */
  readonly err: (text: string) => void;
  /** Columns of what shows the results; undefined when nobody is looking. */
  readonly columns: number | undefined;
  /** Colours for results, and for talk. */
  readonly colors: Colors;
  readonly errColors: Colors;
  /** Whether stderr can redraw a line. */
  readonly live: boolean;
  readonly errColumns: number;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    colors: createColors(coloured(stdout.isTTY, env)),
    errColors: createColors(coloured(stderr.isTTY, env)),
    live: stderr.isTTY && env.TERM !== "dumb",
    errColumns: (stderr.isTTY && stderr.columns) || 80,
  };
}

/**
 * NO_COLOR (any value but the empty one) says no, FORCE_COLOR says yes, else a terminal that is not dumb. Node
 * leaves `isTTY` undefined in a pipe, and undefined would leave the decision to the library of colours.
 */
function coloured(terminal: boolean | undefined, env: NodeJS.ProcessEnv): boolean {
  if ((env.NO_COLOR ?? "") !== "") return false;
  if ((env.FORCE_COLOR ?? "") !== "") return env.FORCE_COLOR !== "0";
  return terminal === true && env.TERM !== "dumb";
}
