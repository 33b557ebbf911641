/** What a client machine is set up with. Shared between clients that are set up alike. */
import type { Will } from "../../src/trace/index.js";
import type { SenderConfig } from "./sender-sink.js";

/** When a QoS 2 message is handed on: at PUBLISH (5.0, figure 4.3) or at PUBREL (3.1.1, method A). */
export type Qos2Delivery = "publish" | "pubrel";

/** A will, and the seconds that the broker waits for the client to return. */
export interface ClientWill extends Will {
  readonly delay: number;
}

export interface ClientConfig extends SenderConfig {
  /** Name of the broker's node. */
  readonly broker: string;
  /** Connects when its process starts. */
  readonly autoConnect: boolean;
  readonly cleanStart: boolean;
  /** Seconds that the session outlives the connection; `EXPIRY_NEVER` for ever. */
  readonly sessionExpiry: number;
  /** Seconds; 0 turns it off. */
  readonly keepAlive: number;
  /** What puts the next PINGREQ off: anything sent and heard, or only acknowledgements heard. */
  readonly pingRestartsOn: "traffic" | "acknowledgements";
  /** Nanoseconds to wait for PINGRESP. */
  readonly pingTimeout: number;
  readonly will: ClientWill | undefined;
  /** Announced to the broker in version 5. */
  readonly receiveMaximum: number;
  /** The client's own limit on unfinished exchanges. */
  readonly maxInflight: number;
  /** The broker's receive maximum limits them too, as it must [MQTT-3.3.4-9]. */
  readonly heedsReceiveMaximum: boolean;
  /** QoS 0 messages wait for a connection instead of failing. */
  readonly queuesQos0: boolean;
  /** What a lost session had in flight is published again. */
  readonly republishes: boolean;
  /** The session's state survives a crash of the process. */
  readonly persistent: boolean;
  readonly deliversQos2At: Qos2Delivery;
  /** A session that only the broker remembers is taken up, or ended by a clean start [MQTT-3.2.2-4]. */
  readonly unknownSession: "resume" | "restart";
  readonly connackTimeout: number;
  readonly reconnects: boolean;
  readonly reconnectDelay: number;
  readonly reconnectDelayMax: number;
  /** The delay is drawn from the last `reconnectJitter` of it. */
  readonly reconnectJitter: number;
}
