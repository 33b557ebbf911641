/** What the history tells the trace of messages: always for the fingerprint, in words while a trace is kept. */
import type { Instant } from "../kernel/index.js";
import { KIND, type Message, type MessageRun, type Trace } from "../trace/index.js";
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
    if (trace.keeping) this.#keep(trace, kind, node, message, now, again);
  }

  /** The same of messages that follow each other in their stream. */
  sequence(kind: number, node: number, { messages, from, to }: MessageRun, now: Instant): void {
    const trace = this.#trace;
    if (trace === undefined || to <= from) return;
    const { stream, index } = messages[from] as Message;
    trace.mixAll(kind, node, stream.index << 20, index, to - from, now);
    if (!trace.keeping) return;
    for (let place = from; place < to; place++) {
      this.#keep(trace, kind, node, messages[place] as Message, now, false);
    }
  }

  #keep(trace: Trace, kind: number, node: number, message: Message, now: Instant, again: boolean): void {
    const { stream, index } = message;
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
