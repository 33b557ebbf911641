/**
 * What became of records that an application has made from others, one from each:
 *
 * - processed-at-least-once: of every acknowledged record that the application was to process, one that was made from
 *   it is delivered to each recipient of what it makes, once faults have healed;
 * - processed-at-most-once: no recipient is delivered two records that were made from one;
 * - processed-once: neither is violated.
 *
 * What the application was to process is what was promised to the consumer that it reads as, or to that one's group,
 * in streams of which it has processed anything. A recipient of what it makes is who was promised all of it from the
 * beginning; one that came later leaves open what it has not got. A record may be made from another one again, where
 * the first attempt is delivered to nobody: an aborted transaction.
 */
import type { Instant } from "../../kernel/index.js";
import { Bitset, bitCount, rangeMask } from "../bitset.js";
import { checkExactlyOnce } from "../checks/exactly-once.js";
import type { HistoryEnd } from "../history-end.js";
import type { Pair } from "../pair.js";
import type { Origin, PublishedMessage, Stream } from "../stream.js";
import type { CheckResult, HistoryEvent, Witness } from "../verdict.js";
import { Finding } from "./finding.js";
import type { LogRecords } from "./log-records.js";

/** Of so many records of a stream a witness can tell what was made from them first. */
const REMEMBERED_MAX = 4_096;

/** A stream of which records were processed by somebody who reads as one recipient. */
interface Source {
  readonly stream: Stream;
  readonly reader: number;
  /** Streams of what was made from it. */
  readonly outputs: Set<number>;
  /** By recipient: from which records it got one. */
  readonly got: Map<number, Bitset>;
  /** By the number of a record, what was made from it and got to somebody first; of the latest. */
  readonly first: Map<number, PublishedMessage>;
}

export class Processed {
  readonly #records: LogRecords;
  /** By stream. */
  readonly #sources = new Map<number, Source[]>();
  #missing = new Finding("processed-at-least-once");
  readonly #repeated = new Finding("processed-at-most-once");

  constructor(records: LogRecords) {
    this.#records = records;
  }

  get missing(): number {
    return this.#missing.result().violations;
  }

  get repeated(): number {
    return this.#repeated.result().violations;
  }

  /** `reader`: the recipient as which the input was read. */
  derived(output: PublishedMessage, input: PublishedMessage, reader: number): void {
    const { stream, index } = input;
    output.madeFrom = { stream, index, reader };
    this.#sourceOf(stream, reader).outputs.add(output.stream.index);
  }

  /** A recipient is delivered the output for the first time. */
  delivered(recipient: number, output: PublishedMessage, input: Origin, now: Instant): void {
    const source = this.#sourceOf(input.stream, input.reader);
    let got = source.got.get(recipient);
    if (got === undefined) source.got.set(recipient, (got = new Bitset()));
    if (!got.add(input.index)) {
      return this.#repeated.violated(() => this.#showBoth(source, input, output, recipient, now));
    }
    this.#repeated.atRisk++;
    const { first } = source;
    if (first.has(input.index)) return;
    first.set(input.index, output);
    if (first.size <= REMEMBERED_MAX) return;
    for (const oldest of first.keys()) return void first.delete(oldest);
  }

  results(end: HistoryEnd): CheckResult[] {
    this.#missing = new Finding("processed-at-least-once");
    const underWay = end.unsettled().filter(({ madeFrom }) => madeFrom !== undefined);
    for (const sources of this.#sources.values()) {
      for (const source of sources) this.#lookAt(source, underWay, end);
    }
    const [least, most] = [this.#missing.result(), this.#repeated.result()];
    return [checkExactlyOnce(most, least, "processed-once"), least, most];
  }

  /** `underWay`: what was made and has not got to everybody. */
  #lookAt(source: Source, underWay: readonly PublishedMessage[], end: HistoryEnd): void {
    for (const [recipient, since] of this.#recipientsOf(source)) {
      const pair = source.stream.pairOf(source.reader);
      pair?.eachReliable((from, to) => {
        this.#between({ source, pair, recipient, certain: since === 0, underWay }, from, to, end);
      });
    }
  }

