/** CONNECT, CONNACK and DISCONNECT [MQTT 5.0 §3.1, §3.2, §3.14]. Intervals are whole seconds, as on the wire. */
import type { Content, ContentDescription, Will } from "../../../src/trace/index.js";
import { CONNACK, CONNECT, DISCONNECT, type Version } from "./packet-type.js";
import { reasonDetail } from "./reason-code.js";
import { packetBytes, propertiesBytes, stringBytes } from "./wire-size.js";

/** A session expiry interval that never ends [MQTT 5.0 §3.1.2.11.2]. */
export const EXPIRY_NEVER = 0xffff_ffff;
/** What an absent Receive Maximum means [MQTT 5.0 §3.1.2.11.3]. */
export const RECEIVE_MAXIMUM_DEFAULT = 65_535;

export interface ConnectFields {
  readonly version: Version;
  readonly clientId: string;
  /** Clean Session in 3.1.1. */
  readonly cleanStart: boolean;
  /** Seconds; 0 turns the mechanism off. */
  readonly keepAlive: number;
  /** Version 5: seconds that the session outlives the connection. 0 is not sent. */
  readonly sessionExpiry: number;
  /** Version 5. The default is not sent. */
  readonly receiveMaximum: number;
  readonly will: Will | undefined;
  /** Version 5: seconds. 0 is not sent. */
  readonly willDelay: number;
}

export class Connect implements Content {
  readonly fields: ConnectFields;

  constructor(fields: ConnectFields) {
    this.fields = fields;
  }

  get type(): number {
    return CONNECT;
  }

  get bytes(): number {
    const { version, clientId, sessionExpiry, receiveMaximum, will, willDelay } = this.fields;
    const properties = (sessionExpiry === 0 ? 0 : 5) + (receiveMaximum === RECEIVE_MAXIMUM_DEFAULT ? 0 : 3);
    const header = stringBytes("MQTT") + 1 + 1 + 2 + propertiesBytes(version, properties);
    const willBytes =
      will === undefined
        ? 0
        : propertiesBytes(version, willDelay === 0 ? 0 : 5) + stringBytes(will.topic) + 2 + will.payloadBytes;
    return packetBytes(header + stringBytes(clientId) + willBytes);
  }

  describe(): ContentDescription {
    const { clientId, cleanStart, will } = this.fields;
    const detail = `${clientId}${cleanStart ? " clean" : ""}${will === undefined ? "" : " will"}`;
    return { protocol: "MQTT", name: "CONNECT", detail, again: false };
  }
}

export interface ConnackFields {
  readonly version: Version;
  readonly sessionPresent: boolean;
  readonly reasonCode: number;
  /** Version 5: what the broker grants instead of what was asked; undefined: as asked [MQTT-3.2.2-21 ff.]. */
  readonly sessionExpiry: number | undefined;
  /** Version 5: the broker's own receive maximum. The default is not sent. */
  readonly receiveMaximum: number;
}

export class Connack implements Content {
  readonly fields: ConnackFields;

  constructor(fields: ConnackFields) {
    this.fields = fields;
  }

  get type(): number {
    return CONNACK;
  }

  get bytes(): number {
    const { version, sessionExpiry, receiveMaximum } = this.fields;
    const properties =
      (sessionExpiry === undefined ? 0 : 5) + (receiveMaximum === RECEIVE_MAXIMUM_DEFAULT ? 0 : 3);
    return packetBytes(2 + propertiesBytes(version, properties));
  }

  describe(): ContentDescription {
    const { sessionPresent, reasonCode } = this.fields;
    const detail = `${sessionPresent ? "session present" : "new session"}${reasonDetail(reasonCode)}`;
    return { protocol: "MQTT", name: "CONNACK", detail, again: false };
  }
}

export class Disconnect implements Content {
  readonly version: Version;
  readonly reasonCode: number;

  constructor(version: Version, reasonCode: number) {
    this.version = version;
    this.reasonCode = reasonCode;
  }

  get type(): number {
    return DISCONNECT;
  }

  get bytes(): number {
    return this.version === 5 ? packetBytes(1 + propertiesBytes(5, 0)) : packetBytes(0);
  }

  describe(): ContentDescription {
    return {
      protocol: "MQTT",
      name: "DISCONNECT",
      detail: reasonDetail(this.reasonCode).trim(),
      again: false,
    };
  }
}
