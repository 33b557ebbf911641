/**
 * A broker's fetcher for one leader: asks for all partitions that it follows there, appends what comes, cuts off
 * what the leader does not have, and asks again.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { request } from "../protocol/frames.js";
import type { Fetch, FetchPartition, FetchResult } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { Replica } from "./replica.js";

/** What the broker remembers of a request that it has sent. */
export type BrokerContext = { readonly kind: "fetch"; readonly fetch: Fetch } | { readonly kind: "control" };

interface Followed {
  readonly replica: Replica;
  /** Not asked for before this instant. */
  notBefore: Instant;
  /** As asked for last. */
  asked: FetchPartition | undefined;
  /** Where the leader's log starts, as it said last. */
  leaderStart: number;
}

export class Fetcher {
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly #connections: Connections<BrokerContext>;
  /** Of the connection, and of everything that waits for the disk or a timer. */
  readonly #peer: number;
  readonly #followed = new Map<number, Followed>();
  /** A response whose records the disk is writing. */
  #writing: { readonly fetch: Fetch; readonly results: readonly FetchResult[] } | undefined;
  #asking = false;

  constructor(config: BrokerConfig, sink: BrokerSink, connections: Connections<BrokerContext>, peer: number) {
    this.#config = config;
    this.#sink = sink;
    this.#connections = connections;
    this.#peer = peer;
  }

  get isIdle(): boolean {
    return this.#followed.size === 0;
  }

  follow(replica: Replica, now: Instant): void {
    const known = this.#followed.get(replica.state.partition);
    if (known === undefined) {
      this.#followed.set(replica.state.partition, {
        replica,
        notBefore: 0,
        asked: undefined,
        leaderStart: -1,
      });
    } else known.notBefore = 0;
    this.ask(now);
  }

  unfollow(partition: number): void {
    this.#followed.delete(partition);
  }

  /** The connection is lost. */
  lost(): void {
    this.#asking = false;
    for (const followed of this.#followed.values()) followed.asked = undefined;
  }

  /** Asks for what there is to ask for, if it can. */
  ask(now: Instant): void {
    if (this.#asking || this.#writing !== undefined || !this.#connections.isOpen(this.#peer)) return;
    const partitions: FetchPartition[] = [];
    let changed = 0;
    let earliest = Infinity;
    for (const followed of this.#followed.values()) {
      if (followed.notBefore > now) {
        earliest = Math.min(earliest, followed.notBefore);
        continue;
      }
      const wanted = wantedOf(followed);
      if (followed.asked === undefined || !areEqual(followed.asked, wanted)) changed++;
      followed.asked = wanted;
      partitions.push(wanted);
    }
    if (earliest < Infinity) this.#sink.setTimer(BROKER_TIMER.fetchBackoff, this.#peer, earliest);
    if (partitions.length === 0) return;
    const fetch: Fetch = {
      replica: this.#config.id,
      maxWait: this.#config.replicaFetchWaitMax,
      minBytes: 1,
      maxBytes: this.#config.replicaFetchResponseMaxBytes,
      maxPartitionBytes: this.#config.replicaFetchMaxBytes,
      partitions,
      changed,
    };
    this.#asking = true;
    const frame = request("Fetch", fetch, this.#config.host.length);
    this.#connections.send(this.#peer, frame, { kind: "fetch", fetch }, now);
  }

  answered(fetch: Fetch, results: readonly FetchResult[], now: Instant): void {
    this.#asking = false;
    let bytes = 0;
    for (const { batches } of results) for (const stored of batches) bytes += stored.bytes;
    this.#writing = { fetch, results };
    if (bytes === 0 || this.#sink.transfer(bytes, this.#syncs(results), -1 - this.#peer)) this.written(now);
  }

  /** The disk has written what the latest response brought. */
  written(now: Instant): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    this.#writing = undefined;
    for (const result of writing.results) {
      const followed = this.#followed.get(result.partition);
      const asked = writing.fetch.partitions.find(({ partition }) => partition === result.partition);
      // The partition may have another leader by now, or this one another epoch.
      if (followed === undefined || asked?.currentLeaderEpoch !== followed.replica.state.leaderEpoch)
        continue;
      this.#take(followed, result, now);
    }
    this.ask(now);
  }

  #take(followed: Followed, result: FetchResult, now: Instant): void {
    const { replica } = followed;
    const { error, divergingEpoch, batches, highWatermark, logStartOffset } = result;
    if (error === "OFFSET_OUT_OF_RANGE") {
      if (replica.log.endOffset < logStartOffset) replica.beginAt(logStartOffset);
      else replica.truncate(highWatermark);
    } else if (error !== "NONE") followed.notBefore = after(now, this.#config.replicaFetchBackoff);
    else if (divergingEpoch !== undefined) replica.reconcile(divergingEpoch);
    else {
      replica.copy(batches, this.#syncs([result]));
      replica.learnHighWatermark(highWatermark);
      replica.learnLogStart(logStartOffset);
      followed.leaderStart = logStartOffset;
    }
  }

  #syncs(results: readonly FetchResult[]): boolean {
    return results.some(({ partition, batches }) => {
      const records = batches.reduce((sum, { batch }) => sum + batch.count, 0);
      return records > 0 && this.#followed.get(partition)?.replica.syncs(records) === true;
    });
  }
}

function wantedOf({ replica, leaderStart }: Followed): FetchPartition {
  const { state, log, highWatermark } = replica;
  return {
    partition: state.partition,
    currentLeaderEpoch: state.leaderEpoch,
    offset: log.endOffset,
    lastFetchedEpoch: log.latestEpoch,
    knownHighWatermark: highWatermark,
    knownLogStartOffset: leaderStart,
  };
}

function areEqual(one: FetchPartition, other: FetchPartition): boolean {
  return (
    one.offset === other.offset &&
    one.currentLeaderEpoch === other.currentLeaderEpoch &&
    one.lastFetchedEpoch === other.lastFetchedEpoch
  );
}
