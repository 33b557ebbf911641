export { type RegisteredRole, Registry } from "./registry.js";
export type * from "./scenario.js";
export type { ClockSpec, CpuSpec } from "../host/index.js";
export type { MessageRow, RunResult, SeriesPoint } from "./run.js";
