/**
 * Answers what clients and followers ask of a broker. Of each connection one request is served at a time, the next
 * once its response has been sent, as Kafka mutes a channel meanwhile.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { RecordPlace } from "../log/partition-log.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import {
  ACKS_ALL,
  type ClusterState,
  type EpochQuery,
  type EpochResult,
  type Fetch,
  type FetchPartition,
  type FetchResult,
  type IsrChange,
  type KafkaError,
  NO_EPOCH,
  NO_LEADER,
  type OffsetPosition,
  type OffsetQuery,
  type OffsetResult,
  type Produce,
  type ProduceResult,
} from "../protocol/messages.js";
import type { Authenticator } from "./authenticator.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import type { Replica } from "./replica.js";
import { Waiting, type WaitingFetch, type WaitingProduce } from "./waiting.js";

/** What the handler needs of the broker. */
export interface Holdings {
  replica(partition: number): Replica | undefined;
  readonly cluster: ClusterState;
  changeIsr(change: IsrChange | undefined, now: Instant): void;
  nextProducerId(): number;
  /** Has a coordinator see to a request. False: none knows such a request. */
  coordinate(connection: number, request: Request, now: Instant): boolean;
  hungUp(connection: number, now: Instant): void;
  changed(partition: number, now: Instant): void;
}

export class RequestHandler {
  /** By connection, where its consumer fetched last of each partition. */
  readonly consumed: Map<number, Map<number, number>> = new Map();
  readonly #sink: BrokerSink;
  readonly #holdings: Holdings;
  readonly #authenticator: Authenticator;
  readonly #queues = new Map<number, Request[]>();
  readonly #waiting = new Waiting();

  constructor(sink: BrokerSink, holdings: Holdings, authenticator: Authenticator) {
    this.#sink = sink;
    this.#holdings = holdings;
    this.#authenticator = authenticator;
  }

  /** A client has connected. */
  accepted(connection: number): void {
    this.#authenticator.accepted(connection);
  }

  received(connection: number, request: Request, now: Instant): void {
    let queue = this.#queues.get(connection);
    if (queue === undefined) this.#queues.set(connection, (queue = []));
    queue.push(request);
    if (queue.length === 1) this.#serve(connection, request, now);
  }

  closed(connection: number, now: Instant): void {
    this.#queues.delete(connection);
    this.consumed.delete(connection);
    this.#authenticator.closed(connection);
    this.#waiting.remove(connection);
    this.#sink.cancelTimer(BROKER_TIMER.fetchWait, connection);
    this.#sink.cancelTimer(BROKER_TIMER.produceWait, connection);
    this.#holdings.hungUp(connection, now);
  }

  forget(): void {
    this.#queues.clear();
    this.#waiting.clear();
    this.consumed.clear();
    this.#authenticator.forget();
  }

  /** The disk has written what the connection's first request brings. */
  transferred(connection: number, now: Instant): void {
    const head = this.#queues.get(connection)?.[0];
    if (head?.api === "Produce") this.#append(connection, head.body, now);
  }

  timedOut(kind: number, connection: number, now: Instant): void {
    const fetch = this.#waiting.fetches.get(connection);
    const produce = this.#waiting.produces.get(connection);
    if (kind === BROKER_TIMER.fetchWait && fetch !== undefined) this.#finishFetch(fetch, now);
    if (kind === BROKER_TIMER.produceWait && produce !== undefined) this.#finishProduce(produce, now);
  }

