/**
 * ordered: first deliveries follow the order of publication.
 *
 * Scope: one stream (publisher, topic, quality published) and one recipient, while the quality granted to it
 * does not change. Repetitions and retained copies do not count:
 * they belong to other promises. A message that never comes breaks no order.
 */
import type { Instant } from "../../kernel/index.js";
import type { HistoryEvents } from "../history-events.js";
import type { Pair } from "../pair.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult, Witness } from "../verdict.js";
import { verdictOf } from "./verdict-of.js";

export class Ordered {
  readonly #events: HistoryEvents;
  #violations = 0;
  #witness: Witness | undefined;

  constructor(events: HistoryEvents) {
    this.#events = events;
  }

  /** A first delivery that comes after that of a later message, `pair.highestMessage`. */
  overtaken(pair: Pair, message: PublishedMessage, now: Instant): void {
    this.#violations++;
    const later = pair.highestMessage;
    if (this.#witness !== undefined || later === undefined) return;
    const events = this.#events;
    this.#witness = {
      what: `${events.node(pair.recipient)} received ${events.message(message)} after ${events.message(later)}.`,
      events: [
        events.published(message),
        events.published(later),
        events.delivered(pair.recipient, later, pair.highestAt),
        events.delivered(pair.recipient, message, now),
      ],
    };
  }

  /** `followed`: first deliveries that were not the first of their stream and recipient. */
  result(followed: number): CheckResult {
    return verdictOf("ordered", followed, this.#violations, 0, this.#witness);
  }
}
