/** An experiment's data, resolved to a plan; everything that is wrong with it, at once. */
import type { ZodType } from "zod";
import type { RegisteredRole, Registry } from "../../scenario/index.js";
import { type Diagnostic, ExperimentError, foundInWords, type Path } from "../diagnostic.js";
import type { ParseExpression } from "../expression/expression.js";
import {
  compile,
  mentionsExpressions,
  namesOf,
  type Report,
  type Template,
  type TemplateContext,
} from "../expression/template.js";
import type { Cell, ExperimentPlan, Factor, Metric, Replications } from "../plan.js";
import { ExperimentSchema, SECTIONS } from "../schema/experiment.js";
import {
  type GivenReplications,
  NAME,
  QUESTION,
  replicationsSchema,
  RUNS_MAX,
  SEED,
} from "../schema/section.js";
import { read, reportUnknown } from "../schema/field.js";
import type { ReadDelays } from "../schema/distribution.js";
import type { Problem, Source } from "../source/source.js";
import type { CellContext, Groups, Templates } from "./cell-context.js";
import { withConditions } from "./presence.js";
import { CellProblems } from "./cell-problems.js";
import { expectationsFor, knownClaims, readExpectations } from "./expectations.js";
import { readPlots } from "./plots.js";
import { CELLS_MAX, combinations, MEMBER_NAMES, readFactors, scopeOf } from "./factors.js";
import type { LinkPresets } from "./link-presets.js";
import { measuredMetrics, readMetrics, reportUnknownMetric } from "./metrics.js";
import { CELL_SECTIONS, resolveScenario } from "./scenario.js";

export const DEFAULT_BATCH = 10;
const DIAGNOSTICS_MAX = 100;

export interface ResolveOptions {
  readonly registry: Registry;
  readonly presets: LinkPresets;
  readonly delays: ReadDelays;
  /** Absent when the experiment has no expression. */
  readonly parse: ParseExpression | undefined;
  /** What the file's name says that the experiment is called. */
  readonly fileName: string;
}

type Members = Readonly<Record<string, unknown>>;

/** Whether resolving `data` needs the parser of expressions. */
export function needsParser(data: unknown): boolean {
  if (mentionsExpressions(data)) return true;
  if (data === null || typeof data !== "object") return false;
  const { expect, metrics, workload, faults } = data as Members;
  return (
    mentionsExpressions([withConditions("workload", workload), withConditions("faults", faults)]) ||
    (Array.isArray(expect) && expect.length > 0) ||
    (Array.isArray(metrics) && metrics.some((metric) => typeof metric === "object"))
  );
}

/** Throws `ExperimentError` with all that is wrong, in order of position. */
export function resolvePlan(
  source: Source,
  declared: Source,
  options: ResolveOptions,
): Omit<ExperimentPlan, "digest"> {
  const problems: Problem[] = [];
  const plan = new Resolution(source, declared, options, (problem) => problems.push(problem)).plan();
  if (problems.length > 0 || plan === undefined) throw new ExperimentError(located(source, problems));
  return plan;
}

function located(source: Source, problems: readonly Problem[]): readonly Diagnostic[] {
  const diagnostics = problems.map((problem) => source.locate(problem));
  const order = diagnostics
    .map((diagnostic, index) => ({ diagnostic, index }))
    .sort(
      (a, b) =>
        (a.diagnostic.line ?? Infinity) - (b.diagnostic.line ?? Infinity) ||
        (a.diagnostic.column ?? 0) - (b.diagnostic.column ?? 0) ||
        a.index - b.index,
    );
  const told = new Set<string>();
  const distinct = order.flatMap(({ diagnostic }) => {
    const key = JSON.stringify([diagnostic.file, diagnostic.path, diagnostic.found]);
    if (told.has(key)) return [];
    told.add(key);
    return [diagnostic];
  });
  return distinct.slice(0, DIAGNOSTICS_MAX);
}

class Resolution {
  readonly #source: Source;
  readonly #declared: Source;
  readonly #options: ResolveOptions;
  readonly #report: Report;
  readonly #data: Members;
  readonly #whole: boolean;

