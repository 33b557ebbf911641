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
import type { FirstDelivery, RecentDeliveries } from "../recent-deliveries.js";
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

  /** Whether the next violation is the first, and its witness yet to be made. */
  get unbroken(): boolean {
    return this.#violations === 0;
  }

  /** A first delivery that comes after that of a later message, number `pair.highest`. */
  overtaken(pair: Pair, message: PublishedMessage, recent: RecentDeliveries, now: Instant): void {
    this.#violations++;
    this.#witness ??= this.#show(pair, message, recent.find(pair, pair.highest), now);
  }

  /** `followed`: first deliveries that were not the first of their stream and recipient. */
  result(followed: number): CheckResult {
    return verdictOf("ordered", followed, this.#violations, 0, this.#witness);
  }

  #show(
    { recipient, stream, highest }: Pair,
    message: PublishedMessage,
    later: FirstDelivery | undefined,
    now: Instant,
  ): Witness {
    const events = this.#events;
    const overtaker = events.numbered(stream, highest);
    const long = later === undefined ? ", which came more than 4,096 deliveries earlier" : "";
    return {
      what: `${events.node(recipient)} received ${events.message(message)} after ${overtaker}${long}.`,
      events: [
        events.published(message),
        ...(later === undefined ? [] : events.publishedAndDelivered(recipient, stream, highest, later)),
        events.delivered(recipient, message, now),
      ],
    };
  }
}
