/** What a coordinator makes of a producer's wish to end its transaction, by the state that this is in. */
import type { KafkaError, Requests } from "../protocol/messages.js";
import type { Entry } from "./transaction-store.js";

export interface EndRules {
  /** Transaction version 2: the epoch rises with every transaction. */
  readonly bumps: boolean;
  readonly fencesProducers: boolean;
}

/** `end`: it is to be ended now. Otherwise the answer; after "NONE" the producer is what the state says. */
export function endOf(
  { state, pending }: Entry,
  { producerId, producerEpoch, committed }: Requests["EndTxn"],
  { bumps, fencesProducers }: EndRules,
): KafkaError | "end" {
  // The answer to a first attempt got lost: the epoch, or the id, is another one since [KIP-890].
  const again =
    bumps && (producerEpoch === state.producerEpoch - 1 || producerId === state.previousProducerId);
  if (pending !== undefined) return "CONCURRENT_TRANSACTIONS";
  const isOpen = state.status === "ongoing" || state.status === "empty";
  const known = producerEpoch === state.producerEpoch || (again && !isOpen);
  if (fencesProducers && !known) return "PRODUCER_FENCED";
  const wanted = committed ? "commit" : "abort";
  switch (state.status) {
    case "ongoing":
      return "end";
    case "prepare-commit":
    case "prepare-abort":
      return state.status === `prepare-${wanted}` ? "CONCURRENT_TRANSACTIONS" : "INVALID_TXN_STATE";
    case "complete-commit":
    case "complete-abort":
      // Without a rising epoch nobody can tell a second attempt from a late one: either is told that it is done.
      if (!bumps || again) return state.status === `complete-${wanted}` ? "NONE" : "INVALID_TXN_STATE";
      return committed ? "INVALID_TXN_STATE" : "end";
    case "empty":
      return bumps && !committed ? "end" : "INVALID_TXN_STATE";
  }
}
