/**
 * TLS records: the plaintext in pieces of at most 2^14 bytes, each with a header and, once there are keys, what
 * its protection adds. The cipher is AES-GCM in both versions, which TLS 1.3 makes mandatory [RFC 8446 §9.1].
 */
import type { Content, ContentDescription } from "../../trace/index.js";
import type { TlsSpec } from "../spec.js";

export type TlsVersion = TlsSpec["version"];

/** Plaintext of a full record [RFC 8446 §5.1] [RFC 5246 §6.2.1]. */
export const RECORD_PLAINTEXT_MAX = 16_384;

/** Type, version, length [RFC 8446 §5.1] [RFC 5246 §6.2.1]. */
const HEADER = 5;
/** Authentication tag of AES-GCM [RFC 5116 §5.1]. */
const TAG = 16;
/** The real content type, encrypted with the rest [RFC 8446 §5.2]. */
const INNER_TYPE = 1;
/** The part of the nonce that is sent along [RFC 5288 §3]. */
const EXPLICIT_NONCE = 8;

/** Bytes that `plaintext` takes in records before there are keys. */
export function plainRecordBytes(plaintext: number): number {
  return plaintext + recordsFor(plaintext) * HEADER;
}

/** Bytes that `plaintext` takes in protected records, in as many as it needs; at least one. */
export function sealedBytes(version: TlsVersion, plaintext: number): number {
  const protection = version === "1.3" ? INNER_TYPE + TAG : EXPLICIT_NONCE + TAG;
  return plaintext + recordsFor(plaintext) * (HEADER + protection);
}

function recordsFor(plaintext: number): number {
  return Math.max(1, Math.ceil(plaintext / RECORD_PLAINTEXT_MAX));
}

/** What a program sends, in records of its own: a record never holds parts of two. */
export class ApplicationData implements Content {
  readonly content: Content;
  readonly payloadBytes: number;
  readonly bytes: number;

  /** Of the bytes of `content`, `payloadBytes` come from a program. */
  constructor(version: TlsVersion, content: Content, payloadBytes: number) {
    this.content = content;
    this.payloadBytes = payloadBytes;
    this.bytes = sealedBytes(version, content.bytes);
  }

  describe(): ContentDescription {
    return { protocol: "tls", name: "Application Data", detail: "", again: false };
  }

  carried(): readonly Content[] {
    return [this.content];
  }
}

/** `close_notify`: nothing more will follow in this direction [RFC 8446 §6.1] [RFC 5246 §7.2.1]. */
export class CloseNotify implements Content {
  readonly bytes: number;

  constructor(version: TlsVersion) {
    this.bytes = sealedBytes(version, 2); // level and description
  }

  describe(): ContentDescription {
    return { protocol: "tls", name: "close_notify", detail: "", again: false };
  }
}

/** What is handed to the transport in one piece, as a library does with what it has to say at one time. */
export class Batch implements Content {
  readonly contents: readonly Content[];
  readonly bytes: number;

  constructor(contents: readonly Content[]) {
    this.contents = contents;
    this.bytes = contents.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  describe(): ContentDescription {
    return { protocol: "tls", name: "records", detail: `${this.contents.length} contents`, again: false };
  }

  carried(): readonly Content[] {
    return this.contents;
  }
}
