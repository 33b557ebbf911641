/** Claims for people: three rows each, then what they say and how to see where they break. */
import type { ClaimOutcome, SideOutcome } from "../claims/index.js";
import { boundInWords, type ClaimSetting, replayLine, verdictInWords } from "./claim-words.js";
import { fitTable, wrapped } from "./table.js";
import type { Colors } from "./terminal.js";

interface Row {
  readonly outcome: ClaimOutcome;
  readonly side: SideOutcome;
  /** The claim's first. */
  readonly leads: boolean;
}

/** `width` in columns; undefined: as wide as it is. */
export function claimTable(
  outcomes: readonly ClaimOutcome[],
  width: number | undefined,
  colors: Colors,
): string {
  const rows = outcomes.flatMap((outcome) =>
    outcome.sides.map((side, n): Row => ({ outcome, side, leads: n === 0 })),
  );
  const { lines } = fitTable(
    [
      {
        header: "claim",
        align: "left",
        cells: rows.map(({ outcome, leads }) => (leads ? outcome.claim.id : "")),
        dispensable: 0,
      },
      { header: "side", align: "left", cells: rows.map(({ side }) => side.side), dispensable: 0 },
      {
        header: "verdict",
        align: "left",
        cells: rows.map(({ side }) => verdictInWords(side)),
        dispensable: 0,
        paint: (padded, row) => paintOf(rows[row]?.side, colors)(padded),
      },
      { header: "runs", align: "right", cells: rows.map(({ side }) => String(side.runs)), dispensable: 0 },
      {
        header: "at risk",
        align: "right",
        cells: rows.map(({ side }) => String(side.atRisk)),
        dispensable: 0,
      },
      {
        header: "broke",
        align: "right",
        cells: rows.map(({ side }) => String(side.violated)),
        dispensable: 0,
      },
      {
        header: "bound 95 %",
        align: "right",
        cells: rows.map(({ side }) => boundInWords(side)),
        dispensable: 1,
      },
      {
        header: "under",
        align: "left",
        cells: rows.map(({ outcome, side }) => outcome.claim.sides[side.side]?.under ?? ""),
        dispensable: 2,
      },
    ],
    width,
    colors.bold,
  );
  return lines.map((line) => `${line}\n`).join("");
}

/** What each claim says and where that is said, and its counterexamples with the line that shows them. */
export function claimDetails(
  outcomes: readonly ClaimOutcome[],
  setting: ClaimSetting,
  width: number | undefined,
  colors: Colors,
): string {
  const lines = outcomes.flatMap((outcome) => {
    const { id, sentence, source } = outcome.claim;
    const [first = "", ...others] = wrapped(`${sentence} [${source}]`, (width ?? Infinity) - id.length - 2);
    const indent = " ".repeat(id.length + 2);
    return [
      "",
      `${colors.bold(id)}  ${first}`,
      ...others.map((line) => indent + line),
      ...outcome.sides.flatMap((side) => counterexample(outcome, side, setting, width, colors)),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}

function counterexample(
  outcome: ClaimOutcome,
  side: SideOutcome,
  setting: ClaimSetting,
  width: number | undefined,
  colors: Colors,
): string[] {
  const replay = replayLine(outcome, side, setting);
  if (replay === undefined) return [];
  const what = `${side.side}, run ${side.first?.run ?? 0}: ${side.first?.what ?? ""}`;
  const told = wrapped(what, (width ?? Infinity) - 4).map((line) => `    ${line}`);
  // The line to paste stays whole, however narrow the terminal is.
  return [...told, `    ${colors.dim(replay)}`];
}

function paintOf(side: SideOutcome | undefined, colors: Colors): (text: string) => string {
  if (side === undefined) return (text) => text;
  return { "as-stated": colors.green, "not-as-stated": colors.red, unknown: colors.yellow }[side.standing];
}
