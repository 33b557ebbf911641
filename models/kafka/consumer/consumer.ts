/**
 * A consumer that was assigned all partitions of its topics: finds out where to begin, fetches from the leaders, hands
 * records to the application in the order of their offsets.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { POSITION_ASSIGNED, POSITION_RESET } from "../../../src/trace/index.js";
import { type ConnectionUser, Connections } from "../connections.js";
import { Metadata } from "../metadata.js";
import type { ParticipantMachine } from "../participant.js";
import { type Response, request } from "../protocol/frames.js";
import {
  CONSUMER,
  type EpochResult,
  type FetchPartition,
  type FetchResult,
  NO_EPOCH,
  type OffsetResult,
  type PartitionState,
  type Requests,
} from "../protocol/messages.js";
import { AbortedFilter } from "./aborted-filter.js";
import type { ConsumerConfig } from "./consumer-config.js";
import { CONSUMER_TIMER, type ConsumerSink } from "./consumer-sink.js";
import { KeyTable } from "./key-table.js";

const NOTHING = new AbortedFilter(undefined);

type Context = "metadata" | "query" | "fetch";

/** Where the consumer is in a partition. */
interface Position {
  /** What is to be found out before it can fetch: where to begin, or whether its records still exist. */
  needs: "offset" | "validation" | "nothing";
  /** Why it is where it is; a `POSITION_` constant. */
  why: number;
  offset: number;
  /** Epoch of the last record that it has read. */
  epoch: number;
  /** Leader epoch that the position was last held against. */
  validatedIn: number;
  highWatermark: number;
  asked: number;
  notBefore: Instant;
}

export class Consumer implements ParticipantMachine, ConnectionUser<Context> {
  readonly #config: ConsumerConfig;
  readonly #sink: ConsumerSink;
  readonly connections: Connections<Context>;
  readonly #metadata: Metadata<Context>;
  readonly #positions = new Map<number, Position>();
  readonly #positioned = new Set<string>();
  readonly table: KeyTable = new KeyTable();

