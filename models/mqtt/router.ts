/**
 * Who gets a message, and at which quality of service. A session with several matching subscriptions gets one
 * copy, at the highest of their qualities [MQTT-3.3.4-2]. The answer is kept for each topic until
 * a subscription changes.
 */
import type { Message } from "../../src/trace/index.js";
import type { Session } from "./broker-session.js";
import { utf8Bytes } from "./packets/wire-size.js";
import type { SubscriptionRow } from "./subscription-rows.js";
import type { SubscriptionTree } from "./subscription-tree.js";

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
  readonly #tree: SubscriptionTree;
  /** By index. */
  readonly #sessions: readonly (Session | undefined)[];
  readonly #byTopic: Map<string, Route> = new Map();
  /** The same routes by the index of the message stream, which is what a message carries. */
  readonly #byStream: (Route | undefined)[] = [];

  /** The owners of the tree's subscriptions are places among `sessions`. */
  constructor(tree: SubscriptionTree, sessions: readonly (Session | undefined)[]) {
    this.#tree = tree;
    this.#sessions = sessions;
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
    const found: SubscriptionRow[] = [];
    this.#tree.match(topic, found);
    route.recipients = this.#recipientsOf(found);
    route.version = this.#tree.version;
  }

  #recipientsOf(found: readonly SubscriptionRow[]): readonly Recipient[] {
    const { rows } = this.#tree;
    const byOwner = new Map<number, Recipient>();
    for (const row of found) {
      const owner = rows.owner(row);
      const recipient = byOwner.get(owner);
      const [qos, noLocal, retainAsPublished] = [
        rows.qos(row),
        rows.noLocal(row),
        rows.retainAsPublished(row),
      ];
      if (recipient === undefined) {
        const session = this.#sessions[owner] as Session;
        byOwner.set(owner, { session, qos, noLocal, retainAsPublished });
      } else {
        recipient.qos = Math.max(recipient.qos, qos);
        recipient.noLocal = recipient.noLocal && noLocal;
        recipient.retainAsPublished = recipient.retainAsPublished || retainAsPublished;
      }
    }
    return [...byOwner.values()];
  }
}
