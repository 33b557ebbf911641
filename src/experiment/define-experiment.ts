/** Experiments as programs: the same shape as a file of data, with types that editors complete. */

/** A value, or an expression over factors in a text: `"${loss}"`. Quantities are texts: `"50 ms"`, `"5 %"`. */
export type Given<Value> = Value | string;

/** A value that a factor may take. */
export type GivenFactorValue = number | string | boolean;

/** `count`, `cpu`, `clock`, `disk` and `transport` beside the options of the role. */
export interface NodeDefinition {
  readonly role: string;
  readonly count?: Given<number>;
  readonly cpu?: { readonly cores?: Given<number>; readonly service: string };
  readonly clock?: { readonly offset?: string; readonly drift?: Given<number> };
  readonly disk?: {
    readonly write?: string;
    readonly sync?: string;
    readonly bandwidth?: string;
    readonly writeback?: string;
    readonly tearing?: Given<number>;
    readonly capacity?: string;
  };
  readonly transport?: TransportDefinition;
  readonly [option: string]: unknown;
}

export type TransportDefinition = string | { readonly kind: string; readonly [option: string]: unknown };

export interface LinkDefinition {
  readonly between?: readonly [string, string];
  readonly from?: string;
  readonly to?: string;
  readonly pairing?: string;
  readonly preset?: string;
  readonly delay?: string;
  readonly bandwidth?: string;
  readonly queueLimit?: string;
  readonly loss?: Given<number> | { readonly [form: string]: unknown };
  readonly duplication?: Given<number>;
  readonly corruption?: Given<number>;
  readonly reorder?: Given<boolean>;
}

/** `node`, and one activity with its options and its pace. */
export interface ActivityDefinition {
  readonly node: string;
  readonly [activity: string]: unknown;
}

/** One verb with what it is done to, and `at`, or `every` and `until`. */
export interface FaultDefinition {
  readonly at?: string | readonly string[];
  readonly every?: string;
  readonly start?: string;
  readonly until?: string;
  readonly arrival?: string;
  readonly lasting?: string;
  readonly [verb: string]: unknown;
}

export interface ExpectationDefinition {
  readonly claim?: string;
  readonly that?: string;
  readonly when?: string;
  readonly is?: "holds" | "violated" | "unknown";
  readonly scope?: "cell" | "run";
}

export interface PlotDefinition {
  readonly title?: string;
  readonly x: string;
  readonly y: string;
  readonly color?: string;
  readonly facet?: string;
  /** A condition on the factors: the cells that are drawn. */
  readonly when?: string;
  readonly scale?: "linear" | "log";
}

export interface ExperimentDefinition {
  readonly name: string;
  readonly question?: string;
  readonly factors?: Readonly<Record<string, readonly GivenFactorValue[]>>;
  readonly replications?:
    number | { readonly until: string; readonly of: string; readonly max: number; readonly batch?: number };
  readonly seed?: number | string;
  readonly transport?: TransportDefinition;
  readonly nodes: Readonly<Record<string, NodeDefinition>>;
  readonly links?: readonly LinkDefinition[];
  readonly workload?: readonly ActivityDefinition[];
  readonly faults?: readonly FaultDefinition[];
  readonly warmup?: string;
  readonly drain?: string;
  readonly horizon?: string;
  readonly eventsMax?: Given<number>;
  readonly metrics?: readonly (string | { readonly name: string; readonly expression: string })[];
  readonly series?: { readonly every: string; readonly of: readonly string[] };
  readonly messages?: Given<boolean>;
  readonly expect?: readonly ExpectationDefinition[];
  readonly plots?: readonly PlotDefinition[];
  readonly models?: readonly string[];
}

/**
 * Gives an experiment its type. What it says is checked when the file is loaded, by the schema that also checks
 * YAML.
 */
export function defineExperiment(experiment: ExperimentDefinition): ExperimentDefinition {
  return experiment;
}
