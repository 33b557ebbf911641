export { LINUX_TCP } from "./linux-defaults.js";
export { TcpStack, type TcpStackParts } from "./stack.js";
