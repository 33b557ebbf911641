/** What the history tells the trace of messages: always for the fingerprint, in words while a trace is kept. */
import type { Instant } from "../kernel/index.js";
import { KIND, type Message, type MessageRun, type Trace } from "../trace/index.js";
import type { HistoryEvents } from "./history-events.js";

/** A message's identity in the fingerprint is its index, with its stream's number above so many bits. */
const STREAM_SHIFT = 20;

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
    trace.mix(kind, node, (stream.index << STREAM_SHIFT) ^ index, now);
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

  /** The same of messages that were published one after the other in one stream. */
  sequence(kind: number, node: number, { messages, from, to }: MessageRun, now: Instant): void {
    const trace = this.#trace;
    if (trace === undefined) return;
    if (trace.keeping) {
      for (let place = from; place < to; place++) this.message(kind, node, messages[place] as Message, now);
      return;
    }
    const { stream, index } = messages[from] as Message;
    trace.mixEach(kind, node, stream.index << STREAM_SHIFT, index, index + to - from, now);
  }
}

const TYPES: Readonly<Record<number, "published" | "acknowledged" | "failed" | "delivered">> = {
  [KIND.published]: "published",
  [KIND.acknowledged]: "acknowledged",
  [KIND.failed]: "failed",
  [KIND.delivered]: "delivered",
};
