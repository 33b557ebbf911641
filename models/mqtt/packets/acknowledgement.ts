/** PUBACK, PUBREC, PUBREL and PUBCOMP [MQTT 5.0 §3.4 to §3.7]: an identifier and, if it is bad news, a reason. */
import type { Content, ContentDescription } from "../../../src/trace/index.js";
import { PUBACK, PUBREC, PUBREL } from "./packet-type.js";
import { SUCCESS, reasonDetail } from "./reason-code.js";

/** The type's own word. */
function nameOf(type: number): string {
  if (type === PUBACK) return "PUBACK";
  if (type === PUBREC) return "PUBREC";
  return type === PUBREL ? "PUBREL" : "PUBCOMP";
}

export class Acknowledgement implements Content {
  readonly type: number;
  readonly identifier: number;
  readonly reasonCode: number;
  /** It was sent before. Not on the wire: only PUBLISH has a flag for that. */
  readonly again: boolean;

  /** `reasonCode` other than success only in version 5: 3.1.1 has no room for one. */
  constructor(type: number, identifier: number, reasonCode: number, again = false) {
    this.type = type;
    this.identifier = identifier;
    this.reasonCode = reasonCode;
    this.again = again;
  }

  /** Success without properties is left out, in version 5 too [MQTT 5.0 §3.4.2.1]. */
  get bytes(): number {
    return this.reasonCode === SUCCESS ? 4 : 6;
  }

  describe(): ContentDescription {
    const detail = `#${this.identifier}${reasonDetail(this.reasonCode)}`;
    return { protocol: "MQTT", name: nameOf(this.type), detail, again: this.again };
  }
}
