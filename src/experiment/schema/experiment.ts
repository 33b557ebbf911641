/**
 * The schema of experiment files, made from what the registered models say about themselves. It both checks files
 * (section by section, so that one mistake does not hide another) and is published as JSON Schema.
 */
import { z } from "zod";
import type { Distribution } from "../../kernel/index.js";
import type { ProfileDescription } from "../../model/index.js";
import type { DiskSpec, RegisteredRole, Registry } from "../../scenario/index.js";
import { diskField } from "./disk.js";
import type { ReadDelays } from "./distribution.js";
import { FAULT_SCHEMA, type GivenFault, PRESENCE } from "./fault.js";
import { list, record, scalar } from "./field.js";
import { distribution, type GivenLink, linkSchema, nodeName } from "./link.js";
import { optionShape } from "./option.js";
import { profiledOptions, profileField } from "./profile.js";
import { DURATION_FORM, readDuration, readNumber } from "./scalar.js";
import {
  DRAIN,
  EVENTS_MAX,
  EXPECTATION,
  HORIZON,
  MESSAGES,
  METRIC_FORMS,
  NAME,
  PLOT,
  QUESTION,
  REPLICATIONS,
  SEED,
  SERIES,
  text,
  WARMUP,
  whole,
} from "./section.js";
import { TRANSPORT_FORMS } from "./transport.js";
import { activitySchema, type GivenActivity } from "./workload.js";

export const NODES_MAX = 1_000_000;
export const NODE_NAME = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
export const NODE_NAME_HELP = "a name of letters, digits, - and _ that begins with a letter";

/** What every node has beside the options of its role. */
export interface GivenNode {
  readonly role: string;
  readonly count?: number;
  readonly cpu?: { readonly cores: number; readonly service: Distribution };
  readonly clock?: { readonly offset: number; readonly drift: number };
  readonly disk?: DiskSpec;
  readonly transport?: unknown;
  readonly profile?: string;
  readonly [option: string]: unknown;
}

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

  /** A node of `role` that is like the product that `profile` names; one that there is not is refused. */
  node(role: RegisteredRole, profile?: unknown): z.ZodType<GivenNode> {
    const chosen = role.role.profiles?.find(({ name }) => name === profile);
    const key = chosen === undefined ? role.name : `${role.name} ${chosen.name}`;
    const known = this.#roles.get(key) ?? this.#node(role, chosen);
    this.#roles.set(key, known);
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

  #node(registered: RegisteredRole, profile: ProfileDescription | undefined): z.ZodType<GivenNode> {
    const { role, name } = registered;
    const options = profile === undefined ? role.options : profiledOptions(role.options, profile);
    return record(
      {
        role: z.literal(name),
        ...profileField(role.profiles ?? []),
        ...this.#common(),
        ...optionShape(options, this.#delays),
      },
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
      disk: diskField(this.#delays).optional(),
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
