/**
 * Who gets a message, and at which quality of service. A session with several matching subscriptions gets one
 * copy, at the highest of their qualities [MQTT-3.3.4-2]. The answer is kept for each topic until
 * a subscription changes.
 */
import type { Message } from "../../src/trace/index.js";
import type { Session } from "./broker-session.js";
import { utf8Bytes } from "./packets/wire-size.js";
import type { Subscription, SubscriptionTree } from "./subscription-tree.js";

export interface Recipient {
  readonly session: Session;
  /** The highest granted QoS. */
  qos: number;
  /** Every matching subscription asks not to get the session's own messages [MQTT-3.8.3-3]. */
  noLocal: boolean;
  retainAsPublished: boolean;
}

export class Route {
  /** Bytes of the topic name in UTF-8. */
  readonly topicBytes: number;
  recipients: readonly Recipient[] = [];
  /** The tree's version that the recipients are true for. */
  version = -1;

  constructor(topicBytes: number) {
    this.topicBytes = topicBytes;
  }
}

export class Router {
  readonly #tree: SubscriptionTree<Session>;
  readonly #byTopic: Map<string, Route> = new Map();
  /** The same routes by the index of the message stream, which is what a message carries. */
  readonly #byStream: (Route | undefined)[] = [];

  constructor(tree: SubscriptionTree<Session>) {
    this.#tree = tree;
  }

  /** The topic's route, true for the subscriptions of now. */
  route(message: Message): Route {
    const { index, topic } = message.stream;
    const route = this.#byStream[index] ?? this.#routeFor(index, topic);
    if (route.version !== this.#tree.version) this.#refresh(route, topic);
    return route;
  }

  #routeFor(stream: number, topic: string): Route {
    let route = this.#byTopic.get(topic);
    if (route === undefined) {
      route = new Route(utf8Bytes(topic));
      this.#byTopic.set(topic, route);
    }
    while (this.#byStream.length <= stream) this.#byStream.push(undefined);
    this.#byStream[stream] = route;
    return route;
  }

  #refresh(route: Route, topic: string): void {
    const found: Subscription<Session>[] = [];
    this.#tree.match(topic, found);
    route.recipients = recipientsOf(found);
    route.version = this.#tree.version;
  }
}

function recipientsOf(subscriptions: readonly Subscription<Session>[]): readonly Recipient[] {
  const bySession = new Map<Session, Recipient>();
  for (const { owner, qos, noLocal, retainAsPublished } of subscriptions) {
    const recipient = bySession.get(owner);
    if (recipient === undefined) {
      bySession.set(owner, { session: owner, qos, noLocal, retainAsPublished });
    } else {
      recipient.qos = Math.max(recipient.qos, qos);
      recipient.noLocal = recipient.noLocal && noLocal;
      recipient.retainAsPublished = recipient.retainAsPublished || retainAsPublished;
    }
  }
  return [...bySession.values()];
}
