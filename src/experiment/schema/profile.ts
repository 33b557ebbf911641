/** `profile: NAME` on a node: a product's values take the place of the defaults, and what the file says that of both. */
import type { z } from "zod";
import type { OptionDescription, ProfileDescription } from "../../model/index.js";
import { type Refusal, scalar } from "./field.js";
import { readChoice } from "./scalar.js";

/** The profile that changes nothing. */
export const SPECIFICATION = "spec";

/** The options with the profile's values as their defaults. Throws when the profile names an option that is not there. */
export function profiledOptions(
  options: readonly OptionDescription[],
  { name, values }: ProfileDescription,
): readonly OptionDescription[] {
  const stray = values.find(({ option }) => !options.some((each) => each.name === option));
  if (stray !== undefined)
    throw new Error(`profile ${name} has a value for ${stray.option}, which is no option`);
  return options.map((option) => {
    const given = values.find((value) => value.option === option.name);
    return given === undefined ? option : { ...option, default: given.value, source: given.source };
  });
}

/** The field `profile` of a node, where its role has profiles. */
export function profileField(profiles: readonly ProfileDescription[]): Record<string, z.ZodType> {
  if (profiles.length === 0) return {};
  const choices = [SPECIFICATION, ...profiles.map(({ name }) => name)];
  const summary = profiles.map((profile) => `${profile.name}: ${profile.summary}`).join(" ");
  const field = scalar(
    (value): string | Refusal => readChoice(value, choices) as string | Refusal,
    [{ enum: choices }],
    `The product that the node is like. ${SPECIFICATION}: the defaults. ${summary}`,
    SPECIFICATION,
  );
  return { profile: field.optional() };
}
