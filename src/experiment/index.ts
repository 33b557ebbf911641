export {
  defineExperiment,
  type ActivityDefinition,
  type ExpectationDefinition,
  type ExperimentDefinition,
  type FaultDefinition,
  type LinkDefinition,
  type NodeDefinition,
  type PlotDefinition,
  type TransportDefinition,
} from "./define-experiment.js";
export {
  type Described,
  type DescribedName,
  type DescribedOption,
  type DescribedRole,
  describe,
  describeRole,
} from "./describe.js";
export {
  type Diagnostic,
  ExperimentError,
  formatDiagnostic,
  type Path,
  type Position,
  printable,
} from "./diagnostic.js";
export * as markup from "./report/markup.js";
export { canonicalJson, digestOf } from "./digest.js";
export type { Expression } from "./expression/expression.js";
export { jsonSchema } from "./json-schema.js";
export { judgeExpectation, judgeOf, withDerived } from "./judge.js";
export { loadExperiment, registryFor } from "./load-experiment.js";
export { nearest } from "./nearest-name.js";
export * from "./node/index.js";
export type { Overrides } from "./overrides.js";
export type * from "./plan.js";
export { type PlotFile, type Report, renderReport, type ReportInput } from "./report.js";
export {
  clopperPearson,
  clopperPearsonUpper,
  type Interval,
  mean,
  meanInterval,
  quantile,
  standardDeviation,
  studentQuantile,
  wilson,
} from "./statistics.js";
export { nextBatch, type ObservedRun, summarise, summariseMetric } from "./summarise.js";
export type * from "./summary.js";
export { version } from "./version.js";
export { writeReport } from "./write-report.js";
