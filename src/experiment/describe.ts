/** What there is to write into an experiment file, as data: for lists and for pages. */
import { CHECKS } from "../guarantees/index.js";
import type { OptionDescription, ProfileDescription } from "../model/index.js";
import { BUILT_IN_METRICS, LOG_METRICS, type RegisteredRole, type Registry } from "../scenario/index.js";
import { defaultInWords, kindInWords, valueInWords } from "./schema/option.js";
import { TCP_OPTIONS } from "./schema/transport.js";

/** An option with everything in words. */
export interface DescribedOption {
  /** `subscribe[].filter` for a field of the records of a list. */
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
  /** As a file would write it. */
  readonly default?: string;
  readonly source?: string;
  /** Must be given. */
  readonly required: boolean;
}

export interface DescribedName {
  readonly name: string;
  readonly unit: string;
  readonly summary: string;
}

/** A product's values for the options of a role. */
export interface DescribedProfile {
  readonly name: string;
  readonly summary: string;
  /** `value` as a file would write it. */
  readonly values: readonly { readonly option: string; readonly value: string; readonly source: string }[];
}

export interface DescribedRole {
  /** `<model>.<role>` */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly DescribedOption[];
  readonly profiles: readonly DescribedProfile[];
  readonly activities: readonly {
    readonly name: string;
    readonly summary: string;
    readonly options: readonly DescribedOption[];
  }[];
  readonly metrics: readonly DescribedName[];
  readonly gauges: readonly DescribedName[];
}

export interface Described {
  readonly roles: readonly DescribedRole[];
  readonly metrics: readonly DescribedName[];
  readonly claims: readonly { readonly name: string; readonly summary: string }[];
  readonly transport: readonly DescribedOption[];
}

export function describe(registry: Registry): Described {
  return {
    roles: registry.roles.map(describeRole),
    metrics: [...BUILT_IN_METRICS, ...LOG_METRICS].map(named),
    claims: CHECKS.map(({ name, summary, allowed }) => ({
      name,
      summary: allowed === undefined ? summary : `${summary} Allowed: ${allowed}`,
    })),
    transport: TCP_OPTIONS.flatMap((option) => describeOption(option, "")),
  };
}

export function describeRole({ name, role }: RegisteredRole): DescribedRole {
  return {
    name,
    summary: role.summary,
    options: role.options.flatMap((option) => describeOption(option, "")),
    profiles: (role.profiles ?? []).map((profile) => describeProfile(profile, role.options)),
    activities: role.activities.map((activity) => ({
      name: activity.name,
      summary: activity.summary,
      options: activity.options.flatMap((option) => describeOption(option, "")),
    })),
    metrics: role.metrics.map(named),
    gauges: role.gauges.map(named),
  };
}

function named({ name, unit, summary }: DescribedName): DescribedName {
  return { name, unit, summary };
}

function describeProfile(
  { name, summary, values }: ProfileDescription,
  options: readonly OptionDescription[],
): DescribedProfile {
  return {
    name,
    summary,
    values: values.map(({ option, value, source }) => {
      const described = options.find((each) => each.name === option);
      const words = described === undefined ? value : valueInWords(described, value);
      return { option, value: typeof words === "string" ? words : JSON.stringify(words), source };
    }),
  };
}

function describeOption(option: OptionDescription, within: string): readonly DescribedOption[] {
  const fallback = defaultInWords(option);
  const described: DescribedOption = {
    name: `${within}${option.name}`,
    kind: kindInWords(option),
    summary: option.summary,
    ...(fallback === undefined
      ? {}
      : { default: typeof fallback === "string" ? fallback : JSON.stringify(fallback) }),
    ...(option.source === undefined ? {} : { source: option.source }),
    required: option.default === undefined && option.optional !== true,
  };
  return [described, ...fieldsOf(option, `${within}${option.name}`)];
}

function fieldsOf(option: OptionDescription, name: string): readonly DescribedOption[] {
  if (option.kind === "list") return fieldsOf(option.of, `${name}[]`);
  if (option.kind !== "record") return [];
  return option.fields.flatMap((field) => describeOption(field, `${name}.`));
}
