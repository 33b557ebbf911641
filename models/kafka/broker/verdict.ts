/** What verifying transactions has told about partitions that are to be written to [KIP-890]. */
import { NO_GUARD } from "../log/transaction-index.js";
import type { KafkaError } from "../protocol/messages.js";

/** Of a partition whose records were to be verified. */
export interface Verdict {
  readonly error: KafkaError;
  readonly guard: number;
}

/** By partition. */
export type Verdicts = ReadonlyMap<number, Verdict>;

/** Of a partition of which nothing was to be verified, and of all of them. */
export const UNVERIFIED: Verdict = { error: "NONE", guard: NO_GUARD };
export const NOTHING: Verdicts = new Map();
