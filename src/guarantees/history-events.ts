/** Words for the events of a history: what witnesses are made of. */
import type { Instant } from "../kernel/index.js";
import type { Message } from "../trace/index.js";
import type { FirstDelivery } from "./recent-deliveries.js";
import { Stream } from "./stream.js";
import type { HistoryEvent } from "./verdict.js";

export class HistoryEvents {
  readonly #nodes: readonly string[];
  /** Recipients that are no nodes; their indices follow those of the nodes. */
  readonly #others: string[] = [];

  constructor(nodeNames: readonly string[]) {
    this.#nodes = nodeNames;
  }

  /** Of a recipient that is no node; the first time it gets one. */
  indexOf(name: string): number {
    const known = this.#others.indexOf(name);
    return this.#nodes.length + (known >= 0 ? known : this.#others.push(name) - 1);
  }

  node(index: number): string {
    return this.#nodes[index] ?? this.#others[index - this.#nodes.length] ?? `node ${index}`;
  }

  /** `publisher/topic/q1#17`; wills are numbered apart: `publisher/topic/q1/will#0`. */
  message({ stream, index }: Message): string {
    return this.numbered(stream, index);
  }

  numbered(stream: Message["stream"], index: number): string {
    const will = stream instanceof Stream && stream.ofWills ? "/will" : "";
    return `${this.node(stream.publisher)}/${stream.topic}/q${stream.qos}${will}#${index}`;
  }

  published(message: Message): HistoryEvent {
    const { stream, publishedAt } = message;
    const will = stream instanceof Stream && stream.ofWills;
    return {
      type: will ? "will-published" : "published",
      at: publishedAt,
      node: this.node(stream.publisher),
      message: this.message(message),
      topic: stream.topic,
      qos: stream.qos,
      ...(message.retain ? { detail: message.payloadBytes === 0 ? "retain, empty" : "retain" } : {}),
    };
  }

  acknowledged(message: Message, at: Instant): HistoryEvent {
    return {
      type: "acknowledged",
      at,
      node: this.node(message.stream.publisher),
      message: this.message(message),
    };
  }

  delivered(recipient: number, message: Message, at: Instant, retained = false): HistoryEvent {
    return {
      type: "delivered",
      at,
      node: this.node(recipient),
      message: this.message(message),
      ...(retained ? { detail: "retained" } : {}),
    };
  }

  /** Of a message that is not at hand any more. */
  publishedAndDelivered(
    recipient: number,
    stream: Message["stream"],
    index: number,
    { publishedAt, at }: FirstDelivery,
  ): HistoryEvent[] {
    const message = this.numbered(stream, index);
    const { topic, qos } = stream;
    return [
      { type: "published", at: publishedAt, node: this.node(stream.publisher), message, topic, qos },
      { type: "delivered", at, node: this.node(recipient), message },
    ];
  }

  /** An event of a recipient's subscription. */
  subscription(
    type: "subscribing" | "subscribed" | "unsubscribed" | "session-lost",
    recipient: number,
    at: Instant,
    filter?: string,
  ): HistoryEvent {
    return {
      type,
      at,
      node: this.node(recipient),
      ...(filter === undefined ? {} : { detail: filter }),
    };
  }

  /** An event of a partitioned log. `what` is a record, a partition or a transaction. */
  record(
    type:
      | "stored"
      | "polled"
      | "delivered"
      | "failed"
      | "assigned"
      | "committed"
      | "transaction-begun"
      | "transaction-ended",
    node: number,
    what: string,
    detail: string | undefined,
    at: Instant,
  ): HistoryEvent {
    return { type, at, node: this.node(node), message: what, ...(detail === undefined ? {} : { detail }) };
  }

  faultsHealed(at: Instant): HistoryEvent {
    return { type: "faults-healed", at };
  }

  ended(at: Instant): HistoryEvent {
    return { type: "ended", at };
  }
}
