export { Connection, type ConnectionState } from "./connection.js";
export { LINUX_TCP } from "./linux-defaults.js";
export { Segment } from "./segment.js";
export { TcpStack, type TcpStackParts } from "./stack.js";
