/**
 * Answers what clients and followers ask of a broker. Of each connection one request is served at a time, the next
 * once its response has been sent, as Kafka mutes a channel meanwhile.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
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
  NO_LEADER,
  type OffsetQuery,
  type OffsetResult,
  type Produce,
  type ProduceResult,
} from "../protocol/messages.js";
import type { Authenticator } from "./authenticator.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import { placeOf } from "./offset-places.js";
import type { Replica } from "./replica.js";
import { NOTHING, UNVERIFIED, type Verdict } from "./verdict.js";
import { brings, fetchResult, hasNews, isEnough } from "./fetch-session.js";
import { readPartition, redirection } from "./partition-read.js";
import { Waiting, type WaitingFetch, type WaitingProduce } from "./waiting.js";

/** Stands for whoever reads: nobody said on whose behalf. */
const EVERYBODY = -1;

/** What the handler needs of the broker. */
export interface Holdings {
  replica(partition: number): Replica | undefined;
  readonly cluster: ClusterState;
  changeIsr(change: IsrChange | undefined, now: Instant): void;
  /** The broker that a consumer in `rack` is to read from `offset` on; undefined: this one. */
  preferred(replica: Replica, offset: number, rack: string | undefined): number | undefined;
  /** Has a coordinator see to a request. False: none knows such a request. */
  coordinate(connection: number, request: Request, now: Instant): boolean;
  hungUp(connection: number, now: Instant): void;
  changed(partition: number, now: Instant): void;
  /** Has the transactions verified that records belong to. False: there is nothing to verify. */
  verify(
    produce: Produce,
    done: (verdicts: ReadonlyMap<number, Verdict>, now: Instant) => void,
    now: Instant,
  ): boolean;
}

