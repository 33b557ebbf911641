export { LINUX_TCP } from "./linux-defaults.js";
export { TcpStack } from "./stack.js";
