export type { Channel, ChannelUser, Network, SocketOptions } from "./channel.js";
export { DATAGRAM_HEADER_BYTES } from "./datagram.js";
export { type FaultSchedule, type FaultSurroundings, scheduleFaults } from "./faults.js";
export { type NetworkSpec, type NetworkSurroundings, SimulatedNetwork } from "./network.js";
export { contradictionBetween } from "./layers.js";
export { LINK_PRESETS, type LinkPreset } from "./presets.js";
export type {
  DatagramSpec,
  FaultSpec,
  FaultTiming,
  LinkSpec,
  LossSpec,
  TcpSpec,
  TlsSpec,
  TransportSpec,
  WebSocketSpec,
} from "./spec.js";
export { NetworkStatistics } from "./statistics.js";
export { LINUX_TCP } from "./tcp/index.js";
export type { Endpoint, EndpointId, Link, Wire } from "./wire.js";
export {
  CLOSE_CODE,
  closeFrame,
  CONTROL_PAYLOAD_MAX,
  Frame,
  type FrameFields,
  frameHeaderBytes,
  type Headers,
  heartbeatFrame,
  mayBeSent,
  MessageFrame,
  type MessageKind,
  messageFrames,
  type Opcode,
  opensConnection,
  switchingProtocols,
  UpgradeRequest,
  upgradeRequired,
  UpgradeResponse,
  WebSocketEndpoint,
  type WebSocketRole,
  type WebSocketSink,
  type WebSocketState,
} from "./websocket/index.js";
