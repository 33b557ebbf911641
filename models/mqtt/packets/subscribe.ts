/** SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK [MQTT 5.0 §3.8 to §3.11]. */
import type { Content, ContentDescription } from "../../../src/trace/index.js";
import { SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, type Version } from "./packet-type.js";
import { reasonDetail } from "./reason-code.js";
import { packetBytes, propertiesBytes, stringBytes } from "./wire-size.js";

/** A topic filter with its subscription options [MQTT 5.0 §3.8.3.1]. 3.1.1 knows the QoS only. */
export interface SubscriptionRequest {
  readonly filter: string;
  readonly qos: number;
  /** Version 5: messages of one's own are not wanted. */
  readonly noLocal: boolean;
  /** Version 5: RETAIN arrives as it was published. */
  readonly retainAsPublished: boolean;
  /** Version 5: retained messages are sent 0 always, 1 if the subscription is new, 2 never. */
  readonly retainHandling: number;
}

export class Subscribe implements Content {
  readonly version: Version;
  readonly identifier: number;
  readonly requests: readonly SubscriptionRequest[];

  constructor(version: Version, identifier: number, requests: readonly SubscriptionRequest[]) {
    this.version = version;
    this.identifier = identifier;
    this.requests = requests;
  }

  get type(): number {
    return SUBSCRIBE;
  }

  get bytes(): number {
    let payload = 0;
    for (const request of this.requests) payload += stringBytes(request.filter) + 1;
    return packetBytes(2 + propertiesBytes(this.version, 0) + payload);
  }

  describe(): ContentDescription {
    const filters = this.requests.map((request) => `${request.filter} q${request.qos}`).join(", ");
    return { protocol: "MQTT", name: "SUBSCRIBE", detail: `#${this.identifier} ${filters}`, again: false };
  }
}

export class Suback implements Content {
  readonly version: Version;
  readonly identifier: number;
  /** Granted QoS or a failure, in the order of the SUBSCRIBE [MQTT-3.9.3-1]. */
  readonly reasonCodes: readonly number[];

  constructor(version: Version, identifier: number, reasonCodes: readonly number[]) {
    this.version = version;
    this.identifier = identifier;
    this.reasonCodes = reasonCodes;
  }

  get type(): number {
    return SUBACK;
  }

  get bytes(): number {
    return packetBytes(2 + propertiesBytes(this.version, 0) + this.reasonCodes.length);
  }

  describe(): ContentDescription {
    const granted = this.reasonCodes.map((code) => (code <= 2 ? `q${code}` : reasonDetail(code).trim()));
    const detail = `#${this.identifier} ${granted.join(", ")}`;
    return { protocol: "MQTT", name: "SUBACK", detail, again: false };
  }
}

export class Unsubscribe implements Content {
  readonly version: Version;
  readonly identifier: number;
  readonly filters: readonly string[];

  constructor(version: Version, identifier: number, filters: readonly string[]) {
    this.version = version;
    this.identifier = identifier;
    this.filters = filters;
  }

  get type(): number {
    return UNSUBSCRIBE;
  }

  get bytes(): number {
    let payload = 0;
    for (const filter of this.filters) payload += stringBytes(filter);
    return packetBytes(2 + propertiesBytes(this.version, 0) + payload);
  }

  describe(): ContentDescription {
    const detail = `#${this.identifier} ${this.filters.join(", ")}`;
    return { protocol: "MQTT", name: "UNSUBSCRIBE", detail, again: false };
  }
}

export class Unsuback implements Content {
  readonly version: Version;
  readonly identifier: number;
  /** One a filter. Not on the wire in 3.1.1. */
  readonly reasonCodes: readonly number[];

  constructor(version: Version, identifier: number, reasonCodes: readonly number[]) {
    this.version = version;
    this.identifier = identifier;
    this.reasonCodes = reasonCodes;
  }

  get type(): number {
    return UNSUBACK;
  }

  get bytes(): number {
    const codes = this.version === 5 ? this.reasonCodes.length : 0;
    return packetBytes(2 + propertiesBytes(this.version, 0) + codes);
  }

  describe(): ContentDescription {
    return { protocol: "MQTT", name: "UNSUBACK", detail: `#${this.identifier}`, again: false };
  }
}
