/**
 * A message, as the application knows it: published once by somebody, meant for everybody who is entitled to
 * it. One object travels by reference through every packet, queue and delivery of the run.
 */
import type { Instant } from "../kernel/index.js";

/**
 * A stream of messages whose publish order means something: one publisher, one topic, one quality of
 * service. Messages of a stream are numbered from 0.
 */
export interface MessageStream {
  /** Dense index of the stream in this run. */
  readonly index: number;
  /** Index of the publishing node. */
  readonly publisher: number;
  readonly topic: string;
  /** The quality asked for; 0 where the protocol knows none. */
  readonly qos: number;
}

export class Message {
  readonly stream: MessageStream;
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly publishedAt: Instant;
  readonly payloadBytes: number;
  /** The message asks to be kept as the topic's retained one. */
  readonly retain: boolean;

  constructor(
    stream: MessageStream,
    index: number,
    publishedAt: Instant,
    payloadBytes: number,
    retain: boolean,
  ) {
    this.stream = stream;
    this.index = index;
    this.publishedAt = publishedAt;
    this.payloadBytes = payloadBytes;
    this.retain = retain;
  }
}

/** Some messages of a list: `messages[from]` … `messages[to - 1]`. */
export interface MessageRun {
  readonly messages: readonly Message[];
  readonly from: number;
  readonly to: number;
}
