/** Events of partitioned logs in the trace, where one is kept. */
import type { Instant } from "../../kernel/index.js";
import type { LogTraceEvent, Trace } from "../../trace/index.js";
import type { HistoryEvents } from "../history-events.js";
import type { PublishedMessage } from "../stream.js";

type What = LogTraceEvent["type"];

export class LogTrace {
  readonly #events: HistoryEvents;
  readonly #trace: Trace | undefined;

  constructor(events: HistoryEvents, trace: Trace | undefined) {
    this.#events = events;
    this.#trace = trace;
  }

  /** Whether events are kept. */
  get keeping(): boolean {
    return this.#trace?.keeping === true;
  }

  record(
    what: What,
    node: number,
    partition: string,
    offset: number,
    message: PublishedMessage,
    now: Instant,
  ): void {
    if (!this.keeping) return;
    this.#keep(what, node, partition, now, { offset, message: named(message) });
  }

  offset(what: What, node: number, partition: string, offset: number, now: Instant, detail?: string): void {
    if (!this.keeping) return;
    this.#keep(what, node, partition, now, { offset, ...(detail === undefined ? {} : { detail }) });
  }

  owner(what: What, group: number, consumer: number, partition: string, now: Instant): void {
    if (!this.keeping) return;
    this.#keep(what, consumer, partition, now, { detail: this.#events.node(group) });
  }

  transaction(what: What, producer: number, id: number, now: Instant, outcome?: string): void {
    if (!this.keeping) return;
    const detail = `transaction ${id}${outcome === undefined ? "" : ` ${outcome}`}`;
    this.#keep(what, producer, "", now, { detail });
  }

  derived(output: PublishedMessage, input: PublishedMessage, now: Instant): void {
    if (!this.keeping) return;
    const { publisher, topic } = output.stream;
    this.#keep("derived", publisher, topic, now, { message: named(output), detail: `from ${named(input)}` });
  }

  #keep(
    type: What,
    node: number,
    partition: string,
    now: Instant,
    more: { readonly offset?: number; readonly message?: string; readonly detail?: string },
  ): void {
    this.#trace?.keep({ type, at: now, node: this.#events.node(node), partition, ...more });
  }
}

function named({ stream, index }: PublishedMessage): string {
  return `${stream.index}#${index}`;
}
