/**
 * A consumer's requests to leaders and, to read, to other replicas: where to begin, whether what it has read still stands, and the records. They go on
 * in the background: one request a leader at a time, into a buffer that poll takes from.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { POSITION_RESET } from "../../../src/trace/index.js";
import type { Connections } from "../connections.js";
import type { Metadata } from "../metadata.js";
import { type Response, request } from "../protocol/frames.js";
import {
  CONSUMER,
  type EpochResult,
  type FetchPartition,
  type FetchResult,
  type KafkaError,
  NO_EPOCH,
  NO_LEADER,
  type OffsetResult,
  type PartitionState,
  type Requests,
} from "../protocol/messages.js";
import type { ConsumerConfig } from "./consumer-config.js";
import { type ConsumerContext, LEADER } from "./consumer-context.js";
import { CONSUMER_TIMER, type ConsumerSink } from "./consumer-sink.js";
import type { Position } from "./position.js";
import { AbortedFilter } from "./aborted-filter.js";
import { RecordBuffer } from "./record-buffer.js";

export class Fetches {
  readonly buffer: RecordBuffer = new RecordBuffer();
  readonly positions: Map<number, Position> = new Map();
  /** Records that another replica than the leader has sent. */
  fromFollowers = 0;
  readonly #config: ConsumerConfig;
  readonly #sink: ConsumerSink;
  readonly #connections: Connections<ConsumerContext>;
  readonly #metadata: Metadata<ConsumerContext>;
  /** On whose behalf it reads. */
  readonly #reader: number;
  /** Told that the application meets an error which it does not survive. */
  readonly #end: (why: string, now: Instant) => void;

  constructor(
    config: ConsumerConfig,
    sink: ConsumerSink,
    connections: Connections<ConsumerContext>,
    metadata: Metadata<ConsumerContext>,
    reader: number,
    end: (why: string, now: Instant) => void,
  ) {
    this.#config = config;
    this.#sink = sink;
    this.#connections = connections;
    this.#metadata = metadata;
    this.#reader = reader;
    this.#end = end;
  }

  /** Drops what was fetched of it; what is under way does not count. */
  remove(position: Position): void {
    this.buffer.drop(position);
    this.positions.delete(position.partition);
  }

  /** Every position is what was committed: it is to be asked for. */
  rewind(): void {
    for (const position of this.positions.values()) {
      this.buffer.drop(position);
      position.needs = "committed";
    }
  }

  forget(): void {
    this.buffer.clear();
    this.positions.clear();
  }

  /** Records below the high watermarks, as last told, that were not polled yet. */
  get lag(): number {
    let lag = 0;
    for (const { offset, highWatermark } of this.positions.values())
      lag += Math.max(0, highWatermark - offset);
    return lag;
  }

  /** The policy decides where a position goes on. */
  reset(position: Position, now: Instant): void {
    const { autoOffsetReset } = this.#config;
    if (autoOffsetReset !== "none") return position.ask(autoOffsetReset, POSITION_RESET);
    position.stop();
    this.#end(`there is no position in ${position.name}, and auto.offset.reset is none`, now);
  }

  answered(broker: number, response: Response, now: Instant): void {
    switch (response.api) {
      case "ListOffsets":
        for (const result of response.body.results) this.#begin(result, now);
        break;
      case "OffsetForLeaderEpoch":
        for (const result of response.body.results) this.#validated(result, now);
        break;
      case "Fetch":
        for (const result of response.body.results) this.#take(broker, result, now);
        this.#noteTold(broker);
        break;
      default:
    }
  }

  /** A connection has ended, and with it the sessions of fetches. */
  lost(peer: number, now: Instant): void {
    for (const position of this.positions.values()) {
      position.asked = -1;
      if (position.preferred(now) === peer) position.readFromLeader();
    }
  }

  /** Asks each broker that has no request of ours: queries first, then a fetch. */
  pump(now: Instant): void {
    const byBroker = new Map<number, PartitionState[]>();
    for (const position of this.positions.values()) {
      if (position.notBefore > now || position.needs === "committed") continue;
      const state = this.#metadata.partition(position.partition);
      if (state === undefined) continue;
      const broker = this.#brokerFor(position, state, now);
      const states = byBroker.get(broker);
      if (states === undefined) byBroker.set(broker, [state]);
      else states.push(state);
    }
    for (const [broker, states] of byBroker) {
      const host = this.#metadata.hostOf(broker);
      if (host === undefined) this.#metadata.refresh(now);
      else if (!this.#connections.isOpen(broker)) this.#connections.want(broker, host, now);
      else if (this.#connections.inFlight(broker) === 0) this.#ask(broker, states, now);
    }
  }

  /** The leader, unless that has the partition read from another one which is in service [KIP-392]. */
  #brokerFor(position: Position, { leader }: PartitionState, now: Instant): number {
    if (position.needs !== "nothing" || leader === NO_LEADER) return leader;
    const preferred = position.preferred(now);
    if (preferred < 0) return leader;
    if (this.#metadata.isInService(preferred)) return preferred;
    position.readFromLeader();
    this.#metadata.refresh(now);
    return leader;
  }

  #begin({ partition, error, offset, leaderEpoch }: OffsetResult, now: Instant): void {
    const position = this.positions.get(partition);
    if (position?.needs !== "offset") return;
    if (error !== "NONE") return this.#retry(position, now);
    // No record is as late as the time that was asked for.
    if (offset < 0) return position.ask("latest", position.why);
    position.move(offset, NO_EPOCH);
    position.validatedIn = Math.max(position.validatedIn, leaderEpoch);
    this.#sink.positioned(position.topic, position.index, offset, position.why, now);
  }

  #validated({ partition, error, epoch, endOffset }: EpochResult, now: Instant): void {
    const position = this.positions.get(partition);
    if (position?.needs !== "validation") return;
    if (error !== "NONE") return this.#retry(position, now);
    position.needs = "nothing";
    if (epoch === NO_EPOCH || endOffset >= position.offset) return;
    // What was read from there on is not in the log any more: go on from where the logs part.
    this.#sink.reset(partition, position.offset, endOffset);
    this.buffer.drop(position);
    position.move(endOffset, epoch);
    this.#sink.positioned(position.topic, position.index, endOffset, POSITION_RESET, now);
  }

  #take(broker: number, result: FetchResult, now: Instant): void {
    const { partition, error, highWatermark, batches, aborted, preferredReadReplica } = result;
    const position = this.positions.get(partition);
    // It may have moved, or may have been given up and got back, since it was asked for.
    if (position?.needs !== "nothing" || position.asked !== position.offset || position.buffered) return;
    // It may also be read from another broker by now.
    if (position.askedOf !== broker) return;
    if (error === "OFFSET_OUT_OF_RANGE") {
      // A follower may have less than the leader.
      if (position.readFromLeader() && this.#config.rules.fallsBackToLeader) return;
      this.#sink.reset(partition, position.offset, -1);
      return this.reset(position, now);
    }
    if (error !== "NONE") return this.#retry(position, now, error);
    position.highWatermark = highWatermark;
    if (preferredReadReplica !== undefined) {
      position.prefer(preferredReadReplica, after(now, this.#config.metadataMaxAge));
    }
    if (batches.length === 0) return;
    if (broker !== this.#metadata.partition(partition)?.leader) {
      for (const stored of batches) this.fromFollowers += stored.keptCount;
    }
    const left = this.#config.rules.leavesOutAborted ? aborted : undefined;
    this.buffer.add(position, broker, batches, new AbortedFilter(left));
  }

  /** A partition that is not in the answer is as it was known to be [KIP-227]. */
  #noteTold(broker: number): void {
    for (const position of this.positions.values()) {
      if (position.told || position.needs !== "nothing" || position.asked < 0) continue;
      position.told = position.askedOf === broker;
    }
  }

  #retry(position: Position, now: Instant, error?: KafkaError): void {
    // A follower that does not know of the leader yet will soon.
    if (error !== "UNKNOWN_LEADER_EPOCH") position.readFromLeader();
    position.notBefore = after(now, this.#config.retryBackoff);
    this.#sink.setTimer(CONSUMER_TIMER.retry, 0, position.notBefore);
    this.#metadata.refresh(now);
  }

  #ask(broker: number, states: readonly PartitionState[], now: Instant): void {
    const needing = (needs: Position["needs"]): readonly PartitionState[] =>
      states.filter(({ partition }) => this.positions.get(partition)?.needs === needs);
    const unknown = needing("offset");
    const doubtful = needing("validation");
    if (unknown.length > 0) {
      const queries = unknown.map(({ partition, leaderEpoch }) => {
        const position = this.positions.get(partition)?.query ?? "latest";
        return { partition, currentLeaderEpoch: leaderEpoch, position };
      });
      const { readCommitted } = this.#config;
      this.#request(broker, "ListOffsets", { queries, readCommitted }, now);
    } else if (doubtful.length > 0) {
      const queries = doubtful.map(({ partition, leaderEpoch }) => {
        const epoch = this.positions.get(partition)?.epoch ?? NO_EPOCH;
        return { partition, currentLeaderEpoch: leaderEpoch, leaderEpoch: epoch };
      });
      this.#request(broker, "OffsetForLeaderEpoch", { queries }, now);
    } else if (!this.buffer.holdsOf(broker)) this.#fetch(broker, states, now);
  }

  #fetch(broker: number, states: readonly PartitionState[], now: Instant): void {
    const { fetchMaxWait, fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes, readCommitted } =
      this.#config;
    let changed = 0;
    const partitions: FetchPartition[] = [];
    for (const { partition, leaderEpoch } of states) {
      const position = this.positions.get(partition) as Position;
      if (position.needs !== "nothing" || position.leaving) continue;
      if (position.asked !== position.offset || position.askedOf !== broker) changed++;
      position.asked = position.offset;
      position.askedOf = broker;
      partitions.push({
        partition,
        currentLeaderEpoch: leaderEpoch,
        offset: position.offset,
        lastFetchedEpoch: NO_EPOCH,
        knownHighWatermark: position.highWatermark,
      });
    }
    if (partitions.length === 0) return;
    const fetch = {
      replica: CONSUMER,
      maxWait: fetchMaxWait,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      maxPartitionBytes: maxPartitionFetchBytes,
      partitions,
      changed,
      readCommitted,
      rack: this.#config.rack,
      reader: this.#reader,
    };
    this.#request(broker, "Fetch", fetch, now);
  }

  #request<Name extends keyof Requests>(broker: number, api: Name, body: Requests[Name], now: Instant): void {
    this.#connections.send(broker, request(api, body, this.#config.clientId.length), LEADER, now);
  }
}
