/** What is drawn, of which cells. */
import { foundInWords, oneOf } from "../diagnostic.js";
import type { Report, TemplateContext } from "../expression/template.js";
import { nearest } from "../nearest-name.js";
import type { Cell, Factor, Metric, Plot } from "../plan.js";
import { PLOT } from "../schema/section.js";
import { didYouMean, read } from "../schema/field.js";
import { condition, truthOf } from "./expectations.js";
import { scopeOf } from "./factors.js";
import { reportUnknownMetric } from "./metrics.js";

/** What plots can show. */
export interface PlotSubject {
  readonly factors: readonly Factor[];
  /** As the file has them, whatever was overridden. */
  readonly declared: readonly Factor[];
  readonly cells: readonly Cell[];
  /** Those that the results hold. */
  readonly metrics: readonly Metric[];
  /** Names of all metrics that there are. */
  readonly known: ReadonlySet<string>;
}

export function readPlots(given: unknown, subject: PlotSubject, context: TemplateContext): readonly Plot[] {
  const { report } = context;
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    report({ path: ["plots"], found: foundInWords(given), expected: "a list of plots" });
    return [];
  }
  return given.flatMap((value: unknown, index) => readPlot(value, index, subject, context) ?? []);
}

function readPlot(
  value: unknown,
  index: number,
  subject: PlotSubject,
  context: TemplateContext,
): Plot | undefined {
  const { factors, metrics, known } = subject;
  const { report } = context;
  const path = ["plots", index];
  const given = read(PLOT, value, path, report);
  if (given === undefined) return undefined;
  const { x, y, color, facet, title = `${y} over ${x}`, scale = "linear" } = given;
  const reported = metrics.map((metric) => metric.name);
  if (!reported.includes(x)) checkFactor(x, [...path, "x"], factors, report);
  for (const [key, name] of Object.entries({ color, facet })) {
    if (name !== undefined) checkFactor(name, [...path, key], factors, report);
  }
  if (!known.has(y)) {
    reportUnknownMetric(y, [...path, "y"], [...known], { report });
  } else if (reported.length > 0 && !reported.includes(y)) {
    const found = `\`${y}\`, which the results do not hold`;
    report({
      path: [...path, "y"],
      found,
      expected: oneOf(metrics.map(({ name }) => name)),
      suggestion: "add it to metrics",
    });
  }
  const cells = given.when === undefined ? undefined : drawn(given.when, [...path, "when"], subject, context);
  if (cells?.length === 0) return undefined;
  return {
    title,
    x,
    y,
    ...(cells === undefined ? {} : { cells }),
    ...(color === undefined ? {} : { color }),
    ...(facet === undefined ? {} : { facet }),
    scale: scale as Plot["scale"],
  };
}

/** Indices of the cells for which the condition is true. */
function drawn(
  when: string,
  path: readonly (string | number)[],
  { factors, declared, cells }: PlotSubject,
  context: TemplateContext,
): readonly number[] | undefined {
  const names = new Set(factors.map(({ name }) => name));
  const parsed = condition(when, path, names, declared, context);
  if (parsed === undefined) return undefined;
  const chosen = cells.filter(
    ({ values }) => truthOf(parsed, scopeOf(factors, values), path, context.report) === true,
  );
  const whole = declared.every(({ name, values }) =>
    factors.some((factor) => factor.name === name && values.every((value) => factor.values.includes(value))),
  );
  if (whole && cells.length > 0 && chosen.length === 0) {
    context.report({ path, found: "a condition that is true in no cell", expected: "some cells to draw" });
  }
  return chosen.map(({ index }) => index);
}

function checkFactor(
  name: string,
  path: readonly (string | number)[],
  factors: readonly Factor[],
  report: Report,
): void {
  const names = factors.map((factor) => factor.name);
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const suggestion = near === undefined ? {} : { suggestion: didYouMean(near) };
  const expected = names.length === 0 ? "no plot: the experiment has no factors" : oneOf(names);
  report({ path, found: `unknown factor \`${name}\``, expected, ...suggestion });
}
