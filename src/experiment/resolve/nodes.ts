/** Nodes: roles, groups, options, and who talks to whom. */
import type { OptionDescription, OptionValue, OptionValues } from "../../model/index.js";
import { contradictionBetween, type TransportSpec } from "../../network/index.js";
import type { NodeSpec, RegisteredRole } from "../../scenario/index.js";
import { foundInWords, oneOf, type Path } from "../diagnostic.js";
import { fill, NotKnown, NOT_KNOWN, namesOf, type Report, type Template } from "../expression/template.js";
import { nearest } from "../nearest-name.js";
import { NODE_NAME, NODE_NAME_HELP, NODES_MAX } from "../schema/experiment.js";
import { didYouMean, read } from "../schema/field.js";
import { readCount } from "../schema/scalar.js";
import { transportSchema } from "../schema/transport.js";
import {
  type CellContext,
  type Group,
  groupOfMember,
  type Groups,
  memberScope,
  reportUnknownNode,
} from "./cell-context.js";
import { MEMBER_NAMES } from "./factors.js";

/** A node that opens channels to another: there must be links. */
export interface Reference {
  readonly from: string;
  readonly to: string;
  /** As the file names them: a group for its members. */
  readonly names: readonly [string, string];
  readonly path: Path;
}

export interface ResolvedNodes {
  readonly groups: Groups;
  /** In code-unit order of their names. */
  readonly nodes: readonly NodeSpec[];
  readonly references: readonly Reference[];
}

/** A member of a group with its options as given: names of nodes not yet looked up. */
interface GivenMember {
  readonly group: Group;
  readonly index: number;
  readonly node: Nameless;
}

type Nameless = Omit<NodeSpec, "name">;

export function resolveNodes(
  template: Template | undefined,
  transport: TransportSpec,
  context: CellContext,
): ResolvedNodes {
  const groups = new Map<string, Group>();
  const given = memberTemplates(template, context.report).flatMap(([name, node]) =>
    readGroup(name, node, transport, groups, context),
  );
  const references: Reference[] = [];
  const nodes = given.map((member) => resolveMember(member, groups, references, context.report));
  checkTransports(nodes, references, context.report);
  nodes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { groups, nodes, references };
}

function memberTemplates(
  template: Template | undefined,
  report: Report,
): readonly (readonly [string, Template])[] {
  if (template?.kind === "record") return template.members;
  const value = template?.kind === "constant" ? template.value : undefined;
  if (value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof NotKnown)) {
    const members = Object.entries(value);
    if (members.length > 0)
      return members.map(([name, node]) => [name, { kind: "constant", value: node }] as const);
  }
  const empty = value !== null && typeof value === "object" && !Array.isArray(value);
  report({
    path: ["nodes"],
    found: empty ? "no node" : foundInWords(template === undefined ? undefined : value),
    expected: "a record: names of nodes, each with a role",
  });
  return [];
}

function readGroup(
  name: string,
  template: Template,
  transport: TransportSpec,
  groups: Map<string, Group>,
  context: CellContext,
): readonly GivenMember[] {
  const { report, scope } = context;
  const path = ["nodes", name];
  if (!new RegExp(NODE_NAME).test(name)) {
    report({ path, part: "key", found: "a name that a node cannot have", expected: NODE_NAME_HELP });
  }
  const own = namesOf(template).some((mentioned) => MEMBER_NAMES.includes(mentioned));
  const first = fill(template, memberScope(scope, name, 1), report);
  if (first === null || typeof first !== "object" || Array.isArray(first)) {
    report({ path, found: foundInWords(first), expected: "a record with role" });
    return [];
  }
  const value = first as Readonly<Record<string, unknown>>;
  const role = readRole(value["role"], path, context);
  const group = groupOf(name, value["count"], role);
  if (groups.has(name)) return [];
  if (group === undefined) return [];
  groups.set(name, group);
  checkCollisions(group, groups, path, report);
  if (role === undefined) return [];
  const readAs = (spec: unknown): Nameless | undefined => readNode(spec, role, transport, path, context);
  const shared = own ? undefined : readAs(first);
  return group.members.flatMap((member, index) => {
    const node = own ? readAs(fill(template, memberScope(scope, member, index + 1), report)) : shared;
    return node === undefined ? [] : [{ group, index, node }];
  });
}

