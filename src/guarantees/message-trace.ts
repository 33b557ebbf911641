/** What the history tells the trace of messages: always for the fingerprint, in words while a trace is kept. */
import type { Instant } from "../kernel/index.js";
import { KIND, type Message, type Trace } from "../trace/index.js";
import type { HistoryEvents } from "./history-events.js";

export class MessageTrace {
  readonly #events: HistoryEvents;
  readonly #trace: Trace | undefined;

  constructor(events: HistoryEvents, trace: Trace | undefined) {
    this.#events = events;
    this.#trace = trace;
  }

  /** `kind` is one of `KIND`, what has happened to the message at `node`. */
  message(kind: number, node: number, message: Message, now: Instant, again = false): void {
    const trace = this.#trace;
    if (trace === undefined) return;
    const { stream, index } = message;
    trace.mix(kind, node, (stream.index << 20) ^ index, now);
    if (!trace.keeping) return;
    trace.keep({
      type: TYPES[kind] ?? "published",
      at: now,
      node: this.#events.node(node),
      message: `${stream.index}#${index}`,
      topic: stream.topic,
      qos: stream.qos,
      again,
    });
  }
}

const TYPES: Readonly<Record<number, "published" | "acknowledged" | "failed" | "delivered">> = {
  [KIND.published]: "published",
  [KIND.acknowledged]: "acknowledged",
  [KIND.failed]: "failed",
  [KIND.delivered]: "delivered",
};
