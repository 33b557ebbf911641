/**
 * at-most-once: no message is delivered more than once to one recipient.
 *
 * Whose filters overlap may get a copy for each of them. A copy that comes because of a new
 * subscription to a topic with a retained message is no repetition, as long as there are no more such copies
 * than subscriptions were asked for.
 */
import type { Instant } from "../../kernel/index.js";
import type { HistoryEvents } from "../history-events.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult, HistoryEvent, Witness } from "../verdict.js";
import { verdictOf } from "./verdict-of.js";

export class AtMostOnce {
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

  /** A delivery beyond the first; `firstAt` is when that one was, if it is known. */
  repeated(recipient: number, message: PublishedMessage, firstAt: Instant | undefined, now: Instant): void {
    this.#violations++;
    this.#witness ??= this.#show(recipient, message, firstAt, now);
  }

  /** One retained copy more than the recipient's requests can explain. */
  retainedRepeated(recipient: number, message: PublishedMessage, firstAt: Instant, now: Instant): void {
    this.#violations++;
    this.#witness ??= {
      what:
        `${this.#events.node(recipient)} received the retained ${this.#events.message(message)} ` +
        `more often than it subscribed.`,
      events: [
        this.#events.published(message),
        this.#events.delivered(recipient, message, firstAt, true),
        this.#events.delivered(recipient, message, now, true),
      ],
    };
  }

  /** `delivered`: pairs of a message and a recipient that had it at least once. */
  result(delivered: number): CheckResult {
    return verdictOf("at-most-once", delivered, this.#violations, 0, this.#witness);
  }

  #show(recipient: number, message: PublishedMessage, firstAt: Instant | undefined, now: Instant): Witness {
    const first: HistoryEvent[] =
      firstAt === undefined ? [] : [this.#events.delivered(recipient, message, firstAt)];
    const long = firstAt === undefined ? ", the first time more than 4,096 deliveries earlier" : "";
    return {
      what: `${this.#events.node(recipient)} received ${this.#events.message(message)} again${long}.`,
      events: [
        this.#events.published(message),
        ...(message.acknowledgedAt < 0 ? [] : [this.#events.acknowledged(message, message.acknowledgedAt)]),
        ...first,
        this.#events.delivered(recipient, message, now),
      ].sort((a, b) => a.at - b.at),
    };
  }
}