  constructor(source: Source, declared: Source, options: ResolveOptions, report: Report) {
    this.#source = source;
    this.#declared = declared;
    this.#options = options;
    this.#report = report;
    const { data } = source;
    this.#whole = data !== null && typeof data === "object" && !Array.isArray(data);
    this.#data = this.#whole ? (data as Members) : {};
  }

  plan(): Omit<ExperimentPlan, "digest"> | undefined {
    const report = this.#report;
    if (!this.#whole) {
      const { data } = this.#source;
      const found = data === undefined || data === null ? "an empty file" : foundInWords(data);
      report({ path: [], found, expected: "a record with name and nodes" });
      return undefined;
    }
    for (const key of Object.keys(this.#data)) {
      if (!SECTIONS.includes(key)) reportUnknown([key], SECTIONS, report);
    }
    const name = this.#name();
    const everyMetric = measuredMetrics(this.#options.registry.roles);
    const factors = readFactors(this.#source, this.#data["factors"], new Set(everyMetric), report);
    const templates = this.#templates(factors);
    const replications = this.#replications(factors);
    const { cells, roles, context } = this.#cells(factors, templates);
    const measured = roles.size === 0 ? everyMetric : measuredMetrics(roles);
    const metrics = readMetrics(this.#data["metrics"], measured, context);
    const known = new Set([...measured, ...metrics.map((metric) => metric.name)]);
    this.#checkPrecision(replications, known);
    const declared = this.#declaredFactors();
    const expectations = this.#expect(cells, factors, declared, known, metrics, context, knownClaims(roles));
    const subject = { factors, declared, cells, metrics, known };
    const plots = readPlots(this.#data["plots"], subject, context);
    const models = this.#data["models"];
    return {
      name: name ?? "",
      question: this.#once("question", QUESTION) ?? "",
      factors,
      cells: expectations.cells,
      replications,
      seed: this.#once("seed", SEED) ?? "1",
      metrics,
      expectations: expectations.list,
      plots,
      ...(Array.isArray(models) ? { models: models.map(String) } : {}),
    };
  }

  /** A section that is the same in all cells. */
  #once<Result>(section: string, schema: ZodType<Result>): Result | undefined {
    const value = this.#data[section];
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.includes("${") && section !== "question") {
      const expected = "a value that is the same in all cells";
      this.#report({ path: [section], found: "an expression", expected });
      return undefined;
    }
    return read(schema, value, [section], this.#report);
  }

  #name(): string | undefined {
    if (this.#data["name"] === undefined) {
      const suggestion = `write \`name: ${this.#options.fileName}\``;
      this.#report({
        path: ["name"],
        found: "missing",
        expected: "the file's name without its ending",
        suggestion,
      });
      return undefined;
    }
    const name = this.#once("name", NAME);
    const { fileName } = this.#options;
    if (name !== undefined && name !== fileName) {
      const expected = `\`${fileName}\`, as the file is called`;
      this.#report({ path: ["name"], found: `found \`${name}\``, expected });
    }
    return name;
  }

  #templates(factors: readonly Factor[]): Templates {
    const declared = this.#data["factors"];
    const names = declared !== null && typeof declared === "object" ? Object.keys(declared) : [];
    const all = new Set(names);
    let readable = true;
    const withMembers = new Set([...names, ...MEMBER_NAMES]);
    const context: TemplateContext = {
      parse: this.#options.parse,
      names: ([section]: Path) => (section === "nodes" || section === "workload" ? withMembers : all),
      unknown: new Set(names.filter((name) => factors.every((factor) => factor.name !== name))),
      report: (problem) => {
        readable = false;
        this.#report(problem);
      },
    };
    const templates = new Map<string, Template>();
    for (const section of CELL_SECTIONS) {
      const value = this.#data[section];
      if (value !== undefined) {
        templates.set(section, compile(withConditions(section, value), [section], context));
      }
    }
    if (readable) this.#checkUse(factors, templates);
    return templates;
  }

