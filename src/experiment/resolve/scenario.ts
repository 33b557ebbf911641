/** One cell of an experiment: its sections with the factors' values filled in, resolved to a scenario. */
import type { ZodType } from "zod";
import { SECOND } from "../../kernel/index.js";
import { builtInGauges, type Scenario, type SeriesSpec } from "../../scenario/index.js";
import { oneOf } from "../diagnostic.js";
import { fill, type Template } from "../expression/template.js";
import { nearest } from "../nearest-name.js";
import { DRAIN, EVENTS_MAX, HORIZON, MESSAGES, SERIES, WARMUP } from "../schema/section.js";
import { didYouMean, read } from "../schema/field.js";
import { TCP_DEFAULTS } from "../schema/transport.js";
import type { CellContext, Groups, Templates } from "./cell-context.js";
import { resolveFaults } from "./faults.js";
import { checkJoined, resolveLinks } from "./links.js";
import { readTransport, resolveNodes } from "./nodes.js";
import { resolveWorkload } from "./workload.js";

export const DEFAULT_DRAIN: number = 60 * SECOND;

/** Sections that are resolved for each cell; the others are read once. */
export const CELL_SECTIONS: readonly string[] = [
  "transport",
  "nodes",
  "links",
  "workload",
  "faults",
  "warmup",
  "drain",
  "horizon",
  "eventsMax",
  "series",
  "messages",
];

/** The scenario and the groups of its nodes. Only meaningful when nothing was reported. */
export function resolveScenario(
  templates: Templates,
  context: CellContext,
): { readonly scenario: Scenario; readonly groups: Groups } {
  const { report } = context;
  const section = (name: string): unknown => filled(templates.get(name), context);
  const value = <Result>(name: string, schema: ZodType<Result>): Result | undefined => {
    const given = section(name);
    return given === undefined ? undefined : read(schema, given, [name], report);
  };
  const given = section("transport");
  const transport = given === undefined ? TCP_DEFAULTS : readTransport(given, ["transport"], report);
  const { nodes, groups, references } = resolveNodes(
    templates.get("nodes"),
    transport ?? TCP_DEFAULTS,
    context,
  );
  const links = resolveLinks(section("links"), groups, context);
  checkJoined(references, links, report);
  const horizon = value("horizon", HORIZON);
  const drain = value("drain", DRAIN);
  if (horizon !== undefined && drain !== undefined) {
    report({
      path: ["drain"],
      part: "key",
      found: "`drain` beside `horizon`",
      expected: "one of the two: a horizon ends the run",
    });
  }
  const workload = resolveWorkload(templates.get("workload"), groups, horizon, context);
  const faults = resolveFaults(section("faults"), groups, links, horizon, context);
  const series = value("series", SERIES);
  if (series !== undefined) checkGauges(series, groups, context);
  const eventsMax = value("eventsMax", EVENTS_MAX);
  const scenario: Scenario = {
    nodes,
    links: links.links,
    workload,
    faults,
    warmup: value("warmup", WARMUP) ?? 0,
    drain: drain ?? DEFAULT_DRAIN,
    ...(horizon === undefined ? {} : { horizon }),
    ...(series === undefined ? {} : { series }),
    messages: value("messages", MESSAGES) ?? false,
    ...(eventsMax === undefined ? {} : { eventsMax }),
  };
  return { scenario, groups };
}

function filled(template: Template | undefined, { scope, report }: CellContext): unknown {
  return template === undefined ? undefined : fill(template, scope, report);
}

function checkGauges(series: SeriesSpec, groups: Groups, { report }: CellContext): void {
  const roles = new Set([...groups.values()].flatMap(({ role }) => role ?? []));
  const own = [...roles].flatMap(({ role }) => role.gauges.map(({ name }) => name));
  const logs = [...roles].some(({ model }) => model.logs === true);
  const known = [...new Set([...builtInGauges(logs), ...own])];
  for (const [index, gauge] of series.of.entries()) {
    if (known.includes(gauge)) continue;
    const near = nearest(gauge, known);
    report({
      path: ["series", "of", index],
      found: `unknown gauge \`${gauge}\``,
      expected: oneOf(known),
      ...(near === undefined ? {} : { suggestion: didYouMean(near) }),
    });
  }
}