export class RequestHandler {
  /** By recipient on whose behalf consumers read, where one of them fetched last of each partition. */
  readonly consumed: Map<number, Map<number, number>> = new Map();
  readonly #sink: BrokerSink;
  readonly #holdings: Holdings;
  readonly #authenticator: Authenticator;
  readonly #queues = new Map<number, Request[]>();
  readonly #waiting = new Waiting();
  /** By connection: what is known of the transactions of its first request. */
  readonly #verdicts = new Map<number, ReadonlyMap<number, Verdict>>();

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
    this.#authenticator.closed(connection);
    this.#verdicts.delete(connection);
    this.#waiting.remove(connection);
    this.#sink.cancelTimer(BROKER_TIMER.fetchWait, connection);
    this.#sink.cancelTimer(BROKER_TIMER.produceWait, connection);
    this.#holdings.hungUp(connection, now);
  }

  forget(): void {
    this.#queues.clear();
    this.#verdicts.clear();
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
    if (kind === BROKER_TIMER.fetchWait && fetch !== undefined) {
      this.#finishFetch(fetch, this.#read(connection, fetch.fetch), now);
    }
    if (kind === BROKER_TIMER.produceWait && produce !== undefined) this.#finishProduce(produce, now);
  }

  /** The log, the high watermark or the leader of a partition has changed. */
  changed(partition: number, now: Instant): void {
    for (const connection of this.#waiting.of(partition)) {
      const produce = this.#waiting.produces.get(connection);
      const fetch = this.#waiting.fetches.get(connection);
      if (produce !== undefined && this.#isOver(produce)) this.#finishProduce(produce, now);
      else if (fetch !== undefined && this.#brings(partition, fetch)) this.#look(fetch, now);
    }
    this.#holdings.changed(partition, now);
  }

  /** Whether the partition has anything for a fetch that waits: if not, nothing else needs to be looked at. */
  #brings(partition: number, { connection, fetch }: WaitingFetch): boolean {
    const wanted = fetch.partitions.find((each) => each.partition === partition);
    if (wanted === undefined) return false;
    const result = this.#readPartition(connection, wanted, fetch, fetch.maxBytes);
    return brings(result);
  }

  /** Ends a fetch that waits if there is enough for it. */
  #look(waiting: WaitingFetch, now: Instant): void {
    const { connection, fetch } = waiting;
    const results = this.#read(connection, fetch);
    if (isEnough(results, fetch)) this.#finishFetch(waiting, results, now);
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
        return this.#verify(connection, request.body, now);
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
      case "ListOffsets": {
        const { queries, readCommitted } = request.body;
        const results = queries.map((query) => this.#offset(connection, query, readCommitted === true));
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

  #verify(connection: number, produce: Produce, now: Instant): void {
    const verified = (verdicts: ReadonlyMap<number, Verdict>, at: Instant): void => {
      // The connection may have ended meanwhile, and another one have its number never.
      if (this.#queues.get(connection)?.[0]?.body !== produce) return;
      this.#verdicts.set(connection, verdicts);
      this.#produce(connection, produce, at);
    };
    if (!this.#holdings.verify(produce, verified, now)) this.#produce(connection, produce, now);
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
    const verdicts = this.#verdicts.get(connection) ?? NOTHING;
    this.#verdicts.delete(connection);
    const results = batches.map(({ partition, batch }): ProduceResult => {
      const replica = this.#holdings.replica(partition);
      if (this.#forbids(connection, "write", replica)) {
        required.push(-1);
        return { partition, error: "TOPIC_AUTHORIZATION_FAILED", baseOffset: -1 };
      }
      const { error, guard } = verdicts.get(partition) ?? UNVERIFIED;
      const appended = error === "NONE" ? replica?.append(batch, acks, sync, now, guard) : undefined;
      if (appended === undefined) {
        required.push(-1);
        const refusal = error === "NONE" ? "NOT_LEADER_OR_FOLLOWER" : error;
        return { partition, error: refusal, baseOffset: -1 };
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
    for (const wanted of fetch.partitions) this.#noteFetch(fetch, wanted, now);
    const results = this.#read(connection, fetch);
    if (fetch.maxWait === 0 || isEnough(results, fetch)) return this.#answerFetch(connection, results, now);
    this.#waiting.fetches.set(connection, { connection, fetch });
    for (const { partition } of fetch.partitions) this.#waiting.add(connection, partition);
    this.#sink.setTimer(BROKER_TIMER.fetchWait, connection, after(now, fetch.maxWait));
  }

  /** A fetch says that its sender has everything before the offset. */
  #noteFetch(
    { replica: id, replicaEpoch = -1, reader = EVERYBODY }: Fetch,
    wanted: FetchPartition,
    now: Instant,
  ): void {
    const { partition, offset, lastFetchedEpoch } = wanted;
    const replica = this.#holdings.replica(partition);
    if (replica?.refusal(wanted.currentLeaderEpoch, id < 0) !== "NONE") return;
    if (id < 0) {
      let places = this.consumed.get(reader);
      if (places === undefined) this.consumed.set(reader, (places = new Map()));
      places.set(partition, offset);
    } else if (
      offset >= replica.log.startOffset &&
      replica.divergence(offset, lastFetchedEpoch) === undefined
    ) {
      const change = replica.followerFetched(id, wanted, replicaEpoch, now);
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
    const { partition, offset, currentLeaderEpoch } = wanted;
    const isFollower = fetch.replica >= 0;
    const replica = this.#holdings.replica(partition);
    const error = replica?.refusal(currentLeaderEpoch, !isFollower) ?? "NOT_LEADER_OR_FOLLOWER";
    if (error !== "NONE" || replica === undefined) return fetchResult(partition, error, -1, -1);
    if (this.#forbids(connection, "read", replica)) {
      const { highWatermark, log } = replica;
      return fetchResult(partition, "TOPIC_AUTHORIZATION_FAILED", highWatermark, log.startOffset);
    }
    const preferred = isFollower ? undefined : this.#holdings.preferred(replica, offset, fetch.rack);
    return preferred === undefined
      ? readPartition(replica, wanted, fetch, room)
      : redirection(replica, partition, preferred);
  }

  #finishFetch({ connection }: WaitingFetch, results: readonly FetchResult[], now: Instant): void {
    this.#waiting.remove(connection);
    this.#sink.cancelTimer(BROKER_TIMER.fetchWait, connection);
    this.#answerFetch(connection, results, now);
  }

  #answerFetch(connection: number, results: readonly FetchResult[], now: Instant): void {
    this.#respond(connection, response("Fetch", { results }), now);
  }

  #offset(
    connection: number,
    { partition, currentLeaderEpoch, position }: OffsetQuery,
    readCommitted: boolean,
  ): OffsetResult {
    const replica = this.#holdings.replica(partition);
    const error = replica?.refusal(currentLeaderEpoch) ?? "NOT_LEADER_OR_FOLLOWER";
    const nowhere = { partition, error, offset: -1, timestamp: -1, leaderEpoch: NO_LEADER };
    if (error !== "NONE" || replica === undefined) return nowhere;
    if (!replica.knowsHighWatermark) return { ...nowhere, error: "OFFSET_NOT_AVAILABLE" };
    if (this.#forbids(connection, "describe", replica)) {
      return { ...nowhere, error: "TOPIC_AUTHORIZATION_FAILED" };
    }
    return { partition, error, ...placeOf(position, replica, readCommitted) };
  }

  #epochEnd(connection: number, { partition, currentLeaderEpoch, leaderEpoch }: EpochQuery): EpochResult {
    const replica = this.#holdings.replica(partition);
    let error = replica?.refusal(currentLeaderEpoch) ?? "NOT_LEADER_OR_FOLLOWER";
    if (this.#forbids(connection, "describe", replica)) error = "TOPIC_AUTHORIZATION_FAILED";
    const end = replica?.log.endOfEpoch(leaderEpoch) ?? { epoch: -1, endOffset: -1 };
    return { partition, error, ...end };
  }
}
