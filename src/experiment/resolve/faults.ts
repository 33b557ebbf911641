/** Faults: groups spelled out and instants made of their timing, in the order of the file. */
import { SECOND } from "../../kernel/index.js";
import type { FaultSpec, FaultTiming } from "../../network/index.js";
import { foundInWords, type Path } from "../diagnostic.js";
import { NotKnown, type Report } from "../expression/template.js";
import { durationInWords } from "../schema/scalar.js";
import { read } from "../schema/field.js";
import {
  FAULT_VERBS,
  type FaultVerb,
  type GivenFault,
  type GivenObject,
  type GivenTiming,
  verbMissing,
} from "../schema/fault.js";
import { type CellContext, type Groups, membersNamed } from "./cell-context.js";
import { ends, type ResolvedLinks } from "./links.js";
import { present } from "./presence.js";

/** Verbs that `lasting` can undo. */
const UNDONE: readonly FaultVerb[] = ["cut", "hold", "crash", "stop", "pause", "skew"];

/** What orchestrators grant a process that they ask to end (terminationGracePeriodSeconds of Kubernetes). */
const STOP_LIMIT = 30 * SECOND;

/** What a fault does, without when. */
type Deed = FaultSpec extends infer Fault
  ? Fault extends FaultSpec
    ? Omit<Fault, "when" | "lasting">
    : never
  : never;

export function resolveFaults(
  given: unknown,
  groups: Groups,
  links: ResolvedLinks,
  horizon: number | undefined,
  context: CellContext,
): readonly FaultSpec[] {
  if (given === undefined || given instanceof NotKnown) return [];
  if (!Array.isArray(given)) {
    context.report({ path: ["faults"], found: foundInWords(given), expected: "a list of faults" });
    return [];
  }
  return given.flatMap((value: unknown, index) => {
    const path = ["faults", index];
    const here = present(value, path, context.report);
    if (here === undefined) return [];
    const fault = read(context.schema.fault, here, path, context.report);
    return fault === undefined ? [] : resolveFault(fault, path, groups, links, horizon, context.report);
  });
}

function resolveFault(
  fault: GivenFault,
  path: Path,
  groups: Groups,
  links: ResolvedLinks,
  horizon: number | undefined,
  report: Report,
): readonly FaultSpec[] {
  const verbs = FAULT_VERBS.filter((verb) => fault[verb] !== undefined);
  const [verb] = verbs;
  if (verb === undefined || verbs.length > 1) {
    const found = verb === undefined ? "no verb" : `${verbs.length} verbs`;
    report({ path, found, ...verbMissing(Object.keys(fault)) });
    return [];
  }
  const timings = resolveTiming(fault, horizon, path, report);
  const deeds = resolveDeeds(verb, fault[verb] as GivenObject, [...path, verb], groups, links, report);
  if (fault.lasting !== undefined && !UNDONE.includes(verb)) {
    const found = `\`lasting\` of ${verb}, which has nothing to undo`;
    report({ path: [...path, "lasting"], found, expected: `no lasting; ${UNDONE.join(", ")} have one` });
    return [];
  }
  const lasting = fault.lasting === undefined ? {} : { lasting: fault.lasting };
  return timings.flatMap((when) => deeds.map((deed) => ({ when, ...lasting, ...deed }) as FaultSpec));
}

function resolveDeeds(
  verb: FaultVerb,
  object: GivenObject,
  path: Path,
  groups: Groups,
  links: ResolvedLinks,
  report: Report,
): readonly Deed[] {
  switch (verb) {
    case "cut":
    case "mend":
    case "hold":
    case "release":
      return joinedPairs(object, path, groups, links, report).map(([from, to]) => {
        return { verb, from, to, bothWays: object.between !== undefined };
      });
    case "reset":
      return joinedPairs(object, path, groups, links, report).map((between) => ({ verb, between }));
    case "crash":
    case "stop":
    case "restart":
    case "pause":
    case "resume":
    case "skew": {
      const nodes = membersNamed(object.node ?? "", groups, [...path, "node"], report) ?? [];
      return nodes.map((node): Deed => {
        if (verb === "crash") {
          const lost = object.disk === true ? { disk: true } : {};
          return { verb, node, power: object.power ?? object.disk ?? false, ...lost };
        }
        if (verb === "stop") return { verb, node, limit: object.limit ?? STOP_LIMIT };
        return verb === "skew" ? { verb, node, offset: object.offset ?? 0 } : { verb, node };
      });
    }
  }
}

/** Pairs that a link joins; of both ways the first. Between groups, those pairs that are joined. */
function joinedPairs(
  object: GivenObject,
  path: Path,
  groups: Groups,
  { joined, complete }: ResolvedLinks,
  report: Report,
): readonly (readonly [string, string])[] {
  const all = ends(object, groups, path, report);
  if (all === undefined || !complete) return [];
  const oneWay = object.between === undefined ? all : all.filter((_, index) => index % 2 === 0);
  const pairs = oneWay.filter(
    ([from, to]) =>
      joined.has(`${from}>${to}`) || (object.between !== undefined && joined.has(`${to}>${from}`)),
  );
  if (pairs.length === 0 && oneWay[0] !== undefined) {
    const [from, to] = oneWay[0];
    report({
      path,
      found: `no link from \`${from}\` to \`${to}\``,
      expected: "a link that the experiment has",
    });
  }
  return pairs;
}

function resolveTiming(
  { at, every, start, until, arrival, lasting }: GivenTiming,
  horizon: number | undefined,
  path: Path,
  report: Report,
): readonly FaultTiming[] {
  const refuse = (key: string | undefined, found: string, expected: string): [] => {
    report({ path: key === undefined ? path : [...path, key], found, expected });
    return [];
  };
  if ((at === undefined) === (every === undefined)) {
    return refuse(
      undefined,
      at === undefined ? "no instant" : "both `at` and `every`",
      "either at: 10 s, or every: 60 s",
    );
  }
  if (at !== undefined) {
    const beside = { start, until, arrival };
    const extra = Object.entries(beside).find(([, value]) => value !== undefined)?.[0];
    if (extra !== undefined) return refuse(extra, `\`${extra}\` beside \`at\``, "`every` instead of `at`");
    const late = at.find((instant) => horizon !== undefined && instant > horizon);
    if (late !== undefined)
      return refuse(
        "at",
        `found ${durationInWords(late)}`,
        `an instant before the horizon, ${durationInWords(horizon ?? 0)}`,
      );
    return at.map((instant) => ({ kind: "at", at: instant }));
  }
  const end = until ?? horizon;
  const gap = every as number;
  if (end === undefined) return refuse("until", "missing", "an instant, unless the experiment has a horizon");
  const first = start ?? (arrival === "poisson" ? 0 : gap);
  if (first > end)
    return refuse(
      "until",
      `found ${durationInWords(end)}`,
      `not before the start, ${durationInWords(first)}`,
    );
  if (arrival === "poisson") return [{ kind: "random", meanEvery: gap, from: first, until: end }];
  if (lasting !== undefined && lasting >= gap)
    return refuse(
      "lasting",
      `found ${durationInWords(lasting)}`,
      `less than \`every\`, ${durationInWords(gap)}`,
    );
  return [{ kind: "periodic", first, every: gap, until: end }];
}
