/**
 * Who asked for what: subscriptions by filter, and the topics that each filter matches. Matching is the
 * model's; every filter is held against every topic once.
 */
import type { Instant } from "../kernel/index.js";
import { pairWith } from "./pair.js";
import type { Stream } from "./stream.js";
import { type Filter, type Subscription, Subscriptions, Topic } from "./subscriptions.js";

export class Interests {
  readonly #matches: (filter: string, topic: string) => boolean;
  readonly #filters = new Map<string, Filter>();
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Subscriptions();

  constructor(matches: (filter: string, topic: string) => boolean) {
    this.#matches = matches;
  }

  /** The topic's record; made when there is none. */
  topic(text: string): Topic {
    const known = this.#topics.get(text);
    if (known !== undefined) return known;
    const topic = new Topic(text);
    this.#topics.set(text, topic);
    for (const filter of this.#filters.values()) this.#relate(filter, topic);
    return topic;
  }

  /** The recipient's subscription to the filter; made, neither wanted nor granted, when there is none. */
  subscription(recipient: number, text: string): Subscription {
    let each = this.#subscriptions.firstOf(recipient);
    while (each !== undefined && each.filter.text !== text) each = each.nextOfRecipient;
    return each ?? this.#subscriptions.add(recipient, this.#filter(text));
  }

  /** Calls `visit` for each subscription that the recipient ever had. */
  eachOf(recipient: number, visit: (subscription: Subscription) => void): void {
    for (let each = this.#subscriptions.firstOf(recipient); each !== undefined; each = each.nextOfRecipient) {
      visit(each);
    }
  }

  /** Calls `visit` for each stream whose topic the subscription's filter matches. */
  eachStream({ filter }: Subscription, visit: (stream: Stream) => void): void {
    for (const topic of filter.topics ?? []) for (const stream of topic.streams) visit(stream);
  }

  /** Whether the recipient ever asked for the topic. */
  everWanted(recipient: number, topic: string): boolean {
    let found = false;
    this.eachOf(recipient, ({ filter }) => {
      found ||= filter.topics?.some(({ text }) => text === topic) ?? false;
    });
    return found;
  }

  /** A stream has begun: those who want its topic are entitled to it from its first message. */
  begin(stream: Stream): void {
    const topic = this.topic(stream.topic);
    topic.streams.push(stream);
    for (const filter of topic.filters) {
      for (let each = filter.subscriptions; each !== undefined; each = each.nextOfFilter) {
        if (each.wanted) pairWith(stream, each.recipient).wish();
        if (each.granted >= 0) pairWith(stream, each.recipient).grant(each.granted, each.grantedAt);
      }
    }
  }

  /** The application asks. */
  want(subscription: Subscription): void {
    subscription.unanswered++;
    if (subscription.wanted) return;
    subscription.wanted = true;
    this.eachStream(subscription, (stream) => pairWith(stream, subscription.recipient).wish());
  }

  /** An answer has come. False if it does not count: the request was taken back, or there was none. */
  confirm(subscription: Subscription, granted: number, now: Instant): boolean {
    if (subscription.unanswered > 0) subscription.unanswered--;
    if (subscription.stale > 0) {
      subscription.stale--;
      return false;
    }
    if (!subscription.wanted) return false;
    const before = subscription.granted;
    subscription.granted = granted;
    if (before < 0) subscription.grantedAt = now;
    this.eachStream(subscription, (stream) => {
      const pair = pairWith(stream, subscription.recipient);
      if (before < 0) pair.grant(granted, now);
      else if (before !== granted) pair.regrant(before, granted, now);
    });
    return true;
  }

  /** The session is lost, and with it the subscription and requests under way; the application still wants it. */
  lose(subscription: Subscription, forgotten: boolean, now: Instant): void {
    subscription.unanswered = 0;
    subscription.stale = 0;
    this.#revoke(subscription, forgotten, now);
  }

  /** The application does not want it any more. */
  drop(subscription: Subscription, now: Instant): void {
    subscription.stale = subscription.unanswered;
    this.#revoke(subscription, false, now);
    if (!subscription.wanted) return;
    subscription.wanted = false;
    this.eachStream(subscription, (stream) => pairWith(stream, subscription.recipient).dropWish());
  }

  #revoke(subscription: Subscription, forgotten: boolean, now: Instant): void {
    const { granted } = subscription;
    if (granted < 0) return;
    subscription.granted = -1;
    this.eachStream(subscription, (stream) =>
      pairWith(stream, subscription.recipient).revoke(granted, forgotten, now),
    );
  }

  #filter(text: string): Filter {
    const known = this.#filters.get(text);
    if (known !== undefined) return known;
    const filter = this.#subscriptions.filter(text);
    this.#filters.set(text, filter);
    for (const topic of this.#topics.values()) this.#relate(filter, topic);
    return filter;
  }

  #relate(filter: Filter, topic: Topic): void {
    if (!this.#matches(filter.text, topic.text)) return;
    (filter.topics ??= []).push(topic);
    topic.filters.push(filter);
  }
}
