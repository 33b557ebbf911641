/** What a broker remembers of a client from one connection to the next [MQTT 5.0 §4.1]. */
import type { Will } from "../../src/trace/index.js";
import type { Receiver } from "./receiver.js";
import type { Sender } from "./sender.js";
import { NO_TERMS, type SessionTerms } from "./session-terms.js";
import type { Subscription } from "./subscription-tree.js";

/** No connection, no node. */
export const NONE = -1;

/** Its parts are made when they are needed: an idle session is this object and one subscription. */
export class Session {
  readonly clientId: string;
  /** The session's number, also of its timers. */
  readonly index: number;
  /** Where the client is connected, or `NONE`. */
  connection: number = NONE;
  /** The node that it connected from last. */
  node: number = NONE;
  /** What was agreed for the connection. */
  terms: SessionTerms = NO_TERMS;
  /** The CONNACK of this connection said that there was a session. */
  resumed = false;
  /** Identifier of this connection's last SUBSCRIBE, to know a repeated one by. */
  lastSubscribe = 0;
  will: Will | undefined = undefined;
  sender: Sender | undefined = undefined;
  receiver: Receiver | undefined = undefined;
  /** The first of a chain through `sibling`. */
  subscriptions: Subscription<Session> | undefined = undefined;

  constructor(clientId: string, index: number) {
    this.clientId = clientId;
    this.index = index;
  }

  subscriptionTo(filter: string): Subscription<Session> | undefined {
    let each = this.subscriptions;
    while (each !== undefined && each.filter !== filter) each = each.sibling;
    return each;
  }

  addSubscription(subscription: Subscription<Session>): void {
    subscription.sibling = this.subscriptions;
    this.subscriptions = subscription;
  }

  /** With their granted QoS, for looking at. */
  filters(): readonly string[] {
    const filters: string[] = [];
    for (let each = this.subscriptions; each !== undefined; each = each.sibling) {
      filters.push(`${each.filter} q${each.qos}`);
    }
    return filters;
  }

  removeSubscription(subscription: Subscription<Session>): void {
    if (this.subscriptions === subscription) {
      this.subscriptions = subscription.sibling;
      return;
    }
    for (let each = this.subscriptions; each !== undefined; each = each.sibling) {
      if (each.sibling === subscription) each.sibling = subscription.sibling;
    }
  }
}
