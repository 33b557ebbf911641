/**
 * Sizes of what is said before anything else, from the layouts of Kafka 4.1: ApiVersions 4, SaslHandshake 1,
 * SaslAuthenticate 2.
 */
import type { AccessRequests, AccessResponses } from "./access-messages.js";
import { ONE, type SizesOf, compactBytes, compactLengthBytes } from "./wire-size.js";

/** Client software `apache-kafka-java` and a version like `4.1.0`. */
const SOFTWARE: number = compactBytes(17) + compactBytes(5);
/** Requests that a broker of 4.1 answers to clients: its message files with the listener `broker`, telemetry left out. */
const APIS = 75;
const MECHANISM_BYTES = "SCRAM-SHA-256".length;

export const ACCESS_REQUEST_SIZES: SizesOf<AccessRequests> = {
  ApiVersions: () => SOFTWARE + ONE,
  // Of a version before tagged fields: its header has none either.
  SaslHandshake: ({ mechanism }) => 2 + mechanism.length - ONE,
  SaslAuthenticate: ({ bytes }) => compactBytes(bytes) + ONE,
};

export const ACCESS_RESPONSE_SIZES: SizesOf<AccessResponses> = {
  // Its header never has tagged fields, so that a client of any version can read it.
  ApiVersions: () => 2 + compactLengthBytes(APIS) + APIS * (2 + 2 + 2 + ONE) + 4 + ONE - ONE,
  SaslHandshake: () => 2 + 4 + (2 + MECHANISM_BYTES) - ONE,
  SaslAuthenticate: ({ bytes }) => 2 + ONE + compactBytes(bytes) + 8 + ONE,
};
