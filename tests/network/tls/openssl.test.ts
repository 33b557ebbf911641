/** The record sizes of the simulator beside those of the OpenSSL that this Node was built with. */
import { constants, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { Duplex } from "node:stream";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import type { TlsSpec } from "../../../src/network/index.js";
import { messageBytes, type MessageName } from "../../../src/network/tls/messages.js";
import { plainRecordBytes, sealedBytes } from "../../../src/network/tls/record.js";

/** A value in the encoding of certificates. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const SEQUENCE = 0x30;
const SHA256_WITH_RSA = der(SEQUENCE, Buffer.from("06092a864886f70d01010b0500", "hex"));

/** A certificate that nobody trusts. */
function certificate(privateKey: KeyObject, publicKey: KeyObject, serial: number): Buffer {
  const commonName = Buffer.from("0603550403", "hex");
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, commonName, der(0x0c, Buffer.from("broker")))));
  const year = (text: string): Buffer => der(0x17, Buffer.from(`${text}0101000000Z`));
  const toBeSigned = der(
    SEQUENCE,
    der(0x02, Buffer.from([serial])),
    SHA256_WITH_RSA,
    name,
    der(SEQUENCE, year("20"), year("49")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = createSign("sha256").update(toBeSigned).sign({
    key: privateKey,
    padding: constants.RSA_PKCS1_PADDING,
  });
  return der(SEQUENCE, toBeSigned, SHA256_WITH_RSA, der(0x03, Buffer.from([0]), signature));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** A duplex stream that hands what is written to `say`. */
class Pipe extends Duplex {
  other: Pipe | undefined;
  readonly records: number[] = [];
  #rest = Buffer.alloc(0);

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const record = this.#rest.length < 5 ? Infinity : 5 + this.#rest.readUInt16BE(3);
      if (this.#rest.length < record) break;
      this.records.push(record);
      this.#rest = this.#rest.subarray(record);
    }
    this.other?.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }
}

interface Captured {
  readonly client: readonly number[];
  readonly server: readonly number[];
  readonly certificateChain: number;
}

/** A full handshake, 100 bytes from the client, then its close. */
async function capture(version: "TLSv1.2" | "TLSv1.3", ciphers: string): Promise<Captured> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const chain = [certificate(privateKey, publicKey, 1), certificate(privateKey, publicKey, 2)];
  const secureContext = createSecureContext({
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: chain.map(pem).join(""),
    minVersion: version,
    maxVersion: version,
    ciphers,
    ecdhCurve: "X25519",
  });
  const [near, far] = [new Pipe(), new Pipe()];
  near.other = far;
  far.other = near;
  const server = new TLSSocket(far, { isServer: true, secureContext });
  const client = connect({
    socket: near,
    servername: "broker.example.com",
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ciphers,
    ecdhCurve: "X25519",
  });
  await new Promise((resolve) => client.once("secureConnect", resolve));
  client.write(Buffer.alloc(100));
  await new Promise((resolve) => server.once("data", resolve));
  client.end();
  await new Promise((resolve) => server.once("end", resolve));
  return {
    client: near.records,
    server: far.records,
    certificateChain: chain.reduce((sum, { length }) => sum + length, 0),
  };
}

function specOf(version: TlsSpec["version"], { certificateChain }: Captured): TlsSpec {
  return { version, resumed: false, earlyData: false, certificateChain };
}

const CHANGE_CIPHER_SPEC = 6;

describe("records of OpenSSL have the sizes that are simulated", () => {
  test("in TLS 1.3", async () => {
    const captured = await capture("TLSv1.3", "TLS_AES_256_GCM_SHA384");
    const spec = specOf("1.3", captured);
    const sealed = (name: MessageName): number => sealedBytes("1.3", messageBytes(name, spec));
    expect(captured.server.slice(0, 6)).toEqual([
      plainRecordBytes(messageBytes("ServerHello", spec)),
      CHANGE_CIPHER_SPEC,
      sealed("EncryptedExtensions"),
      sealed("Certificate"),
      sealed("CertificateVerify"),
      sealed("Finished"),
    ]);
    expect(captured.client.slice(1)).toEqual([
      CHANGE_CIPHER_SPEC,
      sealed("Finished"),
      sealedBytes("1.3", 100),
      sealedBytes("1.3", 2),
    ]);
  });

  test("in TLS 1.2", async () => {
    const captured = await capture("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256");
    const spec = specOf("1.2", captured);
    const plain = (name: MessageName): number => plainRecordBytes(messageBytes(name, spec));
    expect(captured.server.slice(0, 4)).toEqual([
      plain("ServerHello"),
      plain("Certificate"),
      plain("ServerKeyExchange"),
      plain("ServerHelloDone"),
    ]);
    expect(captured.client.slice(1)).toEqual([
      plain("ClientKeyExchange"),
      CHANGE_CIPHER_SPEC,
      sealedBytes("1.2", messageBytes("Finished", spec)),
      sealedBytes("1.2", 100),
      sealedBytes("1.2", 2),
    ]);
  });
});
