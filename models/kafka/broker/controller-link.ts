/**
 * A broker's side of the control plane: registration, heartbeats, changes of in-sync replicas, and the metadata log.
 * Each of them has a connection of its own, since a controller too serves one request of a connection at a time.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { type Response, request } from "../protocol/frames.js";
import type { IsrChange, IsrResult, Requests, Responses } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { BrokerContext } from "./fetcher.js";

/** Connections to the controller; those above are to leaders. */
const LIFECYCLE = 0;
const METADATA = 1;
const ISR = 2;
const FORWARDING = 3;
export const FIRST_LEADER_PEER = 4;

/** Who is told what the controller says. */
export interface ControlUser {
  metadataArrived(state: Responses["MetadataLogFetch"], now: Instant): void;
  isrAnswered(results: readonly IsrResult[], now: Instant): void;
  /** The changes of in-sync replicas that are still to be answered. */
  unansweredChanges(): readonly IsrChange[];
}

const CONTROL: BrokerContext = { kind: "control" };

export class ControllerLink {
  brokerEpoch = -1;
  metadataVersion = 0;
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly #connections: Connections<BrokerContext>;
  readonly #user: ControlUser;
  #changing = false;
  /** Topics that nobody has made so far. */
  readonly #missing = new Set<string>();

  constructor(
    config: BrokerConfig,
    sink: BrokerSink,
    connections: Connections<BrokerContext>,
    user: ControlUser,
  ) {
    this.#config = config;
    this.#sink = sink;
    this.#connections = connections;
    this.#user = user;
  }

  start(now: Instant): void {
    this.#connections.want(LIFECYCLE, this.#config.controller, now);
  }

  forget(): void {
    this.brokerEpoch = -1;
    this.metadataVersion = 0;
    this.#changing = false;
    this.#missing.clear();
  }

  /** Has the controller make a topic. */
  createTopic(topic: string, now: Instant): void {
    this.#missing.add(topic);
    this.#forward(now);
  }

  /** There are changes to ask for. */
  changeIsr(now: Instant): void {
    if (this.#changing || this.brokerEpoch < 0) return;
    if (!this.#connections.isOpen(ISR)) return this.#connections.want(ISR, this.#config.controller, now);
    const changes = this.#user.unansweredChanges();
    if (changes.length === 0) return;
    this.#changing = true;
    this.#ask(
      ISR,
      "AlterPartition",
      { broker: this.#config.id, brokerEpoch: this.brokerEpoch, changes },
      now,
    );
  }

  heartbeat(now: Instant): void {
    if (!this.#connections.isOpen(LIFECYCLE)) return;
    if (this.#connections.inFlight(LIFECYCLE) > 0) return;
    const { id, host } = this.#config;
    if (this.brokerEpoch < 0) this.#ask(LIFECYCLE, "BrokerRegistration", { broker: id, host }, now);
    else {
      const { brokerEpoch, metadataVersion } = this;
      this.#ask(LIFECYCLE, "BrokerHeartbeat", { broker: id, brokerEpoch, metadataVersion }, now);
    }
  }

  ready(peer: number, now: Instant): void {
    if (peer === LIFECYCLE) this.heartbeat(now);
    else if (peer === METADATA) this.#askForMetadata(now);
    else if (peer === FORWARDING) this.#forward(now);
    else this.changeIsr(now);
  }

  lost(peer: number, now: Instant): void {
    if (peer === ISR) this.#changing = false;
    if (peer !== METADATA || this.brokerEpoch >= 0) {
      this.#connections.want(peer, this.#config.controller, now);
    }
  }

  answered(response: Response, now: Instant): void {
    switch (response.api) {
      case "BrokerRegistration":
        return this.#registered(response.body, now);
      case "BrokerHeartbeat":
        if (response.body.error === "STALE_BROKER_EPOCH") this.brokerEpoch = -1;
        return this.#sink.setTimer(BROKER_TIMER.heartbeat, 0, after(now, this.#config.heartbeatInterval));
      case "MetadataLogFetch":
        this.metadataVersion = response.body.metadataVersion;
        this.#user.metadataArrived(response.body, now);
        return this.#askForMetadata(now);
      case "CreateTopics":
        this.#missing.delete(response.body.topic);
        return this.#forward(now);
      case "AlterPartition":
        this.#changing = false;
        this.#user.isrAnswered(response.body.results, now);
        if (this.#user.unansweredChanges().length > 0) {
          const { reconnectBackoff } = this.#config.connection;
          this.#sink.setTimer(BROKER_TIMER.retryIsr, 0, after(now, reconnectBackoff));
        }
        return undefined;
      default:
        return undefined;
    }
  }

  #registered({ error, brokerEpoch }: Responses["BrokerRegistration"], now: Instant): void {
    if (error !== "NONE") {
      // An earlier process of this broker has not been missed for long enough.
      this.#sink.setTimer(BROKER_TIMER.heartbeat, 0, after(now, this.#config.heartbeatInterval));
      return;
    }
    this.brokerEpoch = brokerEpoch;
    this.#connections.want(METADATA, this.#config.controller, now);
    this.heartbeat(now);
  }

  #forward(now: Instant): void {
    const [topic] = this.#missing;
    if (topic === undefined || this.#connections.inFlight(FORWARDING) > 0) return;
    if (this.#connections.isOpen(FORWARDING)) this.#ask(FORWARDING, "CreateTopics", { topic }, now);
    else this.#connections.want(FORWARDING, this.#config.controller, now);
  }

  #askForMetadata(now: Instant): void {
    const { metadataVersion } = this;
    this.#ask(METADATA, "MetadataLogFetch", { broker: this.#config.id, metadataVersion }, now);
  }

  #ask<Name extends keyof Requests>(peer: number, api: Name, body: Requests[Name], now: Instant): void {
    const frame = request(api, body, this.#config.host.length);
    const timeout = { timeout: peer === LIFECYCLE ? this.#config.sessionTimeout : this.#requestTimeout };
    this.#connections.send(peer, frame, CONTROL, now, timeout);
  }

  get #requestTimeout(): number {
    return this.#config.connection.requestTimeout;
  }
}
