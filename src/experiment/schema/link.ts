/**
 * Links:
 *
 *     - between: [sensor, broker]       # both ways, the same each way
 *       delay: uniform(45 ms, 55 ms)
 *       loss: 10 %
 *     - from: broker                    # one way
 *       to: screen
 *       preset: lte
 *
 * A name may be that of a group of nodes: the link is then made for each of its members.
 */
import { z } from "zod";
import type { Distribution } from "../../kernel/index.js";
import type { LossSpec } from "../../network/index.js";
import { DISTRIBUTION_FORMS, readDistribution, type ReadDelays } from "./distribution.js";
import { list, published, record, Refusal, scalar } from "./field.js";
import { LOSS_FORMS, lossSchema, probability } from "./loss.js";
import { RATE_FORM, readBoolean, readChoice, readRate, readSize, readText, SIZE_FORM } from "./scalar.js";

/** What a link does to packets, as far as it was said; a preset fills in the rest. */
export interface GivenLink {
  readonly between?: readonly [string, string] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly pairing?: string | undefined;
  readonly preset?: string | undefined;
  readonly delay?: Distribution | undefined;
  readonly bandwidth?: number | "unlimited" | undefined;
  readonly queueLimit?: number | "unlimited" | undefined;
  readonly loss?: LossSpec | undefined;
  readonly duplication?: number | undefined;
  readonly corruption?: number | undefined;
  readonly reorder?: boolean | undefined;
}

export function nodeName(description: string): z.ZodType<string> {
  return scalar(
    (value) => readText(value, { help: "the name of a node" }),
    [{ type: "string" }],
    description,
  );
}

export function distribution(description: string, delays: ReadDelays): z.ZodType<Distribution> {
  return scalar((value) => readDistribution(value, delays), DISTRIBUTION_FORMS, description);
}

/** Two names of nodes. */
export function pairOfNodes(description: string): z.ZodType<readonly [string, string]> {
  const what = "a list of two nodes, such as [sensor, broker]";
  return list(nodeName("A node."), what, description).transform((names, context) => {
    const [first, second, third] = names;
    if (first !== undefined && second !== undefined && third === undefined) return [first, second] as const;
    context.addIssue({ code: "custom", message: what });
    return z.NEVER;
  });
}

/** Dispatches on the value: `loss` has forms that differ by their key. */
const loss: z.ZodType<LossSpec> = published(
  z.unknown().transform((value, context): LossSpec => {
    const result = lossSchema(value).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  }),
  LOSS_FORMS,
);

const orUnlimited = <Result>(convert: (value: unknown) => Result | Refusal) => {
  return (value: unknown): Result | "unlimited" | Refusal => {
    if (value === "unlimited") return "unlimited";
    const result = convert(value);
    if (!(result instanceof Refusal)) return result;
    return new Refusal(`${result.expected}, or \`unlimited\``, result.suggestion, result.found);
  };
};

export function linkSchema(delays: ReadDelays, presets: readonly string[]): z.ZodType<GivenLink> {
  const shape = {
    between: pairOfNodes("The two ends of a link that is the same both ways.").optional(),
    from: nodeName("Where a one-way link begins.").optional(),
    to: nodeName("Where a one-way link ends.").optional(),
    pairing: scalar(
      (value) => readChoice(value, ["all", "one-to-one"]) as string | Refusal,
      [{ enum: ["all", "one-to-one"] }],
      "How the members of two groups are linked: each with each, or the first with the first and so on.",
      "all",
    ).optional(),
    preset: scalar(
      (value) => readChoice(value, presets) as string | Refusal,
      [{ enum: [...presets] }],
      "A kind of link by name; what is said beside it takes precedence.",
    ).optional(),
    delay: distribution("How long a packet travels. Needed unless a preset says it.", delays).optional(),
    bandwidth: scalar(
      orUnlimited(readRate),
      [RATE_FORM, { const: "unlimited" }],
      "Default: unlimited.",
    ).optional(),
    queueLimit: scalar(
      orUnlimited(readSize),
      [SIZE_FORM, { const: "unlimited" }],
      "Bytes that may wait to be put on the link; more are dropped from the tail. Default: unlimited.",
    ).optional(),
    loss: loss.optional(),
    duplication: probability("Probability that a packet arrives twice.", 0).optional(),
    corruption: probability("Probability that a packet arrives damaged and is thrown away.", 0).optional(),
    reorder: scalar(
      readBoolean,
      [{ type: "boolean" }],
      "Packets may overtake each other; otherwise they arrive in order, jitter included.",
      false,
    ).optional(),
  };
  return record(shape, "a link: a record with between or from and to, and delay");
}
