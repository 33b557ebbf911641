/**
 * One broker's replica of a partition: its log, its high watermark, and, while it leads, what it knows of its
 * followers.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import { divergingRecords, meetingPoint } from "../log/log-parting.js";
import type { PartitionLog } from "../log/partition-log.js";
import { NO_GUARD } from "../log/transaction-index.js";
import {
  ACKS_ALL,
  type EpochEnd,
  type FetchPartition,
  type HeldLog,
  type IsrChange,
  type KafkaError,
  NO_EPOCH,
  type PartitionState,
} from "../protocol/messages.js";
import { NO_PRODUCER_ID, type RecordBatch, StoredBatch } from "../protocol/record-batch.js";
import type { KafkaRules } from "../rules.js";
import type { BrokerConfig } from "./broker-config.js";
import type { BrokerSink } from "./broker-sink.js";
import type { OpenedLog } from "./storage.js";

export interface Follower {
  /** Where it fetches from; -1 until it has fetched in this epoch. */
  endOffset: number;
  /** Where its own log starts. */
  startOffset: number;
  caughtUpAt: Instant;
  fetchedAt: Instant;
  /** Where the leader's log ended when it fetched last. */
  leaderEndOffset: number;
  /** Its registration when it fetched last. */
  brokerEpoch: number;
  /** Its log was held against the leader's in this epoch. */
  compared: boolean;
}

/** Outcome of an append; `required`: what the high watermark must reach before acks=all is answered. */
export interface Appended {
  readonly error: KafkaError;
  readonly baseOffset: number;
  readonly required: number;
}

const refused = (error: KafkaError): Appended => ({ error, baseOffset: -1, required: -1 });
/** What only a broken twin says of a batch that it has not appended. */
const accepted = (offset: number): Appended => ({ error: "NONE", baseOffset: offset, required: offset });

export class Replica {
  state: PartitionState;
  highWatermark: number;
  readonly log: PartitionLog;
  /** The change of the in-sync replicas that the controller has not answered. */
  pendingIsr: readonly number[] | undefined;
  readonly #config: BrokerConfig;
  readonly #sink: BrokerSink;
  /** Whether a broker, in the registration of that epoch, may be in sync. */
  readonly #isEligible: (broker: number, epoch: number) => boolean;
  readonly #followers = new Map<number, Follower>();
  #leads = false;
  #settled = false;
  /** The pending change is not to be asked for again. */
  #refused = false;
  /** Where the log ended when this replica began to lead. */
  #epochStart = 0;
  #unsynced = 0;

