/** What was expected, and what became of it. */
import type { Expectation, ExperimentPlan } from "../plan.js";
import type { ExpectationOutcome } from "../summary.js";
import { escapeText } from "../../view/index.js";
import { code, type Sign, tag, verdict } from "./html.js";
import { cellWords } from "./wording.js";

/** Cells listed one by one for an expectation; the rest are counted. */
const LISTED_MAX = 8;

export interface OverallStatus {
  readonly sign: Sign;
  readonly words: string;
}

/** The whole experiment in one line; undefined when nothing was expected. */
export function overallStatus(
  plan: ExperimentPlan,
  outcomes: readonly ExpectationOutcome[],
): OverallStatus | undefined {
  const count = plan.expectations.length;
  if (count === 0) return undefined;
  const of = plan.expectations.map((_, index) => outcomes.filter((outcome) => outcome.expectation === index));
  const deviating = of.filter((own) =>
    own.some((outcome) => !outcome.asStated && outcome.found !== "unknown"),
  );
  if (deviating.length > 0) {
    return { sign: "bad", words: `${deviating.length} of ${expectations(count)} not as stated` };
  }
  const open = of.filter((own) => own.length === 0 || own.some((outcome) => !outcome.asStated));
  if (open.length > 0)
    return { sign: "open", words: `${open.length} of ${expectations(count)} could not be shown` };
  return {
    sign: "good",
    words:
      count === 1 ? "The expectation came out as stated" : `All ${count} expectations came out as stated`,
  };
}

function expectations(count: number): string {
  return count === 1 ? "1 expectation" : `${count} expectations`;
}

/** A list of the expectations with their outcomes and, where one deviates, the line that replays it. */
export function expectationList(plan: ExperimentPlan, outcomes: readonly ExpectationOutcome[]): string {
  if (plan.expectations.length === 0) return "";
  const items = plan.expectations.map((expectation, index) =>
    expectationItem(
      plan,
      expectation,
      outcomes.filter((outcome) => outcome.expectation === index),
    ),
  );
  return tag("ul", { class: "expectations" }, ...items);
}

function expectationItem(
  plan: ExperimentPlan,
  expectation: Expectation,
  outcomes: readonly ExpectationOutcome[],
): string {
  const stated = expectation.kind === "claim" || expectation.is !== "holds" ? ` ${expectation.is}` : "";
  const when =
    expectation.when === undefined ? "" : ` <span class="note">when ${code(expectation.when)}</span>`;
  const what = `${code(expectation.text)}${stated}${when}`;
  const deviating = outcomes.filter((outcome) => !outcome.asStated);
  const cells = `${outcomes.length} ${outcomes.length === 1 ? "cell" : "cells"}`;
  if (outcomes.length === 0) return tag("li", {}, `${verdict("open", "never looked at")}: ${what}`);
  if (deviating.length === 0) {
    return tag(
      "li",
      {},
      `${verdict("good", "as stated")} in ${plan.cells.length === 1 ? "the cell" : cells}: ${what}`,
    );
  }
  const unknown = deviating.every((outcome) => outcome.found === "unknown");
  const sign = unknown ? verdict("open", "not shown") : verdict("bad", "not as stated");
  const listed = deviating.slice(0, LISTED_MAX).map((outcome) => deviation(plan, outcome));
  const rest = deviating.length - listed.length;
  if (rest > 0) listed.push(tag("li", {}, `and ${rest} more`));
  return tag("li", {}, `${sign} in ${deviating.length} of ${cells}: ${what}`, tag("ul", {}, ...listed));
}

function deviation(plan: ExperimentPlan, outcome: ExpectationOutcome): string {
  const cell = plan.cells[outcome.cell];
  const label = cell === undefined ? "" : cellWords(plan, cell);
  const where = label === "" ? "the only cell" : escapeText(label);
  const runs = outcome.runs > 1 ? ` in ${outcome.deviating} of ${outcome.runs} runs` : "";
  const replay = outcome.replay === undefined ? "" : tag("pre", {}, escapeText(outcome.replay));
  return tag("li", {}, `${where}: found ${outcome.found}${runs}${replay}`);
}
