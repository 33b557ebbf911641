/**
 * The coordinator of transactions [KIP-98]: gives producers their epochs, knows which partitions a transaction has
 * written to, and ends it in two phases, a decision in its own log and a marker in each partition.
 */
import { type Duration, type Instant, SECOND, after } from "../../../src/kernel/index.js";
import type { BrokerConfig } from "../broker/broker-config.js";
import { BROKER_TIMER } from "../broker/broker-sink.js";
import { type Coordinator, type CoordinatorHost, coordinatingPartition } from "../broker/coordinators.js";
import { INTERNAL_TOPIC } from "../internal-topics.js";
import { type Request, type Response, response } from "../protocol/frames.js";
import type { KafkaError, Requests, Responses, TransactionOwner } from "../protocol/messages.js";
import type { StoredBatch } from "../protocol/record-batch.js";
import { endOf } from "./transaction-end.js";
import { TransactionMarkers } from "./transaction-markers.js";
import {
  NO_PRODUCER_EPOCH,
  type TransactionState,
  completed,
  initialised,
  isEnding,
  isExhausted,
  newState,
  nextIdentity,
  prepared,
  withPartitions,
} from "./transaction-state.js";
import { type Entry, TransactionStore } from "./transaction-store.js";

/** All producer ids that the broker was given are used up: who asks is to ask again (RPCProducerIdManager). */
const NO_PRODUCER_ID_YET: KafkaError = "COORDINATOR_LOAD_IN_PROGRESS";

/** transaction.remove.expired.transaction.cleanup.interval.ms */
const EXPIRY_INTERVAL: Duration = 3_600 * SECOND;

type Ended = (error: KafkaError, state: TransactionState | undefined, now: Instant) => void;

export class TransactionCoordinator implements Coordinator {
  readonly kind = "transaction";
  readonly #host: CoordinatorHost;
  readonly #config: BrokerConfig;
  readonly #store: TransactionStore;
  readonly #markers: TransactionMarkers;
  #scans = false;
  #expiredAt: Instant = 0;

  constructor(host: CoordinatorHost, config: BrokerConfig) {
    this.#host = host;
    this.#config = config;
    this.#store = new TransactionStore(host);
    this.#markers = new TransactionMarkers(host, config, (entry, now) => this.#complete(entry, now));
  }

