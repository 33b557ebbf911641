/** What a broker remembers of a client from one connection to the next [MQTT 5.0 §4.1]. */
import type { Will } from "../../src/trace/index.js";
import type { Receiver } from "./receiver.js";
import type { Sender } from "./sender.js";
import { NO_TERMS, type SessionTerms } from "./session-terms.js";
import { NO_SUBSCRIPTION, type SubscriptionRow } from "./subscription-rows.js";

/** No connection, no node. */
export const NONE = -1;

/** Its parts are made when they are needed: an idle session is this object and one row. */
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
  /** Identifier of this connection's last SUBSCRIBE, doubled, and one more if the session was resumed. */
  #opening = 0;
  sender: Sender | undefined = undefined;
  receiver: Receiver | undefined = undefined;
  /** The first of a chain of siblings. */
  subscriptions: SubscriptionRow = NO_SUBSCRIPTION;

  constructor(clientId: string, index: number) {
    this.clientId = clientId;
    this.index = index;
  }

  /** A connection begins. */
  begin(connection: number, node: number, terms: SessionTerms, resumed: boolean): void {
    this.connection = connection;
    this.node = node;
    this.terms = terms;
    this.#opening = resumed ? 1 : 0;
  }

  get will(): Will | undefined {
    return this.terms.will;
  }

  set will(will: Will | undefined) {
    if (will !== this.terms.will) this.terms = { ...this.terms, will };
  }

  /** The CONNACK of this connection said that there was a session. */
  get resumed(): boolean {
    return (this.#opening & 1) === 1;
  }

  /** Identifier of this connection's last SUBSCRIBE, to know a repeated one by. */
  get lastSubscribe(): number {
    return this.#opening >> 1;
  }

  set lastSubscribe(identifier: number) {
    this.#opening = (identifier << 1) | (this.#opening & 1);
  }
}
