/**
 * A broker's side of the control plane: registration, heartbeats, changes of in-sync replicas, and the metadata log.
 * Each of them has a connection of its own, since a controller too serves one request of a connection at a time. Where
 * there are several controllers, the active one is looked for among them in turn.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { type Response, request } from "../protocol/frames.js";
import type { IsrChange, IsrResult, KafkaError, Requests, Responses } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { BrokerContext } from "./fetcher.js";

/** Connections to the controller; those above are to leaders. */
const LIFECYCLE = 0;
const METADATA = 1;
const ISR = 2;
const FORWARDING = 3;
export const FIRST_LEADER_PEER = 4;

/** A first answer that a broker may not end yet is asked again soon (BrokerLifecycleManager). */
const FIRST_SHUTDOWN_RETRY = 50_000_000;

/** Who is told what the controller says. */
export interface ControlUser {
  metadataArrived(state: Responses["MetadataLogFetch"], now: Instant): void;
  isrAnswered(results: readonly IsrResult[], now: Instant): void;
  /** The changes of in-sync replicas that are still to be answered. */
  unansweredChanges(): readonly IsrChange[];
  /** The answer to a request for producer ids. */
  producerIdsAllocated(answer: Responses["AllocateProducerIds"], now: Instant): void;
  /** The controller has nothing against it that the broker ends. */
  mayEnd(now: Instant): void;
}

/** Something that an administrator has the controller do. */
export type Command = {
  [Name in "AlterPartitionReassignments" | "ElectLeaders"]: {
    readonly api: Name;
    readonly body: Requests[Name];
    readonly done: (now: Instant) => void;
  };
}["AlterPartitionReassignments" | "ElectLeaders"];

const CONTROL: BrokerContext = { kind: "control" };

