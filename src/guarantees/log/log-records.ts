/** What all checkers of logs look things up in: streams, the bits of their records, and words for witnesses. */
import type { Instant } from "../../kernel/index.js";
import type { Message } from "../../trace/index.js";
import { countBetween } from "../bitset.js";
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import type { PublishedMessage, Stream } from "../stream.js";
import type { HistoryEvent } from "../verdict.js";
import type { Run } from "./log-order.js";
import { type LogPartition, StreamRecords } from "./log-partition.js";
import { RecordKeys } from "./record-keys.js";
import { Sightings, TOLD_PRODUCER } from "./sightings.js";

export class LogRecords {
  readonly events: HistoryEvents;
  readonly sightings: Sightings = new Sightings();
  readonly #streams: readonly Stream[];
  readonly #records: StreamRecords[] = [];

  constructor(streams: readonly Stream[], events: HistoryEvents) {
    this.#streams = streams;
    this.events = events;
  }

  stream(index: number): Stream {
    return this.#streams[index] as Stream;
  }

  of(stream: number): StreamRecords {
    return this.#records[stream] ?? this.#upTo(stream);
  }

  #upTo(stream: number): StreamRecords {
    while (this.#records.length <= stream) this.#records.push(new StreamRecords());
    return this.#records[stream] as StreamRecords;
  }

  isAcknowledged(stream: number, index: number): boolean {
    return this.#streams[stream]?.acknowledged?.has(index) === true;
  }

  isPolled(stream: number, index: number): boolean {
    return this.of(stream).polled.has(index);
  }

  /** Whether nothing can become of a record any more: everybody who was to get it has, and is done with it. */
  isOver(stream: number, index: number): boolean {
    if (this.hasFailed(stream, index)) return true;
    return this.isPolled(stream, index) && this.stream(stream).pairs.every((pair) => pair.has(index));
  }

  /** Whether each record of the run was returned by some poll. */
  allPolled({ stream, index, length }: Run): boolean {
    return countBetween(this.of(stream).polled, index, index + length) === length;
  }

  hasFailed(stream: number, index: number): boolean {
    return this.of(stream).failed?.has(index) === true;
  }

  /** Notes which key, by number, a record of a compacted partition has. */
  setKey(stream: number, index: number, key: number, deletes: boolean): void {
    (this.of(stream).keys ??= new RecordKeys()).set(index, key, deletes);
  }

  /** -1: none. */
  keyOf(stream: number, index: number): number {
    return this.of(stream).keys?.keyOf(index) ?? -1;
  }

  deletesKey(stream: number, index: number): boolean {
    return this.of(stream).keys?.deletes(index) === true;
  }

  /** Whether the log has, or had, the record for certain: somebody was told so. */
  isReal(stream: number, index: number): boolean {
    if (this.isAcknowledged(stream, index)) return true;
    return this.isPolled(stream, index) && !this.hasFailed(stream, index);
  }

  /** Memory of the bits, and of keys. */
  get bytes(): number {
    let bytes = 0;
    for (const { placed, polled, failed, keys } of this.#records) {
      bytes += placed.bytes + polled.bytes + (failed?.bytes ?? 0) + (keys?.bytes ?? 0);
    }
    return bytes;
  }

  name(stream: number, index: number): string {
    return this.events.numbered(this.stream(stream), index);
  }

  polled(consumer: number, message: Message, offset: number, at: Instant): HistoryEvent {
    return this.events.record("polled", consumer, this.events.message(message), `offset ${offset}`, at);
  }

  stored(message: Message, offset: number, at: Instant): HistoryEvent {
    const { events } = this;
    return events.record("stored", message.stream.publisher, events.message(message), `offset ${offset}`, at);
  }

  /** The latest time that somebody was told where a record stands, if that is not too long ago. */
  sighting(partition: LogPartition, stream: number, index: number): HistoryEvent[] {
    const found = this.sightings.find(partition, stream, index);
    if (found === undefined) return [];
    const name = this.name(stream, index);
    const detail = `offset ${found.offset}`;
    if (found.by !== TOLD_PRODUCER) return [this.events.record("polled", found.by, name, detail, found.at)];
    return [this.events.record("stored", this.stream(stream).publisher, name, detail, found.at)];
  }

  /** What is known of a record that was published some time ago, if it is among the messages that were kept. */
  story(partition: LogPartition, stream: number, index: number, end?: HistoryEnd): HistoryEvent[] {
    const message = end?.unsettled().find((each) => each.stream.index === stream && each.index === index);
    const told = message === undefined ? [] : this.publication(message);
    return [...told, ...this.sighting(partition, stream, index)].sort((a, b) => a.at - b.at);
  }

  publication(message: PublishedMessage): HistoryEvent[] {
    const published = this.events.published(message);
    const { acknowledgedAt } = message;
    return acknowledgedAt === undefined
      ? [published]
      : [published, this.events.acknowledged(message, acknowledgedAt)];
  }
}
