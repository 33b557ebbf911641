/** What is expected of which cells. */
import { CHECKS, type Verdict } from "../../guarantees/index.js";
import type { RegisteredRole } from "../../scenario/index.js";
import { foundInWords, oneOf } from "../diagnostic.js";
import type { Expression, Scope } from "../expression/expression.js";
import { parseAt, type Report, type TemplateContext } from "../expression/template.js";
import { nearest } from "../nearest-name.js";
import type { Expectation, ExpectationScope, Factor } from "../plan.js";
import { EXPECTATION } from "../schema/section.js";
import { didYouMean, read } from "../schema/field.js";
import { evaluatedWith, SAMPLE } from "./metrics.js";

/** An expectation of the file, with the parsed condition on the cells that it is for. */
export interface ReadExpectation {
  readonly expectation: Expectation;
  readonly when: Expression | undefined;
  /** In the file's list. */
  readonly index: number;
}

/** What an expectation can name. */
interface Vocabulary {
  readonly claims: readonly string[];
  readonly metrics: ReadonlySet<string>;
}

/** Names of the checkers that conclude where nodes have these roles: those of logs where there are any. */
export function knownClaims(roles: ReadonlySet<RegisteredRole>): readonly string[] {
  const logs = roles.size === 0 || [...roles].some(({ model }) => model.logs === true);
  return CHECKS.filter((check) => logs || check.logs !== true).map(({ name }) => name);
}

export function readExpectations(
  given: unknown,
  factors: readonly Factor[],
  vocabulary: Vocabulary,
  context: TemplateContext,
): readonly ReadExpectation[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    context.report({ path: ["expect"], found: foundInWords(given), expected: "a list of expectations" });
    return [];
  }
  return given.flatMap(
    (value: unknown, index) => readExpectation(value, index, factors, vocabulary, context) ?? [],
  );
}

function readExpectation(
  value: unknown,
  index: number,
  factors: readonly Factor[],
  { claims, metrics }: Vocabulary,
  context: TemplateContext,
): ReadExpectation | undefined {
  const { report } = context;
  const path = ["expect", index];
  const given = read(EXPECTATION, value, path, report);
  if (given === undefined) return undefined;
  const { claim, that } = given;
  const whenNames = new Set(factors.map(({ name }) => name));
  const when =
    given.when === undefined
      ? undefined
      : condition(given.when, [...path, "when"], whenNames, factors, context);
  if ((claim === undefined) === (that === undefined)) {
    const found = claim === undefined ? "neither `claim` nor `that`" : "both `claim` and `that`";
    report({ path, found, expected: "either claim: at-least-once, or that: delivered_ratio > 0.99" });
    return undefined;
  }
  const common = {
    is: (given.is ?? "holds") as Verdict,
    scope: (given.scope ?? "cell") as ExpectationScope,
    ...(given.when === undefined ? {} : { when: given.when }),
  };
  if (that !== undefined) {
    const names = new Set([...whenNames, ...metrics]);
    const parsed = condition(that, [...path, "that"], names, factors, context);
    if (parsed === undefined) return undefined;
    return { expectation: { text: that, kind: "condition", ...common, condition: parsed }, when, index };
  }
  if (claim === undefined || !claims.includes(claim)) {
    const near = nearest(claim ?? "", claims);
    const suggestion = near === undefined ? {} : { suggestion: didYouMean(near) };
    report({
      path: [...path, "claim"],
      found: `unknown claim \`${claim ?? ""}\``,
      expected: oneOf(claims),
      ...suggestion,
    });
    return undefined;
  }
  return { expectation: { text: claim, kind: "claim", ...common }, when, index };
}

/** A condition that may name these. Undefined after a report. */
export function condition(
  text: string,
  path: readonly (string | number)[],
  names: ReadonlySet<string>,
  factors: readonly Factor[],
  context: TemplateContext,
): Expression | undefined {
  const parsed = parseAt(text, path, { ...context, names: () => names });
  if (parsed !== undefined) checkWords(parsed, path, factors, context.report);
  return parsed;
}

/** A factor compared with a word that it never is: a slip that would go unnoticed. */
function checkWords(
  expression: Expression,
  path: readonly (string | number)[],
  factors: readonly Factor[],
  report: Report,
): void {
  if (expression.kind === "operation") {
    const { operator, left, right } = expression;
    if (operator === "==" || operator === "!=") {
      checkWord(left, right, path, factors, report);
      checkWord(right, left, path, factors, report);
    }
    checkWords(left, path, factors, report);
    checkWords(right, path, factors, report);
  } else if (expression.kind === "minus" || expression.kind === "not") {
    checkWords(expression.operand, path, factors, report);
  } else if (expression.kind === "choice") {
    for (const part of [expression.condition, expression.yes, expression.no])
      checkWords(part, path, factors, report);
  }
}

function checkWord(
  name: Expression,
  word: Expression,
  path: readonly (string | number)[],
  factors: readonly Factor[],
  report: Report,
): void {
  if (name.kind !== "name" || word.kind !== "text") return;
  const factor = factors.find((candidate) => candidate.name === name.name);
  if (factor === undefined || factor.values.includes(word.value)) return;
  const words = factor.values.filter((value) => typeof value === "string");
  const near = nearest(word.value, words);
  const expected = words.length === 0 ? "a number: its values are not texts" : oneOf(words);
  const suggestion = near === undefined ? {} : { suggestion: didYouMean(near) };
  report({ path, found: `\`${factor.name}\` is never "${word.value}"`, expected, ...suggestion });
}

/** Indices of the expectations that are for the cell with these values. Reports conditions that cannot be. */
export function expectationsFor(
  read: readonly ReadExpectation[],
  metrics: ReadonlySet<string>,
  scope: Scope,
  report: Report,
): readonly number[] {
  const sample: Scope = (name) => (metrics.has(name) ? SAMPLE : scope(name));
  return read.flatMap(({ expectation, when, index }, position) => {
    const here = when === undefined ? true : truthOf(when, scope, ["expect", index, "when"], report);
    if (here !== true) return [];
    if (expectation.condition !== undefined)
      truthOf(expectation.condition, sample, ["expect", index, "that"], report);
    return [position];
  });
}

/** Undefined after a report, or where a value is missing. */
export function truthOf(
  expression: Expression,
  scope: Scope,
  path: readonly (string | number)[],
  report: Report,
): boolean | undefined {
  const value = evaluatedWith(expression, scope, path, report);
  if (value === undefined || value === null || typeof value === "boolean") return value ?? undefined;
  report({ path, found: "an expression that is neither true nor false", expected: "a comparison" });
  return undefined;
}