  /** The log, the high watermark or the leader of a partition has changed. */
  changed(partition: number, now: Instant): void {
    for (const connection of this.#waiting.of(partition)) {
      const produce = this.#waiting.produces.get(connection);
      const fetch = this.#waiting.fetches.get(connection);
      if (produce !== undefined && this.#isOver(produce)) this.#finishProduce(produce, now);
      else if (fetch !== undefined && this.#isEnough(this.#read(connection, fetch.fetch), fetch.fetch)) {
        this.#finishFetch(fetch, now);
      }
    }
    this.#holdings.changed(partition, now);
  }

  /** Ends the request that the connection waits for, with or without a response. */
  reply(connection: number, answer: Response | undefined, now: Instant): void {
    this.#respond(connection, answer, now);
  }

  #serve(connection: number, request: Request, now: Instant): void {
    const { cluster } = this.#holdings;
    const admission = this.#authenticator.admit(connection, request);
    if (admission.kind === "answer") return this.#respond(connection, admission.answer, now);
    if (admission.kind === "end") return this.#end(connection, admission.answer, now);
    switch (request.api) {
      case "Produce":
        return this.#produce(connection, request.body, now);
      case "Fetch":
        return this.#fetch(connection, request.body, now);
      case "Metadata": {
        const { topics } = request.body;
        const brokers = cluster.brokers.filter(({ fenced }) => !fenced);
        const unauthorized = topics.filter((topic) => !this.#allows(connection, "describe", topic));
        const partitions = cluster.partitions.filter(
          ({ topic }) => topics.includes(topic) && !unauthorized.includes(topic),
        );
        const answer = response("Metadata", { brokers, partitions, unauthorized });
        return this.#respond(connection, answer, now);
      }
      case "InitProducerId": {
        const producerId = this.#holdings.nextProducerId();
        return this.#respond(connection, response("InitProducerId", { producerId }), now);
      }
      case "ListOffsets": {
        const results = request.body.queries.map((query) => this.#offset(connection, query));
        return this.#respond(connection, response("ListOffsets", { results }), now);
      }
      case "OffsetForLeaderEpoch": {
        const results = request.body.queries.map((query) => this.#epochEnd(connection, query));
        return this.#respond(connection, response("OffsetForLeaderEpoch", { results }), now);
      }
      default:
        if (!this.#holdings.coordinate(connection, request, now)) this.#sink.disconnect(connection);
    }
  }

  #respond(connection: number, answer: Response | undefined, now: Instant): void {
    const queue = this.#queues.get(connection);
    if (queue === undefined) return;
    if (answer !== undefined) this.#sink.respond(connection, answer);
    queue.shift();
    const next = queue[0];
    if (next !== undefined) this.#serve(connection, next, now);
  }

  #produce(connection: number, { batches }: Produce, now: Instant): void {
    const bytes = batches.reduce((sum, { batch }) => sum + batch.bytes, 0);
    if (this.#sink.transfer(bytes, this.#syncs(batches), connection)) this.transferred(connection, now);
  }

  #syncs(batches: Produce["batches"]): boolean {
    return batches.some(({ partition, batch }) => {
      return this.#holdings.replica(partition)?.syncs(batch.count) === true;
    });
  }

  #append(connection: number, { acks, batches, timeout }: Produce, now: Instant): void {
    const sync = this.#syncs(batches);
    const required: number[] = [];
    const results = batches.map(({ partition, batch }): ProduceResult => {
      const replica = this.#holdings.replica(partition);
      if (this.#forbids(connection, "write", replica)) {
        required.push(-1);
        return { partition, error: "TOPIC_AUTHORIZATION_FAILED", baseOffset: -1 };
      }
      const appended = replica?.append(batch, acks, sync, now);
      if (appended === undefined) {
        required.push(-1);
        return { partition, error: "NOT_LEADER_OR_FOLLOWER", baseOffset: -1 };
      }
      required.push(appended.error === "NONE" ? appended.required : -1);
      return { partition, error: appended.error, baseOffset: appended.baseOffset };
    });
    if (acks === 0) this.#endUnanswered(connection, results, now);
    else if (acks !== ACKS_ALL) this.#respond(connection, response("Produce", { results }), now);
    else this.#awaitCommit({ connection, deadline: after(now, timeout), required, results }, now);
    for (const { partition } of batches) this.changed(partition, now);
  }

  /** Nobody waits for a response to acks=0: an error ends the connection. */
  #endUnanswered(connection: number, results: readonly ProduceResult[], now: Instant): void {
    if (results.every(({ error }) => error === "NONE")) return this.#respond(connection, undefined, now);
    this.#end(connection, undefined, now);
  }

