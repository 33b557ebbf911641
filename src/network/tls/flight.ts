/** Flights: the messages that one side of a handshake sends in one go, in records of their own. */
import type { Content, ContentDescription } from "../../trace/index.js";
import type { TlsSpec } from "../spec.js";
import { type MessageName, messageBytes } from "./messages.js";
import { plainRecordBytes, sealedBytes } from "./record.js";

/** A message, or the one byte that announces the new keys (not a message of the handshake [RFC 5246 §7.1]). */
export type Step = MessageName | "ChangeCipherSpec";

export class Flight implements Content {
  /** The first message: what a flight is recognised by. */
  readonly name: Step;
  readonly steps: readonly Step[];
  readonly bytes: number;

  constructor(steps: readonly Step[], bytes: number) {
    this.name = steps.find((step) => step !== "ChangeCipherSpec") ?? "ChangeCipherSpec";
    this.steps = steps;
    this.bytes = bytes;
  }

  describe(): ContentDescription {
    const others = this.steps.filter((step) => step !== this.name).join(", ");
    return { protocol: "tls", name: this.name, detail: others === "" ? "" : `+ ${others}`, again: false };
  }
}

/** The client's first. */
export function clientHello(spec: TlsSpec): Flight {
  // With early data, the byte for middleboxes comes here [RFC 8446 §D.4].
  return flight(spec, spec.earlyData ? ["ClientHello", "ChangeCipherSpec"] : ["ClientHello"]);
}

/** The server's first. */
export function serverHello(spec: TlsSpec): Flight {
  const { version, resumed } = spec;
  if (version === "1.3") {
    // [RFC 8446 §2, figure 1; §2.2, figure 3]
    const proof: readonly Step[] = resumed ? [] : ["Certificate", "CertificateVerify"];
    return flight(spec, ["ServerHello", "ChangeCipherSpec", "EncryptedExtensions", ...proof, "Finished"]);
  }
  // [RFC 5246 §7.3, figures 1 and 2]
  return flight(
    spec,
    resumed
      ? ["ServerHello", "ChangeCipherSpec", "Finished"]
      : ["ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone"],
  );
}

/** The client's second. */
export function clientFinished(spec: TlsSpec): Flight {
  const { version, resumed, earlyData } = spec;
  if (version === "1.2") {
    const keys: readonly Step[] = resumed ? [] : ["ClientKeyExchange"];
    return flight(spec, [...keys, "ChangeCipherSpec", "Finished"]);
  }
  return flight(spec, earlyData ? ["EndOfEarlyData", "Finished"] : ["ChangeCipherSpec", "Finished"]);
}

/** The server's second of a full handshake of TLS 1.2 [RFC 5077 §3.1, figure 1]. */
export function serverFinished(spec: TlsSpec): Flight {
  return flight(spec, ["NewSessionTicket", "ChangeCipherSpec", "Finished"]);
}

/** What a server of TLS 1.3 sends after the handshake [RFC 8446 §4.6.1]. */
export function newSessionTicket(spec: TlsSpec): Flight {
  return flight(spec, ["NewSessionTicket"]);
}

function flight(spec: TlsSpec, steps: readonly Step[]): Flight {
  return new Flight(
    steps,
    steps.reduce((sum, step, index) => sum + recordBytes(spec, steps, step, index), 0),
  );
}

function recordBytes(spec: TlsSpec, steps: readonly Step[], step: Step, index: number): number {
  if (step === "ChangeCipherSpec") return plainRecordBytes(1);
  const bytes = messageBytes(step, spec);
  return isProtected(spec, steps, index) ? sealedBytes(spec.version, bytes) : plainRecordBytes(bytes);
}

/** Whether the keys are in use: in 1.3 after the two Hellos [RFC 8446 §2], in 1.2 after the ChangeCipherSpec. */
function isProtected({ version }: TlsSpec, steps: readonly Step[], index: number): boolean {
  const step = steps[index];
  if (version === "1.3") return step !== "ClientHello" && step !== "ServerHello";
  return steps.slice(0, index).includes("ChangeCipherSpec");
}
