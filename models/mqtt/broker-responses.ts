/** How the broker answers what a connected client sends: messages, acknowledgements, and subscriptions. */
import type { Instant } from "../../src/kernel/index.js";
import type { BrokerConfig } from "./broker-config.js";
import type { Distribution } from "./broker-distribution.js";
import type { Session } from "./broker-session.js";
import type { BrokerSink } from "./broker-sink.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL } from "./packets/packet-type.js";
import type { Publish } from "./packets/publish.js";
import {
  NO_SUBSCRIPTION_EXISTED,
  PACKET_IDENTIFIER_NOT_FOUND,
  QUOTA_EXCEEDED,
  RECEIVE_MAXIMUM_EXCEEDED,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
  SUCCESS,
} from "./packets/reason-code.js";
import { Suback, type Subscribe, Unsuback, type Unsubscribe } from "./packets/subscribe.js";
import { Receiver } from "./receiver.js";

export class Responses {
  readonly #sink: BrokerSink;
  readonly #config: BrokerConfig;
  readonly #distribution: Distribution;

  constructor(sink: BrokerSink, config: BrokerConfig, distribution: Distribution) {
    this.#sink = sink;
    this.#config = config;
    this.#distribution = distribution;
  }

  /** Returns the reason to end the connection for, or success. */
  publishArrived(session: Session, publish: Publish, now: Instant): number {
    if (publish.qos === 2) return this.#qos2Arrived(session, publish, now);
    if (publish.qos === 0) {
      this.#distribution.accept(publish.message, session, now);
      return SUCCESS;
    }
    if (this.#config.whenExceeded === "refuse" && session.receiver?.exhausted === true) {
      return this.#refuse(session, PUBACK, publish, now);
    }
    // Every arrival is a new message [MQTT-4.3.2-5], and with PUBACK the broker owns it [MQTT-4.3.2-4].
    if (this.#config.rules.routesAcknowledged) this.#distribution.accept(publish.message, session, now);
    this.#acknowledge(session, PUBACK, publish.identifier, SUCCESS, now);
    return SUCCESS;
  }

  acknowledgementArrived(session: Session, packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.#pubrelArrived(session, packet.identifier, now);
    else session.sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
  }

  subscribe(session: Session, packet: Subscribe, now: Instant): void {
    const repeated = session.terms.datagram && packet.identifier === session.lastSubscribe;
    session.lastSubscribe = packet.identifier;
    const isNew: boolean[] = [];
    const reasonCodes = packet.requests.map((request) => {
      const shared = request.filter.startsWith("$share/");
      isNew.push(!shared && this.#distribution.subscribe(session, request));
      return shared ? SHARED_SUBSCRIPTIONS_NOT_SUPPORTED : request.qos;
    });
    const suback = new Suback(session.terms.version, packet.identifier, reasonCodes);
    this.#sink.send(session.connection, suback, now); // [MQTT-3.8.4-1] [MQTT-3.8.4-6]
    if (repeated) return;
    packet.requests.forEach((request, n) => {
      // Always [MQTT-3.3.1-9], only for a new subscription [MQTT-3.3.1-10], or never [MQTT-3.3.1-11].
      const { retainHandling } = request;
      const wanted = retainHandling === 0 || (retainHandling === 1 && isNew[n] === true);
      if (wanted && reasonCodes[n] === request.qos) this.#distribution.sendRetained(session, request, now);
    });
  }

  unsubscribe(session: Session, packet: Unsubscribe, now: Instant): void {
    const reasonCodes = packet.filters.map((filter) =>
      this.#distribution.unsubscribe(session, filter) ? SUCCESS : NO_SUBSCRIPTION_EXISTED,
    );
    const unsuback = new Unsuback(session.terms.version, packet.identifier, reasonCodes);
    this.#sink.send(session.connection, unsuback, now); // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
  }

  #qos2Arrived(session: Session, publish: Publish, now: Instant): number {
    const receiver = (session.receiver ??= this.#receiver());
    const refuses = this.#config.whenExceeded === "refuse";
    if (refuses && !receiver.holds(publish.identifier)) {
      if (receiver.exhausted) return this.#refuse(session, PUBREC, publish, now);
      receiver.takeQuota();
    }
    const isNew = receiver.store(publish);
    if (!refuses && session.terms.version === 5 && receiver.size > this.#config.receiveMaximum) {
      return RECEIVE_MAXIMUM_EXCEEDED;
    }
    if (isNew && this.#config.deliversQos2At === "publish") {
      this.#distribution.accept(publish.message, session, now);
    }
    this.#acknowledge(session, PUBREC, publish.identifier, SUCCESS, now); // [MQTT-4.3.3-8]
    return SUCCESS;
  }

  #pubrelArrived(session: Session, identifier: number, now: Instant): void {
    const stored = session.receiver?.release(identifier);
    if (stored === undefined && !this.#config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.#config.deliversQos2At === "pubrel") {
      this.#distribution.accept(stored.message, session, now);
    }
    const unknown = stored === undefined && session.terms.version === 5;
    const reasonCode = unknown ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS;
    this.#acknowledge(session, PUBCOMP, identifier, reasonCode, now); // [MQTT-4.3.3-11]
    session.receiver?.returnQuota();
  }

  #receiver(): Receiver {
    const receiver = new Receiver(this.#config.rules);
    receiver.connected(this.#config.receiveMaximum);
    return receiver;
  }

  /**
   * A message beyond the receive maximum is answered and forgotten. 5.0 has a reason code for it; 3.1.1 has not,
   * so that its publisher goes on to PUBREL as if all were well. As mosquitto 2.0 counts, the answer that ends the
   * exchange (PUBACK, PUBCOMP, or PUBREC with a reason) gives one more place, though the message never had one.
   */
  #refuse(session: Session, type: number, publish: Publish, now: Instant): number {
    const says = session.terms.version === 5;
    this.#sink.refused(publish, now);
    this.#acknowledge(session, type, publish.identifier, says ? QUOTA_EXCEEDED : SUCCESS, now);
    if (says || type === PUBACK) session.receiver?.returnQuota();
    return SUCCESS;
  }

  #acknowledge(session: Session, type: number, identifier: number, reasonCode: number, now: Instant): void {
    this.#sink.send(session.connection, new Acknowledgement(type, identifier, reasonCode), now);
  }
}