  constructor(
    state: PartitionState,
    config: BrokerConfig,
    sink: BrokerSink,
    isEligible: (broker: number, epoch: number) => boolean,
    { log, highWatermark }: OpenedLog,
  ) {
    this.state = state;
    this.#config = config;
    this.#sink = sink;
    this.#isEligible = isEligible;
    this.log = log;
    this.highWatermark = highWatermark;
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Leaders of a new epoch do not know how far records are committed until their followers have fetched [KIP-207]. */
  get knowsHighWatermark(): boolean {
    return this.highWatermark >= this.#epochStart;
  }

  /** Takes over a decision of the controller. True when the leader or its epoch is new. */
  adopt(state: PartitionState, now: Instant): boolean {
    const before = this.state;
    if (this.#settled && state.partitionEpoch <= before.partitionEpoch) return false;
    this.state = state;
    this.log.configure(state.log);
    this.pendingIsr = undefined;
    this.#refused = false;
    const newEpoch = !this.#settled || state.leaderEpoch !== before.leaderEpoch;
    this.#settled = true;
    if (newEpoch) {
      this.#leads = state.leader === this.#config.id;
      this.#followers.clear();
      if (this.#leads) this.#beginLeading(now);
    } else if (this.#leads) this.#meetFollowers(now);
    return newEpoch;
  }

  /** What a request that names the epoch is answered, if not granted [KIP-320]; of a consumer's fetch [KIP-392]. */
  refusal(leaderEpoch: number, ofAnyReplica = false): KafkaError {
    if (leaderEpoch !== NO_EPOCH && leaderEpoch < this.state.leaderEpoch) return "FENCED_LEADER_EPOCH";
    if (leaderEpoch > this.state.leaderEpoch) return "UNKNOWN_LEADER_EPOCH";
    return this.#leads || ofAnyReplica ? "NONE" : "NOT_LEADER_OR_FOLLOWER";
  }

  // As leader

  /** `guard`: as the batch's transaction was verified. */
  append(batch: RecordBatch, acks: number, sync: boolean, now: Instant, guard: number = NO_GUARD): Appended {
    const { rules } = this.#config;
    if (!this.#leads) return refused("NOT_LEADER_OR_FOLLOWER");
    // acks=1 ignores min.insync.replicas.
    if (acks === ACKS_ALL && rules.heedsMinInsync && this.#underMinIsr())
      return refused("NOT_ENOUGH_REPLICAS");
    if (batch.bytes > this.#config.maxMessageBytes) {
      return rules.refusesUnstored ? refused("MESSAGE_TOO_LARGE") : accepted(this.log.endOffset);
    }
    if (this.state.log.compacts && !hasKeys(batch)) return refused("INVALID_RECORD");
    const admission = this.log.producers.admit(batch);
    if (admission.kind === "refuse" && isHeeded(admission.error, rules)) return refused(admission.error);
    if (admission.kind === "duplicate" && rules.recognisesRepeats) {
      return { error: "NONE", baseOffset: admission.of.baseOffset, required: admission.of.endOffset };
    }
    const objection = this.#objection(batch, guard);
    if (objection !== "NONE") return refused(objection);
    const stored = new StoredBatch(batch, this.log.endOffset, this.state.leaderEpoch);
    if (!this.#store(stored, sync)) return refused("KAFKA_STORAGE_ERROR");
    this.advance(now);
    return { error: "NONE", baseOffset: stored.baseOffset, required: stored.endOffset };
  }

  /** Whether so many more records make a sync due (`flush.messages`). */
  syncs(records: number): boolean {
    return this.#unsynced + records >= this.#config.flushRecords;
  }

  /** acks=all is over when the high watermark has passed the records, well or not. Undefined: not yet. */
  committed(required: number): KafkaError | undefined {
    if (this.#config.rules.acknowledgesAllAt === "append") return "NONE";
    if (this.highWatermark < required) return undefined;
    const { heedsMinInsync } = this.#config.rules;
    return heedsMinInsync && this.#underMinIsr(this.maximalIsr) ? "NOT_ENOUGH_REPLICAS_AFTER_APPEND" : "NONE";
  }

  /** Up to where somebody may read. */
  readableTo(isFollower: boolean, readCommitted = false): number {
    const { consumersReadTo, followersServeTo, heedsLastStable } = this.#config.rules;
    const limit = this.#leads ? consumersReadTo : followersServeTo;
    if (isFollower || limit === "log-end") return this.log.endOffset;
    return readCommitted && heedsLastStable ? this.lastStableOffset : this.highWatermark;
  }

  get lastStableOffset(): number {
    return this.log.transactions.lastStableOffset(this.highWatermark);
  }

  /** Where a follower whose log ends at `offset` with a batch of `epoch` parts from this log [KIP-595]. */
  divergence(offset: number, epoch: number): EpochEnd | undefined {
    if (epoch === NO_EPOCH || !this.#config.rules.truncatesByEpoch) return undefined;
    const end = this.log.endOfEpoch(epoch);
    return end.epoch < epoch || end.endOffset < offset ? end : undefined;
  }

  /** A follower fetches from `offset`: it has everything before. Returns a change to ask the controller for. */
  followerFetched(
    id: number,
    { offset, held, logStartOffset = 0 }: FetchPartition,
    replicaEpoch: number,
    now: Instant,
  ): IsrChange | undefined {
    const follower = this.#followers.get(id);
    if (follower === undefined || replicaEpoch < follower.brokerEpoch) return undefined;
    follower.brokerEpoch = replicaEpoch;
    if (held !== undefined) this.#compare(id, follower, offset, held);
    if (offset >= this.log.endOffset) follower.caughtUpAt = now;
    else if (offset >= follower.leaderEndOffset) {
      follower.caughtUpAt = Math.max(follower.caughtUpAt, follower.fetchedAt);
    }
    follower.endOffset = offset;
    follower.startOffset = logStartOffset;
    follower.fetchedAt = now;
    follower.leaderEndOffset = this.log.endOffset;
    this.advance(now);
    const { isr } = this.state;
    if (this.pendingIsr !== undefined || isr.includes(id)) return undefined;
    if (!this.#isEligible(id, replicaEpoch)) return undefined;
    const reached = offset >= this.highWatermark && offset >= this.#epochStart;
    return reached || !this.#config.rules.joinsCaughtUp ? this.#propose([...isr, id]) : undefined;
  }

  /** Calls `visit` for the in-sync followers, as far as they have fetched. */
  eachInSync(visit: (id: number, follower: Follower) => void): void {
    for (const [id, follower] of this.#followers) if (this.state.isr.includes(id)) visit(id, follower);
  }

  /** Once an epoch, when a follower begins to copy: whether the two agree on what is before. */
  #compare(id: number, follower: Follower, offset: number, held: HeldLog): void {
    if (follower.compared) return;
    follower.compared = true;
    const records = divergingRecords(this.log, held, offset);
    if (records > 0) this.#sink.diverged(this.state.partition, id, records);
  }

  /** Members of the in-sync replicas that lag too long leave: the change to ask the controller for. */
  shrink(now: Instant): IsrChange | undefined {
    if (!this.#leads || this.pendingIsr !== undefined) return undefined;
    const { isr } = this.state;
    const left = isr.filter((id) => id === this.#config.id || !this.#lags(id, now));
    return left.length === isr.length ? undefined : this.#propose(left);
  }

  /** The change that the controller has not answered yet, to be asked for again. */
  unansweredChange(): IsrChange | undefined {
    return this.pendingIsr === undefined || this.#refused ? undefined : this.#change(this.pendingIsr);
  }

  /** The controller does not make the change that was asked for (handleAlterPartitionError). */
  changeRefused(error: KafkaError): void {
    // Somebody is not fit to be in sync, so nobody joins. Otherwise what the leader believes is out of date, and it
    // reckons with either set until the metadata log has told it which.
    if (error === "INELIGIBLE_REPLICA") this.pendingIsr = undefined;
    else this.#refused = error !== "NOT_CONTROLLER";
  }

  /** Moves the high watermark to what every in-sync replica has. True if it moved. */
  advance(now: Instant): boolean {
    if (!this.#leads) return false;
    const { rules, replicaLagTimeMax } = this.#config;
    // Records that fewer than min.insync.replicas have are not committed [KIP-966].
    if (rules.heedsMinInsync && this.#underMinIsr()) return false;
    const isr = this.maximalIsr;
    let reached = this.log.endOffset;
    for (const [id, follower] of this.#followers) {
      // A follower that has caught up and is about to join counts as if it had.
      const joins =
        now - follower.caughtUpAt <= replicaLagTimeMax && this.#isEligible(id, follower.brokerEpoch);
      if (!isr.includes(id) && !joins) continue;
      if (follower.endOffset < reached && rules.waitsForAllInSync) reached = follower.endOffset;
    }
    if (reached <= this.highWatermark) return false;
    this.highWatermark = reached;
    return true;
  }

  // As follower

  /** Appends what the leader has sent. False: a batch of the leader's begins before the end of this log. */
  copy(batches: readonly StoredBatch[], sync: boolean): boolean {
    for (const stored of batches) {
      const { endOffset } = this.log;
      if (stored.baseOffset < endOffset && stored.endOffset > endOffset) return false;
      // Between two batches there may have been some that compaction has taken.
      if (stored.baseOffset < endOffset) continue;
      if (!this.#store(stored, sync)) break;
    }
    return true;
  }

  /** The leader's high watermark, as of its answer: one fetch behind. */
  learnHighWatermark(highWatermark: number): void {
    this.highWatermark = Math.max(this.highWatermark, Math.min(highWatermark, this.log.endOffset));
  }

  /** The leader's log start offset, as of its answer: nobody may read below it here either. */
  learnLogStart(startOffset: number): void {
    if (this.#config.rules.tellsLogStart) this.log.advanceStart(Math.min(startOffset, this.highWatermark));
  }

  /** What this log has, the leader has no more: begin anew where the leader's begins. */
  beginAt(startOffset: number): void {
    const lost = this.log.endOffset - this.log.startOffset;
    this.log.restartAt(startOffset);
    this.highWatermark = startOffset;
    this.#sink.truncated(this.state.partition, lost, startOffset);
  }

  /** The leader's log parts from this one where `end` says: cut off what is not in both. False: not enough yet. */
  reconcile(end: EpochEnd): boolean {
    const { offset, complete } = meetingPoint(this.log, end);
    this.truncate(offset);
    return complete;
  }

  truncate(offset: number): void {
    const before = this.log.endOffset;
    this.log.truncate(offset);
    this.highWatermark = Math.min(this.highWatermark, this.log.endOffset);
    if (this.log.endOffset === before) return;
    this.#sink.truncated(this.state.partition, before - this.log.endOffset, this.log.endOffset);
  }

  #beginLeading(now: Instant): void {
    this.#epochStart = this.log.endOffset;
    this.log.beginEpoch(this.state.leaderEpoch, this.#epochStart);
    this.#meetFollowers(now);
    this.#sink.leaderElected(this.state.partition, this.state.leaderEpoch);
  }

  #meetFollowers(now: Instant): void {
    for (const id of this.state.replicas) {
      if (id === this.#config.id || this.#followers.has(id)) continue;
      // Those in sync have the time of a lag to show it.
      const caughtUpAt = this.state.isr.includes(id) ? now : -Infinity;
      this.#followers.set(id, {
        endOffset: -1,
        startOffset: 0,
        caughtUpAt,
        fetchedAt: caughtUpAt,
        leaderEndOffset: 0,
        brokerEpoch: -1,
        compared: false,
      });
    }
    this.advance(now);
  }

  #lags(id: number, now: Instant): boolean {
    const follower = this.#followers.get(id);
    if (follower === undefined) return true;
    if (follower.endOffset === this.log.endOffset) return false;
    return now > after(follower.caughtUpAt, this.#config.replicaLagTimeMax);
  }

  #propose(isr: readonly number[]): IsrChange {
    this.pendingIsr = isr;
    this.#sink.isrProposed(this.state.partition, isr);
    return this.#change(isr);
  }

  #change(isr: readonly number[]): IsrChange {
    const { partition, leaderEpoch, partitionEpoch } = this.state;
    const brokerEpochs = isr.map((id) => this.#followers.get(id)?.brokerEpoch ?? -1);
    return { partition, leaderEpoch, partitionEpoch, isr, brokerEpochs };
  }

  /** Everybody who is in sync, or was asked to be: who may lead next. */
  get maximalIsr(): readonly number[] {
    const { isr } = this.state;
    if (this.pendingIsr === undefined) return isr;
    return [...isr, ...this.pendingIsr.filter((id) => !isr.includes(id))];
  }

  #underMinIsr(isr: readonly number[] = this.state.isr): boolean {
    return isr.length < Math.min(this.state.minInsyncReplicas, this.state.replicas.length);
  }

  /** What transactions have against a batch. */
  #objection(batch: RecordBatch, guard: number): KafkaError {
    const { rules, transactionVerification } = this.#config;
    const { transactions } = this.log;
    const { producerId, control } = batch;
    if (control?.kind === "marker") {
      const fenced = rules.fencesCoordinators && transactions.isFenced(producerId, control.coordinatorEpoch);
      return fenced ? "TRANSACTION_COORDINATOR_FENCED" : "NONE";
    }
    return producerId === NO_PRODUCER_ID
      ? "NONE"
      : transactions.refusal(batch, guard, transactionVerification);
  }

  #store(stored: StoredBatch, sync: boolean): boolean {
    if (!this.log.append(stored)) {
      this.#sink.diskFailed();
      return false;
    }
    this.#unsynced = sync ? 0 : this.#unsynced + stored.batch.count;
    if (sync) this.log.synced();
    return true;
  }
}

/** Whether compaction can go by the batch. */
function hasKeys({ control, keys }: RecordBatch): boolean {
  return control !== undefined || keys?.includes(undefined) === false;
}

function isHeeded(error: KafkaError, { refusesGaps, fencesProducers }: KafkaRules): boolean {
  return error === "INVALID_PRODUCER_EPOCH" ? fencesProducers : refusesGaps;
}
