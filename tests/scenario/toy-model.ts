/**
 * A toy model: a sender hands numbered messages to receivers over datagrams; at quality 1 each is repeated
 * every 100 ms until the receiver has acknowledged it. Receivers are entitled from the start.
 */
import { MILLISECOND, type Instant } from "../../src/kernel/index.js";
import type { Model, Operation, OptionValues, Place, Program, Role } from "../../src/model/index.js";
import type { Channel, ChannelUser } from "../../src/network/index.js";
import { DELIVERY_LIVE, type Content, type ContentDescription, type Message } from "../../src/trace/index.js";

const RETRY = 100 * MILLISECOND;

class Parcel implements Content {
  readonly bytes: number;
  readonly message: Message;
  readonly answer: boolean;

  constructor(message: Message, answer: boolean) {
    this.message = message;
    this.answer = answer;
    this.bytes = answer ? 4 : 4 + message.payloadBytes;
  }

  describe(): ContentDescription {
    return {
      protocol: "toy",
      name: this.answer ? "ACK" : "DATA",
      detail: `${this.message.index}`,
      again: false,
    };
  }
}

class Sender implements Program, ChannelUser {
  readonly #place: Place;
  readonly #peer: string;
  #channel: Channel | undefined;
  readonly #waiting = new Map<Message, { timer: number; finished: (now: Instant) => void }>();
  readonly #byTimer = new Map<number, Message>();
  #sent = 0;
  #next = 0;

  constructor(place: Place, options: OptionValues) {
    this.#place = place;
    this.#peer = String(options["to"]);
  }

  start(): void {
    const { network, node } = this.#place;
    this.#channel = network.connect(node, this.#place.nodeNamed(this.#peer), "toy", this);
  }

  crashed(): void {
    for (const { timer } of this.#waiting.values()) this.#place.timers.cancel(timer);
    this.#waiting.clear();
  }

  operation(_activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    const { application, node } = this.#place;
    const qos = Number(options["qos"]);
    return {
      perform: (now) => {
        const message = application.publish(node.index, String(options["topic"]), qos, 10, false, now);
        if (qos === 0) {
          this.#send(message);
          finished(now);
          return;
        }
        const id = this.#next++;
        this.#byTimer.set(id, message);
        const owner = { timerFired: (_kind: number, which: number, at: Instant) => this.#retry(which, at) };
        this.#waiting.set(message, { timer: this.#place.timers.create(owner, 0, id), finished });
        this.#retry(id, now);
      },
    };
  }

  channelOpened(): void {}

  channelReceived(_channel: Channel, content: Content, now: Instant): void {
    const { message } = content as Parcel;
    const waiting = this.#waiting.get(message);
    if (waiting === undefined) return;
    this.#place.timers.release(waiting.timer);
    this.#waiting.delete(message);
    this.#place.application.acknowledged(message, now);
    waiting.finished(now);
  }

  channelClosed(): void {}

  reportHeld(): void {
    for (const message of this.#waiting.keys()) this.#place.application.held(-1, message);
  }

  metrics(): Readonly<Record<string, number>> {
    return { toy_sent: this.#sent, toy_waiting_max: this.#waiting.size };
  }

  gauges(): Readonly<Record<string, number>> {
    return { toy_waiting: this.#waiting.size };
  }

  snapshot(): unknown {
    return { waiting: this.#waiting.size };
  }

  #retry(id: number, now: Instant): void {
    const message = this.#byTimer.get(id);
    const waiting = message && this.#waiting.get(message);
    if (message === undefined || waiting === undefined) return;
    this.#send(message);
    this.#place.timers.set(waiting.timer, now + RETRY);
  }

  #send(message: Message): void {
    this.#sent++;
    this.#channel?.send(new Parcel(message, false));
  }
}

class Receiver implements Program, ChannelUser {
  readonly #place: Place;
  readonly #filter: string;

  constructor(place: Place, options: OptionValues) {
    this.#place = place;
    this.#filter = String(options["filter"]);
  }

  start(now: Instant): void {
    const { application, network, node } = this.#place;
    network.listen(node, "toy", this);
    application.subscribing(node.index, this.#filter, 1, now);
    application.subscribed(node.index, this.#filter, 1, now);
  }

  crashed(): void {}

  operation(): Operation {
    throw new Error("a receiver has no activities");
  }

  channelOpened(): void {}

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    const { message } = content as Parcel;
    this.#place.application.delivered(this.#place.node.index, message, DELIVERY_LIVE, now);
    if (message.stream.qos > 0) channel.send(new Parcel(message, true));
  }

  channelClosed(): void {}

  reportHeld(): void {}

  metrics(): Readonly<Record<string, number>> {
    return {};
  }

  gauges(): Readonly<Record<string, number>> {
    return {};
  }

  snapshot(): unknown {
    return {};
  }
}

/** Does nothing until 3 ns, and then nothing else any more. */
class Spinner extends Receiver {
  readonly #timers: Place["timers"];
  #slot = 0;

  constructor(place: Place) {
    super(place, {});
    this.#timers = place.timers;
  }

  override start(): void {
    const owner = {
      timerFired: (_kind: number, _id: number, now: Instant) => this.#timers.set(this.#slot, now),
    };
    this.#slot = this.#timers.create(owner, 0, 0);
    this.#timers.set(this.#slot, 3);
  }
}

const sender: Role = {
  name: "sender",
  summary: "Sends.",
  options: [{ name: "to", kind: "node", summary: "Whom to." }],
  activities: [
    {
      name: "send",
      summary: "Sends a message.",
      options: [
        { name: "topic", kind: "text", summary: "Its topic." },
        { name: "qos", kind: "choice", choices: [0, 1], summary: "Its quality." },
      ],
    },
  ],
  metrics: [
    { name: "toy_sent", unit: "", summary: "Messages sent.", over: "sum" },
    { name: "toy_waiting_max", unit: "", summary: "Messages that wait.", over: "max" },
  ],
  gauges: [{ name: "toy_waiting", unit: "", summary: "Messages that wait.", over: "sum" }],
  build: (place, options) => new Sender(place, options),
};

const receiver: Role = {
  name: "receiver",
  summary: "Receives.",
  options: [{ name: "filter", kind: "text", summary: "What it wants." }],
  activities: [],
  metrics: [],
  gauges: [],
  build: (place, options) => new Receiver(place, options),
};

const spinner: Role = {
  ...receiver,
  name: "spinner",
  summary: "Spins.",
  options: [],
  build: (place) => new Spinner(place),
};

export const toy: Model = {
  name: "toy",
  summary: "A sender and a receiver.",
  roles: [sender, receiver, spinner],
  matches: (filter, topic) => filter === topic,
};
