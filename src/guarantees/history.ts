/**
 * The history of a run, as the application saw it: the one thing that the checkers and the metrics are made
 * from. It keeps a bit a message and recipient at most, and the messages whose story is not over; what a checker
 * needs of the rest is counted as it happens.
 *
 * Entitled to a message is who had a confirmed subscription when it was published. Retained copies count as
 * deliveries, not as latencies, repetitions or order: they come when somebody subscribes, however old they
 * are.
 */
import type { Instant } from "../kernel/index.js";
import {
  type Application,
  DELIVERY_LIVE,
  KIND,
  type Message,
  type MessageRun,
  type Trace,
  type Will,
} from "../trace/index.js";
import { checkAcknowledgedDurable } from "./checks/acknowledged-durable.js";
import { checkAtLeastOnce } from "./checks/at-least-once.js";
import { checkExactlyOnce } from "./checks/exactly-once.js";
import { NoCreation } from "./checks/no-creation.js";
import { Retained } from "./checks/retained.js";
import { WillCheck } from "./checks/will.js";
import { Bitset } from "./bitset.js";
import { FirstDeliveries } from "./first-deliveries.js";
import { HistoryEvents } from "./history-events.js";
import { Interests } from "./interests.js";
import { LogHistory } from "./log/log-history.js";
import { MessageLog, type MessageRow } from "./message-log.js";
import { MessageSequences, eachOf, endOfInstant } from "./message-sequences.js";
import { MessageTrace } from "./message-trace.js";
import { Overdue } from "./overdue.js";
import { type Pair, pairWith } from "./pair.js";
import { PublishedMessage, RetainedMessage, Stream } from "./stream.js";
import { type PairTally, Tally, tallyPairs } from "./tally.js";
import type { CheckResult } from "./verdict.js";

export interface HistoryOptions {
  /** Messages published before this instant do not count in the tallies (they do for the checkers). */
  readonly warmup?: Instant;
  /** Where the application's events are recorded. */
  readonly trace?: Trace;
  /** Keep a row a message and recipient. */
  readonly messages?: boolean;
  /** There are partitioned logs: their checkers conclude too. */
  readonly logs?: boolean;
}

/** What a history comes to. */
export interface Conclusion {
  /** One entry a checker, always all of them (those of logs where there are any), in this order. */
  readonly checks: readonly CheckResult[];
  readonly pairs: PairTally;
  readonly messages: readonly MessageRow[];
}

export class History implements Application {
  readonly tally: Tally = new Tally();
  readonly log: LogHistory;

  readonly #events: HistoryEvents;
  readonly #warmup: Instant;
  readonly #kept: MessageTrace;
  readonly #log: MessageLog | undefined;
  readonly #interests: Interests;
  readonly #streams: Stream[] = [];
  readonly #sequences = new MessageSequences();
  /** By publisher: its streams by topic, and the one it used last. */
  readonly #streamsOf: (Map<string, Stream[]> | undefined)[] = [];
  readonly #latestOf: (Stream | undefined)[] = [];
  readonly #overdue = new Overdue();

  readonly #noCreation: NoCreation;
  readonly #firstDeliveries: FirstDeliveries;
  readonly #retained: Retained;
  readonly #will: WillCheck;

  readonly #hasLogs: boolean;

  #deliveries = 0;
  #healedAt: Instant | undefined;

