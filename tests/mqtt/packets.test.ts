/** Sizes on the wire: for every packet, the size that the model says is the length that mqtt-packet generates. */
import fc from "fast-check";
import { type IConnectPacket, type Packet, generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/trace/index.js";
import type { Content } from "../../src/trace/index.js";
import { Acknowledgement } from "../../models/mqtt/packets/acknowledgement.js";
import {
  Connack,
  Connect,
  type ConnectFields,
  Disconnect,
  EXPIRY_NEVER,
} from "../../models/mqtt/packets/connect.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL, type Version } from "../../models/mqtt/packets/packet-type.js";
import { PING_REQUEST, PING_RESPONSE } from "../../models/mqtt/packets/ping.js";
import { Publish, publishBytes, publishFlags } from "../../models/mqtt/packets/publish.js";
import { Suback, Subscribe, Unsuback, Unsubscribe } from "../../models/mqtt/packets/subscribe.js";
import { REMAINING_LENGTH_MAX, packetBytes, utf8Bytes } from "../../models/mqtt/packets/wire-size.js";

const version = fc.constantFrom<Version>(4, 5);
const identifier = fc.integer({ min: 1, max: 65_535 });
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const topic = text.map((value) => value.replaceAll(/[+#\0]/g, "_"));
const seconds = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: EXPIRY_NEVER }));

const ACKNOWLEDGEMENTS = {
  [PUBACK]: "puback",
  [PUBREC]: "pubrec",
  [PUBREL]: "pubrel",
  [PUBCOMP]: "pubcomp",
} as const;

function generated(packet: Packet, protocolVersion: Version): number {
  return generate(packet, { protocolVersion }).length;
}

function publishPacket(name: string, qos: number, payloadBytes: number, protocol: Version): Publish {
  const stream = { index: 0, publisher: 0, topic: name, qos };
  const message = new Message(stream, 0, 0, payloadBytes, false);
  const bytes = publishBytes(protocol, utf8Bytes(name), qos, payloadBytes);
  return new Publish(message, qos === 0 ? 0 : 7, publishFlags(qos, false, false), bytes, undefined);
}

function generatedPublish(name: string, qos: number, payloadBytes: number, protocol: Version): number {
  const payload = Buffer.alloc(payloadBytes);
  const packet = {
    cmd: "publish",
    topic: name,
    payload,
    qos: qos as 0 | 1 | 2,
    retain: false,
    dup: false,
  } as const;
  return generated(qos === 0 ? packet : { ...packet, messageId: 7 }, protocol);
}

describe("the size of a packet is the length of its encoding", () => {
  it("CONNECT, with and without a will, session expiry and receive maximum", () => {
    const will = fc.record({
      topic,
      qos: fc.constantFrom(0, 1, 2),
      retain: fc.boolean(),
      payloadBytes: fc.integer({ min: 0, max: 20_000 }),
    });
    const fields: fc.Arbitrary<ConnectFields> = fc.record({
      version,
      clientId: text,
      cleanStart: fc.boolean(),
      keepAlive: fc.integer({ min: 0, max: 65_535 }),
      sessionExpiry: seconds,
      receiveMaximum: fc.oneof(fc.constant(65_535), fc.integer({ min: 1, max: 65_535 })),
      will: fc.option(will, { nil: undefined }),
      willDelay: seconds,
    });
    const law = fc.property(fields, (connect) => {
      expect(new Connect(connect).bytes).toBe(generated(connectPacket(connect), connect.version));
    });
    fc.assert(law, { seed: 1, numRuns: 1_000 });
  });

  it("CONNACK", () => {
    const fields = fc.record({
      version,
      sessionPresent: fc.boolean(),
      reasonCode: fc.constantFrom(0, 0x87),
      sessionExpiry: fc.option(seconds, { nil: undefined }),
      receiveMaximum: fc.oneof(fc.constant(65_535), fc.integer({ min: 1, max: 65_535 })),
    });
    const law = fc.property(fields, (connack) => {
      const { sessionPresent, reasonCode, sessionExpiry, receiveMaximum } = connack;
      const properties = {
        ...(sessionExpiry === undefined ? {} : { sessionExpiryInterval: sessionExpiry }),
        ...(receiveMaximum === 65_535 ? {} : { receiveMaximum }),
      };
      const packet: Packet = {
        cmd: "connack",
        sessionPresent,
        reasonCode,
        returnCode: reasonCode,
        properties,
      };
      expect(new Connack(connack).bytes).toBe(generated(packet, connack.version));
    });
    fc.assert(law, { seed: 2, numRuns: 300 });
  });

  it("PUBLISH, whatever the topic, the quality of service and the payload", () => {
    const law = fc.property(
      topic,
      fc.constantFrom(0, 1, 2),
      fc.integer({ min: 0, max: 40_000 }),
      version,
      (name, qos, payloadBytes, protocol) => {
        const { bytes } = publishPacket(name, qos, payloadBytes, protocol);
        expect(bytes).toBe(generatedPublish(name, qos, payloadBytes, protocol));
      },
    );
    fc.assert(law, { seed: 3, numRuns: 500 });
  });

  it.each([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
    "PUBLISH at a remaining length of %i, where the length field grows",
    (remaining) => {
      for (const protocol of [4, 5] as const) {
        const payloadBytes = remaining - (2 + 3) - 2 - (protocol === 5 ? 1 : 0);
        const { bytes } = publishPacket("a/b", 1, payloadBytes, protocol);
        expect(bytes).toBe(generatedPublish("a/b", 1, payloadBytes, protocol));
        expect(bytes).toBe(packetBytes(remaining));
      }
    },
  );

  it("PUBACK, PUBREC, PUBREL and PUBCOMP, with success and in version 5 with another reason", () => {
    const type = fc.constantFrom<keyof typeof ACKNOWLEDGEMENTS>(PUBACK, PUBREC, PUBREL, PUBCOMP);
    const law = fc.property(
      type,
      identifier,
      version,
      fc.constantFrom(0, 0x92),
      (kind, id, protocol, code) => {
        const reasonCode = protocol === 5 ? code : 0;
        const packet = { cmd: ACKNOWLEDGEMENTS[kind], messageId: id, reasonCode } as Packet;
        expect(new Acknowledgement(kind, id, reasonCode).bytes).toBe(generated(packet, protocol));
      },
    );
    fc.assert(law, { seed: 4, numRuns: 300 });
  });

  it("SUBSCRIBE and SUBACK", () => {
    const request = fc.record({
      filter: text,
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: fc.constantFrom(0, 1, 2),
    });
    const requests = fc.array(request, { minLength: 1, maxLength: 200 });
    const law = fc.property(requests, identifier, version, (wanted, id, protocol) => {
      const subscriptions = wanted.map(({ filter, qos }) => ({ topic: filter, qos }));
      const subscribe: Packet = { cmd: "subscribe", messageId: id, subscriptions };
      expect(new Subscribe(protocol, id, wanted).bytes).toBe(generated(subscribe, protocol));
      const granted = wanted.map(({ qos }) => qos);
      const suback: Packet = { cmd: "suback", messageId: id, granted };
      expect(new Suback(protocol, id, granted).bytes).toBe(generated(suback, protocol));
    });
    fc.assert(law, { seed: 5, numRuns: 200 });
  });

  it("UNSUBSCRIBE and UNSUBACK", () => {
    const filters = fc.array(text, { minLength: 1, maxLength: 200 });
    const law = fc.property(filters, identifier, version, (unsubscriptions, id, protocol) => {
      const unsubscribe: Packet = { cmd: "unsubscribe", messageId: id, unsubscriptions };
      expect(new Unsubscribe(protocol, id, unsubscriptions).bytes).toBe(generated(unsubscribe, protocol));
      const codes = unsubscriptions.map(() => 0x11);
      const unsuback = { cmd: "unsuback", messageId: id, granted: codes } as unknown as Packet;
      expect(new Unsuback(protocol, id, codes).bytes).toBe(generated(unsuback, protocol));
    });
    fc.assert(law, { seed: 6, numRuns: 200 });
  });

  it("PINGREQ, PINGRESP and DISCONNECT", () => {
    for (const protocol of [4, 5] as const) {
      expect(PING_REQUEST.bytes).toBe(generated({ cmd: "pingreq" }, protocol));
      expect(PING_RESPONSE.bytes).toBe(generated({ cmd: "pingresp" }, protocol));
      for (const reasonCode of [0, 4, 0x8e]) {
        const packet: Packet = { cmd: "disconnect", reasonCode };
        expect(new Disconnect(protocol, reasonCode).bytes).toBe(generated(packet, protocol));
      }
    }
  });

  it("holds up to the longest packet", () => {
    expect(packetBytes(REMAINING_LENGTH_MAX)).toBe(1 + 4 + REMAINING_LENGTH_MAX);
  });

  it("counts UTF-8 as the platform does, lone surrogates included", () => {
    const units = fc.string({ unit: "binary", maxLength: 60 });
    const broken = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(units, broken), (value) => {
        expect(utf8Bytes(value)).toBe(Buffer.byteLength(value));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe("the words of a packet", () => {
  const described = (content: Content): string => {
    const { protocol, name, detail } = content.describe();
    return `${protocol} ${name} ${detail}`.trim();
  };
  const request = { filter: "plant/#", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 };

  it("are the protocol's own, with what tells the packet from others", () => {
    expect(described(publishPacket("plant/1", 1, 10, 5))).toBe("MQTT PUBLISH q1 #7 plant/1");
    expect(described(publishPacket("plant/1", 0, 10, 5))).toBe("MQTT PUBLISH q0 plant/1");
    expect(described(new Acknowledgement(PUBREC, 7, 0))).toBe("MQTT PUBREC #7");
    expect(described(new Acknowledgement(PUBCOMP, 7, 0x92))).toBe("MQTT PUBCOMP #7 0x92");
    expect(described(new Subscribe(5, 1, [request]))).toBe("MQTT SUBSCRIBE #1 plant/# q1");
    expect(described(new Suback(5, 1, [1, 0x9e]))).toBe("MQTT SUBACK #1 q1, 0x9e");
    expect(described(new Unsubscribe(5, 2, ["a", "b"]))).toBe("MQTT UNSUBSCRIBE #2 a, b");
    expect(described(new Unsuback(5, 2, [0, 0]))).toBe("MQTT UNSUBACK #2");
    expect(described(new Disconnect(5, 0x8e))).toBe("MQTT DISCONNECT 0x8e");
    expect(described(PING_REQUEST)).toBe("MQTT PINGREQ");
  });

  it("say of a repeated PUBLISH that it was sent before", () => {
    const publish = publishPacket("plant/1", 1, 10, 5);
    expect([publish.describe().again, publish.repeated().describe().again]).toEqual([false, true]);
    expect(publish.repeated().anew().dup).toBe(false);
  });
});

function connectPacket(fields: ConnectFields): IConnectPacket {
  const { clientId, cleanStart, keepAlive, sessionExpiry, receiveMaximum, will, willDelay } = fields;
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: fields.version,
    clientId,
    clean: cleanStart,
    keepalive: keepAlive,
    properties: {
      ...(sessionExpiry === 0 ? {} : { sessionExpiryInterval: sessionExpiry }),
      ...(receiveMaximum === 65_535 ? {} : { receiveMaximum }),
    },
    ...(will === undefined
      ? {}
      : {
          will: {
            topic: will.topic,
            payload: Buffer.alloc(will.payloadBytes),
            qos: will.qos as 0 | 1 | 2,
            retain: will.retain,
            properties: willDelay === 0 ? {} : { willDelayInterval: willDelay },
          },
        }),
  };
}
