/**
 * Sizes of handshake messages in bytes, their four-byte header included: the structures of the specifications
 * with X25519 for the key exchange and RSA-2048 for signatures, and what OpenSSL 3.0 puts into them when it speaks
 * the one version only and asks for a server with a name of 18 characters.
 */
import type { TlsSpec } from "../spec.js";

export type MessageName =
  | "ClientHello"
  | "ServerHello"
  | "EncryptedExtensions"
  | "Certificate"
  | "CertificateVerify"
  | "ServerKeyExchange"
  | "ServerHelloDone"
  | "ClientKeyExchange"
  | "EndOfEarlyData"
  | "Finished"
  | "NewSessionTicket";

/** Type and length [RFC 8446 §4] [RFC 5246 §7.4]. */
const HEADER = 4;
const RANDOM = 32;
const SESSION_ID = 32;
const X25519_SHARE = 32;
const RSA_2048_SIGNATURE = 256;
/** An extension's type and length [RFC 8446 §4.2]. */
const EXTENSION = 4;
/** Hash that a PSK binder consists of: the suites of TLS 1.3 that OpenSSL prefers use SHA-384. */
const SHA_384 = 48;
/** A server sends its own certificate and that of the authority that issued it. */
const CERTIFICATES = 2;

/** Tickets are opaque to the client [RFC 8446 §4.6.1] [RFC 5077 §3.3]: sizes of those of OpenSSL 3.0. */
const TICKET = { "1.3": 208, "1.2": 160 } as const;
/** Version, random, session id, suites, compression and extensions: OpenSSL 3.0, as said above. */
const CLIENT_HELLO = { "1.3": 247, "1.2": 266 } as const;

type Sizes = Readonly<Partial<Record<MessageName, number>>>;

/** Throws when the handshake that `spec` describes has no such message. */
export function messageBytes(name: MessageName, spec: TlsSpec): number {
  const body = (spec.version === "1.3" ? bodies13(spec) : bodies12(spec))[name];
  if (body === undefined) throw new Error(`TLS ${spec.version} knows no ${name}`);
  return HEADER + body;
}

/** [RFC 8446 §4] */
function bodies13({ resumed, earlyData, certificateChain }: TlsSpec): Sizes {
  const earlyDataExtension = earlyData ? EXTENSION : 0; // [RFC 8446 §4.2.10]
  const keyShare = EXTENSION + 2 + 2 + X25519_SHARE;
  const supportedVersions = EXTENSION + 2;
  const selectedPsk = resumed ? EXTENSION + 2 : 0;
  const [lifetime, ageAdd, nonce, noExtensions] = [4, 4, 1 + 8, 2];
  return {
    ClientHello: CLIENT_HELLO["1.3"] - HEADER + (resumed ? offeredPsk() + earlyDataExtension : 0),
    ServerHello: 2 + RANDOM + 1 + SESSION_ID + 2 + 1 + 2 + keyShare + supportedVersions + selectedPsk,
    EncryptedExtensions: 2 + earlyDataExtension,
    Certificate: 1 + 3 + CERTIFICATES * (3 + 2) + certificateChain,
    CertificateVerify: 2 + 2 + RSA_2048_SIGNATURE,
    EndOfEarlyData: 0,
    Finished: SHA_384,
    NewSessionTicket: lifetime + ageAdd + nonce + 2 + TICKET["1.3"] + noExtensions,
  };
}

/** The extension pre_shared_key of a ClientHello with one identity [RFC 8446 §4.2.11]. */
function offeredPsk(): number {
  const identities = 2 + (2 + TICKET["1.3"] + 4);
  const binders = 2 + (1 + SHA_384);
  return EXTENSION + identities + binders;
}

/** [RFC 5246 §7.4], key exchange by [RFC 8422 §5.4, §5.7], ticket by [RFC 5077 §3.3] */
function bodies12({ resumed, certificateChain }: TlsSpec): Sizes {
  const renegotiationInfo = EXTENSION + 1;
  const extendedMasterSecret = EXTENSION;
  const pointFormatsAndTicket = resumed ? 0 : EXTENSION + 4 + EXTENSION;
  const extensions = 2 + renegotiationInfo + extendedMasterSecret + pointFormatsAndTicket;
  const curve = 3;
  return {
    ClientHello: CLIENT_HELLO["1.2"] - HEADER + (resumed ? TICKET["1.2"] + SESSION_ID : 0),
    ServerHello: 2 + RANDOM + 1 + (resumed ? SESSION_ID : 0) + 2 + 1 + extensions,
    Certificate: 3 + CERTIFICATES * 3 + certificateChain,
    ServerKeyExchange: curve + 1 + X25519_SHARE + 2 + 2 + RSA_2048_SIGNATURE,
    ServerHelloDone: 0,
    ClientKeyExchange: 1 + X25519_SHARE,
    Finished: 12, // [RFC 5246 §7.4.9]
    NewSessionTicket: 4 + 2 + TICKET["1.2"],
  };
}
