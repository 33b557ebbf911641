/**
 * at-most-once: no message is delivered more than once to one recipient.
 *
 * Whose filters overlap may get a copy for each of them. Retained copies do not count: how many may come depends
 * on how often the program asked.
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
        ...(message.acknowledgedAt === undefined
          ? []
          : [this.#events.acknowledged(message, message.acknowledgedAt)]),
        ...first,
        this.#events.delivered(recipient, message, now),
      ].sort((a, b) => a.at - b.at),
    };
  }
}
