/** Sizes of frames and of the opening handshake: against an encoder written here, and the texts of RFC 6455. */
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  closeFrame,
  Frame,
  frameHeaderBytes,
  heartbeatFrame,
  MessageFrame,
  mayBeSent,
  messageFrames,
  switchingProtocols,
  UpgradeRequest,
  upgradeRequired,
} from "../../../src/network/index.js";
import { Frame as Message } from "../tcp/rig.js";

const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The bytes of a frame [RFC 6455 §5.2], with zeros for payload and masking key. */
function encode(opcode: keyof typeof OPCODES, final: boolean, masked: boolean, payload: number): Uint8Array {
  const bytes: number[] = [(final ? 0x80 : 0) | OPCODES[opcode]];
  const mask = masked ? 0x80 : 0;
  if (payload < 126) bytes.push(mask | payload);
  else if (payload < 0x10000) bytes.push(mask | 126, payload >> 8, payload & 255);
  else {
    bytes.push(mask | 127);
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(payload));
    for (let index = 0; index < 8; index++) bytes.push(length.getUint8(index));
  }
  if (masked) bytes.push(0, 0, 0, 0);
  const encoded = new Uint8Array(bytes.length + payload);
  encoded.set(bytes);
  return encoded;
}

describe("a frame", () => {
  test("has the size of its encoding, whatever its length", () => {
    const lengths = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 65_000, max: 66_000 }),
      fc.integer({ min: 0, max: 1 << 20 }),
      fc.constantFrom(125, 126, 65_535, 65_536),
    );
    const opcodes = fc.constantFrom("text", "binary", "continuation");
    fc.assert(
      fc.property(opcodes, fc.boolean(), fc.boolean(), lengths, (opcode, final, masked, payload) => {
        const frame = new Frame({ opcode, final, masked, payload });
        expect(frame.bytes).toBe(encode(opcode, final, masked, payload).length);
      }),
      { seed: 6455, numRuns: 300 },
    );
  });

  test.each([
    ["an unmasked text message of Hello", false, 5, 7],
    ["a masked one", true, 5, 11],
    ["256 bytes of binary data", false, 256, 4 + 256],
    ["64 KiB of binary data", false, 65_536, 10 + 65_536],
  ])("is as long as in the examples of RFC 6455 §5.7: %s", (_name, masked, payload, bytes) => {
    expect(new Frame({ opcode: "binary", final: true, masked, payload }).bytes).toBe(bytes);
  });

  test.each([
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])("with %i bytes of payload has a header of %i, four more when masked", (payload, bytes) => {
    expect(frameHeaderBytes(payload, false)).toBe(bytes);
    expect(frameHeaderBytes(payload, true)).toBe(bytes + 4);
  });
});

describe("a message in fragments", () => {
  test("is whole, in order, and no fragment is longer than allowed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 6000 }),
        fc.boolean(),
        (bytes, payloadMax, masked) => {
          const frames = messageFrames("text", new Message("M", bytes), masked, payloadMax);
          const [first, ...others] = frames.map(({ fields }) => fields);
          expect(first?.opcode).toBe("text");
          expect(others.every(({ opcode }) => opcode === "continuation")).toBe(true);
          expect(frames.map(({ fields }) => fields.final).indexOf(true)).toBe(frames.length - 1);
          expect(frames.every(({ fields }) => fields.payload >= 1 && fields.payload <= payloadMax)).toBe(
            true,
          );
          expect(frames.reduce((sum, { fields }) => sum + fields.payload, 0)).toBe(bytes);
          expect(frames.length).toBe(Math.ceil(bytes / payloadMax));
        },
      ),
      { seed: 6455 },
    );
  });

  test("carries the message in its first frame", () => {
    const message = new Message("M", 10);
    const [first, second] = messageFrames("binary", message, false, 6);
    expect((first as MessageFrame).carried()).toEqual([message]);
    expect(second).not.toBeInstanceOf(MessageFrame);
    expect(second?.describe()).toMatchObject({ name: "Continuation", detail: "4 B" });
  });

  test("without content is one empty frame", () => {
    expect(messageFrames("text", new Message("M", 0), true).map(({ bytes }) => bytes)).toEqual([6]);
  });
});

describe("control frames", () => {
  test("hold at most 125 bytes", () => {
    expect(heartbeatFrame("ping", 125, true).bytes).toBe(2 + 4 + 125);
    expect(() => heartbeatFrame("ping", 126, true)).toThrow("at most 125 bytes, not 126");
    expect(closeFrame(1000, 123, false).bytes).toBe(2 + 125);
    expect(() => closeFrame(1000, 124, false)).toThrow("at most 125 bytes, not 126");
  });

  test("that close may be empty, or hold a code and a reason", () => {
    expect(closeFrame(undefined, 0, false).bytes).toBe(2);
    expect(closeFrame(1001, 0, true).bytes).toBe(2 + 4 + 2);
    expect(closeFrame(1001, 0, true).describe()).toMatchObject({ name: "Close", detail: "1001" });
  });

  test("never hold a code that only an observer uses", () => {
    expect(() => closeFrame(1006, 0, false)).toThrow("close code 1006 is never sent");
  });
});

test("codes that may be sent are those defined, registered or free [RFC 6455 §7.4]", () => {
  const sendable = Array.from({ length: 6000 }, (_, code) => code).filter(mayBeSent);
  const between = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);
  expect(sendable).toEqual([...between(1000, 1003), ...between(1007, 1014), ...between(3000, 4999)]);
  expect(mayBeSent(1000.5)).toBe(false);
});

describe("the opening handshake", () => {
  const bytesOf = (...lines: readonly string[]): number => lines.join("\r\n").length + 4;

  test("asks as in RFC 6455 §1.2", () => {
    const request = new UpgradeRequest(
      { path: "/chat", host: "server.example.com" },
      ["chat", "superchat"],
      [["Origin", "http://example.com"]],
    );
    expect(request.bytes).toBe(
      bytesOf(
        "GET /chat HTTP/1.1",
        "Host: server.example.com",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Origin: http://example.com",
        "Sec-WebSocket-Protocol: chat, superchat",
        "Sec-WebSocket-Version: 13",
      ),
    );
  });

  test("answers as in RFC 6455 §1.2", () => {
    const request = new UpgradeRequest({ path: "/chat", host: "server.example.com" }, ["chat"]);
    expect(switchingProtocols(request, "chat").bytes).toBe(
      bytesOf(
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Protocol: chat",
      ),
    );
  });

  test("names no subprotocol when none is asked for", () => {
    const request = new UpgradeRequest({ path: "/", host: "h" });
    expect(request.bytes).toBe(
      bytesOf(
        "GET / HTTP/1.1",
        "Host: h",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
      ),
    );
  });

  test("refuses a version that it does not speak, and says which it does", () => {
    const request = new UpgradeRequest({ path: "/", host: "h" }, [], [], 12);
    const response = upgradeRequired(request);
    expect(response.describe()).toMatchObject({ name: "426", detail: "Upgrade Required" });
    expect(response.bytes).toBe(
      bytesOf("HTTP/1.1 426 Upgrade Required", "Sec-WebSocket-Version: 13", "Content-Length: 0"),
    );
  });

  test("is refused where it could not stand in a line", () => {
    expect(() => new UpgradeRequest({ path: "/\r\nX: y", host: "h" })).toThrow("printable ASCII");
  });
});
