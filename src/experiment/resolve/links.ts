/** Links: groups spelled out, presets filled in, and whether those who talk are joined. */
import type { LinkSpec } from "../../network/index.js";
import { foundInWords, type Path } from "../diagnostic.js";
import type { Report } from "../expression/template.js";
import type { GivenLink } from "../schema/link.js";
import { read } from "../schema/field.js";
import { type CellContext, type Groups, membersNamed } from "./cell-context.js";
import type { LinkPreset } from "./link-presets.js";
import type { Reference } from "./nodes.js";

export const LINKS_MAX = 2_000_000;

export interface ResolvedLinks {
  /** In code-unit order of their ends. */
  readonly links: readonly LinkSpec[];
  /** `from>to` */
  readonly joined: ReadonlySet<string>;
  /** False when something was reported: whether two nodes are joined cannot be told. */
  readonly complete: boolean;
}

export function resolveLinks(given: unknown, groups: Groups, context: CellContext): ResolvedLinks {
  const links: LinkSpec[] = [];
  const joined = new Set<string>();
  if (given === undefined) return { links, joined, complete: true };
  if (!Array.isArray(given)) {
    context.report({ path: ["links"], found: foundInWords(given), expected: "a list of links" });
    return { links, joined, complete: false };
  }
  let complete = true;
  for (const [index, value] of given.entries()) {
    const path = ["links", index];
    const link = read(context.schema.link, value, path, context.report);
    const pairs = link === undefined ? undefined : ends(link, groups, path, context.report);
    const spec = link === undefined ? undefined : filledIn(link, path, context);
    if (pairs === undefined || spec === undefined) {
      complete = false;
      continue;
    }
    complete = addLinks(pairs, spec, links, joined, path, context.report) && complete;
  }
  links.sort((a, b) => order(a.from, b.from) || order(a.to, b.to));
  return { links, joined, complete };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addLinks(
  pairs: readonly (readonly [string, string])[],
  spec: Omit<LinkSpec, "from" | "to">,
  links: LinkSpec[],
  joined: Set<string>,
  path: Path,
  report: Report,
): boolean {
  if (links.length + pairs.length > LINKS_MAX) {
    report({ path, found: `more than ${LINKS_MAX} links` });
    return false;
  }
  for (const [from, to] of pairs) {
    const key = `${from}>${to}`;
    if (joined.has(key)) {
      report({ path, found: `a second link from \`${from}\` to \`${to}\``, expected: "one link each way" });
      return false;
    }
    joined.add(key);
    links.push({ from, to, ...spec });
  }
  return true;
}

/** The pairs of nodes that an entry joins, one way each. Undefined after a report. */
export function ends(
  given: Pick<GivenLink, "between" | "from" | "to" | "pairing">,
  groups: Groups,
  path: Path,
  report: Report,
): readonly (readonly [string, string])[] | undefined {
  const { between, from, to, pairing } = given;
  if ((between === undefined) === (from === undefined || to === undefined) || (between && (from ?? to))) {
    const found =
      between !== undefined
        ? "`between` beside `from` or `to`"
        : "neither `between` nor both `from` and `to`";
    report({ path, found, expected: "either between: [a, b], or from: a and to: b" });
    return undefined;
  }
  const both = between !== undefined;
  const first = membersNamed(
    between?.[0] ?? from ?? "",
    groups,
    [...path, ...(both ? ["between", 0] : ["from"])],
    report,
  );
  const second = membersNamed(
    between?.[1] ?? to ?? "",
    groups,
    [...path, ...(both ? ["between", 1] : ["to"])],
    report,
  );
  if (first === undefined || second === undefined) return undefined;
  const oneWay =
    pairing === "one-to-one" ? zipped(first, second, path, report) : product(first, second, both);
  if (oneWay === undefined) return undefined;
  if (oneWay.length === 0 && first.length > 0 && second.length > 0) {
    report({ path, found: `a link from \`${first[0] ?? ""}\` to itself`, expected: "two nodes" });
    return undefined;
  }
  return both ? oneWay.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]) : oneWay;
}

/** Each with each; both ways between a group and itself each pair once. */
function product(
  first: readonly string[],
  second: readonly string[],
  both: boolean,
): readonly (readonly [string, string])[] {
  const within = both && first.length === second.length && first.every((name, at) => name === second[at]);
  return first.flatMap((a, i) =>
    second.filter((b, j) => (within ? i < j : a !== b)).map((b) => [a, b] as const),
  );
}

function zipped(
  first: readonly string[],
  second: readonly string[],
  path: Path,
  report: Report,
): readonly (readonly [string, string])[] | undefined {
  if (first.length === second.length) {
    return first.flatMap((a, index) => (a === second[index] ? [] : [[a, second[index] ?? a] as const]));
  }
  const found = `groups of ${first.length} and ${second.length} nodes`;
  report({ path: [...path, "pairing"], found, expected: "groups of one size to be linked one to one" });
  return undefined;
}

const NOTHING_SAID: Pick<LinkSpec, "loss" | "duplication" | "corruption" | "reorder"> = {
  loss: { kind: "none" },
  duplication: 0,
  corruption: 0,
  reorder: false,
};

function filledIn(
  link: GivenLink,
  path: Path,
  { presets, report }: CellContext,
): Omit<LinkSpec, "from" | "to"> | undefined {
  const preset: LinkPreset = link.preset === undefined ? {} : (presets.get(link.preset) ?? {});
  const delay = link.delay ?? preset.delay;
  if (delay === undefined) {
    report({
      path: [...path, "delay"],
      found: "missing",
      expected: "a duration such as `50 ms`, a distribution, or a preset",
    });
    return undefined;
  }
  const bandwidth = link.bandwidth ?? preset.bandwidth ?? "unlimited";
  const queueLimit = link.queueLimit ?? preset.queueLimit ?? "unlimited";
  if (queueLimit !== "unlimited" && bandwidth === "unlimited") {
    report({
      path: [...path, "queueLimit"],
      found: "a queue limit without a bandwidth",
      expected: "a bandwidth: without one nothing waits",
    });
    return undefined;
  }
  return {
    delay,
    ...(bandwidth === "unlimited" ? {} : { bandwidth }),
    ...(queueLimit === "unlimited" ? {} : { queueLimit }),
    loss: link.loss ?? preset.loss ?? NOTHING_SAID.loss,
    duplication: link.duplication ?? preset.duplication ?? 0,
    corruption: link.corruption ?? preset.corruption ?? 0,
    reorder: link.reorder ?? preset.reorder ?? false,
  };
}

/** Whoever opens a channel needs a link there and one back. */
export function checkJoined(
  references: readonly Reference[],
  { joined, complete }: ResolvedLinks,
  report: Report,
): void {
  if (!complete) return;
  const told = new Set<string>();
  for (const { from, to, names, path } of references) {
    if (joined.has(`${from}>${to}`) && joined.has(`${to}>${from}`)) continue;
    const key = JSON.stringify(path);
    if (told.has(key)) continue;
    told.add(key);
    const [first, second] = joined.has(`${from}>${to}`) ? [to, from] : [from, to];
    report({
      path,
      found: `no link from \`${first}\` to \`${second}\``,
      expected: "a link each way between nodes that talk",
      suggestion: `add \`- between: [${names.join(", ")}]\` to links`,
    });
  }
}
