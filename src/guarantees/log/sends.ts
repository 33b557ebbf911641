/**
 * nonmonotonic-send: of two records that one producer sent to one partition, the later one stands at the earlier
 * offset. Also within a transaction. A second place of one record does not count: that is a duplicate.
 *
 * A record whose offset is told after that of a later one is compared with the latest 1,024 runs of its partition.
 */
import type { RecordRun } from "../../trace/index.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult, Witness } from "../verdict.js";
import { Finding } from "./finding.js";
import type { Run } from "./log-order.js";
import type { LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

const RUNS_COMPARED = 1_024;

export class Sends {
  readonly #records: LogRecords;
  readonly #finding = new Finding("nonmonotonic-send");

  constructor(records: LogRecords) {
    this.#records = records;
  }

  /** Somebody was told for the first time where the message stands; the partition knows it by now. */
  placed(partition: LogPartition, offset: number, message: PublishedMessage): void {
    const { stream, index } = message;
    const known = this.#records.of(stream.index);
    if (known.highestPlaced >= 0) this.#finding.atRisk++;
    const late = index < known.highestPlaced;
    if (late ? this.#contradicts(partition, offset, message) : offset < known.highestOffset) {
      this.#finding.violated(() => this.#show(partition, offset, message));
    }
    known.highestPlaced = Math.max(known.highestPlaced, index);
    known.highestOffset = Math.max(known.highestOffset, offset);
  }

  /** The same of messages that follow each other in their stream. */
  placedAll(partition: LogPartition, { messages, from, to, offset }: RecordRun): void {
    const { stream, index } = messages[from] as PublishedMessage;
    const known = this.#records.of(stream.index);
    if (index < known.highestPlaced || offset < known.highestOffset) {
      for (let place = from; place < to; place++) {
        this.placed(partition, offset + place - from, messages[place] as PublishedMessage);
      }
      return;
    }
    const length = to - from;
    this.#finding.atRisk += known.highestPlaced >= 0 ? length : length - 1;
    known.highestPlaced = index + length - 1;
    known.highestOffset = offset + length - 1;
  }

  result(): CheckResult {
    return this.#finding.result();
  }

  /** Whether a record of the stream stands on the wrong side of this one. */
  #contradicts(partition: LogPartition, offset: number, message: PublishedMessage): boolean {
    const { stream, index } = message;
    return partition.order.someLatest(RUNS_COMPARED, (run) => {
      if (run.stream !== stream.index) return false;
      const last = run.index + run.length - 1;
      return (last > index && this.#before(run, offset)) || (run.index < index && run.offset > offset);
    });
  }

  #before(run: Run, offset: number): boolean {
    return run.offset + run.length - 1 < offset;
  }

  #show(partition: LogPartition, offset: number, message: PublishedMessage): Witness {
    const { stream, index } = message;
    const { highestPlaced, highestOffset } = this.#records.of(stream.index);
    const far = partition.order.find(highestOffset);
    const other =
      index < highestPlaced ? highestPlaced : far?.stream === stream.index ? far.index : index - 1;
    return {
      what:
        `${this.#records.events.message(message)} stands at offset ${offset}, on the wrong side of ` +
        `${this.#records.name(stream.index, other)}.`,
      events: [
        this.#records.events.published(message),
        ...this.#records.sighting(partition, stream.index, other),
        ...this.#records.sighting(partition, stream.index, index),
      ].sort((a, b) => a.at - b.at),
    };
  }
}
