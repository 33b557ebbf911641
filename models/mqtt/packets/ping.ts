/** PINGREQ and PINGRESP [MQTT 5.0 §3.12, §3.13]: a fixed header and nothing else. */
import type { Content, ContentDescription } from "../../../src/trace/index.js";
import { PINGREQ, PINGRESP } from "./packet-type.js";
import { packetBytes } from "./wire-size.js";

export class Ping implements Content {
  readonly type: number;

  constructor(type: number) {
    this.type = type;
  }

  get bytes(): number {
    return packetBytes(0);
  }

  describe(): ContentDescription {
    const name = this.type === PINGREQ ? "PINGREQ" : "PINGRESP";
    return { protocol: "MQTT", name, detail: "", again: false };
  }
}

/** All pings are alike. */
export const PING_REQUEST: Ping = new Ping(PINGREQ);
export const PING_RESPONSE: Ping = new Ping(PINGRESP);
