/** What a broker machine is set up with. */
import type { Qos2Delivery } from "./client-config.js";
import type { MqttRules } from "./rules.js";

export interface BrokerConfig {
  /** Unfinished exchanges towards one client, if the client allows as many. */
  readonly maxInflight: number;
  /** Messages that wait for one client. */
  readonly maxQueued: number;
  readonly dropsOldest: boolean;
  /** `maxQueued` limits what is in flight and what waits together. */
  readonly queueCountsAll: boolean;
  /** Each acknowledgement lets a whole window of waiting messages go. */
  readonly refills: boolean;
  /** QoS 0 messages wait for clients that are not connected. */
  readonly queuesQos0: boolean;
  /** Announced to clients in version 5. */
  readonly receiveMaximum: number;
  /** What becomes of messages beyond it: the connection ends, or they are refused. */
  readonly whenExceeded: "disconnect" | "refuse";
  /** Seconds that a session may outlive its connection; `EXPIRY_NEVER` for ever. */
  readonly sessionExpiryMax: number;
  /** Sessions and retained messages survive a crash of the process. */
  readonly persistent: boolean;
  readonly deliversQos2At: Qos2Delivery;
  /** A connection is dead after this many keep alives of silence. */
  readonly keepAliveFactor: number;
  /** Nanoseconds between looks for connections that have been silent for too long; 0: looks at the instant. */
  readonly keepAlivePolling: number;
  /** Nanoseconds, over datagrams. */
  readonly retryInterval: number;
  readonly rules: MqttRules;
}
