/**
 * What a broker writes by itself into a partition that it leads, and waits to see committed: coordinators' state, and
 * the markers of transactions. As acks=all, with an end to the waiting.
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import { NO_GUARD } from "../log/transaction-index.js";
import { ACKS_ALL, type KafkaError } from "../protocol/messages.js";
import type { RecordBatch } from "../protocol/record-batch.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { Replica } from "./replica.js";

/** Told once, with what became of the write. */
export type Written = (error: KafkaError, now: Instant) => void;

interface Write {
  readonly partition: number;
  readonly batch: RecordBatch;
  readonly written: Written;
  readonly deadline: Instant;
  /** Of the leader that appends it: the wait ends with the epoch. */
  readonly leaderEpoch: number;
  /** Of the transaction that it is part of, as that was verified. */
  readonly guard: number;
  /** What the high watermark must reach; -1: not appended yet. */
  required: number;
}

/** Code under which the disk tells that it has written. */
export const DURABLE_TRANSFER = 0x3fffffff;

export class DurableAppends {
  readonly #sink: BrokerSink;
  readonly #replica: (partition: number) => Replica | undefined;
  readonly #changed: (partition: number, now: Instant) => void;
  /** In the order in which the disk was asked. */
  readonly #writing: Write[] = [];
  /** By partition, in the order of their offsets. */
  readonly #waiting = new Map<number, Write[]>();

  /** `changed` is told of each append. */
  constructor(
    sink: BrokerSink,
    replica: (partition: number) => Replica | undefined,
    changed: (partition: number, now: Instant) => void,
  ) {
    this.#sink = sink;
    this.#replica = replica;
    this.#changed = changed;
  }

  append(
    partition: number,
    batch: RecordBatch,
    timeout: Duration,
    written: Written,
    now: Instant,
    guard: number = NO_GUARD,
  ): void {
    const replica = this.#replica(partition);
    if (replica?.leads !== true) return written("NOT_LEADER_OR_FOLLOWER", now);
    const { leaderEpoch } = replica.state;
    const deadline = after(now, timeout);
    this.#writing.push({ partition, batch, written, deadline, leaderEpoch, guard, required: -1 });
    const sync = replica.syncs(batch.count);
    if (this.#sink.transfer(batch.bytes, sync, DURABLE_TRANSFER)) this.transferred(now);
  }

  /** The disk has written the first of what it was asked for. */
  transferred(now: Instant): void {
    const write = this.#writing.shift();
    if (write === undefined) return;
    const { partition, batch, leaderEpoch, guard } = write;
    const replica = this.#replica(partition);
    if (replica?.state.leaderEpoch !== leaderEpoch) return write.written("NOT_LEADER_OR_FOLLOWER", now);
    const { error, required } = replica.append(batch, ACKS_ALL, replica.syncs(batch.count), now, guard);
    if (error !== "NONE") return write.written(error, now);
    write.required = required;
    const waiting = this.#waiting.get(partition);
    if (waiting === undefined) this.#waiting.set(partition, [write]);
    else waiting.push(write);
    this.#sink.setTimer(BROKER_TIMER.durableWait, partition, this.#firstDeadline(partition));
    this.#changed(partition, now);
  }

  /** The high watermark or the leader of the partition may have changed. */
  changed(partition: number, now: Instant): void {
    const waiting = this.#waiting.get(partition);
    for (let first = waiting?.[0]; first !== undefined; first = waiting?.[0]) {
      const replica = this.#replica(partition);
      const led = replica?.leads === true && replica.state.leaderEpoch === first.leaderEpoch;
      const outcome = led ? replica.committed(first.required) : "NOT_LEADER_OR_FOLLOWER";
      if (outcome === undefined) return;
      waiting?.shift();
      first.written(outcome, now);
    }
  }

  timedOut(partition: number, now: Instant): void {
    const waiting = this.#waiting.get(partition) ?? [];
    const late = waiting.filter(({ deadline }) => deadline <= now);
    this.#waiting.set(
      partition,
      waiting.filter(({ deadline }) => deadline > now),
    );
    const next = this.#firstDeadline(partition);
    if (next < Infinity) this.#sink.setTimer(BROKER_TIMER.durableWait, partition, next);
    for (const { written } of late) written("REQUEST_TIMED_OUT", now);
  }

  /** The process has died. */
  forget(): void {
    this.#writing.length = 0;
    this.#waiting.clear();
  }

  #firstDeadline(partition: number): Instant {
    let first = Infinity;
    for (const { deadline } of this.#waiting.get(partition) ?? []) first = Math.min(first, deadline);
    return first;
  }
}
