/**
 * What a topic's retained message can be, as far as the application can know. Publications overlap: one counts
 * from somewhere between its publication and its acknowledgement. Only where one was acknowledged before the
 * other was published is it certain which came first.
 */
import type { RetainedMessage } from "../stream.js";

/** Whether a message takes the topic's retained message away instead of replacing it. */
export function clears(message: RetainedMessage): boolean {
  return message.retain && message.payloadBytes === 0;
}

/** Whether `earlier` was certainly in force, and over, when `later` was published. */
export function precedes(earlier: RetainedMessage, later: RetainedMessage): boolean {
  return earlier.acknowledgedOrder > 0 && earlier.acknowledgedOrder < later.publishedOrder;
}

export class RetainedTopic {
  /** Of the acknowledged publications the one published last: what is in force is this or something newer. */
  floor: RetainedMessage | undefined;
  readonly interests: Map<number, RetainedInterest> = new Map();

  #clearsPending = 0;
  /** Place of the latest acknowledgement of a clearing message. */
  #clearedOrder = 0;
  /** Something was published that may be in force or not for ever: with quality 0, or it failed. */
  #uncertain = false;

  published(message: RetainedMessage): void {
    if (message.stream.qos === 0 && !message.stream.ofWills) this.#uncertain = true;
    else if (clears(message)) this.#clearsPending++;
  }

  acknowledged(message: RetainedMessage): void {
    if (clears(message)) {
      this.#clearsPending--;
      this.#clearedOrder = Math.max(this.#clearedOrder, message.acknowledgedOrder);
    }
    if (this.floor === undefined || message.publishedOrder > this.floor.publishedOrder) this.floor = message;
  }

  failed(): void {
    this.#uncertain = true;
  }

  /** What `recipient` asked of this topic; begun when it is the first time. */
  interestOf(recipient: number): RetainedInterest {
    const known = this.interests.get(recipient);
    if (known !== undefined) return known;
    const interest: RetainedInterest = { expectations: [], copies: new Set() };
    this.interests.set(recipient, interest);
    return interest;
  }

  /** Whether a subscription confirmed now, whose floor was `floor`, must be answered with a message. */
  promises(floor: RetainedMessage | undefined, granted: number): boolean {
    if (floor === undefined || clears(floor) || this.#uncertain) return false;
    if (this.#clearsPending > 0 || this.#clearedOrder > floor.publishedOrder) return false;
    return Math.min(floor.stream.qos, granted) >= 1;
  }
}

/** One recipient's requests for one topic. */
export interface RetainedInterest {
  /** In the order of the requests. */
  readonly expectations: RetainedExpectation[];
  /** What has come as a retained copy. It may come again: repetitions are not judged here. */
  readonly copies: Set<RetainedMessage>;
}

/** What one request lets expect of one topic. */
export interface RetainedExpectation {
  readonly filter: string;
  readonly requestedAt: number;
  /** What was certainly in force, or newer than what was, when the request was made. */
  readonly floor: RetainedMessage | undefined;
  /** When the subscription was confirmed and with it the message promised; -1 if it was not. */
  promisedAt: number;
  /** The promise stands: neither unsubscribed nor lost with the session. */
  standing: boolean;
  /** A message that is new enough has come, as a retained copy or live. */
  satisfied: boolean;
  /** A retained copy has been taken for the answer. */
  answered: boolean;
}
