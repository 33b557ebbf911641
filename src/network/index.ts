export type { Channel, ChannelUser, Network } from "./channel.js";
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
export type { Endpoint, EndpointId, Link, Wire } from "./wire.js";
