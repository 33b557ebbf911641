export { EPOCH } from "./clock.js";
export type { Disk } from "./disk.js";
export type { DiskFile } from "./disk-file.js";
export type { InputTarget, Node } from "./node.js";
export {
  type NodeProgram,
  type NodeSurroundings,
  type NodeSystem,
  SimulatedNode,
  buildNodes,
  numbered,
} from "./simulated-node.js";
export type { ClockSpec, CpuSpec, DiskSpec, HostSpec } from "./spec.js";
