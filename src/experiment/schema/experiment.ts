/**
 * The schema of experiment files, made from what the registered models say about themselves. It both checks files
 * (section by section, so that one mistake does not hide another) and is published as JSON Schema.
 */
import { z } from "zod";
import type { Distribution } from "../../kernel/index.js";
import type { RegisteredRole, Registry } from "../../scenario/index.js";
import type { ReadDelays } from "./distribution.js";
import { FAULT_SCHEMA, type GivenFault, instant, positiveDuration, PRESENCE } from "./fault.js";
import { list, record, Refusal, scalar } from "./field.js";
import { distribution, type GivenLink, linkSchema, nodeName } from "./link.js";
import { optionShape } from "./option.js";
import {
  DURATION_FORM,
  PERCENTAGE_FORM,
  readBoolean,
  readDuration,
  readFraction,
  readNumber,
  readText,
} from "./scalar.js";
import { choice, text, whole } from "./scalar-field.js";
import { TRANSPORT_FORMS } from "./transport.js";
import { activitySchema, type GivenActivity } from "./workload.js";

export const NODES_MAX = 1_000_000;
export const RUNS_MAX = 1_000_000;
export const NODE_NAME = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
export const NODE_NAME_HELP = "a name of letters, digits, - and _ that begins with a letter";

/** What every node has beside the options of its role. */
export interface GivenNode {
  readonly role: string;
  readonly count?: number;
  readonly cpu?: { readonly cores: number; readonly service: Distribution };
  readonly clock?: { readonly offset: number; readonly drift: number };
  readonly transport?: unknown;
  readonly [option: string]: unknown;
}

export interface GivenExpectation {
  readonly claim?: string | undefined;
  readonly that?: string | undefined;
  readonly when?: string | undefined;
  readonly is?: string | undefined;
  readonly scope?: string | undefined;
}

export interface GivenPlot {
  readonly title?: string | undefined;
  readonly x: string;
  readonly y: string;
  readonly color?: string | undefined;
  readonly facet?: string | undefined;
  readonly scale?: string | undefined;
}

export type GivenReplications =
  | number
  | {
      readonly until: number;
      readonly of: string;
      readonly max: number;
      readonly batch?: number | undefined;
    };

export const NAME: z.ZodType<string> = text(
  "The file's name without its ending.",
  "a name of small letters, digits and -",
  "^[a-z0-9]+(-[a-z0-9]+)*$",
);
export const QUESTION: z.ZodType<string> = text("What the experiment asks, in a sentence.");

export const SEED: z.ZodType<string> = scalar(
  (value): string | Refusal => {
    const expected = "a whole number from 0 to 9007199254740991, or a text";
    if (typeof value === "number") {
      return Number.isSafeInteger(value) && value >= 0
        ? String(value)
        : new Refusal(expected, "quote it if it is a text");
    }
    return readText(value, { pattern: "^[ -~]{1,200}$", help: `${expected} of 1 to 200 ASCII characters` });
  },
  [{ type: "integer", minimum: 0 }, { type: "string" }],
  "The root of all chance.",
  1,
);

const UNTIL = record(
  {
    until: scalar(
      readPrecision,
      [PERCENTAGE_FORM],
      "Half the width of the 95 % confidence interval, as a share of the mean.",
    ),
    of: text("The metric whose mean is to be known.", "the name of a metric"),
    max: whole(2, RUNS_MAX, "At most so many replications."),
    batch: whole(2, 10_000, "Replications added at a time.", 10).optional(),
  },
  "a whole number, or a record with until, of and max",
);
const FIXED = whole(1, RUNS_MAX, "How often each cell is run, each time with other chance.", 1);

export const REPLICATIONS: z.ZodType = z.union([FIXED, UNTIL]);

export function replicationsSchema(value: unknown): z.ZodType<GivenReplications> {
  const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
  return isRecord ? UNTIL : FIXED;
}

function readPrecision(value: unknown): number | Refusal {
  const expected = "a percentage above zero, such as 2 %";
  const fraction = readFraction(value, expected);
  if (fraction instanceof Refusal) return fraction;
  return fraction > 0 && fraction < 1 ? fraction : new Refusal(expected);
}

