/** What is known when a history ends. */
import type { Instant } from "../kernel/index.js";
import type { PublishedMessage } from "./stream.js";

export interface HistoryEnd {
  readonly at: Instant;
  /** When all faults had healed (0 when there were none); undefined while some last. */
  readonly healedAt: Instant | undefined;
  /** The messages whose story is not over, in the order of publication, as far as they were kept. */
  readonly unsettled: () => readonly PublishedMessage[];
}