/** A node of `role`, or of all members of a group that are alike. */
function readNode(
  spec: unknown,
  role: RegisteredRole,
  fallback: TransportSpec,
  path: Path,
  { schema, report }: CellContext,
): Nameless | undefined {
  const { profile, transport: chosen } = spec as Readonly<Record<string, unknown>>;
  const node = read(schema.node(role, profile), spec, path, report);
  const transport = chosen === undefined ? fallback : readTransport(chosen, [...path, "transport"], report);
  if (node === undefined || transport === undefined) return undefined;
  const { cpu, clock, disk } = node;
  const own = role.role.options.flatMap(({ name }) =>
    node[name] === undefined ? [] : [[name, node[name] as OptionValue] as const],
  );
  const options = Object.fromEntries(own);
  for (const { option, found, expected } of role.role.refusals?.(options) ?? []) {
    report({ path: [...path, option], found, expected });
  }
  return {
    role: role.name,
    options,
    ...(cpu === undefined ? {} : { cpu }),
    ...(clock === undefined ? {} : { clock }),
    ...(disk === undefined ? {} : { disk }),
    transport,
  };
}

/** Whoever opens a channel and whoever answers have to speak the same over TCP. */
function checkTransports(nodes: readonly NodeSpec[], references: readonly Reference[], report: Report): void {
  const transports = new Map(nodes.map(({ name, transport }) => [name, transport]));
  const told = new Set<string>();
  for (const { from, to, names, path } of references) {
    const [client, server] = [transports.get(from), transports.get(to)];
    if (client === server || client?.kind !== "tcp" || server?.kind !== "tcp") continue;
    const layer = contradictionBetween(client, server);
    const key = JSON.stringify(path);
    if (layer === undefined || told.has(key)) continue;
    told.add(key);
    report({
      path,
      found: `a \`${layer}\` in the transport of \`${names[0]}\` that differs from that of \`${names[1]}\``,
      expected: "the same at both ends, or nothing at one of them",
    });
  }
}

export function readTransport(value: unknown, path: Path, report: Report): TransportSpec | undefined {
  return read(transportSchema(value), value, path, report);
}

function readRole(given: unknown, path: Path, { schema, report }: CellContext): RegisteredRole | undefined {
  if (given instanceof NotKnown) return undefined;
  const names = schema.registry.roles.map((role) => role.name);
  const role = typeof given === "string" ? schema.registry.role(given) : undefined;
  if (role !== undefined) return role;
  const at = [...path, "role"];
  if (typeof given !== "string") {
    report({ path: at, found: foundInWords(given), expected: oneOf(names) });
    return undefined;
  }
  const near = nearest(given, names) ?? names.find((name) => name.endsWith(`.${given}`));
  const suggestion = near === undefined ? {} : { suggestion: didYouMean(near) };
  report({ path: at, found: `unknown role \`${given}\``, expected: oneOf(names), ...suggestion });
  return undefined;
}

/** Undefined when the count is not usable, which is reported elsewhere. Numbers are padded to equal length. */
function groupOf(name: string, count: unknown, role: RegisteredRole | undefined): Group | undefined {
  if (count === undefined) return { name, members: [name], counted: false, role };
  if (
    count === NOT_KNOWN ||
    typeof count !== "number" ||
    typeof readCount(count, { min: 1, max: NODES_MAX }) !== "number"
  ) {
    return { name, members: [], counted: true, role };
  }
  const width = String(count).length;
  const members = Array.from(
    { length: count },
    (_, index) => `${name}-${String(index + 1).padStart(width, "0")}`,
  );
  return { name, members, counted: true, role };
}

function checkCollisions(group: Group, groups: Groups, path: Path, report: Report): void {
  const clash = group.members.find(
    (member) =>
      (member !== group.name && groups.has(member)) ||
      (!group.counted &&
        groupOfMember(member, groups) !== undefined &&
        groupOfMember(member, groups) !== group),
  );
  if (clash === undefined) return;
  report({ path, part: "key", found: `a second node called \`${clash}\``, expected: "names that differ" });
}

