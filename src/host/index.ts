export type { InputTarget, Node } from "./node.js";
export type { ClockSpec, CpuSpec } from "./spec.js";
