/**
 * retained: who subscribes gets the topic's newest retained message.
 *
 * - stale-retained: an older one came, although a newer one was acknowledged before the request;
 * - ghost-retained: one came that had been cleared before the request, or was never to be retained;
 * - missing-retained: a retained message in force, acknowledged before the request and of quality 1 or more in
 *   both halves, did not come at all after the subscription was confirmed, and is held nowhere.
 *
 * Publications that overlap in time may take effect in either order: only what is certain is judged.
 */
import type { Instant } from "../../kernel/index.js";
import { DELIVERY_RETAINED } from "../../trace/index.js";
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import { type PublishedMessage, RetainedMessage } from "../stream.js";
import type { Subscription, Topic } from "../subscriptions.js";
import type { CheckResult, HistoryEvent, Witness } from "../verdict.js";
import {
  clears,
  precedes,
  RetainedTopic,
  type RetainedExpectation,
  type RetainedInterest,
} from "./retained-topic.js";
import { verdictOf } from "./verdict-of.js";

export class Retained {
  readonly #events: HistoryEvents;
  readonly #topics: Topic[] = [];
  #order = 0;
  #atRisk = 0;
  #violations = 0;
  #open = 0;
  #witness: Witness | undefined;

  constructor(events: HistoryEvents) {
    this.#events = events;
  }

  published(topic: Topic, message: RetainedMessage): void {
    message.publishedOrder = ++this.#order;
    topic.retained ??= this.#begin(topic, message.publishedAt);
    topic.retained.published(message);
    // Whoever publishes a will does so where it takes effect: nobody has to be told.
    if (message.stream.ofWills) this.acknowledged(topic, message);
  }

  acknowledged(topic: Topic, message: RetainedMessage): void {
    message.acknowledgedOrder = ++this.#order;
    topic.retained?.acknowledged(message);
  }

  failed(topic: Topic): void {
    topic.retained?.failed();
  }

  subscribing(subscription: Subscription, now: Instant): void {
    for (const { retained } of subscription.filter.topics ?? []) {
      if (retained !== undefined) expect(retained, subscription, now);
    }
  }

