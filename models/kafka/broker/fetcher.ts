/**
 * A broker's fetcher for one leader: asks for all partitions that it follows there, appends what comes, cuts off
 * what the leader does not have, and asks again.
 */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { request } from "../protocol/frames.js";
import type { EpochQuery, EpochResult, Fetch, FetchPartition, FetchResult } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import type { Answered } from "./broker-links.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { Replica } from "./replica.js";
import { type Followed, asksForEpochs, queryOf, truncateBy, wantedOf } from "./truncation.js";

/** What the broker remembers of a request that it has sent. */
export type BrokerContext =
  | { readonly kind: "fetch"; readonly fetch: Fetch }
  | { readonly kind: "epochs"; readonly queries: readonly EpochQuery[] }
  | { readonly kind: "control" }
  | { readonly kind: "question"; readonly answered: Answered };

export class Fetcher {
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  readonly #connections: Connections<BrokerContext>;
  /** Of the connection, and of everything that waits for the disk or a timer. */
  readonly #peer: number;
  readonly #brokerEpoch: () => number;
  /** Told that more of a partition is known to be committed: a consumer may wait for it here [KIP-392]. */
  readonly #committed: (partition: number, now: Instant) => void;
  readonly #followed = new Map<number, Followed>();
  /** A response whose records the disk is writing. */
  #writing: { readonly fetch: Fetch; readonly results: readonly FetchResult[] } | undefined;
  #asking = false;

  constructor(
    config: BrokerConfig,
    sink: BrokerSink,
    connections: Connections<BrokerContext>,
    peer: number,
    brokerEpoch: () => number,
    committed: (partition: number, now: Instant) => void,
  ) {
    this.#committed = committed;
    this.#brokerEpoch = brokerEpoch;
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
    const { truncation } = this.#config;
    const parts = asksForEpochs(truncation);
    if (known === undefined) {
      const leaderStart = -1;
      this.#followed.set(replica.state.partition, {
        replica,
        notBefore: 0,
        asked: undefined,
        parts,
        leaderStart,
      });
    } else {
      known.notBefore = 0;
      known.parts = parts;
    }
    if (truncation === "high-watermark") replica.truncate(replica.highWatermark);
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
    if (asksForEpochs(this.#config.truncation) && this.#askForEpochs(now)) return;
    const partitions: FetchPartition[] = [];
    let changed = 0;
    let earliest = NEVER;
    for (const followed of this.#followed.values()) {
      if (followed.notBefore > now) {
        earliest = Math.min(earliest, followed.notBefore);
        continue;
      }
      const wanted = wantedOf(followed, this.#config.truncation);
      if (followed.asked === undefined || !areEqual(followed.asked, wanted)) changed++;
      followed.asked = wanted;
      partitions.push(wanted);
    }
    if (earliest < NEVER) this.#sink.setTimer(BROKER_TIMER.fetchBackoff, this.#peer, earliest);
    if (partitions.length === 0) return;
    const fetch: Fetch = {
      replica: this.#config.id,
      replicaEpoch: this.#brokerEpoch(),
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

  /** Where epochs end is to be known of every partition that is asked for. True: it is being asked. */
  #askForEpochs(now: Instant): boolean {
    const queries: EpochQuery[] = [];
    for (const followed of this.#followed.values()) {
      if (!followed.parts || followed.notBefore > now) continue;
      const query = queryOf(followed.replica);
      if (query === undefined) followed.parts = false;
      else queries.push(query);
    }
    if (queries.length === 0) return false;
    this.#asking = true;
    const frame = request("OffsetForLeaderEpoch", { queries }, this.#config.host.length);
    this.#connections.send(this.#peer, frame, { kind: "epochs", queries }, now);
    return true;
  }

  epochsAnswered(queries: readonly EpochQuery[], results: readonly EpochResult[], now: Instant): void {
    this.#asking = false;
    for (const result of results) {
      const followed = this.#followed.get(result.partition);
      const query = queries.find(({ partition }) => partition === result.partition);
      // Something else may have to be asked by now.
      if (followed?.parts !== true || followed.replica.log.latestEpoch !== query?.leaderEpoch) continue;
      if (result.error !== "NONE") followed.notBefore = after(now, this.#config.replicaFetchBackoff);
      else followed.parts = !truncateBy(result, followed.replica, this.#config.truncation);
    }
    this.ask(now);
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
      if (followed !== undefined && this.#isStillAsked(followed, asked)) this.#take(followed, result, now);
    }
    this.ask(now);
  }

  /** The partition may have another leader by now, or this one another epoch. */
  #isStillAsked({ replica, parts }: Followed, asked: FetchPartition | undefined): boolean {
    if (this.#config.truncation === "kip-320") return asked?.currentLeaderEpoch === replica.state.leaderEpoch;
    // Where epochs are not named, all that is looked at is the offset [KIP-320].
    return !parts && asked?.offset === replica.log.endOffset;
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
      // Logs that part within a batch: the partition is left alone until it has another leader or epoch
      // (markPartitionFailed). Only ways of truncation before KIP-320 bring it here.
      if (!replica.copy(batches, this.#syncs([result]))) {
        followed.notBefore = NEVER;
        return;
      }
      const before = replica.highWatermark;
      replica.learnHighWatermark(highWatermark);
      replica.learnLogStart(logStartOffset);
      followed.leaderStart = logStartOffset;
      if (replica.highWatermark > before) this.#committed(result.partition, now);
    }
  }

  #syncs(results: readonly FetchResult[]): boolean {
    return results.some(({ partition, batches }) => {
      const records = batches.reduce((sum, { batch }) => sum + batch.count, 0);
      return records > 0 && this.#followed.get(partition)?.replica.syncs(records) === true;
    });
  }
}

function areEqual(one: FetchPartition, other: FetchPartition): boolean {
  return (
    one.offset === other.offset &&
    one.logStartOffset === other.logStartOffset &&
    one.currentLeaderEpoch === other.currentLeaderEpoch &&
    one.lastFetchedEpoch === other.lastFetchedEpoch
  );
}
