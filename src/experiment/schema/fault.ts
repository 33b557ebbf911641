/**
 * Faults: a verb with what it is done to, and when.
 *
 *     - cut: { between: [sensor, broker] }     # both ways; { from: …, to: … } is one way
 *       at: 10 s                               # or a list of instants
 *       lasting: 5 s                           # then it is undone: mended
 *     - crash: { node: broker, power: true }   # `crash: broker` is short for { node: broker }
 *       every: 60 s                            # at start, start + every, …
 *       start: 30 s                            # default: every
 *       until: 10 min                          # default: the horizon
 *       lasting: 2 s                           # then it restarts
 *     - crash: { node: broker, disk: true }    # the power fails and the disk comes back empty
 *       at: 45 s
 *     - stop: { node: broker, limit: 1 min }   # asked to end in good order, killed after that (default 30 s)
 *       at: 50 s
 *       lasting: 2 min                         # then it restarts
 *     - pause: screen
 *       every: 2 min                           # on average: a Poisson process from start (default 0 s) to until
 *       arrival: poisson
 *       until: 10 min
 *       lasting: 1 s
 *       when: qos > 0                          # only in cells of which this is true
 */
import { z } from "zod";
import { didYouMean, record, type Refusal, scalar } from "./field.js";
import { nodeName, pairOfNodes } from "./link.js";
import { DURATION_FORM, readBoolean, readChoice, readDuration } from "./scalar.js";
import { nearest } from "../nearest-name.js";
import { oneOf } from "../diagnostic.js";

export const LINK_VERBS = ["cut", "mend", "hold", "release"] as const;
export const NODE_VERBS = ["crash", "stop", "restart", "pause", "resume", "skew"] as const;
export const FAULT_VERBS = [...LINK_VERBS, "reset", ...NODE_VERBS] as const;

export type FaultVerb = (typeof FAULT_VERBS)[number];

/** What a verb is done to, as far as it was said. */
export interface GivenObject {
  readonly between?: readonly [string, string] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly node?: string | undefined;
  readonly power?: boolean | undefined;
  readonly disk?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export interface GivenTiming {
  readonly at?: readonly number[] | undefined;
  readonly every?: number | undefined;
  readonly start?: number | undefined;
  readonly until?: number | undefined;
  readonly arrival?: string | undefined;
  readonly lasting?: number | undefined;
}

export type GivenFault = GivenTiming & { readonly [verb in FaultVerb]?: GivenObject | undefined };

export function instant(description: string): z.ZodType<number> {
  return scalar((value) => readDuration(value), [DURATION_FORM], description);
}

export function positiveDuration(description: string): z.ZodType<number> {
  return scalar((value) => readDuration(value, { min: 1 }), [DURATION_FORM], description);
}

const LINK_OBJECT: z.ZodType<GivenObject> = record(
  {
    between: pairOfNodes("Both ways between two nodes.").optional(),
    from: nodeName("One way: from this node.").optional(),
    to: nodeName("One way: to this node.").optional(),
  },
  "a record with between, or with from and to",
);

const RESET_OBJECT: z.ZodType<GivenObject> = record(
  { between: pairOfNodes("The nodes whose connections are reset.") },
  "a record with between",
);

const node = nodeName("The node, or a group of nodes.");
const short = <Object extends z.ZodType<GivenObject>>(object: Object): z.ZodType<GivenObject> =>
  z
    .preprocess((value) => (typeof value === "string" ? { node: value } : value), object)
    .meta({
      anyOf: [{ type: "string" }],
    }) as unknown as z.ZodType<GivenObject>;

const NODE_OBJECT = record({ node }, "the name of a node");
const CRASH_OBJECT = record(
  {
    node,
    power: scalar(
      readBoolean,
      [{ type: "boolean" }],
      "The power fails: the operating system dies too, and with it its connections.",
      false,
    ).optional(),
    disk: scalar(
      readBoolean,
      [{ type: "boolean" }],
      "The power fails, and with it goes the disk: the node restarts with an empty one.",
      false,
    ).optional(),
  },
  "the name of a node",
);
const STOP_OBJECT = record(
  {
    node,
    limit: scalar(
      (value) => readDuration(value, { min: 1 }),
      [DURATION_FORM],
      "The program is killed if it still runs after this.",
      "30 s",
    ).optional(),
  },
  "the name of a node",
);
const SKEW_OBJECT = record(
  {
    node,
    offset: scalar(
      (value) => readDuration(value, { signed: true }),
      [DURATION_FORM],
      "By how much the clock jumps.",
    ),
  },
  "a record with node and offset",
);

const OBJECTS: Readonly<Record<FaultVerb, readonly [z.ZodType<GivenObject>, string]>> = {
  cut: [LINK_OBJECT, "Packets on the link are dropped from now on."],
  mend: [LINK_OBJECT, "Ends a cut."],
  hold: [LINK_OBJECT, "Packets wait on the link."],
  release: [LINK_OBJECT, "Ends a hold: what waited goes on, in order."],
  reset: [RESET_OBJECT, "Both ends see their connections end; unacknowledged bytes are gone."],
  crash: [short(CRASH_OBJECT), "The program dies; what it had in memory is lost."],
  stop: [short(STOP_OBJECT), "The program is asked to end, and does so in good order if it has one."],
  restart: [short(NODE_OBJECT), "A program that crashed or was stopped starts again."],
  pause: [short(NODE_OBJECT), "The program takes no inputs and loses none."],
  resume: [short(NODE_OBJECT), "Ends a pause."],
  skew: [SKEW_OBJECT, "The node's wall clock jumps."],
};

const instants: z.ZodType<readonly number[]> = z
  .preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(instant("An instant.")).min(1, { error: "at least one instant" }),
  )
  .meta({ description: "When: an instant, or a list of them." });

const timing = {
  at: instants.optional(),
  every: positiveDuration("Again and again, so far apart; with `arrival: poisson` on average.").optional(),
  start: instant(
    "First time (default: `every`); with `arrival: poisson` the earliest (default: 0 s).",
  ).optional(),
  until: instant("Not later than this. Default: the horizon.").optional(),
  arrival: scalar(
    (value) => readChoice(value, ["fixed", "poisson"]) as string | Refusal,
    [{ enum: ["fixed", "poisson"] }],
    "Whether `every` is exact or a mean.",
    "fixed",
  ).optional(),
  lasting: positiveDuration("How long until it is undone. Left out: never.").optional(),
};

const verbs = Object.fromEntries(
  FAULT_VERBS.map((verb) => {
    const [object, summary] = OBJECTS[verb];
    return [verb, object.optional().meta({ description: summary })] as const;
  }),
) as unknown as Readonly<Record<FaultVerb, z.ZodType<GivenObject | undefined>>>;

/** Taken off before an entry is read. */
export const PRESENCE: z.ZodType<unknown> = z
  .unknown()
  .optional()
  .meta({ type: "string", description: "Only in cells of which this is true: a condition over factors." });

const WHAT = `a fault: a verb (${FAULT_VERBS.join(", ")}) and when`;

export const FAULT_SCHEMA: z.ZodType<GivenFault> = record(
  { ...verbs, ...timing, when: PRESENCE },
  WHAT,
) as unknown as z.ZodType<GivenFault>;

/** What to say of a fault without a verb. */
export function verbMissing(keys: readonly string[]): {
  readonly expected: string;
  readonly suggestion?: string;
} {
  const near = keys.map((key) => nearest(key, FAULT_VERBS)).find((verb) => verb !== undefined);
  return { expected: oneOf(FAULT_VERBS), ...(near === undefined ? {} : { suggestion: didYouMean(near) }) };
}