  /** Ends the connection, perhaps after a last word. */
  #end(connection: number, answer: Response | undefined, now: Instant): void {
    if (answer !== undefined) this.#sink.respond(connection, answer);
    this.closed(connection, now);
    this.#sink.disconnect(connection);
  }

  #allows(connection: number, operation: "read" | "write" | "describe", topic: string): boolean {
    return this.#authenticator.allows(connection, operation, "topic", topic);
  }

  #forbids(
    connection: number,
    operation: "read" | "write" | "describe",
    replica: Replica | undefined,
  ): boolean {
    return replica !== undefined && !this.#allows(connection, operation, replica.state.topic);
  }

  #awaitCommit(produce: WaitingProduce, now: Instant): void {
    if (this.#isOver(produce)) return this.#finishProduce(produce, now);
    const { connection, deadline, results } = produce;
    this.#waiting.produces.set(connection, produce);
    for (const { partition } of results) this.#waiting.add(connection, partition);
    this.#sink.setTimer(BROKER_TIMER.produceWait, connection, deadline);
  }

  #isOver({ required, results }: WaitingProduce): boolean {
    return results.every((result, place) => this.#outcome(result, required[place] as number) !== undefined);
  }

  #outcome({ partition, error }: ProduceResult, required: number): KafkaError | undefined {
    if (required < 0) return error;
    const replica = this.#holdings.replica(partition);
    if (replica?.leads !== true) return "NOT_LEADER_OR_FOLLOWER";
    return replica.committed(required);
  }

  #finishProduce(produce: WaitingProduce, now: Instant): void {
    const { connection, required } = produce;
    const results = produce.results.map((result, place) => {
      const error = this.#outcome(result, required[place] as number) ?? "REQUEST_TIMED_OUT";
      return { ...result, error };
    });
    this.#waiting.remove(connection);
    this.#sink.cancelTimer(BROKER_TIMER.produceWait, connection);
    this.#respond(connection, response("Produce", { results }), now);
  }

  #fetch(connection: number, fetch: Fetch, now: Instant): void {
    for (const wanted of fetch.partitions) this.#noteFetch(connection, fetch, wanted, now);
    const results = this.#read(connection, fetch);
    if (fetch.maxWait === 0 || this.#isEnough(results, fetch))
      return this.#answerFetch(connection, results, now);
    this.#waiting.fetches.set(connection, { connection, fetch });
    for (const { partition } of fetch.partitions) this.#waiting.add(connection, partition);
    this.#sink.setTimer(BROKER_TIMER.fetchWait, connection, after(now, fetch.maxWait));
  }

  /** A fetch says that its sender has everything before the offset. */
  #noteFetch(
    connection: number,
    { replica: id, replicaEpoch = -1 }: Fetch,
    wanted: FetchPartition,
    now: Instant,
  ): void {
    const { partition, offset, lastFetchedEpoch } = wanted;
    const replica = this.#holdings.replica(partition);
    if (replica?.refusal(wanted.currentLeaderEpoch) !== "NONE") return;
    if (id < 0) {
      let places = this.consumed.get(connection);
      if (places === undefined) this.consumed.set(connection, (places = new Map()));
      places.set(partition, offset);
    } else if (
      offset >= replica.log.startOffset &&
      replica.divergence(offset, lastFetchedEpoch) === undefined
    ) {
      const change = replica.followerFetched(id, offset, now, { replicaEpoch, held: wanted.held });
      this.#holdings.changeIsr(change, now);
      this.changed(partition, now);
    }
  }

  /** What there is to say about each partition, and nothing about the others [KIP-227]. */
  #read(connection: number, fetch: Fetch): FetchResult[] {
    let room = fetch.maxBytes;
    const results: FetchResult[] = [];
    for (const wanted of fetch.partitions) {
      const result = this.#readPartition(connection, wanted, fetch, room);
      for (const stored of result.batches) room -= stored.bytes;
      if (hasNews(result, wanted)) results.push(result);
    }
    return results;
  }

  #readPartition(connection: number, wanted: FetchPartition, fetch: Fetch, room: number): FetchResult {
    const { partition, offset, lastFetchedEpoch, currentLeaderEpoch } = wanted;
    const isFollower = fetch.replica >= 0;
    const replica = this.#holdings.replica(partition);
    const refusal = replica?.refusal(currentLeaderEpoch) ?? "NOT_LEADER_OR_FOLLOWER";
    if (refusal !== "NONE" || replica === undefined) return fetchResult(partition, refusal, -1, -1);
    const { highWatermark, log } = replica;
    const { startOffset, endOffset } = log;
    if (this.#forbids(connection, "read", replica))
      return fetchResult(partition, "TOPIC_AUTHORIZATION_FAILED", highWatermark, startOffset);
    // Below the start, whatever the epochs say.
    if (offset < startOffset)
      return fetchResult(partition, "OFFSET_OUT_OF_RANGE", highWatermark, startOffset);
    const diverging = isFollower ? replica.divergence(offset, lastFetchedEpoch) : undefined;
    if (diverging !== undefined)
      return fetchResult(partition, "NONE", highWatermark, startOffset, [], diverging);
    if (offset > endOffset) {
      // A follower goes on where the leader's log ends; only ways of truncation before KIP-320 bring it here.
      const end = isFollower ? endOffset : highWatermark;
      return fetchResult(partition, "OFFSET_OUT_OF_RANGE", end, startOffset);
    }
    const most = Math.min(room, fetch.maxPartitionBytes);
    const batches = most > 0 ? log.read(offset, replica.readableTo(isFollower), most) : [];
    return fetchResult(partition, "NONE", highWatermark, startOffset, batches);
  }

  #isEnough(results: readonly FetchResult[], { minBytes }: Fetch): boolean {
    let bytes = 0;
    for (const { error, divergingEpoch, batches } of results) {
      if (error !== "NONE" || divergingEpoch !== undefined) return true;
      for (const stored of batches) bytes += stored.bytes;
    }
    return bytes >= minBytes;
  }

  #finishFetch({ connection, fetch }: WaitingFetch, now: Instant): void {
    this.#waiting.remove(connection);
    this.#sink.cancelTimer(BROKER_TIMER.fetchWait, connection);
    this.#answerFetch(connection, this.#read(connection, fetch), now);
  }

  #answerFetch(connection: number, results: readonly FetchResult[], now: Instant): void {
    this.#respond(connection, response("Fetch", { results }), now);
  }

  #offset(connection: number, { partition, currentLeaderEpoch, position }: OffsetQuery): OffsetResult {
    const replica = this.#holdings.replica(partition);
    const error = replica?.refusal(currentLeaderEpoch) ?? "NOT_LEADER_OR_FOLLOWER";
    const nowhere = { partition, error, offset: -1, timestamp: -1, leaderEpoch: NO_LEADER };
    if (error !== "NONE" || replica === undefined) return nowhere;
    if (!replica.knowsHighWatermark) return { ...nowhere, error: "OFFSET_NOT_AVAILABLE" };
    if (this.#forbids(connection, "describe", replica)) {
      return { ...nowhere, error: "TOPIC_AUTHORIZATION_FAILED" };
    }
    return { partition, error, ...placeOf(position, replica) };
  }

  #epochEnd(connection: number, { partition, currentLeaderEpoch, leaderEpoch }: EpochQuery): EpochResult {
    const replica = this.#holdings.replica(partition);
    let error = replica?.refusal(currentLeaderEpoch) ?? "NOT_LEADER_OR_FOLLOWER";
    if (this.#forbids(connection, "describe", replica)) error = "TOPIC_AUTHORIZATION_FAILED";
    const end = replica?.log.endOfEpoch(leaderEpoch) ?? { epoch: -1, endOffset: -1 };
    return { partition, error, ...end };
  }
}