  subscribed(subscription: Subscription, now: Instant): void {
    this.#eachExpectation(subscription, (expectation, retained) => {
      if (expectation.promisedAt >= 0 || !expectation.standing) return;
      if (retained.promises(expectation.floor, subscription.granted)) expectation.promisedAt = now;
      else expectation.standing = false;
    });
  }

  /** Unsubscribed, or lost with the session. */
  ended(subscription: Subscription): void {
    this.#eachExpectation(subscription, (expectation) => {
      expectation.standing = false;
    });
  }

  /** A retained copy, or a live delivery of a message that is to be retained. */
  delivered(topic: Topic, recipient: number, message: PublishedMessage, kind: number, now: Instant): void {
    const copy = kind === DELIVERY_RETAINED;
    if (!(message instanceof RetainedMessage)) {
      if (copy) this.#neverRetained(recipient, message, now);
      return;
    }
    if (copy && clears(message)) this.#neverRetained(recipient, message, now);
    const interest = topic.retained?.interests.get(recipient);
    if (interest === undefined) return;
    for (const expectation of interest.expectations) {
      if (!expectation.satisfied && !isOlder(message, expectation.floor)) this.#satisfy(expectation);
    }
    if (!copy || interest.copies.has(message)) return;
    interest.copies.add(message);
    if (!answer(interest, message)) this.#older(recipient, message, interest.expectations, now);
  }

  /** At the horizon, something still holds a message for the recipient: it may answer the request. */
  held(topic: Topic, recipient: number, message: PublishedMessage): void {
    if (!(message instanceof RetainedMessage)) return;
    for (const expectation of topic.retained?.interests.get(recipient)?.expectations ?? []) {
      if (!expectation.standing || expectation.satisfied || isOlder(message, expectation.floor)) continue;
      expectation.satisfied = true;
      this.#open++;
    }
  }

  result(end: HistoryEnd): CheckResult {
    for (const { retained } of this.#topics) {
      for (const [recipient, { expectations }] of retained?.interests ?? []) {
        for (const expectation of expectations) this.#conclude(recipient, expectation, end);
      }
    }
    return verdictOf("retained", this.#atRisk, this.#violations, this.#open, this.#witness);
  }

  /** Something is retained for the topic for the first time: whoever waits for an answer may get it. */
  #begin(topic: Topic, now: Instant): RetainedTopic {
    const retained = new RetainedTopic();
    this.#topics.push(topic);
    for (const { subscriptions } of topic.filters) {
      for (let each = subscriptions; each !== undefined; each = each.nextOfFilter) {
        for (let request = 0; request < each.unanswered; request++) expect(retained, each, now);
      }
    }
    return retained;
  }

  #satisfy(expectation: RetainedExpectation): void {
    expectation.satisfied = true;
    if (expectation.floor !== undefined) this.#atRisk++;
  }

  #conclude(recipient: number, expectation: RetainedExpectation, end: HistoryEnd): void {
    const { floor, promisedAt, standing, satisfied } = expectation;
    if (satisfied || !standing || promisedAt < 0 || floor === undefined) return;
    this.#atRisk++;
    if (end.healedAt === undefined) {
      this.#open++;
      return;
    }
    this.#violations++;
    const events = this.#events;
    this.#witness ??= {
      what:
        `missing-retained: ${events.node(recipient)} subscribed to ${expectation.filter} and never received ` +
        `${events.message(floor)}, which was retained.`,
      events: [
        ...this.#known(floor),
        events.subscription("subscribing", recipient, expectation.requestedAt, expectation.filter),
        events.subscription("subscribed", recipient, promisedAt, expectation.filter),
        events.ended(end.at),
      ],
    };
  }

  #older(
    recipient: number,
    message: RetainedMessage,
    expectations: readonly RetainedExpectation[],
    now: Instant,
  ): void {
    const expectation = expectations.findLast(({ floor }) => isOlder(message, floor));
    if (expectation?.floor === undefined) return;
    this.#atRisk++;
    this.#violations++;
    const { floor, filter, requestedAt } = expectation;
    const events = this.#events;
    const [what, how] = clears(floor) ? ["ghost-retained", "cleared"] : ["stale-retained", "replaced"];
    this.#witness ??= {
      what:
        `${what}: ${events.node(recipient)} received ${events.message(message)}, ` +
        `which ${events.message(floor)} had ${how} before it subscribed.`,
      events: [
        ...this.#known(message),
        ...this.#known(floor),
        events.subscription("subscribing", recipient, requestedAt, filter),
        events.delivered(recipient, message, now, true),
      ],
    };
  }

  #neverRetained(recipient: number, message: PublishedMessage, now: Instant): void {
    this.#atRisk++;
    this.#violations++;
    const events = this.#events;
    this.#witness ??= {
      what:
        `ghost-retained: ${events.node(recipient)} received ${events.message(message)} as a retained message, ` +
        `which it never was.`,
      events: [events.published(message), events.delivered(recipient, message, now, true)],
    };
  }

  #known(message: RetainedMessage): HistoryEvent[] {
    const published = this.#events.published(message);
    if (message.acknowledgedAt === undefined) return [published];
    return [published, this.#events.acknowledged(message, message.acknowledgedAt)];
  }

  #eachExpectation(
    { recipient, filter }: Subscription,
    visit: (expectation: RetainedExpectation, retained: RetainedTopic) => void,
  ): void {
    for (const { retained } of filter.topics ?? []) {
      for (const expectation of retained?.interests.get(recipient)?.expectations ?? []) {
        if (expectation.filter === filter.text) visit(expectation, retained as RetainedTopic);
      }
    }
  }
}

/** Notes that an answer to `subscription` may bring the topic's retained message. */
function expect(retained: RetainedTopic, { recipient, filter }: Subscription, now: Instant): void {
  retained.interestOf(recipient).expectations.push({
    filter: filter.text,
    requestedAt: now,
    floor: retained.floor,
    promisedAt: -1,
    standing: true,
    satisfied: false,
    answered: false,
  });
}

/**
 * Takes the copy for the answer to the latest request that it can answer, which leaves the earlier ones to
 * older copies. False when it can answer none.
 */
function answer({ expectations }: RetainedInterest, message: RetainedMessage): boolean {
  for (let index = expectations.length - 1; index >= 0; index--) {
    const expectation = expectations[index] as RetainedExpectation;
    if (expectation.answered || isOlder(message, expectation.floor)) continue;
    expectation.answered = true;
    return true;
  }
  return false;
}

/** Whether `message` had certainly been replaced or cleared when `floor` was acknowledged. */
function isOlder(message: RetainedMessage, floor: RetainedMessage | undefined): boolean {
  return floor !== undefined && floor !== message && precedes(message, floor);
}
