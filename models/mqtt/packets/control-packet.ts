/** Any MQTT control packet. */
import type { Acknowledgement } from "./acknowledgement.js";
import type { Connack, Connect, Disconnect } from "./connect.js";
import type { Ping } from "./ping.js";
import type { Publish } from "./publish.js";
import type { Suback, Subscribe, Unsuback, Unsubscribe } from "./subscribe.js";

export type ControlPacket =
  | Connect
  | Connack
  | Publish
  | Acknowledgement
  | Subscribe
  | Suback
  | Unsubscribe
  | Unsuback
  | Ping
  | Disconnect;