  /** `nodeNames` by canonical index; `matches` tells whether a message to a topic is meant for a filter. */
  constructor(
    nodeNames: readonly string[],
    matches: (filter: string, topic: string) => boolean,
    options: HistoryOptions = {},
  ) {
    this.#events = new HistoryEvents(nodeNames);
    this.#warmup = options.warmup ?? 0;
    this.#kept = new MessageTrace(this.#events, options.trace);
    this.#hasLogs = options.logs === true;
    this.log = new LogHistory(this.#streams, this.#sequences, this.#events, options.trace);
    this.#log = options.messages === true ? new MessageLog() : undefined;
    this.#interests = new Interests(matches);
    this.#noCreation = new NoCreation(this.#events);
    const { log, tally } = this;
    this.#firstDeliveries = new FirstDeliveries(this.#events, this.#warmup, tally, this.#overdue, log);
    this.#retained = new Retained(this.#events);
    this.#will = new WillCheck(this.#events);
  }

  /** Of a node, or of a recipient that is none. */
  recipientName(recipient: number): string {
    return this.#events.node(recipient);
  }

  recipient(name: string): number {
    return this.#events.indexOf(name);
  }

  publish(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    retain: boolean,
    now: Instant,
  ): Message {
    return this.#publishTo(this.#streamFor(publisher, topic, qos), payloadBytes, retain, now);
  }

  publishAll(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    times: number,
    now: Instant,
  ): PublishedMessage[] {
    const stream = this.#streamFor(publisher, topic, qos);
    const messages = new Array<PublishedMessage>(times);
    for (let place = 0; place < times; place++) {
      const message = new PublishedMessage(stream, stream.published + place, now, payloadBytes, false);
      messages[place] = message;
      this.#log?.published(message);
    }
    this.#count(stream, times, now);
    this.#kept.sequence(KIND.published, publisher, { messages, from: 0, to: times }, now);
    if (stream.qos > 0) this.#overdue.publishedAll(messages);
    return messages;
  }

  acknowledged(message: Message, now: Instant): void {
    if (!this.#knows(message) || !message.stream.acknowledge(message.index)) return;
    if (this.#hasLogs) this.log.acknowledged(message);
    message.acknowledgedAt = now;
    this.#countAcknowledged(message.publishedAt, 1, now);
    this.#kept.message(KIND.acknowledged, message.stream.publisher, message, now);
    if (message.retain && message instanceof RetainedMessage)
      this.#retained.acknowledged(this.#interests.topic(message.stream.topic), message);
  }

  acknowledgedAll(messages: readonly Message[], now: Instant): void {
    const run = { messages, from: 0, to: messages.length };
    this.#sequences.each(run, (sequence) => {
      if (!this.#acknowledgeSequence(sequence, now)) eachOf(sequence, (each) => this.acknowledged(each, now));
    });
  }

  failed(message: Message, now: Instant): void {
    if (!this.#knows(message) || message.failed || message.acknowledgedAt !== undefined) return;
    message.noteFailed();
    if (message.publishedAt >= this.#warmup) this.tally.failed++;
    if (message.retain) this.#retained.failed(this.#interests.topic(message.stream.topic));
    if (this.#hasLogs) this.log.failed(message, now);
    this.#kept.message(KIND.failed, message.stream.publisher, message, now);
  }

  delivered(recipient: number, message: Message, kind: number, now: Instant): void {
    this.#deliveries++;
    if (!this.#knows(message)) return this.#noCreation.created(recipient, message, now);
    const pair = message.stream.pairOf(recipient) ?? this.#strangerOf(recipient, message);
    if (pair.unasked) this.#noCreation.misdirected(recipient, message, now);
    let again: boolean;
    if (message.retain || kind !== DELIVERY_LIVE) {
      this.#retained.delivered(this.#interests.topic(message.stream.topic), recipient, message, kind, now);
    }
    if (kind === DELIVERY_LIVE) again = !this.#firstDeliveries.live(pair, message, now);
    else again = !this.#firstDeliveries.retained(pair, message);
    this.#log?.delivered(message, recipient, now);
    this.#kept.message(KIND.delivered, recipient, message, now, again);
  }

  deliveredAll(recipient: number, run: MessageRun, now: Instant): void {
    this.#sequences.each(run, (sequence) => {
      if (this.#deliverSequence(recipient, sequence, now)) return;
      eachOf(sequence, (each) => this.delivered(recipient, each, DELIVERY_LIVE, now));
    });
  }

  subscribing(recipient: number, filter: string, _qos: number, now: Instant): void {
    const subscription = this.#interests.subscription(recipient, filter);
    this.#interests.want(subscription);
    this.#retained.subscribing(subscription, now);
  }

  subscribed(recipient: number, filter: string, grantedQos: number, now: Instant): void {
    const subscription = this.#interests.subscription(recipient, filter);
    if (this.#interests.confirm(subscription, grantedQos, now)) this.#retained.subscribed(subscription, now);
  }

  unsubscribed(recipient: number, filter: string, now: Instant): void {
    const subscription = this.#interests.subscription(recipient, filter);
    this.#retained.ended(subscription);
    this.#interests.drop(subscription, now);
  }

  sessionLost(recipient: number, now: Instant, forgotten = false): void {
    this.#interests.eachOf(recipient, (subscription) => {
      this.#retained.ended(subscription);
      if (forgotten) this.#interests.eachStream(subscription, (stream) => this.#overdue.forgotten(stream));
      this.#interests.lose(subscription, forgotten, now);
    });
  }

  willDeclared(publisher: number, will: Will | undefined, now: Instant): void {
    this.#will.declared(publisher, will, now);
  }

  willDue(publisher: number, due: Instant, now: Instant): void {
    this.#will.due(publisher, due, now);
  }

  willPublished(publisher: number, will: Will, now: Instant): Message {
    const stream = this.#streamOf(publisher, will.topic, will.qos, true);
    const message = this.#publishTo(stream, will.payloadBytes, will.retain, now);
    this.#will.published(publisher, will, message, now);
    return message;
  }

  faultsHealed(now: Instant): void {
    this.#healedAt = now;
  }

  held(recipient: number, message: Message): void {
    if (!this.#knows(message)) return;
    const pair = recipient < 0 ? undefined : message.stream.pairOf(recipient);
    if (pair === undefined) {
      message.stream.hold(message.index);
      return;
    }
    (pair.held ??= new Bitset()).add(message.index);
    this.#retained.held(this.#interests.topic(message.stream.topic), recipient, message);
  }

  /**
   * What the history comes to, when it ends at `at`. To be asked once, after everything held was told of.
   * A history that was cut short (not `whole`) shows of no loss that it was not about to be made good.
   */
  conclude(at: Instant, whole = true): Conclusion {
    const end = {
      at,
      healedAt: whole ? this.#healedAt : undefined,
      unsettled: () => this.#overdue.unsettled(this.#streams),
    };
    const streams = this.#streams;
    this.log.noteCompacted();
    const atMostOnce = this.#firstDeliveries.atMostOnce();
    const atLeastOnce = checkAtLeastOnce(streams, end, this.#events);
    return {
      checks: [
        this.#noCreation.result(this.#deliveries),
        atMostOnce,
        atLeastOnce,
        checkExactlyOnce(atMostOnce, atLeastOnce),
        this.#firstDeliveries.ordered(),
        checkAcknowledgedDurable(streams, end, this.#events),
        this.#retained.result(end),
        this.#will.result(end),
        ...(this.#hasLogs ? this.log.conclude(end) : []),
      ],
      pairs: tallyPairs(streams),
      messages: this.#log?.rows(this.#events) ?? [],
    };
  }

  /** Memory of what grows with the number of messages. */
  get bytes(): number {
    let bytes = 0;
    for (const stream of this.#streams) {
      bytes += stream.acknowledged?.bytes ?? 0;
      for (const pair of stream.pairs) bytes += pair.delivered?.bytes ?? 0;
    }
    return bytes;
  }

  #publishTo(stream: Stream, payloadBytes: number, retain: boolean, now: Instant): PublishedMessage {
    const index = stream.published;
    const message = retain
      ? new RetainedMessage(stream, index, now, payloadBytes, true)
      : new PublishedMessage(stream, index, now, payloadBytes, false);
    this.#count(stream, 1, now);
    if (stream.qos > 0) this.#overdue.published(message);
    if (retain && message instanceof RetainedMessage)
      this.#retained.published(this.#interests.topic(stream.topic), message);
    this.#log?.published(message);
    this.#kept.message(KIND.published, stream.publisher, message, now);
    return message;
  }

  /** So many more messages of the stream are published. */
  #count(stream: Stream, times: number, now: Instant): void {
    stream.published += times;
    if (now < this.#warmup) stream.firstCounted = stream.published;
    else this.tally.published += times;
  }

  /** False, and nothing done, unless nobody knew of any. */
  #acknowledgeSequence(sequence: MessageRun, now: Instant): boolean {
    const { messages, from, to } = sequence;
    const first = messages[from] as Message;
    const last = messages[to - 1] as Message;
    if (!this.#knows(first) || !this.#knows(last) || first.retain) return false;
    const { stream, index } = first;
    if (!stream.acknowledgeAll(index, last.index + 1)) return false;
    if (this.#hasLogs) this.log.acknowledgedAll(stream.index, index, last.index + 1);
    for (let place = from; place < to; place++) (messages[place] as PublishedMessage).acknowledgedAt = now;
    for (let place = from; place < to;) {
      const until = endOfInstant(sequence, place);
      this.#countAcknowledged((messages[place] as Message).publishedAt, until - place, now);
      place = until;
    }
    this.#kept.sequence(KIND.acknowledged, stream.publisher, sequence, now);
    return true;
  }

  #countAcknowledged(publishedAt: Instant, times: number, now: Instant): void {
    if (publishedAt < this.#warmup) return;
    this.tally.acknowledged += times;
    this.tally.acknowledgementLatency.add(now - publishedAt, times);
  }

  /** False, and nothing done, unless each comes live, for the first time and in order. */
  #deliverSequence(recipient: number, sequence: MessageRun, now: Instant): boolean {
    const { messages, from, to } = sequence;
    const first = messages[from] as Message;
    const last = messages[to - 1] as Message;
    if (!this.#knows(first) || !this.#knows(last) || first.retain || this.#log !== undefined) return false;
    const pair = first.stream.pairOf(recipient);
    if (pair === undefined || pair.unasked) return false;
    if (!this.#firstDeliveries.liveAll(pair, sequence, now)) return false;
    this.#deliveries += to - from;
    this.#kept.sequence(KIND.delivered, recipient, sequence, now);
    return true;
  }

  /** A pair for somebody whom nothing connected with the stream so far. */
  #strangerOf(recipient: number, { stream }: PublishedMessage): Pair {
    const pair = pairWith(stream, recipient);
    pair.unasked = !this.#interests.everWanted(recipient, stream.topic);
    return pair;
  }

  #knows(message: Message): message is PublishedMessage {
    return (
      message instanceof PublishedMessage &&
      this.#streams[message.stream.index] === message.stream &&
      message.index < message.stream.published
    );
  }

  /** The stream of what a publisher publishes itself. */
  #streamFor(publisher: number, topic: string, qos: number): Stream {
    const latest = this.#latestOf[publisher];
    return latest !== undefined && latest.topic === topic && latest.qos === qos
      ? latest
      : this.#streamOf(publisher, topic, qos, false);
  }

  #streamOf(publisher: number, topic: string, qos: number, ofWills: boolean): Stream {
    while (this.#streamsOf.length <= publisher) {
      this.#streamsOf.push(undefined);
      this.#latestOf.push(undefined);
    }
    const byTopic = (this.#streamsOf[publisher] ??= new Map<string, Stream[]>());
    let ofTopic = byTopic.get(topic);
    if (ofTopic === undefined) byTopic.set(topic, (ofTopic = []));
    let stream = ofTopic.find((each) => each.qos === qos && each.ofWills === ofWills);
    if (stream === undefined) {
      stream = new Stream(this.#streams.length, publisher, topic, qos, ofWills);
      this.#streams.push(stream);
      ofTopic.push(stream);
      this.#interests.begin(stream);
    }
    if (!ofWills) this.#latestOf[publisher] = stream;
    return stream;
  }
}
