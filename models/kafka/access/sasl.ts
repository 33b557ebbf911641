/**
 * Authentication by SASL as two clients of a connection see it: how many messages go to and fro, and how long they are.
 * PLAIN sends name and password at once [RFC 4616]; SCRAM takes two turns and sends no password [RFC 5802].
 */
import type { SaslMechanism } from "./access-rules.js";

export interface Credentials {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

/** Bytes of the client's message and of the server's answer to it. */
export interface SaslTurn {
  readonly client: number;
  readonly server: number;
}

/** ScramFormatter: 130 random bits in base 36; a client's nonce and the server's that is appended to it. */
const NONCE = 26;
/** ScramFormatter.salt: a nonce again, in base 64. */
const SALT = 36;
const ITERATIONS = 4;

/** The turns of a mechanism, in order. */
export function turnsOf({ mechanism, username, password }: Credentials): readonly SaslTurn[] {
  if (mechanism === "PLAIN") return [{ client: 2 + username.length + password.length, server: 0 }];
  const proof = mechanism === "SCRAM-SHA-256" ? base64Bytes(32) : base64Bytes(64);
  return [
    {
      client: "n,,n=,r=".length + username.length + NONCE,
      server: "r=,s=,i=".length + 2 * NONCE + SALT + ITERATIONS,
    },
    { client: "c=biws,r=,p=".length + 2 * NONCE + proof, server: "v=".length + proof },
  ];
}

function base64Bytes(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}
