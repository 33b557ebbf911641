/** Packets from words, as conversations write them: `PUBLISH q1 #3 plant/1`, `CONNECT sensor clean keepalive=10`. */
import { Acknowledgement } from "../../../models/mqtt/packets/acknowledgement.js";
import { Connack, Connect, Disconnect } from "../../../models/mqtt/packets/connect.js";
import type { ControlPacket } from "../../../models/mqtt/packets/control-packet.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL, type Version } from "../../../models/mqtt/packets/packet-type.js";
import { PING_REQUEST, PING_RESPONSE } from "../../../models/mqtt/packets/ping.js";
import { Publish, publishBytes, publishFlags } from "../../../models/mqtt/packets/publish.js";
import {
  Suback,
  Subscribe,
  type SubscriptionRequest,
  Unsuback,
  Unsubscribe,
} from "../../../models/mqtt/packets/subscribe.js";
import { utf8Bytes } from "../../../models/mqtt/packets/wire-size.js";
import type { Recorder } from "./recorder.js";

const ACKNOWLEDGEMENTS: Readonly<Record<string, number>> = { PUBACK, PUBREC, PUBREL, PUBCOMP };

export function request(filter: string, qos: number): SubscriptionRequest {
  return { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 };
}

/** Who writes packets, and what they have published so far. */
export class PacketWriter {
  readonly #version: Version;
  readonly #recorder: Recorder;
  /** Messages by `topic index`: a packet that is repeated carries the same message. */
  readonly #repeated = new Map<string, Publish>();

  constructor(version: Version, recorder: Recorder) {
    this.#version = version;
    this.#recorder = recorder;
  }

  /** Throws on words that it does not know. */
  packet(words: readonly string[], node: number): ControlPacket {
    const [name = "", ...rest] = words;
    const acknowledgement = ACKNOWLEDGEMENTS[name];
    if (acknowledgement !== undefined) {
      return new Acknowledgement(acknowledgement, identifierIn(rest), reasonIn(rest));
    }
    switch (name) {
      case "CONNECT":
        return this.#connect(rest);
      case "CONNACK":
        return this.#connack(rest);
      case "PUBLISH":
        return this.#publish(rest, node);
      case "SUBSCRIBE":
        return new Subscribe(this.#version, identifierIn(rest), requestsIn(rest.slice(1)));
      case "UNSUBSCRIBE":
        return new Unsubscribe(this.#version, identifierIn(rest), rest.slice(1));
      case "SUBACK":
        return new Suback(this.#version, identifierIn(rest), [qosIn(rest)]);
      case "UNSUBACK":
        return new Unsuback(this.#version, identifierIn(rest), [0]);
      case "PINGREQ":
        return PING_REQUEST;
      case "PINGRESP":
        return PING_RESPONSE;
      case "DISCONNECT":
        return new Disconnect(this.#version, reasonIn(rest));
      default:
        throw new Error(`no packet ${name}`);
    }
  }

  #connect(words: readonly string[]): Connect {
    const will = valueOf(words, "will");
    return new Connect({
      version: this.#version,
      clientId: words[0] ?? "",
      cleanStart: words.includes("clean"),
      keepAlive: Number(valueOf(words, "keepalive") ?? 0),
      sessionExpiry: Number(valueOf(words, "expiry") ?? 0),
      receiveMaximum: Number(valueOf(words, "receive") ?? 65_535),
      will: will === undefined ? undefined : { topic: will, qos: 1, retain: false, payloadBytes: 4 },
      willDelay: Number(valueOf(words, "delay") ?? 0),
    });
  }

  #connack(words: readonly string[]): Connack {
    return new Connack({
      version: this.#version,
      sessionPresent: words.includes("present"),
      reasonCode: reasonIn(words),
      sessionExpiry: undefined,
      receiveMaximum: Number(valueOf(words, "receive") ?? 65_535),
    });
  }

  #publish(words: readonly string[], node: number): Publish {
    const again = words.includes("again");
    const plain = words.filter((word) => word !== "again");
    const key = `${node} ${plain.join(" ")}`;
    const before = this.#repeated.get(key);
    if (again && before !== undefined) return before.repeated();
    const qos = qosIn(plain);
    const topic = plain.find((word) => !/^(q[012]|#\d+|retain)$/.test(word)) ?? "";
    const retain = plain.includes("retain");
    const message = this.#recorder.publish(node, topic, qos, 8, retain, 0);
    const bytes = publishBytes(this.#version, utf8Bytes(topic), qos, 8);
    const identifier = qos === 0 ? 0 : identifierIn(plain);
    const publish = new Publish(message, identifier, publishFlags(qos, retain, false), bytes, undefined);
    this.#repeated.set(key, publish);
    return publish;
  }
}

function identifierIn(words: readonly string[]): number {
  return Number(words.find((word) => word.startsWith("#") && word.length > 1)?.slice(1) ?? 0);
}

/** `plant/# q1 gone/# q0` */
function requestsIn(words: readonly string[]): SubscriptionRequest[] {
  return words.flatMap((word, n) => (n % 2 === 0 ? [request(word, qosIn(words.slice(n + 1, n + 2)))] : []));
}

function qosIn(words: readonly string[]): number {
  return Number(words.find((word) => /^q[012]$/.test(word))?.slice(1) ?? 0);
}

function reasonIn(words: readonly string[]): number {
  return Number(words.find((word) => word.startsWith("0x")) ?? 0);
}

function valueOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}
