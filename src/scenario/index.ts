export { type AssembleOptions, type Assembly, type Milestones, assemble } from "./assemble.js";
export type { Resident } from "./home.js";
export { builtInGauges } from "./meter.js";
export { BUILT_IN_METRICS, type BuiltInMetric, LOG_METRICS, type MetricValue } from "./metrics.js";
export { type RegisteredRole, Registry } from "./registry.js";
export { collect, runOne, runToEnd } from "./run-one.js";
export type * from "./scenario.js";
export type { ClockSpec, CpuSpec, DiskSpec } from "../host/index.js";
export type { MessageRow, RunResult, SeriesPoint } from "./run.js";
