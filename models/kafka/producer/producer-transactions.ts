/**
 * A producer's transactions [KIP-98]: who it is, by its coordinator, which partitions it has written to, and how a
 * transaction ends. One request of this kind is on its way at a time, and no records meanwhile. With transaction
 * version 2 leaders add partitions, and each end brings a new epoch [KIP-890].
 */
import { type Duration, type Instant, MILLISECOND, after } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { CoordinatorLookup } from "../coordinator-lookup.js";
import type { Metadata } from "../metadata.js";
import type { ParticipantSink } from "../participant.js";
import { type Request, type Response, request } from "../protocol/frames.js";
import type { KafkaError, Responses, TransactionOwner } from "../protocol/messages.js";
import { NO_PRODUCER_ID } from "../protocol/record-batch.js";
import {
  type ConsumedOffsets,
  type OffsetStep,
  OffsetsInTransaction,
  offsetRefusal,
} from "./consumed-offsets.js";

export interface TransactionsConfig {
  readonly transactionalId: string;
  readonly transactionTimeout: Duration;
  readonly clientId: string;
  readonly retryBackoff: Duration;
  readonly maxInFlight: number;
}

/** What the producer remembers of a request about its transactions. */
export type TransactionStep = "coordinator" | "init" | "partitions" | "end" | OffsetStep;

/** How a transaction ended, as far as the producer was told. */
export type TransactionOutcome = "committed" | "aborted" | "unresolved";

/** Who is told of what becomes of transactions. */
export interface TransactionsUser {
  /** The producer is this one from now on: its sequences begin anew. */
  identified(producerId: number, producerEpoch: number): void;
  /** Transactions may begin. */
  ready(now: Instant): void;
  ended(outcome: TransactionOutcome, now: Instant): void;
  /** Records of a transaction that was to be committed were given up: it is to be aborted. */
  broken(now: Instant): void;
  /** Another producer has its name, or nobody knows it any more. An open transaction has ended before. */
  fenced(error: KafkaError, now: Instant): void;
}

/** ADD_PARTITIONS_RETRY_BACKOFF_MS: the end of the transaction before is most likely about to come. */
const FIRST_PARTITION_BACKOFF: Duration = 20 * MILLISECOND;

const MOVED: readonly KafkaError[] = ["COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR"];

export class ProducerTransactions<Context> {
  readonly #config: TransactionsConfig;
  readonly #sink: ParticipantSink;
  readonly #connections: Connections<Context>;
  readonly #user: TransactionsUser;
  readonly #lookup: CoordinatorLookup<Context>;
  readonly #offsets: OffsetsInTransaction<Context>;
  readonly #contextOf: (step: TransactionStep) => Context;
  readonly #timer: number;
  #status: "starting" | "ready" | "open" | "committing" | "aborting" | "fenced" = "starting";
  #producerId = NO_PRODUCER_ID;
  #producerEpoch = -1;
  #version = 2;
  /** Records of the open transaction were given up: it can only be aborted. */
  #broken = false;
  /** An attempt to commit may have been carried out without our hearing of it. */
  #maybeCommitted = false;
  /** The coordinator may know of the transaction: it has to be told of the end. */
  #begun = false;
  /** To be added to the transaction, and known to be in it. */
  readonly #added = new Set<number>();
  readonly #partitions = new Set<number>();
  #asked: readonly number[] = [];
  #busy = false;
  #notBefore: Instant = 0;

