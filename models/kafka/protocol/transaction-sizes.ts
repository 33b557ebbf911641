/** Sizes of what is said about producers' identities and transactions, from the layouts of Kafka 4.1: InitProducerId 5. */
import type { TransactionRequests, TransactionResponses } from "./transaction-messages.js";
import { ONE, type SizesOf } from "./wire-size.js";

export const TRANSACTION_REQUEST_SIZES: SizesOf<TransactionRequests> = {
  InitProducerId: () => ONE + 4 + 8 + 2 + ONE,
};

export const TRANSACTION_RESPONSE_SIZES: SizesOf<TransactionResponses> = {
  InitProducerId: () => 4 + 2 + 8 + 2 + ONE,
};
