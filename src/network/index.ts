export type { Channel, ChannelUser, Network } from "./channel.js";
export { DATAGRAM_HEADER_BYTES } from "./datagram.js";
export { type FaultSchedule, type FaultSurroundings, scheduleFaults } from "./faults.js";
export { type NetworkSpec, type NetworkSurroundings, SimulatedNetwork } from "./network.js";
export { LINK_PRESETS, type LinkPreset } from "./presets.js";
export type {
  DatagramSpec,
  FaultSpec,
  FaultTiming,
  LinkSpec,
  LossSpec,
  TcpSpec,
  TransportSpec,
} from "./spec.js";
export { NetworkStatistics } from "./statistics.js";
export { LINUX_TCP } from "./tcp/index.js";
export type { Endpoint, EndpointId, Link, Wire } from "./wire.js";
