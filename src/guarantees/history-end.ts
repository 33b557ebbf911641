/** What is known when a history ends. */
import type { Instant } from "../kernel/index.js";
import type { PublishedMessage } from "./stream.js";

export interface HistoryEnd {
  readonly at: Instant;
  /** When all faults had healed (0 when there were none); undefined while some last. */
  readonly healedAt: Instant | undefined;
  /** Messages whose story is not over, in the order of publication. */
  readonly unsettled: readonly PublishedMessage[];
}
