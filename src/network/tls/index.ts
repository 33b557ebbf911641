export { TlsProtocol } from "./tls-protocol.js";
