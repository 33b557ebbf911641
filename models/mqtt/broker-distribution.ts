/**
 * The broker's work between a message's arrival and its way out: subscriptions, retained messages, routing, and
 * the quality of service of each copy [MQTT 5.0 §3.3.1, §3.3.4, §3.8.4].
 */
import type { Instant } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import type { BrokerConfig } from "./broker-config.js";
import { NONE, type Session } from "./broker-session.js";
import type { Version } from "./packets/packet-type.js";
import { Publish, publishBytes, publishFlags } from "./packets/publish.js";
import type { SubscriptionRequest } from "./packets/subscribe.js";
import { utf8Bytes } from "./packets/wire-size.js";
import { RetainedMessages } from "./retained-messages.js";
import { type Recipient, Router } from "./router.js";
import type { SenderConfig, SenderSink } from "./sender-sink.js";
import { Sender } from "./sender.js";
import { NO_SUBSCRIPTION, type SubscriptionRow } from "./subscription-rows.js";
import { SubscriptionTree } from "./subscription-tree.js";

export class Distribution {
  readonly retained: RetainedMessages;
  readonly #sink: SenderSink;
  readonly #config: BrokerConfig;
  readonly #counters: { retainedSent: number };
  readonly #senderConfigs: Readonly<Record<Version, SenderConfig>>;
  readonly #tree: SubscriptionTree = new SubscriptionTree();
  readonly #router: Router;

  /** `sessions` stand at their index. */
  constructor(
    sink: SenderSink,
    config: BrokerConfig,
    counters: { retainedSent: number },
    sessions: readonly (Session | undefined)[],
  ) {
    this.#sink = sink;
    this.#config = config;
    this.#counters = counters;
    const common = { ...config, resendsOneByOne: false };
    this.#senderConfigs = { 4: { ...common, version: 4 }, 5: { ...common, version: 5 } };
    this.retained = new RetainedMessages(config.rules);
    this.#router = new Router(this.#tree, sessions);
  }

  /** True if the session did not have the filter. Otherwise the new options replace the old [MQTT-3.8.4-3]. */
  subscribe(session: Session, request: SubscriptionRequest): boolean {
    const { filter, qos, noLocal, retainAsPublished } = request;
    const existing = this.#subscriptionTo(session, filter);
    const isNew = existing === NO_SUBSCRIPTION;
    if (isNew) session.subscriptions = this.#tree.add(session.index, filter, session.subscriptions);
    const row = isNew ? session.subscriptions : existing;
    this.#tree.rows.grant(row, qos, noLocal, retainAsPublished);
    this.#tree.changed();
    return isNew;
  }

  /** False if the session has no such filter. */
  unsubscribe(session: Session, filter: string): boolean {
    const row = this.#subscriptionTo(session, filter);
    if (row === NO_SUBSCRIPTION) return false;
    this.#unlink(session, row);
    this.#tree.remove(row); // nothing new is added for delivery [MQTT-3.10.4-2]
    return true;
  }

  unsubscribeAll(session: Session): void {
    for (let row = session.subscriptions; row !== NO_SUBSCRIPTION;) {
      const next = this.#tree.rows.sibling(row);
      this.#tree.remove(row);
      row = next;
    }
    session.subscriptions = NO_SUBSCRIPTION;
  }

  /** The session's filters with their granted QoS, for looking at. */
  filtersOf(session: Session): readonly string[] {
    const { rows } = this.#tree;
    const filters: string[] = [];
    for (let row = session.subscriptions; row !== NO_SUBSCRIPTION; row = rows.sibling(row)) {
      filters.push(`${rows.filter(row)} q${rows.qos(row)}`);
    }
    return filters;
  }

  /** Sends the retained messages that a subscription matches, with RETAIN. */
  sendRetained(session: Session, request: SubscriptionRequest, now: Instant): void {
    for (const message of this.retained.matching(request.filter)) {
      this.#counters.retainedSent++;
      const flags = publishFlags(Math.min(request.qos, message.stream.qos), true, true);
      this.#deliver(session, message, flags, utf8Bytes(message.stream.topic), now);
    }
  }

  /**
   * Takes a message over: retains it if it asks for that, and sends it to everybody who is subscribed, in the
   * order of arrival [MQTT-4.6.0-5] and with a DUP of its own [MQTT-3.3.1-3].
   */
  accept(message: Message, publisher: Session | undefined, now: Instant): void {
    if (message.retain) this.retained.store(message); // and no other [MQTT-3.3.1-8]
    const { recipients, topicBytes } = this.#router.route(message);
    for (let i = 0; i < recipients.length; i++) {
      const recipient = recipients[i] as Recipient;
      if (recipient.noLocal && recipient.session === publisher) continue; // [MQTT-3.8.3-3]
      const retain = recipient.retainAsPublished && message.retain; // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
      const flags = publishFlags(Math.min(recipient.qos, message.stream.qos), retain, false); // [MQTT-3.8.4-8]
      this.#deliver(recipient.session, message, flags, topicBytes, now);
    }
  }

  /** Those who would get a message now. */
  recipientsOf(message: Message): readonly Recipient[] {
    return this.#router.route(message).recipients;
  }

  #subscriptionTo(session: Session, filter: string): SubscriptionRow {
    const { rows } = this.#tree;
    let row = session.subscriptions;
    while (row !== NO_SUBSCRIPTION && rows.filter(row) !== filter) row = rows.sibling(row);
    return row;
  }

  /** Takes a subscription out of the chain of its session's. */
  #unlink(session: Session, row: SubscriptionRow): void {
    const { rows } = this.#tree;
    if (session.subscriptions === row) {
      session.subscriptions = rows.sibling(row);
      return;
    }
    let before = session.subscriptions;
    while (rows.sibling(before) !== row) before = rows.sibling(before);
    rows.setSibling(before, rows.sibling(row));
  }

  #deliver(session: Session, message: Message, flags: number, topicBytes: number, now: Instant): void {
    const qos = flags & 3;
    const bytes = publishBytes(session.terms.version, topicBytes, qos, message.payloadBytes);
    if (qos > 0) {
      // Kept for a session without a connection [MQTT-4.5.0-1].
      if (session.connection === NONE && !this.#config.rules.queuesOffline) return;
      this.#senderOf(session, now).offer(message, flags, bytes, undefined, now);
    } else if (session.connection !== NONE) {
      this.#sink.send(session.connection, new Publish(message, 0, flags, bytes, undefined), now);
    } else if (this.#config.queuesQos0) {
      this.#senderOf(session, now).enqueue(new Publish(message, 0, flags, bytes, undefined), now);
    }
  }

  /** Made when it is first needed. */
  #senderOf(session: Session, now: Instant): Sender {
    if (session.sender !== undefined) return session.sender;
    const sender = new Sender(this.#sink, this.#senderConfigs[session.terms.version], session.index, 1);
    session.sender = sender;
    if (session.connection !== NONE) {
      sender.connected(session.connection, session.terms.window, session.terms.datagram, now);
    }
    return sender;
  }
}