  received(connection: number, request: Request, now: Instant): boolean {
    const reply = (answer: Response, at: Instant): void => this.#host.reply(connection, answer, at);
    switch (request.api) {
      case "InitProducerId":
        this.#initialise(request.body, (body, at) => reply(response("InitProducerId", body), at), now);
        return true;
      case "AddPartitionsToTxn": {
        const { partitions } = request.body;
        this.#add(
          request.body,
          (error, at) => reply(response("AddPartitionsToTxn", { error, partitions }), at),
          now,
        );
        return true;
      }
      case "AddOffsetsToTxn":
        this.#addGroup(request.body, (error, at) => reply(response("AddOffsetsToTxn", { error }), at), now);
        return true;
      case "EndTxn":
        this.#endForClient(request.body, (body, at) => reply(response("EndTxn", body), at), now);
        return true;
      default:
        return false;
    }
  }

  closed(): void {}

  elected(partition: number, leaderEpoch: number, log: readonly StoredBatch[], now: Instant): void {
    // What was decided and not carried out is carried out, under the new coordinator's epoch.
    for (const entry of this.#store.load(partition, leaderEpoch, log)) {
      if (isEnding(entry.state)) this.#markers.send(entry, now);
    }
    if (!this.#scans) this.#scheduleScan(now);
  }

  resigned(partition: number): void {
    for (const entry of this.#store.all()) if (entry.home === partition) this.#markers.drop(entry);
    this.#store.unload(partition);
  }

  transactionEnded(): void {}

  timerFired(kind: number, _id: number, now: Instant): boolean {
    if (kind === BROKER_TIMER.markerRetry) this.#markers.retry(now);
    else if (kind === BROKER_TIMER.transactionScan) this.#scan(now);
    else return false;
    return true;
  }

  forget(): void {
    this.#store.forget();
    this.#markers.forget();
    this.#scans = false;
  }

  // Producers and their epochs

  #initialise(
    asked: Requests["InitProducerId"],
    done: (answer: Responses["InitProducerId"], now: Instant) => void,
    now: Instant,
  ): void {
    const { transactionVersion } = this.#config;
    const told = (error: KafkaError, state: TransactionState | undefined, at: Instant): void => {
      const { producerId, producerEpoch } = error === "NONE" && state !== undefined ? state : NOBODY;
      done({ error, producerId, producerEpoch, transactionVersion }, at);
    };
    const { transactionalId, transactionTimeout } = asked;
    if (transactionalId === undefined) {
      const producerId = this.#host.nextProducerId(now);
      if (producerId === undefined) return told(NO_PRODUCER_ID_YET, undefined, now);
      return done({ error: "NONE", producerId, producerEpoch: 0, transactionVersion }, now);
    }
    if (transactionTimeout > this.#config.transactionMaxTimeout) {
      return told("INVALID_TRANSACTION_TIMEOUT", undefined, now);
    }
    if (!this.#store.coordinates(transactionalId)) return told("NOT_COORDINATOR", undefined, now);
    const entry =
      this.#store.entry(transactionalId) ?? this.#addNew(transactionalId, transactionTimeout, now);
    if (entry === undefined) return told(NO_PRODUCER_ID_YET, undefined, now);
    const refusal = this.#refusalOf(entry, asked);
    if (refusal !== "NONE") return told(refusal, undefined, now);
    if (entry.state.status === "ongoing") {
      // The transaction of the producer's former life: it is aborted, and the client to ask again.
      this.#fence(
        entry,
        (error, state, at) => told(error === "NONE" ? "CONCURRENT_TRANSACTIONS" : error, state, at),
        now,
      );
      return;
    }
    const bumped = this.#bumped(entry.state, asked, now);
    if (bumped === undefined) return told(NO_PRODUCER_ID_YET, undefined, now);
    const next = initialised(entry.state, bumped, transactionTimeout, now);
    this.#store.write(entry, next, (error, at) => told(error, next, at), now);
  }

  #addNew(transactionalId: string, timeout: Duration, now: Instant): Entry | undefined {
    const producerId = this.#host.nextProducerId(now);
    if (producerId === undefined) return undefined;
    return this.#store.add(newState(transactionalId, producerId, timeout, now));
  }

  #refusalOf({ state, pending }: Entry, asked: Requests["InitProducerId"]): KafkaError {
    if (pending !== undefined) return "CONCURRENT_TRANSACTIONS";
    const { producerId, producerEpoch, lastProducerEpoch } = state;
    if (
      asked.producerEpoch >= 0 &&
      producerEpoch !== NO_PRODUCER_EPOCH &&
      this.#config.rules.fencesProducers
    ) {
      // Who asks for a new epoch must be who it was before, or ask again for the one that it was given [KIP-360].
      const known = asked.producerEpoch === producerEpoch || asked.producerEpoch === lastProducerEpoch;
      if (asked.producerId !== producerId || !known) return "PRODUCER_FENCED";
    }
    return isEnding(state) ? "CONCURRENT_TRANSACTIONS" : "NONE";
  }

  #bumped(
    state: TransactionState,
    asked: Requests["InitProducerId"],
    now: Instant,
  ): Pick<TransactionState, "producerId" | "producerEpoch" | "lastProducerEpoch"> | undefined {
    const { producerId, producerEpoch, lastProducerEpoch } = state;
    if (isExhausted(state)) {
      const next = this.#host.nextProducerId(now);
      if (next === undefined) return undefined;
      return { producerId: next, producerEpoch: 0, lastProducerEpoch: NO_PRODUCER_EPOCH };
    }
    // An answer that got lost is given again.
    if (asked.producerEpoch >= 0 && asked.producerEpoch === lastProducerEpoch) {
      return { producerId, producerEpoch, lastProducerEpoch };
    }
    const last = asked.producerEpoch >= 0 ? producerEpoch : NO_PRODUCER_EPOCH;
    return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: last };
  }

  // Transactions

  #add(
    asked: Requests["AddPartitionsToTxn"],
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    if (!this.#store.coordinates(asked.transactionalId)) return done("NOT_COORDINATOR", now);
    const entry = this.#store.entry(asked.transactionalId);
    if (entry === undefined) return done("INVALID_PRODUCER_ID_MAPPING", now);
    const { state, pending } = entry;
    const verifies = asked.by === "verification";
    // First of all, so that a producer that is told of its next epoch early is not taken for a stranger (KAFKA-18660).
    if (!verifies && (pending !== undefined || isEnding(state))) return done("CONCURRENT_TRANSACTIONS", now);
    if (state.producerId !== asked.producerId) return done("INVALID_PRODUCER_ID_MAPPING", now);
    if (this.#isFenced(state, asked)) return done("PRODUCER_FENCED", now);
    if (isEnding(state)) return done("CONCURRENT_TRANSACTIONS", now);
    const all =
      state.status === "ongoing" &&
      asked.partitions.every((partition) => state.partitions.includes(partition));
    if (all) return done("NONE", now);
    if (verifies) return done("TRANSACTION_ABORTABLE", now);
    this.#store.write(entry, withPartitions(state, asked.partitions, now), done, now);
  }

  /** Offsets that a group is to commit with the transaction are records in a partition like any other. */
  #addGroup(
    { group, ...owner }: Requests["AddOffsetsToTxn"],
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    const home = coordinatingPartition(this.#host.cluster, "group", group);
    if (home !== undefined) return this.#add({ ...owner, by: "client", partitions: [home] }, done, now);
    this.#host.createTopic(INTERNAL_TOPIC.group, now);
    done("COORDINATOR_NOT_AVAILABLE", now);
  }

  #endForClient(
    asked: Requests["EndTxn"],
    done: (answer: Responses["EndTxn"], now: Instant) => void,
    now: Instant,
  ): void {
    const told: Ended = (error, state, at) => {
      const isTold = error === "NONE" && state !== undefined;
      const { producerId, producerEpoch } = isTold ? nextIdentity(state) : NOBODY;
      done({ error, producerId, producerEpoch }, at);
    };
    const { transactionalId, producerId, committed } = asked;
    if (!this.#store.coordinates(transactionalId)) return told("NOT_COORDINATOR", undefined, now);
    const entry = this.#store.entry(transactionalId);
    const known = [entry?.state.producerId, entry?.state.previousProducerId];
    if (entry === undefined || !known.includes(producerId)) {
      return told("INVALID_PRODUCER_ID_MAPPING", undefined, now);
    }
    const bumps = this.#config.transactionVersion === 2;
    const { fencesProducers } = this.#config.rules;
    const outcome = endOf(entry, asked, { bumps, fencesProducers });
    if (outcome !== "end") return told(outcome, entry.state, now);
    this.#end(entry, committed, { bump: bumps, timedOut: false }, told, now);
  }

  /** The decision, then the markers. Who asked for it hears of the decision. */
  #end(
    entry: Entry,
    committed: boolean,
    { bump, timedOut }: { readonly bump: boolean; readonly timedOut: boolean },
    done: Ended,
    now: Instant,
  ): void {
    const nextProducerId = bump && isExhausted(entry.state) ? this.#host.nextProducerId(now) : -1;
    if (nextProducerId === undefined) return done(NO_PRODUCER_ID_YET, undefined, now);
    const next = prepared(entry.state, committed, bump, nextProducerId, now);
    if (!this.#config.rules.preparesFirst) {
      entry.state = next;
      done("NONE", next, now);
      return this.#markers.send(entry, now);
    }
    this.#store.write(
      entry,
      next,
      (error, at) => {
        done(error, next, at);
        if (error !== "NONE") return;
        this.#host.noteTransaction(next.transactionalId, committed, timedOut);
        this.#markers.send(entry, at);
      },
      now,
    );
  }

  #complete(entry: Entry, now: Instant): void {
    this.#store.write(
      entry,
      completed(entry.state, now),
      (error, at) => {
        if (error === "COORDINATOR_NOT_AVAILABLE") this.#markers.tryLater(entry, at);
      },
      now,
    );
  }

  /** Aborts a transaction against its producer, which is not heard any more [KIP-98]. */
  #fence(entry: Entry, done: Ended, now: Instant): void {
    const { state } = entry;
    if (!entry.fenceFailed) {
      const producerEpoch = state.producerEpoch + 1;
      entry.state = { ...state, producerEpoch, lastProducerEpoch: NO_PRODUCER_EPOCH };
    }
    // The epoch has risen already; with transaction version 2 it is not to rise twice (KAFKA-19367).
    this.#end(
      entry,
      false,
      { bump: false, timedOut: true },
      (error, next, at) => {
        entry.fenceFailed = error !== "NONE";
        done(error, next, at);
      },
      now,
    );
  }

  #isFenced(state: TransactionState, { producerEpoch }: TransactionOwner): boolean {
    return this.#config.rules.fencesProducers && producerEpoch !== state.producerEpoch;
  }

  // Timeouts

  #scheduleScan(now: Instant): void {
    this.#scans = true;
    this.#host.setTimer(BROKER_TIMER.transactionScan, 0, after(now, this.#config.transactionAbortInterval));
  }

  #scan(now: Instant): void {
    for (const entry of [...this.#store.all()]) {
      const { state, pending } = entry;
      const due = after(state.startedAt, state.timeout) < now;
      if (state.status === "ongoing" && pending === undefined && due)
        this.#fence(entry, () => undefined, now);
    }
    if (now >= after(this.#expiredAt, EXPIRY_INTERVAL)) this.#expire(now);
    this.#scheduleScan(now);
  }

  #expire(now: Instant): void {
    this.#expiredAt = now;
    for (const entry of [...this.#store.all()]) {
      const { state, pending } = entry;
      const busy = pending !== undefined || state.status === "ongoing" || isEnding(state);
      const due = after(state.updatedAt, this.#config.transactionalIdExpiration) <= now;
      if (!busy && due) this.#store.erase(entry, now);
    }
  }
}

const NOBODY = { producerId: -1, producerEpoch: NO_PRODUCER_EPOCH } as const;
