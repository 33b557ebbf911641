/** The bytes of TLS: against RFC 8448's traces and what was captured from OpenSSL 3.0. */
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import type { TlsSpec } from "../../../src/network/index.js";
import {
  clientFinished,
  clientHello,
  newSessionTicket,
  serverFinished,
  serverHello,
} from "../../../src/network/tls/flight.js";
import { messageBytes } from "../../../src/network/tls/messages.js";
import { ApplicationData, CloseNotify, sealedBytes } from "../../../src/network/tls/record.js";
import { Frame } from "../tcp/rig.js";

const tls = (version: TlsSpec["version"], change: Partial<TlsSpec> = {}): TlsSpec => ({
  version,
  resumed: false,
  earlyData: false,
  certificateChain: 801,
  ...change,
});
const FULL_13 = tls("1.3");
const RESUMED_13 = tls("1.3", { resumed: true });
const EARLY_13 = tls("1.3", { resumed: true, earlyData: true });
const FULL_12 = tls("1.2");
const RESUMED_12 = tls("1.2", { resumed: true });

/** A second certificate needs a length, and in 1.3 extensions. */
const SECOND_CERTIFICATE = { "1.3": 5, "1.2": 3 } as const;

describe("handshake messages", () => {
  test("have the sizes of RFC 8448's traces, whose clients send no session id", () => {
    const sessionId = 32;
    expect(messageBytes("ServerHello", FULL_13) - sessionId).toBe(90); // §3
    expect(messageBytes("ServerHello", RESUMED_13) - sessionId).toBe(96); // §4
    expect(messageBytes("EndOfEarlyData", EARLY_13)).toBe(4); // §4
    expect(sealedBytes("1.3", messageBytes("EndOfEarlyData", EARLY_13))).toBe(26); // §4
  });

  test("of a handshake that they do not belong to have no size", () => {
    expect(() => messageBytes("ServerHelloDone", FULL_13)).toThrow("TLS 1.3 knows no ServerHelloDone");
    expect(() => messageBytes("EncryptedExtensions", FULL_12)).toThrow("TLS 1.2 knows no");
  });

  test("carry the certificates whole", () => {
    const longer = tls("1.3", { certificateChain: 5000 });
    expect(messageBytes("Certificate", longer) - messageBytes("Certificate", FULL_13)).toBe(5000 - 801);
  });
});

describe("flights are as long as those of OpenSSL 3.0 with a certificate of 801 bytes", () => {
  test.each([
    ["1.3, ClientHello", clientHello(FULL_13), 252],
    ["1.3, ServerHello", serverHello(FULL_13), 1357 + SECOND_CERTIFICATE["1.3"]],
    ["1.3, Finished of the client", clientFinished(FULL_13), 6 + 74],
    ["1.3, NewSessionTicket", newSessionTicket(FULL_13), 255],
    ["1.3 resumed, ClientHello", clientHello(RESUMED_13), 523],
    ["1.3 resumed, ServerHello", serverHello(RESUMED_13), 241],
    ["1.3 resumed, Finished of the client", clientFinished(RESUMED_13), 6 + 74],
    ["1.3 resumed, NewSessionTicket", newSessionTicket(RESUMED_13), 255],
    ["1.2, ClientHello", clientHello(FULL_12), 271],
    ["1.2, ServerHello", serverHello(FULL_12), 1200 + SECOND_CERTIFICATE["1.2"]],
    ["1.2, Finished of the client", clientFinished(FULL_12), 93],
    ["1.2, Finished of the server", serverFinished(FULL_12), 226],
    ["1.2 resumed, ClientHello", clientHello(RESUMED_12), 463],
    ["1.2 resumed, ServerHello", serverHello(RESUMED_12), 141],
    ["1.2 resumed, Finished of the client", clientFinished(RESUMED_12), 51],
  ])("%s", (_name, { bytes }, captured) => {
    expect(bytes).toBe(captured);
  });

  test("and with early data, an extension each way more and no second ChangeCipherSpec", () => {
    expect(clientHello(EARLY_13).bytes).toBe(523 + 4 + 6);
    expect(serverHello(EARLY_13).bytes).toBe(241 + 4);
    expect(clientFinished(EARLY_13).bytes).toBe(26 + 74);
  });
});

describe("records", () => {
  test("add 22 bytes in 1.3 and 29 in 1.2, as captured with 100 bytes of data", () => {
    expect(new ApplicationData("1.3", new Frame("DATA", 100), 100).bytes).toBe(122);
    expect(new ApplicationData("1.2", new Frame("DATA", 100), 100).bytes).toBe(129);
  });

  test("hold 16,384 bytes of plaintext at most", () => {
    expect(sealedBytes("1.3", 16_384)).toBe(16_384 + 22);
    expect(sealedBytes("1.3", 16_385)).toBe(16_385 + 44);
    expect(sealedBytes("1.2", 100_000)).toBe(100_000 + 7 * 29);
  });

  test("of any length are the shortest that hold it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1 << 20 }), (plaintext) => {
        let left = plaintext;
        let bytes = 0;
        while (left > 0) {
          const part = Math.min(left, 2 ** 14);
          bytes += 5 + part + 1 + 16;
          left -= part;
        }
        expect(sealedBytes("1.3", plaintext)).toBe(bytes);
      }),
      { seed: 8446 },
    );
  });

  test("of a close_notify are as captured", () => {
    expect(new CloseNotify("1.3").bytes).toBe(24);
    expect(new CloseNotify("1.2").bytes).toBe(31);
  });
});
