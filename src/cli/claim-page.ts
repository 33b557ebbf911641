/** Claims as a page of their own: one HTML file that needs nothing but itself. */
import { markup } from "../experiment/index.js";
import { type ClaimOutcome, type SideOutcome, type Standing, together } from "../claims/index.js";
import { escapeText } from "../view/index.js";
import { boundInWords, type ClaimSetting, replayLine, verdictInWords } from "./claim-words.js";

const { code, STYLESHEET, tag, verdict } = markup;

const SIGNS = { "as-stated": "good", "not-as-stated": "bad", unknown: "open" } as const;
const WORDS: Readonly<Record<Standing, string>> = {
  "as-stated": "All claims came out as stated",
  "not-as-stated": "A claim did not come out as stated",
  unknown: "Something could not be shown",
};

export function claimsPage(
  outcomes: readonly ClaimOutcome[],
  complete: boolean,
  setting: ClaimSetting,
  command: string,
): string {
  const all = together(outcomes.map(({ standing }) => standing));
  const title = `Claims about ${setting.model}`;
  const more = complete ? "" : tag("p", {}, "Time was up before all runs were made.");
  const head = ["claim", "side", "verdict", "runs", "at risk", "broke", "bound", "under"];
  const table =
    `<div class="wide"><table><thead>${tag("tr", {}, ...head.map((name) => tag("th", { scope: "col" }, name)))}</thead>` +
    `<tbody>\n${outcomes.flatMap((outcome) => rowsOf(outcome, setting)).join("\n")}\n</tbody></table></div>`;
  const body = [
    `<header><p class="kicker">onceover claims</p><h1>${escapeText(title)}</h1></header>`,
    tag("p", { class: `status ${SIGNS[all]}` }, verdict(SIGNS[all], WORDS[all])),
    more,
    tag("p", { class: "note" }, NOTE),
    table,
    tag("footer", {}, tag("pre", {}, escapeText(command))),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title>` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLESHEET}</style></head>\n` +
    `<body><main>\n${body.filter((part) => part !== "").join("\n")}\n</main></body></html>\n`
  );
}

const NOTE =
  "Each claim is put to the test three times: it is to hold under its condition, to break without it, and to break " +
  "in a model one of whose rules is broken. The bound is that of Clopper and Pearson, one-sided with 95 % confidence, " +
  "on how often the claim breaks in runs in which it is at risk.";

function rowsOf(outcome: ClaimOutcome, setting: ClaimSetting): string[] {
  const { id, sentence, source } = outcome.claim;
  const text = `${escapeText(sentence)} <span class="note">${escapeText(source)}</span>`;
  const heading = tag(
    "tr",
    { class: "major" },
    tag("th", { scope: "rowgroup" }, escapeText(id)),
    tag("td", { colspan: "7" }, text),
  );
  return [heading, ...outcome.sides.map((side) => sideRow(outcome, side, setting))];
}

function sideRow(outcome: ClaimOutcome, side: SideOutcome, setting: ClaimSetting): string {
  const replay = replayLine(outcome, side, setting);
  const example =
    replay === undefined
      ? ""
      : `<br><span class="note">${escapeText(side.first?.what ?? "")}</span><br>${code(replay)}`;
  const number = (value: string): string => tag("td", { class: "number" }, value);
  return tag(
    "tr",
    {},
    tag("td", {}, ""),
    tag("td", {}, side.side),
    tag("td", { class: "verdict" }, verdict(SIGNS[side.standing], verdictInWords(side))),
    number(String(side.runs)),
    number(String(side.atRisk)),
    number(String(side.violated)),
    number(boundInWords(side)),
    tag("td", {}, escapeText(outcome.claim.sides[side.side]?.under ?? "") + example),
  );
}
