/**
 * What a model says about itself, as plain data. The schema of experiment files, its JSON Schema, the
 * model's page and `onceover list` are made from it.
 */

/** A value as it stands in a resolved scenario: durations in nanoseconds, sizes in bytes, rates in bit/s. */
export type OptionValue =
  number | string | boolean | readonly OptionValue[] | { readonly [key: string]: OptionValue };

export type OptionValues = { readonly [key: string]: OptionValue };

interface OptionCommon {
  /** camelCase, the field's own word. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Left out: the option must be given, unless `optional`. In resolved form (nanoseconds, bytes, 0..1). */
  readonly default?: OptionValue;
  /** Where the default comes from (a clause, a vendor's page). */
  readonly source?: string;
  /** May be absent altogether. */
  readonly optional?: boolean;
}

export type OptionDescription = OptionCommon &
  (
    | {
        readonly kind: "duration";
        readonly min?: number;
        readonly max?: number;
        /** `never` is allowed and becomes `NEVER`. */
        readonly never?: boolean;
      }
    | { readonly kind: "size"; readonly min?: number; readonly max?: number }
    | { readonly kind: "rate"; readonly min?: number }
    | { readonly kind: "count"; readonly min?: number; readonly max?: number; readonly unlimited?: boolean }
    | { readonly kind: "number"; readonly min?: number; readonly max?: number }
    | { readonly kind: "probability" }
    | { readonly kind: "boolean" }
    | { readonly kind: "text"; readonly pattern?: string; readonly patternHelp?: string }
    | { readonly kind: "choice"; readonly choices: readonly (string | number)[] }
    /** The name of a node, of a given role when `role` is said. */
    | { readonly kind: "node"; readonly role?: string }
    | { readonly kind: "distribution" }
    | { readonly kind: "list"; readonly of: OptionDescription }
    | { readonly kind: "record"; readonly fields: readonly OptionDescription[] }
  );

/** Why an option cannot have its value, given the others. */
export interface OptionRefusal {
  readonly option: string;
  /** In words: what stands there beside what. */
  readonly found: string;
  readonly expected: string;
}

export interface MetricDescription {
  /** snake_case, beginning with the model's name. */
  readonly name: string;
  readonly unit: string;
  readonly summary: string;
  /** How the values of several nodes make the run's value. */
  readonly over: "sum" | "max";
}

/** Something the workload can make a program do, such as `publish`. */
export interface ActivityDescription {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionDescription[];
}

/** A value that a profile gives to an option, and where it is from (a vendor's page, a source file). */
export interface ProfileValue {
  readonly option: string;
  /** As it stands in a resolved scenario. */
  readonly value: OptionValue;
  readonly source: string;
}

/** What a product makes of a role: values for some of its options, to be used instead of the defaults. */
export interface ProfileDescription {
  /** The product and its version, such as `broker-2.0`. */
  readonly name: string;
  readonly summary: string;
  readonly values: readonly ProfileValue[];
}

export interface RoleDescription {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionDescription[];
  /** Products that a node of this role can be told to be like. Absent: none. */
  readonly profiles?: readonly ProfileDescription[];
  readonly activities: readonly ActivityDescription[];
  /** Metrics that programs of this role report at the end. */
  readonly metrics: readonly MetricDescription[];
  /** Values that can be sampled over time. */
  readonly gauges: readonly MetricDescription[];
}
