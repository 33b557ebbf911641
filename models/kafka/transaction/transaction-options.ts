/** A broker's options about transactions, as data. */
import { SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues } from "../../../src/model/index.js";

export interface TransactionConfig {
  readonly transactionVersion: number;
  readonly transactionVerification: boolean;
  readonly transactionMaxTimeout: number;
  readonly transactionAbortInterval: number;
  readonly transactionalIdExpiration: number;
}

export const TRANSACTION_OPTIONS: readonly OptionDescription[] = [
  {
    name: "transactionVersion",
    kind: "choice",
    choices: [1, 2],
    default: 2,
    summary:
      "2: a producer's epoch rises with every transaction, and leaders add partitions to it. All brokers alike.",
    source: "transaction.version, 2 on new clusters since 4.0 [KIP-890]",
  },
  {
    name: "transactionVerification",
    kind: "boolean",
    default: true,
    summary: "A leader asks the coordinator before a transaction begins in its log.",
    source: "transaction.partition.verification.enable",
  },
  {
    name: "transactionMaxTimeout",
    kind: "duration",
    min: 1,
    default: 900 * SECOND,
    summary: "Longest timeout that a producer may ask for.",
    source: "transaction.max.timeout.ms",
  },
  {
    name: "transactionAbortInterval",
    kind: "duration",
    min: 1,
    default: 10 * SECOND,
    summary: "Time between two searches for transactions that have timed out.",
    source: "transaction.abort.timed.out.transaction.cleanup.interval.ms",
  },
  {
    name: "transactionalIdExpiration",
    kind: "duration",
    min: 1,
    default: 604_800 * SECOND,
    summary: "A transactional id that is not used for so long is forgotten.",
    source: "transactional.id.expiration.ms",
  },
];

export function transactionConfig(options: OptionValues): TransactionConfig {
  return {
    transactionVersion: options["transactionVersion"] as number,
    // Adding a partition verifies it.
    transactionVerification:
      options["transactionVersion"] === 2 || options["transactionVerification"] === true,
    transactionMaxTimeout: options["transactionMaxTimeout"] as number,
    transactionAbortInterval: options["transactionAbortInterval"] as number,
    transactionalIdExpiration: options["transactionalIdExpiration"] as number,
  };
}
