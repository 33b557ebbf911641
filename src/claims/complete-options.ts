/** Options of a node as a resolved scenario has them: what is given, and defaults for the rest. */
import type { OptionDescription, OptionValue, OptionValues } from "../model/index.js";

/** Throws when an option is given that is not described. */
export function completeOptions(
  descriptions: readonly OptionDescription[],
  given: OptionValues,
): OptionValues {
  const values: Record<string, OptionValue> = {};
  for (const description of descriptions) {
    const value = given[description.name] ?? description.default;
    if (value !== undefined) values[description.name] = completeValue(description, value);
  }
  const unknown = Object.keys(given).find((name) => !descriptions.some((each) => each.name === name));
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}`);
  return values;
}

function completeValue(description: OptionDescription, value: OptionValue): OptionValue {
  if (description.kind === "record") return completeOptions(description.fields, value as OptionValues);
  if (description.kind !== "list") return value;
  return (value as readonly OptionValue[]).map((each) => completeValue(description.of, each));
}
