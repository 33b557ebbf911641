export { CLOSE_CODE, mayBeSent } from "./close-code.js";
export {
  WebSocketEndpoint,
  type WebSocketRole,
  type WebSocketSink,
  type WebSocketState,
} from "./endpoint.js";
export {
  closeFrame,
  CONTROL_PAYLOAD_MAX,
  Frame,
  type FrameFields,
  frameHeaderBytes,
  heartbeatFrame,
  MessageFrame,
  type MessageKind,
  messageFrames,
  type Opcode,
} from "./frame.js";
export {
  type Headers,
  opensConnection,
  switchingProtocols,
  UpgradeRequest,
  UpgradeResponse,
  upgradeRequired,
} from "./opening-handshake.js";
export { WebSocketProtocol } from "./websocket-protocol.js";
