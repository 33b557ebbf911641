/** Options as a scenario has them: what is given, and for everything else the defaults of its description. */
import type { OptionDescription, OptionValue, OptionValues } from "../src/model/index.js";

/** Nested records and lists are completed too. */
export function completeOptions(
  descriptions: readonly OptionDescription[],
  given: OptionValues,
): OptionValues {
  const values: Record<string, OptionValue> = { ...given };
  for (const description of descriptions) {
    const value = values[description.name] ?? description.default;
    if (value !== undefined) values[description.name] = completeValue(description, value);
  }
  return values;
}

function completeValue(description: OptionDescription, value: OptionValue): OptionValue {
  if (description.kind === "record") return completeOptions(description.fields, value as OptionValues);
  if (description.kind !== "list") return value;
  return (value as readonly OptionValue[]).map((each) => completeValue(description.of, each));
}