/** Whether a fetch session has something to say about a partition [KIP-227]. */
function hasNews(result: FetchResult, { knownHighWatermark, knownLogStartOffset }: FetchPartition): boolean {
  const { error, batches, divergingEpoch, highWatermark, logStartOffset } = result;
  if (error !== "NONE" || batches.length > 0 || divergingEpoch !== undefined) return true;
  if (knownLogStartOffset !== undefined && knownLogStartOffset !== logStartOffset) return true;
  return highWatermark !== knownHighWatermark;
}

/** Where a position is in the leader's log, for a consumer: what it may not read is not there. */
function placeOf(position: OffsetPosition, { log, state, highWatermark }: Replica): RecordPlace {
  const { leaderEpoch } = state;
  const nowhere = { offset: -1, timestamp: -1, leaderEpoch: NO_EPOCH };
  if (position === "earliest") return { offset: log.startOffset, timestamp: -1, leaderEpoch };
  if (position === "latest") return { offset: highWatermark, timestamp: -1, leaderEpoch };
  if (position === "max-timestamp") return log.latest(highWatermark) ?? nowhere;
  return log.firstSince(position, highWatermark) ?? nowhere;
}

/** Made in one piece: there is one for every look at a partition, and each spread of another object would cost more. */
function fetchResult(
  partition: number,
  error: KafkaError,
  highWatermark: number,
  logStartOffset: number,
  batches: FetchResult["batches"] = [],
  divergingEpoch: FetchResult["divergingEpoch"] = undefined,
): FetchResult {
  return { partition, error, highWatermark, logStartOffset, divergingEpoch, batches };
}
