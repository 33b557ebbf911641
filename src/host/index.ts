export type { InputTarget, Node } from "./node.js";