export class ControllerLink {
  brokerEpoch = -1;
  metadataVersion = 0;
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly #connections: Connections<BrokerContext>;
  readonly #user: ControlUser;
  /** Place of the controller that is believed to be the active one. */
  #turn = 0;
  /** Another one is about to be asked. */
  #turning = false;
  #changing = false;
  /** Of the last process, if it ended in good order. */
  #previousEpoch = -1;
  #ending: "no" | "asking" | "told to wait" = "no";
  /** Producer ids are asked for. */
  #allocating = false;
  /** Topics that nobody has made so far. */
  readonly #missing = new Set<string>();
  readonly #commands: Command[] = [];

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
    this.#previousEpoch = this.#sink.endedInEpoch();
    this.#want(LIFECYCLE, now);
  }

  forget(): void {
    this.brokerEpoch = -1;
    this.metadataVersion = 0;
    this.#changing = false;
    this.#turning = false;
    this.#ending = "no";
    this.#allocating = false;
    this.#missing.clear();
    this.#commands.length = 0;
  }

  /** The broker is to end: asks the controller to have others lead. */
  end(now: Instant): void {
    // Nobody counts on a broker that is not registered.
    if (this.brokerEpoch < 0) return this.#user.mayEnd(now);
    this.#ending = "asking";
    this.heartbeat(now);
  }

  /** Has the controller make a topic. */
  createTopic(topic: string, now: Instant): void {
    this.#missing.add(topic);
    this.#forward(now);
  }

  /** Has the controller give this broker a block of producer ids. */
  allocateProducerIds(now: Instant): void {
    this.#allocating = true;
    this.#forward(now);
  }

  command(command: Command, now: Instant): void {
    this.#commands.push(command);
    this.#forward(now);
  }

  /** There are changes to ask for. */
  changeIsr(now: Instant): void {
    if (this.#changing || this.brokerEpoch < 0) return;
    if (!this.#connections.isOpen(ISR)) return this.#want(ISR, now);
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
    const { id, host, rack } = this.#config;
    if (this.brokerEpoch < 0) {
      const body = { broker: id, host, rack, previousBrokerEpoch: this.#previousEpoch };
      return this.#ask(LIFECYCLE, "BrokerRegistration", body, now);
    }
    const { brokerEpoch, metadataVersion } = this;
    const wantsShutDown = this.#ending !== "no";
    const body = { broker: id, brokerEpoch, metadataVersion, wantsShutDown };
    this.#ask(LIFECYCLE, "BrokerHeartbeat", body, now);
  }

  ready(peer: number, now: Instant): void {
    if (peer === LIFECYCLE) this.heartbeat(now);
    else if (peer === METADATA) this.#askForMetadata(now);
    else if (peer === FORWARDING) this.#forward(now);
    else this.changeIsr(now);
  }

  lost(peer: number, now: Instant): void {
    if (this.#config.controllers.length > 1) return this.#turnAway(now);
    if (peer === ISR) this.#changing = false;
    if (peer !== METADATA || this.brokerEpoch >= 0) this.#want(peer, now);
  }

  /** The next controller is due. */
  seek(now: Instant): void {
    this.#turning = false;
    this.#want(LIFECYCLE, now);
    if (this.brokerEpoch < 0) return;
    this.#want(METADATA, now);
    this.changeIsr(now);
    this.#forward(now);
  }

  answered(response: Response, now: Instant): void {
    if (this.#turning) return;
    if (errorOf(response) === "NOT_CONTROLLER") return this.#turnAway(now);
    switch (response.api) {
      case "BrokerRegistration":
        return this.#registered(response.body, now);
      case "BrokerHeartbeat":
        return this.#heard(response.body, now);
      case "MetadataLogFetch":
        this.metadataVersion = response.body.metadataVersion;
        this.#user.metadataArrived(response.body, now);
        return this.#askForMetadata(now);
      case "CreateTopics":
        this.#missing.delete(response.body.topic);
        return this.#forward(now);
      case "AllocateProducerIds":
        this.#allocating = false;
        this.#user.producerIdsAllocated(response.body, now);
        return this.#forward(now);
      case "AlterPartitionReassignments":
      case "ElectLeaders":
        this.#commands.shift()?.done(now);
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
    this.#want(METADATA, now);
    this.heartbeat(now);
  }

  #heard({ error, shouldShutDown }: Responses["BrokerHeartbeat"], now: Instant): void {
    let wait = this.#config.heartbeatInterval;
    if (error === "STALE_BROKER_EPOCH") this.brokerEpoch = -1;
    if (shouldShutDown) return this.#user.mayEnd(now);
    if (this.#ending === "asking") {
      this.#ending = "told to wait";
      wait = FIRST_SHUTDOWN_RETRY;
    }
    this.#sink.setTimer(BROKER_TIMER.heartbeat, 0, after(now, wait));
  }

  /** Not the active controller, or not to be reached: the next one may know better. */
  #turnAway(now: Instant): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#changing = false;
    this.#turn = (this.#turn + 1) % this.#config.controllers.length;
    for (let peer = 0; peer < FIRST_LEADER_PEER; peer++) this.#connections.drop(peer);
    const wait = this.#sink.jittered(this.#config.connection.reconnectBackoff);
    this.#sink.setTimer(BROKER_TIMER.seekController, 0, after(now, wait));
  }

  #forward(now: Instant): void {
    const [topic] = this.#missing;
    const [command] = this.#commands;
    if (topic === undefined && command === undefined && !this.#allocating) return;
    if (!this.#connections.isOpen(FORWARDING)) return this.#want(FORWARDING, now);
    if (this.#connections.inFlight(FORWARDING) > 0) return;
    if (command !== undefined) this.#ask(FORWARDING, command.api, command.body, now);
    else if (topic !== undefined) this.#ask(FORWARDING, "CreateTopics", { topic }, now);
    else {
      const body = { broker: this.#config.id, brokerEpoch: this.brokerEpoch };
      this.#ask(FORWARDING, "AllocateProducerIds", body, now);
    }
  }

  #askForMetadata(now: Instant): void {
    const { metadataVersion } = this;
    this.#ask(METADATA, "MetadataLogFetch", { broker: this.#config.id, metadataVersion }, now);
  }

  #want(peer: number, now: Instant): void {
    if (this.#turning) return;
    const { controllers } = this.#config;
    this.#connections.want(peer, controllers[this.#turn] ?? "", now);
  }

  #ask<Name extends keyof Requests>(peer: number, api: Name, body: Requests[Name], now: Instant): void {
    const frame = request(api, body, this.#config.host.length);
    this.#connections.send(peer, frame, CONTROL, now, { timeout: this.#timeoutOf(peer) });
  }

  #timeoutOf(peer: number): number {
    const { sessionTimeout, connection, controllers, quorumFetchTimeout } = this.#config;
    // A broker observes the quorum: that is how it learns that the active controller is gone.
    if (peer === METADATA && controllers.length > 1) return quorumFetchTimeout;
    return peer === LIFECYCLE ? sessionTimeout : connection.requestTimeout;
  }
}

function errorOf(response: Response): KafkaError {
  return "error" in response.body ? response.body.error : "NONE";
}
