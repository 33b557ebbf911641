/** What a broker machine is set up with. */
import type { Qos2Delivery } from "./client-config.js";
import type { MqttRules } from "./rules.js";

export interface BrokerConfig {
  /** Unfinished exchanges towards one client, if the client allows as many. */
  readonly maxInflight: number;
  /** Messages that wait for one client. */
  readonly maxQueued: number;
  readonly dropsOldest: boolean;
  /** QoS 0 messages wait for clients that are not connected. */
  readonly queuesQos0: boolean;
  /** Announced to clients in version 5. */
  readonly receiveMaximum: number;
  /** Seconds that a session may outlive its connection; `EXPIRY_NEVER` for ever. */
  readonly sessionExpiryMax: number;
  /** Sessions and retained messages survive a crash of the process. */
  readonly persistent: boolean;
  readonly deliversQos2At: Qos2Delivery;
  /** A connection is dead after this many keep alives of silence. */
  readonly keepAliveFactor: number;
  /** Nanoseconds, over datagrams. */
  readonly retryInterval: number;
  readonly rules: MqttRules;
}
