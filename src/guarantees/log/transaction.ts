/** A transaction as the application saw it: what it sent, where that stands, and whose records it read. */
import type { Instant } from "../../kernel/index.js";
import type { PublishedMessage } from "../stream.js";

/** Records of one stream, and so of one partition, that follow each other: numbers `first` … `last`. */
export interface TransactionPart {
  readonly stream: number;
  readonly partition: string;
  readonly first: number;
  last: number;
  /** The least and the highest offset that its producer was told; -1: none so far. */
  low: number;
  high: number;
}

export class Transaction {
  readonly id: number;
  readonly producer: number;
  readonly begunAt: Instant;
  endedAt: Instant = -1;
  /** A `TRANSACTION_` constant; -1 while it is open. */
  outcome = -1;
  readonly parts: TransactionPart[] = [];
  /** Transactions whose records it polled. */
  readonly read: Set<Transaction> = new Set();

  constructor(id: number, producer: number, begunAt: Instant) {
    this.id = id;
    this.producer = producer;
    this.begunAt = begunAt;
  }

  send({ stream, index }: PublishedMessage): void {
    const last = this.parts.find((part) => part.stream === stream.index && part.last === index - 1);
    if (last !== undefined) last.last = index;
    else {
      const { index: number, topic: partition } = stream;
      this.parts.push({ stream: number, partition, first: index, last: index, low: -1, high: -1 });
    }
  }

  stored({ stream, index }: PublishedMessage, offset: number): void {
    const part = this.#partOf(stream.index, index);
    if (part === undefined) return;
    part.low = part.low < 0 ? offset : Math.min(part.low, offset);
    part.high = Math.max(part.high, offset);
  }

  sent({ stream, index }: PublishedMessage): boolean {
    return this.#partOf(stream.index, index) !== undefined;
  }

  /** Whether both were open at once. */
  overlaps(other: Transaction): boolean {
    const ended = this.endedAt < 0 ? Infinity : this.endedAt;
    const otherEnded = other.endedAt < 0 ? Infinity : other.endedAt;
    return this.begunAt <= otherEnded && other.begunAt <= ended;
  }

  /** Whether a record of it stands before one of the other's in some partition (an edge ww). */
  precedes(other: Transaction): boolean {
    return this.parts.some((one) =>
      other.parts.some((two) => one.partition === two.partition && one.low >= 0 && one.low < two.high),
    );
  }

  sharesPartitionWith(other: Transaction): boolean {
    return this.parts.some((one) => other.parts.some((two) => one.partition === two.partition));
  }

  #partOf(stream: number, index: number): TransactionPart | undefined {
    for (const part of this.parts) {
      if (part.stream === stream && index >= part.first && index <= part.last) return part;
    }
    return undefined;
  }
}
