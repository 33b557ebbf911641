/**
 * no-creation: nothing is delivered that nobody published, and nothing to somebody who never asked for it. A
 * message may still come after the application took its request back: it was on its way.
 */
import type { Instant } from "../../kernel/index.js";
import type { Message } from "../../trace/index.js";
import type { HistoryEvents } from "../history-events.js";
import type { CheckResult, Witness } from "../verdict.js";
import { verdictOf } from "./verdict-of.js";

export class NoCreation {
  readonly #events: HistoryEvents;
  #violations = 0;
  #witness: Witness | undefined;

  constructor(events: HistoryEvents) {
    this.#events = events;
  }

  /** A delivery of something that this history never gave an identity. */
  created(recipient: number, message: Message, now: Instant): void {
    this.#violations++;
    this.#witness ??= {
      what: `${this.#events.node(recipient)} received ${this.#events.message(message)}, which nobody published.`,
      events: [this.#events.delivered(recipient, message, now)],
    };
  }

  /** A delivery to somebody none of whose filters ever matched the topic. */
  misdirected(recipient: number, message: Message, now: Instant): void {
    this.#violations++;
    this.#witness ??= {
      what:
        `${this.#events.node(recipient)} received ${this.#events.message(message)}, ` +
        `but never asked for ${message.stream.topic}.`,
      events: [this.#events.published(message), this.#events.delivered(recipient, message, now)],
    };
  }

  result(deliveries: number): CheckResult {
    return verdictOf("no-creation", deliveries, this.#violations, 0, this.#witness);
  }
}
