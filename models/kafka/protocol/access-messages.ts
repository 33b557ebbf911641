/** What is said on a connection before anything else: which versions there are, and who asks. */
import type { SaslMechanism } from "../access/access-rules.js";
import type { Credentials } from "../access/sasl.js";
import type { KafkaError } from "./errors.js";

export interface AccessRequests {
  readonly ApiVersions: Record<string, never>;
  readonly SaslHandshake: { readonly mechanism: SaslMechanism };
  /** `turn`: which message of the mechanism, from 0; `bytes` of it. The credentials stand for what it proves. */
  readonly SaslAuthenticate: {
    readonly turn: number;
    readonly bytes: number;
    readonly credentials: Credentials;
  };
}

export interface AccessResponses {
  readonly ApiVersions: Record<string, never>;
  readonly SaslHandshake: { readonly error: KafkaError };
  readonly SaslAuthenticate: { readonly error: KafkaError; readonly bytes: number };
}
