/** The workload: which program does what, and at what pace. */
import { NEVER } from "../../kernel/index.js";
import type { ActivitySpec, Pace, RegisteredRole } from "../../scenario/index.js";
import { foundInWords, oneOf, type Path } from "../diagnostic.js";
import { fill, namesOf, NotKnown, type Report, type Template } from "../expression/template.js";
import { durationInWords } from "../schema/scalar.js";
import { read, reportUnknown } from "../schema/field.js";
import type { GivenActivity, GivenPace } from "../schema/workload.js";
import { type CellContext, groupOfMember, type Groups, memberScope, membersNamed } from "./cell-context.js";
import { MEMBER_NAMES } from "./factors.js";
import { type Membership, referenceTo, resolveNames } from "./nodes.js";
import { present } from "./presence.js";

export function resolveWorkload(
  template: Template | undefined,
  groups: Groups,
  horizon: number | undefined,
  context: CellContext,
): readonly ActivitySpec[] {
  const entries = listItems(template);
  if (entries === undefined) {
    const found = template?.kind === "constant" ? foundInWords(template.value) : "found a record";
    context.report({ path: ["workload"], found, expected: "a list of activities" });
    return [];
  }
  return entries.flatMap((entry, index) =>
    resolveEntry(entry, ["workload", index], groups, horizon, context),
  );
}

/** The items of a template that is a list; undefined when it is not one. */
export function listItems(template: Template | undefined): readonly Template[] | undefined {
  if (template === undefined) return [];
  if (template.kind === "list") return template.items;
  if (template.kind !== "constant" || !Array.isArray(template.value)) return undefined;
  return template.value.map((value: unknown) => ({ kind: "constant", value }) as const);
}

function resolveEntry(
  template: Template,
  path: Path,
  groups: Groups,
  horizon: number | undefined,
  context: CellContext,
): readonly ActivitySpec[] {
  const { report, scope } = context;
  const first = fill(template, memberScope(scope, "node", 1), report);
  if (first instanceof NotKnown) return [];
  if (first === null || typeof first !== "object" || Array.isArray(first)) {
    report({ path, found: foundInWords(first), expected: "a record: node, and what it does" });
    return [];
  }
  const here = present(first as Readonly<Record<string, unknown>>, path, report);
  if (here === undefined) return [];
  const { node, ...rest } = here;
  if (node instanceof NotKnown) return [];
  if (typeof node !== "string") {
    report({ path: [...path, "node"], found: foundInWords(node), expected: oneOf([...groups.keys()]) });
    return [];
  }
  const members = membersNamed(node, groups, [...path, "node"], report);
  const role = (groups.get(node) ?? groupOfMember(node, groups))?.role;
  if (members === undefined || role === undefined) return [];
  const activity = onlyActivity(Object.keys(rest), role, path, report);
  const schema = activity === undefined ? undefined : context.schema.activity(role, activity);
  if (activity === undefined || schema === undefined) return [];
  const entry = { activity, role, groups, horizon, path: [...path, activity], report };
  const own = namesOf(template).some((name) => MEMBER_NAMES.includes(name));
  const readAs = (given: unknown): GivenActivity | undefined => read(schema, given, entry.path, report);
  const shared = own ? undefined : readAs(rest[activity]);
  return members.flatMap((member, index) => {
    const scoped = memberScope(scope, member, index + 1);
    const given = own ? readAs(activityOf(fill(template, scoped, report), activity)) : shared;
    return given === undefined ? [] : spelledOut(given, member, { size: members.length, index }, entry);
  });
}

function activityOf(entry: unknown, activity: string): unknown {
  return (entry as Readonly<Record<string, unknown>>)[activity];
}

function onlyActivity(
  keys: readonly string[],
  role: RegisteredRole,
  path: Path,
  report: Report,
): string | undefined {
  const known = role.role.activities.map(({ name }) => name);
  const unknown = keys.filter((key) => !known.includes(key));
  for (const key of unknown) reportUnknown([...path, key], known, report, `unknown activity of ${role.name}`);
  if (unknown.length > 0) return undefined;
  if (keys.length === 1) return keys[0];
  const found = keys.length === 0 ? "no activity" : "more than one activity";
  report({ path, found, expected: oneOf(known) });
  return undefined;
}

/** An entry of the workload whose node and activity are known. */
interface KnownEntry {
  readonly activity: string;
  readonly role: RegisteredRole;
  readonly groups: Groups;
  readonly horizon: number | undefined;
  /** Of the activity's record. */
  readonly path: Path;
  readonly report: Report;
}

/** What one node does; nothing after a report. */
function spelledOut(
  given: GivenActivity,
  node: string,
  member: Membership,
  { activity, role, groups, horizon, path, report }: KnownEntry,
): readonly ActivitySpec[] {
  const pace = resolvePace(given.pace, horizon, path, report);
  if (pace === undefined) return [];
  const descriptions = role.role.activities.find(({ name }) => name === activity)?.options ?? [];
  const options = resolveNames(
    descriptions,
    given.options,
    path,
    groups,
    (name, option, at) => referenceTo(name, option, member, groups, at, report) ?? name,
  );
  return [{ node, activity, options, pace }];
}

/** Undefined after a report. */
function resolvePace(
  given: GivenPace,
  horizon: number | undefined,
  path: Path,
  report: Report,
): Pace | undefined {
  const { start = 0, every, window, count } = given;
  const refuse = (key: string, found: string, expected: string): undefined => {
    report({ path: [...path, key], found, expected });
    return undefined;
  };
  if (horizon !== undefined && start > horizon) {
    return refuse(
      "start",
      `found ${durationInWords(start)}`,
      `an instant before the horizon, ${durationInWords(horizon)}`,
    );
  }
  const arrival =
    given.arrival ?? (window !== undefined ? "closed" : every !== undefined ? "fixed" : undefined);
  if (arrival === undefined) {
    if (count === undefined || count === 1) return { kind: "once", start };
    return refuse("count", "a count without a pace", "`every`, or a `window`, beside it");
  }
  if (arrival === "closed") {
    if (every !== undefined)
      return refuse("every", "a gap in a closed loop", "a `window` alone: the answers set the pace");
    if (window === undefined)
      return refuse("window", "missing", "a whole number: how many may be unfinished");
  } else {
    if (window !== undefined)
      return refuse("window", `a window with \`arrival: ${arrival}\``, "`arrival: closed`, or no window");
    if (every === undefined) return refuse("every", "missing", "a duration such as `1 s`");
  }
  if (count === undefined && horizon === undefined) {
    return refuse("count", "missing", "a whole number, unless the experiment has a horizon");
  }
  if (arrival === "closed") return { kind: "closed", start, window: window as number, count: count ?? NEVER };
  return regular(arrival, start, every as number, count, horizon, path, report);
}

function regular(
  kind: "fixed" | "poisson" | "uniform-slot",
  start: number,
  every: number,
  count: number | undefined,
  horizon: number | undefined,
  path: Path,
  report: Report,
): Pace | undefined {
  const inHorizon = kind === "poisson" ? NEVER : Math.floor(((horizon ?? 0) - start) / every) + 1;
  if (count !== undefined && horizon === undefined && start + every * count >= NEVER) {
    report({
      path: [...path, "count"],
      found: `${count} times ${durationInWords(every)}`,
      expected: "an end within 104 days",
    });
    return undefined;
  }
  return { kind, start, every, count: count ?? inHorizon };
}
