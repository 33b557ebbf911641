/**
 * Which packets a link loses:
 *
 *     loss: 10 %
 *     loss: { burst: { loss: 5 %, length: 4 } }         # on average, over bursts of 4 packets
 *     loss: { gilbertElliott: { toBad: 1 %, toGood: 25 %, lossBad: 80 % } }
 *     loss: { every: 10, offset: 3 }                    # packets 3, 13, 23, …, from 0
 *     loss: { drop: [{ name: PUBACK, nth: 2 }] }        # the second packet that carries a PUBACK
 *     loss: { pattern: "0010" }                         # 1 is lost, over and over
 */
import { z } from "zod";
import type { LossSpec } from "../../network/index.js";
import { list, record, Refusal, scalar } from "./field.js";
import { PERCENTAGE_FORM, readCount, readNumber, readProbability, readText } from "./scalar.js";

const PROBABILITY_FORMS = [{ type: "number", minimum: 0, maximum: 1 }, PERCENTAGE_FORM];

export function probability(description: string, fallback?: number): z.ZodType<number> {
  return scalar(readProbability, PROBABILITY_FORMS, description, fallback);
}

const SUMMARY =
  "Which packets are lost: a probability, or a record with burst, gilbertElliott, every, drop or pattern.";

const share: z.ZodType<LossSpec> = probability(SUMMARY).transform((value): LossSpec =>
  value === 0 ? { kind: "none" } : { kind: "bernoulli", probability: value },
);

const burstRecord = record(
  {
    loss: probability("Share of packets lost, on average."),
    length: scalar(
      (value) => readNumber(value, { min: 1 }),
      [{ type: "number", minimum: 1 }],
      "Packets in a burst, on average.",
    ),
  },
  "a record with loss and length",
);

const burst: z.ZodType<LossSpec> = record({ burst: burstRecord }, "a loss").transform(
  ({ burst: { loss, length } }, context): LossSpec => {
    const toGood = 1 / length;
    const toBad = (loss * toGood) / (1 - loss);
    if (loss < 1 && toBad <= 1) return { kind: "gilbert-elliott", toBad, toGood, lossGood: 0, lossBad: 1 };
    const longest = "a share that bursts of this length can make: loss / (1 - loss) is at most the length";
    context.addIssue({ code: "custom", path: ["burst", "loss"], message: longest });
    return z.NEVER;
  },
);

const gilbertElliott: z.ZodType<LossSpec> = record(
  {
    gilbertElliott: record(
      {
        toBad: probability("Probability, per packet, to go from the good state to the bad one."),
        toGood: probability("Probability, per packet, to go back."),
        lossGood: probability("Loss in the good state.", 0).optional(),
        lossBad: probability("Loss in the bad state.", 1).optional(),
      },
      "a record with toBad and toGood",
    ),
  },
  "a loss",
).transform(({ gilbertElliott: { toBad, toGood, lossGood = 0, lossBad = 1 } }): LossSpec => {
  return { kind: "gilbert-elliott", toBad, toGood, lossGood, lossBad };
});

const whole = (min: number, description: string, fallback?: number): z.ZodType<number> =>
  scalar((value) => readCount(value, { min }), [{ type: "integer", minimum: min }], description, fallback);

const periodic: z.ZodType<LossSpec> = record(
  {
    every: whole(1, "One packet in so many is lost."),
    offset: whole(0, "The first one lost, counted from 0.", 0).optional(),
  },
  "a loss",
).transform(({ every, offset = 0 }): LossSpec => ({ kind: "periodic", every, offset }));

const drop = record(
  {
    name: scalar(
      (value) => readText(value, { help: "the name of a content, such as PUBACK" }),
      [{ type: "string" }],
      "What the packet carries, such as PUBACK.",
    ),
    nth: whole(1, "Which of those packets, counted from 1.", 1).optional(),
  },
  "a record with name and nth",
);

const scripted: z.ZodType<LossSpec> = record(
  { drop: list(drop, "a list of packets to drop") },
  "a loss",
).transform(({ drop: drops }): LossSpec => ({
  kind: "scripted",
  drops: drops.map(({ name, nth = 1 }) => ({ name, nth })),
}));

const A_PATTERN =
  'a text of 0 and 1, such as "0010", or a list of true and false; at least one packet passes';

const pattern: z.ZodType<LossSpec> = record(
  { pattern: scalar(readPattern, [{ type: "string", pattern: "^[01]+$" }, { type: "array" }], A_PATTERN) },
  "a loss",
).transform((given): LossSpec => ({ kind: "pattern", pattern: given.pattern }));

function readPattern(value: unknown): readonly boolean[] | Refusal {
  const items: readonly unknown[] =
    typeof value === "string" ? [...value] : Array.isArray(value) ? value : [];
  const lost = items.map((item) =>
    item === true || item === 1 || item === "1"
      ? true
      : item === false || item === 0 || item === "0"
        ? false
        : item,
  );
  const known = lost.filter((item) => typeof item === "boolean");
  if (known.length < lost.length || !known.includes(false)) {
    const suggestion = typeof value === "number" ? `quote it: '${value}'` : undefined;
    return new Refusal(A_PATTERN, suggestion);
  }
  return known;
}

const FORMS: Readonly<Record<string, z.ZodType<LossSpec>>> = {
  burst,
  gilbertElliott,
  every: periodic,
  drop: scripted,
  pattern,
};

const unknownForm = record(
  Object.fromEntries(Object.keys(FORMS).map((key) => [key, z.unknown().optional()])),
  "a loss",
).refine((given) => Object.keys(given).length === 1, {
  error: `exactly one of ${Object.keys(FORMS).join(", ")}`,
});

/** The schema of a value that was given, for `read`; it depends on the key that says the kind. */
export function lossSchema(value: unknown): z.ZodType<LossSpec> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return share;
  const key = Object.keys(value).find((name) => Object.hasOwn(FORMS, name));
  const form = key === undefined ? undefined : FORMS[key];
  return form ?? (unknownForm as unknown as z.ZodType<LossSpec>);
}

/** All the forms at once, for editors. */
export const LOSS_FORMS: z.ZodType = z.union([share, ...Object.values(FORMS)]).meta({ description: SUMMARY });