  /** Who is promised everything that was made from the source, with the first number that any was promised from. */
  #recipientsOf({ outputs }: Source): Map<number, number> {
    const recipients = new Map<number, number>();
    for (const output of outputs) {
      for (const { recipient, quality, entitledFrom } of this.#records.stream(output).pairs) {
        if (quality < 1) continue;
        recipients.set(recipient, Math.max(recipients.get(recipient) ?? 0, entitledFrom));
      }
    }
    return recipients;
  }

  /** Looks for records `from` … `to` - 1 of which the recipient has got nothing. */
  #between(
    about: {
      readonly source: Source;
      readonly pair: Pair;
      readonly recipient: number;
      readonly certain: boolean;
      readonly underWay: readonly PublishedMessage[];
    },
    from: number,
    to: number,
    end: HistoryEnd,
  ): void {
    const { source, pair, recipient, certain, underWay } = about;
    const { acknowledged } = pair.stream;
    const got = source.got.get(recipient);
    for (let word = from >>> 5; word < (to + 31) >>> 5; word++) {
      const owed = (acknowledged?.word(word) ?? 0) & rangeMask(word, from, to);
      this.#missing.atRisk += bitCount(owed);
      let left = owed & ~(got?.word(word) ?? 0);
      for (; left !== 0; left &= left - 1) {
        const index = 32 * word + bitCount((left & -left) - 1);
        const open = !certain || end.healedAt === undefined || pair.holds(index);
        if (open || underWay.some((made) => isHeld(made, pair, index, recipient))) this.#missing.open++;
        else this.#missing.violated(() => this.#show(pair, index, recipient, end));
      }
    }
  }

  #showBoth(
    { first }: Source,
    { stream, index }: Origin,
    output: PublishedMessage,
    recipient: number,
    now: Instant,
  ): Witness {
    const { events } = this.#records;
    const name = this.#records.name(stream.index, index);
    const known = first.get(index);
    const other = known === output ? undefined : known;
    const two = events.message(output);
    return {
      what:
        `${events.node(recipient)} got two records that were made from ${name}: ` +
        `${other === undefined ? "one before" : events.message(other)} and ${two}.`,
      events: [
        ...this.#published(stream, index),
        ...(other === undefined ? [] : [events.published(other)]),
        events.published(output),
        events.record("delivered", recipient, two, `made from ${name}`, now),
      ],
    };
  }

  #show({ stream, recipient: reader }: Pair, index: number, recipient: number, end: HistoryEnd): Witness {
    const { events } = this.#records;
    const name = this.#records.name(stream.index, index);
    const done = stream.pairOf(reader)?.has(index) === true;
    return {
      what:
        `${name} was acknowledged, ${events.node(reader)} was ${done ? "done with it" : "never done with it"}, and ` +
        `${events.node(recipient)} got nothing that was made from it.`,
      events: [...this.#published(stream, index), events.ended(end.at)],
    };
  }

  /** What is known of a record that may be forgotten. */
  #published({ recent }: Stream, index: number): HistoryEvent[] {
    const message = recent.find(index);
    return message === undefined ? [] : this.#records.publication(message);
  }

  #sourceOf(stream: Stream, reader: number): Source {
    let sources = this.#sources.get(stream.index);
    if (sources === undefined) this.#sources.set(stream.index, (sources = []));
    let source = sources.find((each) => each.reader === reader);
    if (source === undefined) {
      source = { stream, reader, outputs: new Set(), got: new Map(), first: new Map() };
      sources.push(source);
    }
    return source;
  }
}

/** Whether `made` was made from that record and is still on its way to the recipient. */
function isHeld({ madeFrom, stream, index }: PublishedMessage, from: Pair, of: number, to: number): boolean {
  if (madeFrom?.stream !== from.stream || madeFrom.index !== of || madeFrom.reader !== from.recipient)
    return false;
  return stream.pairOf(to)?.holds(index) === true;
}