  constructor(sink: ConsumerSink, config: ConsumerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.connections = new Connections(sink, config.connection, this);
    this.#metadata = new Metadata<Context>(
      sink,
      config,
      this.connections,
      "metadata",
      CONSUMER_TIMER.metadata,
    );
  }

  start(now: Instant): void {
    this.#metadata.refresh(now);
  }

  /** The process has died, and with it the positions: nothing was committed. */
  crashed(): void {
    this.connections.forget();
    this.#metadata.forget();
    this.#positions.clear();
    this.#positioned.clear();
    this.table.forget();
  }

  /** Records below the high watermarks, as last told, that were not read yet. */
  get lag(): number {
    let lag = 0;
    for (const { offset, highWatermark } of this.#positions.values())
      lag += Math.max(0, highWatermark - offset);
    return lag;
  }

  // ParticipantMachine

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.connections.timerFired(kind, id, now)) return;
    if (kind === CONSUMER_TIMER.metadata) this.#metadata.timerFired(now);
    else this.#pump(now);
  }

  // ConnectionUser

  connectionReady(_peer: number, now: Instant): void {
    this.#metadata.pursue(now);
    this.#pump(now);
  }

  answered(_peer: number, _context: Context, response: Response, now: Instant): void {
    switch (response.api) {
      case "Metadata":
        this.#metadata.learn(response.body, now);
        for (const state of this.#metadata.partitions) this.#heed(state);
        break;
      case "ListOffsets":
        for (const result of response.body.results) this.#begin(result, now);
        break;
      case "OffsetForLeaderEpoch":
        for (const result of response.body.results) this.#validated(result, now);
        break;
      case "Fetch":
        for (const result of response.body.results) this.#take(result, now);
        break;
      default:
        return;
    }
    this.#pump(now);
  }

  connectionLost(_peer: number, unanswered: readonly Context[], now: Instant): void {
    if (unanswered.includes("metadata")) this.#metadata.unanswered(now);
    this.#metadata.refresh(now);
    for (const position of this.#positions.values()) position.asked = -1;
    this.#pump(now);
  }

  /** A new leader may not have what was read from an older one [KIP-320]. */
  #heed({ partition, leaderEpoch }: PartitionState): void {
    const position = this.#positions.get(partition);
    if (position === undefined) {
      this.#positions.set(partition, {
        needs: "offset",
        why: POSITION_ASSIGNED,
        offset: 0,
        epoch: NO_EPOCH,
        validatedIn: leaderEpoch,
        highWatermark: 0,
        asked: -1,
        notBefore: 0,
      });
    } else if (position.needs === "nothing" && leaderEpoch > position.validatedIn) {
      position.needs = position.epoch === NO_EPOCH ? "nothing" : "validation";
      position.validatedIn = leaderEpoch;
    }
  }

  #begin({ partition, error, offset }: OffsetResult, now: Instant): void {
    const position = this.#positions.get(partition);
    if (position?.needs !== "offset") return;
    if (error !== "NONE") return this.#retry(position, now);
    position.needs = "nothing";
    position.offset = offset;
    this.#begins(partition, position, now);
    const topic = this.#metadata.partition(partition)?.topic ?? "";
    const all = this.#metadata.partitionsOf(topic);
    if (this.#positioned.has(topic)) return;
    if (all.some((state) => this.#positions.get(state.partition)?.needs === "offset")) return;
    this.#positioned.add(topic);
    this.#sink.positioned(topic, now);
  }

  /** The application's position is `position.offset` from now on. */
  #begins(partition: number, { offset, why }: Position, now: Instant): void {
    const state = this.#metadata.partition(partition);
    if (state !== undefined) this.#sink.begins(`${state.topic}-${state.index}`, offset, why, now);
  }

  #validated({ partition, error, epoch, endOffset }: EpochResult, now: Instant): void {
    const position = this.#positions.get(partition);
    if (position?.needs !== "validation") return;
    if (error !== "NONE") return this.#retry(position, now);
    position.needs = "nothing";
    if (epoch === NO_EPOCH || endOffset >= position.offset) return;
    // What was read from there on is not in the log any more: go on from where the logs part.
    this.#sink.reset(partition, position.offset, endOffset);
    position.offset = endOffset;
    position.why = POSITION_RESET;
    this.#begins(partition, position, now);
  }

  #take({ partition, error, highWatermark, batches, aborted }: FetchResult, now: Instant): void {
    const position = this.#positions.get(partition);
    if (position?.needs !== "nothing") return;
    if (error === "OFFSET_OUT_OF_RANGE") {
      this.#sink.reset(partition, position.offset, highWatermark);
      position.needs = "offset";
      position.why = POSITION_RESET;
      position.epoch = NO_EPOCH;
      return;
    }
    if (error !== "NONE") return this.#retry(position, now);
    position.highWatermark = highWatermark;
    const leftOut = this.#config.rules.leavesOutAborted ? new AbortedFilter(aborted) : NOTHING;
    for (const stored of batches) {
      const skips = leftOut.leavesOut(stored);
      stored.eachRecord((message, place) => {
        const offset = stored.baseOffset + place;
        if (skips || offset < position.offset) return;
        this.table.apply(partition, stored.batch, place);
        this.#sink.delivered(message, offset, now);
      });
      position.offset = Math.max(position.offset, stored.endOffset);
      position.epoch = stored.leaderEpoch;
    }
  }

  #retry(position: Position, now: Instant): void {
    position.notBefore = after(now, this.#config.retryBackoff);
    this.#sink.setTimer(CONSUMER_TIMER.retry, 0, position.notBefore);
    this.#metadata.refresh(now);
  }

  /** Asks each leader that has no request of ours: queries first, then a fetch. */
  #pump(now: Instant): void {
    const byLeader = new Map<number, PartitionState[]>();
    for (const state of this.#metadata.partitions) {
      const position = this.#positions.get(state.partition);
      if (position === undefined || position.notBefore > now) continue;
      const states = byLeader.get(state.leader);
      if (states === undefined) byLeader.set(state.leader, [state]);
      else states.push(state);
    }
    for (const [leader, states] of byLeader) {
      const host = this.#metadata.hostOf(leader);
      if (host === undefined) this.#metadata.refresh(now);
      else if (!this.connections.isOpen(leader)) this.connections.want(leader, host, now);
      else if (this.connections.inFlight(leader) === 0) this.#ask(leader, states, now);
    }
  }

  #ask(leader: number, states: readonly PartitionState[], now: Instant): void {
    const needing = (needs: Position["needs"]): readonly PartitionState[] =>
      states.filter(({ partition }) => this.#positions.get(partition)?.needs === needs);
    const unknown = needing("offset");
    const doubtful = needing("validation");
    if (unknown.length > 0) {
      const position = this.#config.autoOffsetReset;
      const queries = unknown.map(({ partition, leaderEpoch }) => {
        return { partition, currentLeaderEpoch: leaderEpoch, position };
      });
      const { readCommitted } = this.#config;
      this.#request(leader, "ListOffsets", { queries, readCommitted }, "query", now);
    } else if (doubtful.length > 0) {
      const queries = doubtful.map(({ partition, leaderEpoch }) => {
        const epoch = this.#positions.get(partition)?.epoch ?? NO_EPOCH;
        return { partition, currentLeaderEpoch: leaderEpoch, leaderEpoch: epoch };
      });
      this.#request(leader, "OffsetForLeaderEpoch", { queries }, "query", now);
    } else this.#fetch(leader, states, now);
  }

  #fetch(leader: number, states: readonly PartitionState[], now: Instant): void {
    const { fetchMaxWait, fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes } = this.#config;
    let changed = 0;
    const partitions = states.map(({ partition, leaderEpoch }): FetchPartition => {
      const position = this.#positions.get(partition) as Position;
      if (position.asked !== position.offset) changed++;
      position.asked = position.offset;
      const { offset, highWatermark } = position;
      return {
        partition,
        currentLeaderEpoch: leaderEpoch,
        offset,
        lastFetchedEpoch: NO_EPOCH,
        knownHighWatermark: highWatermark,
      };
    });
    const fetch = {
      replica: CONSUMER,
      maxWait: fetchMaxWait,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      maxPartitionBytes: maxPartitionFetchBytes,
      partitions,
      changed,
      readCommitted: this.#config.readCommitted,
    };
    this.#request(leader, "Fetch", fetch, "fetch", now);
  }

  #request<Name extends keyof Requests>(
    leader: number,
    api: Name,
    body: Requests[Name],
    context: Context,
    now: Instant,
  ): void {
    this.connections.send(leader, request(api, body, this.#config.clientId.length), context, now);
  }
}
