/** What lies between TCP and a program is built on: a channel that tells a program's bytes from those around them. */
import type { Content } from "../trace/index.js";
import type { Channel } from "./channel.js";

export interface Carrier extends Channel {
  /** Sends `content` like `send`; of its bytes, `payloadBytes` come from a program. */
  carry(content: Content, payloadBytes: number): void;
}
