/**
 * A broker's storage: opens the logs of its log directory, and sees in the background to what Kafka's scheduler does:
 * checkpoints, retention, compaction, and the expiry of producers.
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import { type CleanableLog, LogCleaner } from "../log/cleaner.js";
import type { LogDirectory, OffsetCheckpoint } from "../log/log-directory.js";
import { PartitionLog } from "../log/partition-log.js";
import type { PartitionState } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { Replica } from "./replica.js";

/** What a replica begins with. */
export interface OpenedLog {
  readonly log: PartitionLog;
  /** As checkpointed, as far as the log still has it. */
  readonly highWatermark: number;
}

/** What is there while the process runs. */
interface Opened {
  readonly directory: LogDirectory;
  readonly highWatermarks: OffsetCheckpoint;
  readonly startOffsets: OffsetCheckpoint;
  readonly cleaner: LogCleaner;
}

export class Storage {
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly #replicas: () => Iterable<Replica>;
  #opened: Opened | undefined;

  constructor(config: BrokerConfig, sink: BrokerSink, replicas: () => Iterable<Replica>) {
    this.#config = config;
    this.#sink = sink;
    this.#replicas = replicas;
  }

  start(now: Instant): void {
    const directory = this.#sink.openDirectory();
    const user = {
      cleanable: () => this.#cleanable(),
      clock: () => this.#sink.clock(),
      cleaned: (partition: number, records: number) => this.#sink.cleaned(partition, records),
      failed: () => this.#sink.diskFailed(),
    };
    this.#opened = {
      directory,
      highWatermarks: directory.checkpoint("replication-offset-checkpoint"),
      startOffsets: directory.checkpoint("log-start-offset-checkpoint"),
      cleaner: new LogCleaner(user, this.#config.rules, directory.checkpoint("cleaner-offset-checkpoint")),
    };
    const { initialTaskDelay } = this.#config;
    this.#sink.setTimer(BROKER_TIMER.retention, 0, after(now, initialTaskDelay));
    this.#sink.setTimer(BROKER_TIMER.offsetCheckpoint, 0, after(now, initialTaskDelay));
    this.#setTimer(BROKER_TIMER.watermarkCheckpoint, this.#config.watermarkCheckpointInterval, now);
    this.#setTimer(BROKER_TIMER.producerExpiry, this.#config.producerExpirationCheckInterval, now);
  }

  /** The process has died. */
  forget(): void {
    this.#opened = undefined;
  }

  open({ partition, log: config }: PartitionState, now: Instant): OpenedLog {
    const { directory, highWatermarks, startOffsets } = this.#opened as Opened;
    const startOffset = startOffsets.read().get(partition) ?? 0;
    const log = new PartitionLog(directory.files(partition), config, startOffset);
    this.#sink.recovered(log.recoveredBytes, log.wasDamaged);
    if (config.compacts) this.#setTimer(BROKER_TIMER.cleaner, this.#config.cleanerBackoff, now);
    const checkpointed = highWatermarks.read().get(partition) ?? 0;
    return { log, highWatermark: Math.min(Math.max(checkpointed, log.startOffset), log.endOffset) };
  }

  /** The broker is not to have the partition any more. */
  discard({ state, log }: Replica): void {
    const { highWatermarks, startOffsets } = this.#opened as Opened;
    log.discard();
    for (const checkpoint of [highWatermarks, startOffsets]) {
      const offsets = new Map(checkpoint.read());
      offsets.delete(state.partition);
      checkpoint.write(offsets);
    }
  }

  /** The process ends in good order: all that was written is safe, and on record. */
  close(): void {
    for (const { log } of this.#replicas()) log.synced();
    this.#write(this.#opened?.highWatermarks, ({ highWatermark }) => highWatermark);
    this.#opened?.directory.checkpointRecoveryPoints();
    this.#checkpointStarts();
  }

  /** True: the timer was one of these. */
  timerFired(kind: number, now: Instant): boolean {
    switch (kind) {
      case BROKER_TIMER.retention:
        for (const replica of this.#replicas()) if (!replica.log.config.compacts) this.#deleteOld(replica);
        this.#setTimer(kind, this.#config.retentionCheckInterval, now);
        return true;
      case BROKER_TIMER.watermarkCheckpoint:
        this.#write(this.#opened?.highWatermarks, ({ highWatermark }) => highWatermark);
        this.#setTimer(kind, this.#config.watermarkCheckpointInterval, now);
        return true;
      case BROKER_TIMER.offsetCheckpoint:
        this.#opened?.directory.checkpointRecoveryPoints();
        this.#checkpointStarts();
        this.#setTimer(kind, this.#config.offsetCheckpointInterval, now);
        return true;
      case BROKER_TIMER.producerExpiry:
        this.#expireProducers();
        this.#setTimer(kind, this.#config.producerExpirationCheckInterval, now);
        return true;
      case BROKER_TIMER.cleaner:
        // The cleaner deletes, too, where a policy asks for both.
        for (const replica of this.#replicas()) if (replica.log.config.compacts) this.#deleteOld(replica);
        this.#opened?.cleaner.run();
        this.#setTimer(kind, this.#config.cleanerBackoff, now);
        return true;
      default:
        return false;
    }
  }

  *#cleanable(): Iterable<CleanableLog> {
    for (const { state, log, lastStableOffset } of this.#replicas()) {
      yield { partition: state.partition, log, decidedTo: lastStableOffset };
    }
  }

  #deleteOld({ log, state, highWatermark }: Replica): void {
    const limit = this.#config.rules.retainsUncommitted ? highWatermark : log.endOffset;
    const before = log.startOffset;
    const segments = log.deleteOld(limit, this.#sink.clock());
    if (segments === 0) return;
    this.#sink.deleted(state.partition, segments, log.startOffset);
    // What was deleted must not seem to be there again, or to be missing, after a restart.
    if (log.startOffset > before) this.#checkpointStarts();
  }

  #expireProducers(): void {
    const { producerExpiration } = this.#config;
    let expired = 0;
    for (const { log } of this.#replicas()) {
      const hasOpen = (producerId: number): boolean => log.transactions.hasOpen(producerId);
      expired += log.producers.expire(this.#sink.clock(), producerExpiration, hasOpen);
    }
    if (expired > 0) this.#sink.producersExpired(expired);
  }

  #checkpointStarts(): void {
    this.#write(this.#opened?.startOffsets, ({ log }) => log.startOffset);
  }

  /** Of partitions that the broker has not heard of yet, what was written before stays. */
  #write(checkpoint: OffsetCheckpoint | undefined, offsetOf: (replica: Replica) => number): void {
    const offsets = new Map(checkpoint?.read());
    for (const replica of this.#replicas()) offsets.set(replica.state.partition, offsetOf(replica));
    checkpoint?.write(offsets);
  }

  #setTimer(kind: number, delay: Duration, now: Instant): void {
    this.#sink.setTimer(kind, 0, after(now, delay));
  }
}