  /** `contextOf` wraps a step for the connections; `timers`: kinds of its own. */
  constructor(
    config: TransactionsConfig,
    sink: ParticipantSink,
    connections: Connections<Context>,
    metadata: Metadata<Context>,
    user: TransactionsUser,
    contextOf: (step: TransactionStep) => Context,
    timers: { readonly transaction: number; readonly coordinator: number; readonly groupCoordinator: number },
  ) {
    this.#config = config;
    this.#sink = sink;
    this.#connections = connections;
    this.#user = user;
    this.#contextOf = contextOf;
    this.#timer = timers.transaction;
    const { transactionalId: key, clientId, retryBackoff } = config;
    this.#lookup = new CoordinatorLookup(
      { kind: "transaction", key, clientId, retryBackoff },
      sink,
      connections,
      metadata,
      contextOf("coordinator"),
      timers.coordinator,
    );
    const context = contextOf("group coordinator");
    const timer = timers.groupCoordinator;
    const lookup = { clientId, retryBackoff };
    this.#offsets = new OffsetsInTransaction(lookup, sink, connections, metadata, context, timer);
  }

  get isReady(): boolean {
    return this.#status === "ready";
  }

  get isFenced(): boolean {
    return this.#status === "fenced";
  }

  /** Records of the open transaction were given up: committing it would fail. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** There is a transaction that has not ended. */
  get isOpen(): boolean {
    return this.#status === "open" || this.isEnding;
  }

  /** The transaction is about to end: what waits goes out at once. */
  get isEnding(): boolean {
    return this.#status === "committing" || this.#status === "aborting";
  }

  /** Whether records for the partition may be sent now. */
  admits(partition: number): boolean {
    return this.isOpen && !this.#busy && (this.#version >= 2 || this.#partitions.has(partition));
  }

  begin(): void {
    this.#status = "open";
    this.#broken = false;
    this.#maybeCommitted = false;
    this.#begun = false;
    this.#partitions.clear();
    this.#added.clear();
  }

  /** A record for the partition is in the transaction. */
  sends(partition: number): void {
    if (this.#partitions.has(partition)) return;
    if (this.#version < 2) this.#added.add(partition);
    else {
      this.#partitions.add(partition);
      this.#begun = true;
    }
  }

  /** A group's positions are to be part of the open transaction; one call at a time. */
  sendOffsets(consumed: ConsumedOffsets): void {
    if (this.#status === "open") this.#offsets.send(consumed);
  }

  /** Records of the transaction were given up. */
  gaveUp(now: Instant): void {
    if (!this.isOpen) return;
    this.#broken = true;
    if (this.#status === "committing") this.#user.broken(now);
  }

  /** Commits once all records are written. */
  commit(): void {
    this.#status = "committing";
  }

  abort(): void {
    this.#status = "aborting";
    this.#offsets.drop();
    // What the coordinator was never asked for needs no end.
    if (this.#asked.length === 0) this.#added.clear();
  }

  /** The process has died, or the application begins anew with another producer. */
  forget(): void {
    this.#status = "starting";
    this.#producerId = NO_PRODUCER_ID;
    this.#producerEpoch = -1;
    this.#broken = false;
    this.#added.clear();
    this.#partitions.clear();
    this.#asked = [];
    this.#busy = false;
    this.#notBefore = 0;
    this.#lookup.forget();
    this.#offsets.forget();
  }

  /** Asks what is to be asked next, if it can. `incomplete`: records are on their way, or wait to be sent. */
  pursue(incomplete: boolean, now: Instant): void {
    if (this.#busy || this.#status === "fenced") return;
    const step = this.#nextStep(incomplete);
    if (step === undefined) return;
    if (step === "end" && !this.#begun) return this.#ended(this.#wanted(), now);
    const lookup = (step === "offset commit" ? this.#offsets.lookup : undefined) ?? this.#lookup;
    const coordinator = lookup.broker;
    if (coordinator === undefined) return lookup.pursue(now);
    if (now < this.#notBefore) return this.#sink.setTimer(this.#timer, 0, this.#notBefore);
    const { id, host } = coordinator;
    if (!this.#connections.isOpen(id)) return this.#connections.want(id, host, now);
    if (this.#connections.inFlight(id) >= this.#config.maxInFlight) return;
    this.#busy = true;
    // From now on the coordinator may know of the transaction, by the leader that it is asked of [KIP-890].
    if (step === "offset commit") this.#begun = true;
    this.#connections.send(id, this.#request(step), this.#contextOf(step), now);
  }

  answered(step: TransactionStep, response: Response, now: Instant): void {
    if (step === "coordinator") {
      if (response.api === "FindCoordinator") this.#found(response.body, now);
      return;
    }
    if (step === "group coordinator") {
      if (response.api === "FindCoordinator") this.#groupFound(response.body, now);
      return;
    }
    this.#busy = false;
    if (response.api === "InitProducerId") this.#initialised(response.body, now);
    else if (response.api === "AddPartitionsToTxn") this.#partitionsAdded(response.body.error, now);
    else if (response.api === "AddOffsetsToTxn") this.#groupAdded(response.body.error, now);
    else if (response.api === "TxnOffsetCommit") this.#offsetsAnswered(response.body, now);
    else if (response.api === "EndTxn") this.#endAnswered(response.body, now);
  }

  unanswered(step: TransactionStep, now: Instant): void {
    if (step === "coordinator") return this.#lookup.unanswered(now);
    if (step === "group coordinator") return this.#offsets.lookup?.unanswered(now);
    this.#busy = false;
    if (step === "offset commit") return this.#offsets.lookup?.lost(now);
    if (step === "end") this.#maybeCommitted = this.#status === "committing";
    this.#lookup.lost(now);
  }

  #nextStep(incomplete: boolean): TransactionStep | undefined {
    if (this.#status === "starting") return "init";
    if (this.#added.size > 0) return "partitions";
    const step = this.#offsets.nextStep(this.#version);
    if (step !== undefined) return step;
    return this.isEnding && !incomplete ? "end" : undefined;
  }

  #request(step: TransactionStep): Request {
    const { transactionalId, transactionTimeout, clientId } = this.#config;
    const owner: TransactionOwner = {
      transactionalId,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
    };
    if (step === "init") return request("InitProducerId", { ...owner, transactionTimeout }, clientId.length);
    if (step === "end") {
      return request("EndTxn", { ...owner, committed: this.#status === "committing" }, clientId.length);
    }
    if (step === "offsets" || step === "offset commit") return this.#offsets.request(step, owner);
    this.#asked = [...this.#added];
    const body = { ...owner, by: "client", partitions: this.#asked } as const;
    return request("AddPartitionsToTxn", body, clientId.length);
  }

  #found(answer: Responses["FindCoordinator"], now: Instant): void {
    this.#lookup.answered(answer, now);
    if (answer.error === "TRANSACTIONAL_ID_AUTHORIZATION_FAILED") this.#fence(answer.error, now);
  }

  #groupFound(answer: Responses["FindCoordinator"], now: Instant): void {
    this.#offsets.lookup?.answered(answer, now);
    if (answer.error === "GROUP_AUTHORIZATION_FAILED") this.#offsetsRefused(now);
  }

  #groupAdded(error: KafkaError, now: Instant): void {
    if (error === "GROUP_AUTHORIZATION_FAILED") this.#offsetsRefused(now);
    else if (error !== "NONE") this.#refused(error, this.#config.retryBackoff, now);
    else {
      this.#begun = true;
      this.#offsets.groupAdded();
    }
  }

  #offsetsAnswered({ results }: Responses["TxnOffsetCommit"], now: Instant): void {
    const error = results.find((result) => result.error !== "NONE")?.error ?? "NONE";
    if (error === "NONE") return this.#offsets.finish(true, now);
    switch (offsetRefusal(error)) {
      case "moved":
        return this.#offsets.lookup?.lost(now);
      case "again":
        return this.#later(this.#config.retryBackoff, now);
      case "abort":
        return this.#offsetsRefused(now);
      case "fatal":
        return this.#fence(error, now);
    }
  }

  /** Its member is none of the group any more, or may not commit: the transaction can only be aborted. */
  #offsetsRefused(now: Instant): void {
    this.gaveUp(now);
    this.#offsets.finish(false, now);
  }

  #initialised(answer: Responses["InitProducerId"], now: Instant): void {
    if (answer.error !== "NONE") return this.#refused(answer.error, this.#config.retryBackoff, now);
    this.#version = answer.transactionVersion;
    this.#identify(answer.producerId, answer.producerEpoch);
    this.#status = "ready";
    this.#user.ready(now);
  }

  #partitionsAdded(error: KafkaError, now: Instant): void {
    if (error !== "NONE") {
      const first = this.#partitions.size === 0;
      const backoff = first ? FIRST_PARTITION_BACKOFF : this.#config.retryBackoff;
      return this.#refused(error, backoff, now);
    }
    this.#begun = true;
    for (const partition of this.#asked) {
      this.#added.delete(partition);
      this.#partitions.add(partition);
    }
    this.#asked = [];
  }

  #endAnswered({ error, producerId, producerEpoch }: Responses["EndTxn"], now: Instant): void {
    const committing = this.#status === "committing";
    if (error !== "NONE") {
      // The decision may be in the coordinator's log although that could not tell.
      if (error === "COORDINATOR_NOT_AVAILABLE") this.#maybeCommitted = committing;
      return this.#refused(error, this.#config.retryBackoff, now);
    }
    if (this.#version >= 2) this.#identify(producerId, producerEpoch);
    this.#ended(this.#wanted(), now);
  }

  #wanted(): TransactionOutcome {
    return this.#status === "committing" ? "committed" : "aborted";
  }

  #ended(outcome: TransactionOutcome, now: Instant): void {
    // Records whose fate is not known may come late: only a new epoch keeps them out [KIP-360].
    const bumps = this.#broken && this.#version < 2 && outcome !== "unresolved";
    this.#status = bumps ? "starting" : "ready";
    this.#broken = false;
    this.#user.ended(outcome, now);
    if (this.isReady) this.#user.ready(now);
  }

  #identify(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId;
    this.#producerEpoch = producerEpoch;
    this.#user.identified(producerId, producerEpoch);
  }

  #refused(error: KafkaError, backoff: Duration, now: Instant): void {
    if (MOVED.includes(error)) return this.#lookup.lost(now);
    if (error === "CONCURRENT_TRANSACTIONS" || error === "COORDINATOR_LOAD_IN_PROGRESS") {
      return this.#later(backoff, now);
    }
    if (error === "TRANSACTION_ABORTABLE") {
      this.#added.clear();
      this.#asked = [];
      return this.#offsetsRefused(now);
    }
    this.#fence(error, now);
  }

  #later(backoff: Duration, now: Instant): void {
    this.#notBefore = after(now, backoff);
    this.#sink.setTimer(this.#timer, 0, this.#notBefore);
  }

  /** Nobody takes anything from this producer any more. What it had not asked to commit is aborted. */
  #fence(error: KafkaError, now: Instant): void {
    const open = this.isOpen;
    // A coordinator that says so has aborted it.
    const unsure = this.#maybeCommitted && error !== "INVALID_TXN_STATE";
    this.#status = "fenced";
    this.#offsets.drop();
    if (open) this.#user.ended(unsure ? "unresolved" : "aborted", now);
    this.#user.fenced(error, now);
  }
}