  /** A factor that acts nowhere would only repeat every run. */
  #checkUse(factors: readonly Factor[], templates: Templates): void {
    const used = new Set([...templates.values()].flatMap(namesOf));
    const text = JSON.stringify(this.#data);
    for (const { name } of factors) {
      if (used.has(name) || text.includes(`\${${name}`)) continue;
      this.#report({
        path: ["factors", name],
        part: "key",
        found: "a factor that acts nowhere",
        expected: `\${${name}} where it acts`,
      });
    }
  }

  #replications(factors: readonly Factor[]): Replications {
    const value = this.#data["replications"] ?? 1;
    const given = this.#once("replications", replicationsSchema(value) as ZodType<GivenReplications>) ?? 1;
    const count = typeof given === "number" ? given : given.max;
    const cells = factors.reduce((product, factor) => product * factor.values.length, 1);
    if (cells > CELLS_MAX) {
      const expected = `at most ${CELLS_MAX}`;
      this.#report({ path: ["factors"], part: "key", found: `${cells} cells`, expected });
    } else if (cells * count > RUNS_MAX) {
      const found = `${cells} cells, ${count} replications each: ${cells * count} runs`;
      this.#report({ path: ["replications"], found, expected: `at most ${RUNS_MAX} runs` });
    }
    if (typeof given === "number") return { kind: "fixed", count: given };
    const { until, of, max, batch = Math.min(DEFAULT_BATCH, max) } = given;
    return { kind: "until", precision: until, of, max, batch };
  }

  #checkPrecision(replications: Replications, known: ReadonlySet<string>): void {
    if (replications.kind === "fixed" || known.has(replications.of)) return;
    reportUnknownMetric(replications.of, ["replications", "of"], [...known], { report: this.#report });
  }

  #cells(
    factors: readonly Factor[],
    templates: Templates,
  ): {
    readonly cells: readonly Cell[];
    readonly roles: ReadonlySet<RegisteredRole>;
    readonly context: TemplateContext;
  } {
    const { registry, presets, delays, parse } = this.#options;
    const schema = new ExperimentSchema(registry, [...presets.keys()], delays);
    const roles = new Set<RegisteredRole>();
    const size = factors.reduce((product, factor) => product * factor.values.length, 1);
    const chosen = size > CELLS_MAX ? [] : combinations(factors);
    const problems = new CellProblems(chosen.length);
    const cells = chosen.map(({ values, label }, index): Cell => {
      const scope = scopeOf(factors, values);
      const context: CellContext = { schema, presets, scope, report: problems.cell(label) };
      const { scenario, groups } = resolveScenario(templates, context);
      for (const role of rolesOf(groups)) roles.add(role);
      return { index, values, label, scenario, expectations: [] };
    });
    for (const problem of problems.all()) this.#report(problem);
    const context = {
      parse,
      names: () => new Set<string>(),
      unknown: new Set<string>(),
      report: this.#report,
    };
    return { cells, roles, context };
  }

  /** As the file has them, before anything is overridden. */
  #declaredFactors(): readonly Factor[] {
    const { data } = this.#declared;
    return readFactors(this.#declared, membersOf(data)["factors"], new Set(), () => undefined);
  }

  #expect(
    cells: readonly Cell[],
    factors: readonly Factor[],
    declared: readonly Factor[],
    known: ReadonlySet<string>,
    metrics: readonly Metric[],
    context: TemplateContext,
    claims: readonly string[],
  ): { readonly list: ExperimentPlan["expectations"]; readonly cells: readonly Cell[] } {
    const names = new Set([...known, ...metrics.map((metric) => metric.name)]);
    const expectations = readExpectations(
      this.#data["expect"],
      declared,
      { claims, metrics: names },
      context,
    );
    const problems = new CellProblems(cells.length);
    const judged = cells.map((cell) => {
      const scope = scopeOf(factors, cell.values);
      return {
        ...cell,
        expectations: expectationsFor(expectations, names, scope, problems.cell(cell.label)),
      };
    });
    for (const problem of problems.all()) this.#report(problem);
    return { list: expectations.map(({ expectation }) => expectation), cells: judged };
  }
}

function rolesOf(groups: Groups): readonly RegisteredRole[] {
  return [...groups.values()].flatMap(({ role }) => role ?? []);
}

function membersOf(value: unknown): Members {
  return value !== null && typeof value === "object" ? (value as Members) : {};
}