const DERIVED = record(
  {
    name: text(
      "How the metric is called in the results.",
      "a name such as `waste`",
      "^[a-z][a-z0-9_]{0,63}$",
    ),
    expression: text("How it is computed from other metrics of the same run.", "an expression"),
  },
  "the name of a metric, or a record with name and expression",
);
const METRIC_NAME = text(
  "A metric by its name.",
  "the name of a metric, or a record with name and expression",
);

export const METRIC_FORMS: z.ZodType = z.union([METRIC_NAME, DERIVED]);

export type GivenMetric = string | { readonly name: string; readonly expression: string };

export function metricSchema(value: unknown): z.ZodType<GivenMetric> {
  return value !== null && typeof value === "object" ? DERIVED : METRIC_NAME;
}

export const EXPECTATION: z.ZodType<GivenExpectation> = record(
  {
    claim: text("A guarantee, such as at-least-once.", "the name of a claim").optional(),
    that: text(
      "A condition over metrics and factors, such as delivered_ratio > 0.99.",
      "a condition",
    ).optional(),
    when: text("Only in cells of which this is true: a condition over factors.", "a condition").optional(),
    is: choice(["holds", "violated", "unknown"], "What is expected of it.", "holds").optional(),
    scope: choice(
      ["cell", "run"],
      "Whether the runs of a cell are judged together (a claim: violated if it is in any run; a condition: over the " +
        "means of the metrics) or each by itself.",
      "cell",
    ).optional(),
  },
  "a record with claim or that",
);

export const PLOT: z.ZodType<GivenPlot> = record(
  {
    title: text("Above the plot.").optional(),
    x: text("The factor (or metric) along the horizontal axis.", "a factor or metric"),
    y: text("The metric along the vertical axis.", "a metric"),
    color: text("The factor that colours tell apart.", "a factor").optional(),
    facet: text("The factor that has a panel for each value.", "a factor").optional(),
    scale: choice(["linear", "log"], "Of the vertical axis.", "linear").optional(),
  },
  "a record with x and y",
);

export const SERIES: z.ZodType<{ readonly every: number; readonly of: readonly string[] }> = record(
  {
    every: positiveDuration("Time between samples."),
    of: list(text("A gauge.", "the name of a gauge"), "a list of gauges", "What is sampled."),
  },
  "a record with every and of",
);

export const WARMUP: z.ZodType<number> = instant(
  "What is published before does not count in the metrics. Default: 0 s.",
);
export const DRAIN: z.ZodType<number> = instant(
  "How long a run goes on after the workload's last operation and the last fault. Default: 60 s.",
);
export const HORIZON: z.ZodType<number> = positiveDuration(
  "The instant at which a run ends, instead of `drain`.",
);
export const MESSAGES: z.ZodType<boolean> = scalar(
  readBoolean,
  [{ type: "boolean" }],
  "Keep a row for every message and recipient.",
  false,
);
export const EVENTS_MAX: z.ZodType<number> = whole(
  1,
  undefined,
  "A run with more events is ended as a fault.",
);

const FACTOR_VALUE: z.ZodType = z.union([z.string(), z.number(), z.boolean()]);

/** Everything that may stand at the top of a file. */
export const SECTIONS: readonly string[] = [
  "name",
  "question",
  "factors",
  "replications",
  "seed",
  "transport",
  "nodes",
  "links",
  "workload",
  "faults",
  "warmup",
  "drain",
  "horizon",
  "eventsMax",
  "metrics",
  "series",
  "messages",
  "expect",
  "plots",
  "models",
];

/** The schemas that depend on the registered models. */
export class ExperimentSchema {
  readonly registry: Registry;
  readonly link: z.ZodType<GivenLink>;
  readonly fault: z.ZodType<GivenFault> = FAULT_SCHEMA;
  readonly #delays: ReadDelays;
  readonly #roles = new Map<string, z.ZodType<GivenNode>>();
  readonly #activities = new Map<string, z.ZodType<GivenActivity>>();

  constructor(registry: Registry, presets: readonly string[], delays: ReadDelays) {
    this.registry = registry;
    this.#delays = delays;
    this.link = linkSchema(delays, presets);
  }

  /** A node of `role`. */
  node(role: RegisteredRole): z.ZodType<GivenNode> {
    const known = this.#roles.get(role.name) ?? this.#node(role);
    this.#roles.set(role.name, known);
    return known;
  }