function resolveMember(
  member: GivenMember,
  groups: Groups,
  references: Reference[],
  report: Report,
): NodeSpec {
  const { group, index, node } = member;
  const descriptions = group.role?.role.options ?? [];
  const follow = referenceReader(member, groups, references, report);
  const options = resolveNames(descriptions, node.options, ["nodes", group.name], groups, follow);
  return { name: group.members[index] ?? group.name, ...node, options };
}

/** What a name of a node in an option comes to. */
export type ReadReference = (name: string, option: OptionDescription, path: Path) => string;

function referenceReader(
  { group, index }: GivenMember,
  groups: Groups,
  references: Reference[],
  report: Report,
): ReadReference {
  const from = group.members[index] ?? group.name;
  return (name, option, path) => {
    const to = referenceTo(name, option, { size: group.members.length, index }, groups, path, report);
    if (to !== undefined) references.push({ from, to, names: [group.name, name], path });
    return to ?? name;
  };
}

/** A member of a group by its place, from 0. */
export interface Membership {
  readonly size: number;
  readonly index: number;
}

/** The node that a member of a group means by `name`; undefined after a report. */
export function referenceTo(
  name: string,
  option: OptionDescription,
  member: Membership,
  groups: Groups,
  path: Path,
  report: Report,
): string | undefined {
  const target = groups.get(name) ?? groupOfMember(name, groups);
  if (target === undefined) {
    reportUnknownNode(name, groups, path, report);
    return undefined;
  }
  const role = option.kind === "node" ? option.role : undefined;
  if (
    role !== undefined &&
    target.role !== undefined &&
    target.role.name !== role &&
    target.role.role.name !== role
  ) {
    report({
      path,
      found: `\`${name}\` has the role ${target.role.name}`,
      expected: `a node with role ${role}`,
    });
    return undefined;
  }
  if (target.name !== name || !target.counted) return name;
  if (target.members.length === 1) return target.members[0];
  if (target.members.length === member.size) return target.members[member.index];
  if (target.members.length > 0) {
    const found = `\`${name}\` is a group of ${target.members.length} nodes`;
    report({
      path,
      found,
      expected: `one of its members, such as ${target.members[0] ?? ""}, or a group as large as this one`,
    });
  }
  return undefined;
}

/**
 * The options with names of nodes looked up, however deep in lists and records; in a list, a group stands for all its
 * members. Options that stay the same are the same object, which the members of a group then share.
 */
export function resolveNames(
  descriptions: readonly OptionDescription[],
  options: OptionValues,
  path: Path,
  groups: Groups,
  follow: ReadReference,
): OptionValues {
  const resolved: Record<string, OptionValue> = {};
  for (const description of descriptions) {
    const { name } = description;
    const value = options[name];
    if (value === undefined || !holdsNames(description)) continue;
    const followed = resolveName(description, value, [...path, name], groups, follow);
    if (followed !== value) resolved[name] = followed;
  }
  return Object.keys(resolved).length === 0 ? options : { ...options, ...resolved };
}

function resolveName(
  description: OptionDescription,
  value: OptionValue,
  path: Path,
  groups: Groups,
  follow: ReadReference,
): OptionValue {
  if (description.kind === "node") return follow(value as string, description, path);
  if (description.kind === "record") {
    return resolveNames(description.fields, value as OptionValues, path, groups, follow);
  }
  if (description.kind !== "list" || !holdsNames(description)) return value;
  return (value as readonly OptionValue[]).flatMap((item, index) =>
    allOf(description.of, item, groups).map((one) =>
      resolveName(description.of, one, [...path, index], groups, follow),
    ),
  );
}

/** What an item of a list stands for. */
function allOf(description: OptionDescription, item: OptionValue, groups: Groups): readonly OptionValue[] {
  const group = description.kind === "node" ? groups.get(item as string) : undefined;
  return group?.counted === true && group.members.length > 0 ? group.members : [item];
}

function holdsNames(description: OptionDescription): boolean {
  if (description.kind === "list") return holdsNames(description.of);
  if (description.kind === "record") return description.fields.some(holdsNames);
  return description.kind === "node";
}
