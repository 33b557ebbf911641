/** What the workload can make a client do: each operation is prepared once and performed many times. */
import type { Instant } from "../../src/kernel/index.js";
import type { Operation, OptionValues } from "../../src/model/index.js";
import type { Application } from "../../src/trace/index.js";
import { subscriptionRequest } from "./client-options.js";
import type { Completion } from "./pending-requests.js";
import type { Client } from "./client.js";
import type { Version } from "./packets/packet-type.js";
import { type PublishRequest, publishBytes, publishFlags } from "./packets/publish.js";
import type { SubscriptionRequest } from "./packets/subscribe.js";
import { utf8Bytes } from "./packets/wire-size.js";

/** Who performs. */
export interface Performer {
  readonly node: number;
  readonly application: Application;
  readonly machine: Client;
  readonly version: Version;
}

/** Throws when there is no activity of that name. */
export function clientOperation(
  activity: string,
  options: OptionValues,
  finished: (now: Instant) => void,
  performer: Performer,
): Operation {
  switch (activity) {
    case "publish":
      return new PublishOperation(options, finished, performer);
    case "subscribe":
      return new SubscribeOperation(subscriptionRequest(options), finished, performer);
    case "unsubscribe":
      return new UnsubscribeOperation(options["filter"] as string, finished, performer);
    case "disconnect":
      return new DisconnectOperation(options["withWill"] === true, finished, performer);
    case "connect":
      return new ConnectOperation(finished, performer);
    default:
      throw new Error(`an MQTT client knows no activity ${activity}`);
  }
}

class PublishOperation implements Operation, PublishRequest {
  readonly finished: (now: Instant) => void;
  readonly #performer: Performer;
  readonly #topic: string;
  readonly #qos: number;
  readonly #payload: number;
  readonly #retain: boolean;
  readonly #flags: number;
  readonly #bytes: number;

  constructor(options: OptionValues, finished: (now: Instant) => void, performer: Performer) {
    this.finished = finished;
    this.#performer = performer;
    this.#topic = options["topic"] as string;
    this.#qos = options["qos"] as number;
    this.#payload = options["payload"] as number;
    this.#retain = options["retain"] === true;
    this.#flags = publishFlags(this.#qos, this.#retain, false);
    this.#bytes = publishBytes(performer.version, utf8Bytes(this.#topic), this.#qos, this.#payload);
  }

  perform(now: Instant): void {
    const { application, machine, node } = this.#performer;
    const message = application.publish(node, this.#topic, this.#qos, this.#payload, this.#retain, now);
    machine.publish(message, this.#flags, this.#bytes, this, now);
  }
}

class SubscribeOperation implements Operation, Completion {
  readonly finished: (now: Instant) => void;
  readonly #request: SubscriptionRequest;
  readonly #performer: Performer;

  constructor(request: SubscriptionRequest, finished: (now: Instant) => void, performer: Performer) {
    this.finished = finished;
    this.#request = request;
    this.#performer = performer;
  }

  perform(now: Instant): void {
    const { application, machine, node } = this.#performer;
    application.subscribing(node, this.#request.filter, this.#request.qos, now);
    machine.subscribe(this.#request, this, now);
  }
}

class UnsubscribeOperation implements Operation, Completion {
  readonly finished: (now: Instant) => void;
  readonly #filter: string;
  readonly #performer: Performer;

  constructor(filter: string, finished: (now: Instant) => void, performer: Performer) {
    this.finished = finished;
    this.#filter = filter;
    this.#performer = performer;
  }

  perform(now: Instant): void {
    const { application, machine, node } = this.#performer;
    application.unsubscribed(node, this.#filter, now);
    machine.unsubscribe(this.#filter, this, now);
  }
}

class DisconnectOperation implements Operation {
  readonly #withWill: boolean;
  readonly #finished: (now: Instant) => void;
  readonly #performer: Performer;

  constructor(withWill: boolean, finished: (now: Instant) => void, performer: Performer) {
    this.#withWill = withWill;
    this.#finished = finished;
    this.#performer = performer;
  }

  perform(now: Instant): void {
    this.#performer.machine.disconnect(this.#withWill, now);
    this.#finished(now);
  }
}

class ConnectOperation implements Operation {
  readonly #finished: (now: Instant) => void;
  readonly #performer: Performer;

  constructor(finished: (now: Instant) => void, performer: Performer) {
    this.#finished = finished;
    this.#performer = performer;
  }

  perform(now: Instant): void {
    this.#performer.machine.connect(now);
    this.#finished(now);
  }
}