  /** What follows the name of an activity. */
  activity(role: RegisteredRole, name: string): z.ZodType<GivenActivity> | undefined {
    const description = role.role.activities.find((activity) => activity.name === name);
    if (description === undefined) return undefined;
    const key = `${role.name} ${name}`;
    const known = this.#activities.get(key) ?? activitySchema(description, this.#delays);
    this.#activities.set(key, known);
    return known;
  }

  /** The whole file, for editors. */
  get root(): z.ZodType {
    const factors = z.record(z.string(), z.array(FACTOR_VALUE).min(1)).optional();
    const nodes = z.record(z.string().regex(new RegExp(NODE_NAME)), this.#anyNode());
    return record(
      {
        name: NAME,
        question: QUESTION.optional(),
        factors: factors.meta({ description: "What is varied: a name and the list of its values." }),
        replications: REPLICATIONS.optional(),
        seed: SEED.optional(),
        transport: TRANSPORT_FORMS.optional(),
        nodes: nodes.meta({ description: "Who takes part, by name." }),
        links: list(this.link, "a list of links", "What joins the nodes.").optional(),
        workload: list(
          this.#anyActivity(),
          "a list of activities",
          "What the nodes are made to do.",
        ).optional(),
        faults: list(this.fault, "a list of faults", "What goes wrong, and when.").optional(),
        warmup: WARMUP.optional(),
        drain: DRAIN.optional(),
        horizon: HORIZON.optional(),
        eventsMax: EVENTS_MAX.optional(),
        metrics: list(METRIC_FORMS, "a list of metrics", "What is reported.").optional(),
        series: SERIES.optional(),
        messages: MESSAGES.optional(),
        expect: list(EXPECTATION, "a list of expectations", "What must come out.").optional(),
        plots: list(PLOT, "a list of plots", "What is drawn against what.").optional(),
        models: list(
          text("A program beside the experiment.", "a file"),
          "a list of files",
          "Models of your own.",
        ).optional(),
      },
      "an experiment",
    );
  }

  #node(registered: RegisteredRole): z.ZodType<GivenNode> {
    const { role, name } = registered;
    return record(
      { role: z.literal(name), ...this.#common(), ...optionShape(role.options, this.#delays) },
      `a node: a record with role`,
      role.summary,
    ) as unknown as z.ZodType<GivenNode>;
  }

  #common(): Record<string, z.ZodType> {
    const cpu = record(
      {
        cores: whole(1, 1024, "Inputs that are worked on at a time.", 1)
          .optional()
          .transform((cores) => cores ?? 1),
        service: distribution("How long one input takes.", this.#delays),
      },
      "a record with cores and service",
      "The processor. Left out: it takes no time.",
    );
    const clock = record(
      {
        offset: scalar(
          (value) => readDuration(value, { signed: true }),
          [DURATION_FORM],
          "How far the wall clock is ahead.",
          "0 s",
        )
          .optional()
          .transform((offset) => offset ?? 0),
        drift: scalar(
          (value) => readNumber(value, { min: -1e6, max: 1e6 }),
          [{ type: "number" }],
          "By how many parts per million it runs fast.",
          0,
        )
          .optional()
          .transform((drift) => drift ?? 0),
      },
      "a record with offset and drift",
      "The wall clock. Left out: it is right.",
    );
    return {
      count: whole(1, NODES_MAX, "Makes a group of so many nodes, called name-1, name-2, …").optional(),
      cpu: cpu.optional(),
      clock: clock.optional(),
      transport: z.unknown().optional(),
    };
  }

  #anyNode(): z.ZodType {
    const forms = this.registry.roles.map((role) => {
      const schema = this.node(role) as unknown as z.ZodObject;
      return schema.extend({ transport: TRANSPORT_FORMS.optional() });
    });
    return z.union(forms);
  }

  #anyActivity(): z.ZodType {
    const forms = this.registry.roles.flatMap((role) =>
      role.role.activities.map((activity) =>
        record(
          {
            node: nodeName("Who does it: a node or a group."),
            when: PRESENCE,
            [activity.name]: activitySchema(activity, this.#delays),
          },
          "an activity",
        ),
      ),
    );
    return z.union(forms);
  }
}
