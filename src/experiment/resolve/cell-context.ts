/** What resolving one cell needs, and where a group of nodes stands in it. */
import type { Scope } from "../expression/expression.js";
import { Quantity } from "../expression/quantity.js";
import { fromNumber } from "../expression/rational.js";
import type { Report, Template } from "../expression/template.js";
import type { ExperimentSchema } from "../schema/experiment.js";
import type { RegisteredRole } from "../../scenario/index.js";
import { didYouMean } from "../schema/field.js";
import { nearest } from "../nearest-name.js";
import { oneOf, type Path } from "../diagnostic.js";
import type { LinkPresets } from "./link-presets.js";

/** A section of the file, by its name. */
export type Templates = ReadonlyMap<string, Template>;

export interface CellContext {
  readonly schema: ExperimentSchema;
  readonly presets: LinkPresets;
  readonly scope: Scope;
  readonly report: Report;
}

/** What a name under `nodes` stands for: one node, or several. */
export interface Group {
  readonly name: string;
  readonly members: readonly string[];
  /** `count` was given. */
  readonly counted: boolean;
  /** Undefined when the role is not known, which has been reported. */
  readonly role: RegisteredRole | undefined;
}

export type Groups = ReadonlyMap<string, Group>;

/** The nodes that `name` stands for: a node, a member of a group, or a whole group. Reports when there is none. */
export function membersNamed(
  name: string,
  groups: Groups,
  path: Path,
  report: Report,
): readonly string[] | undefined {
  const group = groups.get(name) ?? groupOfMember(name, groups);
  if (group === undefined) {
    reportUnknownNode(name, groups, path, report);
    return undefined;
  }
  return group.name === name ? group.members : [name];
}

/** The group that the node called `name` belongs to. */
export function groupOfMember(name: string, groups: Groups): Group | undefined {
  const [, stem = name, number = "1"] = /^(.*)-(\d+)$/.exec(name) ?? [];
  const group = groups.get(stem);
  return group?.members[Number(number) - 1] === name ? group : undefined;
}

export function reportUnknownNode(name: string, groups: Groups, path: Path, report: Report): void {
  const names = [...groups.keys()];
  const near = nearest(name, names);
  report({
    path,
    found: `no node is called \`${name}\``,
    expected: oneOf(names),
    ...(near === undefined ? {} : { suggestion: didYouMean(near) }),
  });
}

/** The scope of a member of a group: `node` is its name, `index` its number from 1. */
export function memberScope(scope: Scope, node: string, index: number): Scope {
  return (name) => {
    if (name === "node") return node;
    if (name === "index") return new Quantity(fromNumber(index));
    return scope(name);
  };
}
