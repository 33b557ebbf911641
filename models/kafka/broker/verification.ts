/**
 * Before a transaction begins in a leader's log, the leader asks the transaction's coordinator whether it exists, or,
 * with transaction version 2, has it add the partition [KIP-890]: records that come late begin none.
 */
import { type Duration, type Instant, MILLISECOND, after } from "../../../src/kernel/index.js";
import { NO_GUARD } from "../log/transaction-index.js";
import { request } from "../protocol/frames.js";
import { type KafkaError, NO_LEADER, type Produce, type TransactionOwner } from "../protocol/messages.js";
import type { BrokerConfig } from "./broker-config.js";
import { LANE } from "./broker-links.js";
import { BROKER_TIMER } from "./broker-sink.js";
import type { ProducerIdentity } from "../protocol/record-batch.js";
import { type CoordinatorSurroundings, coordinatingPartition } from "./coordinators.js";
import { NOTHING, UNVERIFIED, type Verdict, type Verdicts } from "./verdict.js";

/** add.partitions.to.txn.retry.backoff.ms and .max.ms: how long a leader waits for the transaction before. */
const RETRY_BACKOFF: Duration = 20 * MILLISECOND;
const RETRY_MAX: Duration = 100 * MILLISECOND;

type Told = (error: KafkaError, now: Instant) => void;

export class Verification {
  readonly #surroundings: CoordinatorSurroundings;
  readonly #config: BrokerConfig;
  /** What is to be asked again, by the id of its timer. */
  readonly #again = new Map<number, (now: Instant) => void>();
  #asked = 0;

  constructor(surroundings: CoordinatorSurroundings, config: BrokerConfig) {
    this.#surroundings = surroundings;
    this.#config = config;
  }

  /** False: there is nothing to verify. Otherwise `done` is told, by partition. */
  verify(produce: Produce, done: (verdicts: Verdicts, now: Instant) => void, now: Instant): boolean {
    return this.#verify(produce, after(now, RETRY_MAX), done, now);
  }

  /**
   * The same for what a coordinator is to write into a partition in the owner's name. Whoever has asked for that waits
   * for the end of the transaction before by asking again.
   */
  join(
    owner: TransactionOwner,
    partition: number,
    done: (verdict: Verdict, now: Instant) => void,
    now: Instant,
  ): void {
    const { producerId, producerEpoch } = owner;
    const guard = this.#guard(partition, { producerId, producerEpoch, baseSequence: -1 });
    if (guard === NO_GUARD) return done(UNVERIFIED, now);
    const told: Told = (error, at) => {
      const concurrent = error === "CONCURRENT_TRANSACTIONS" && this.#config.transactionVersion === 2;
      done({ error: concurrent ? error : asToldToClients(error), guard }, at);
    };
    this.#ask(owner, [partition], told, now);
  }

  timedOut(id: number, now: Instant): void {
    const again = this.#again.get(id);
    this.#again.delete(id);
    again?.(now);
  }

  /** The process has died. */
  forget(): void {
    this.#again.clear();
  }

  #verify(
    produce: Produce,
    retryUntil: Instant,
    done: (verdicts: Verdicts, now: Instant) => void,
    now: Instant,
  ): boolean {
    const { transactionalId, batches } = produce;
    const [first] = batches;
    if (transactionalId === undefined || first === undefined) return false;
    const guards = new Map<number, number>();
    for (const { partition, batch } of batches) {
      const guard = batch.transactional ? this.#guard(partition, batch) : NO_GUARD;
      if (guard !== NO_GUARD) guards.set(partition, guard);
    }
    if (guards.size === 0) return false;
    const { producerId, producerEpoch } = first.batch;
    const told: Told = (error, at) => {
      if (error === "CONCURRENT_TRANSACTIONS" && this.#config.transactionVersion === 2) {
        // Most likely the end of the one before is not through yet; its marker ends what was verified until then.
        if (at < retryUntil)
          return this.#tryLater((then) => this.#retry(produce, retryUntil, done, then), at);
        return done(verdictsOf(guards, error), at);
      }
      done(verdictsOf(guards, asToldToClients(error)), at);
    };
    this.#ask({ transactionalId, producerId, producerEpoch }, [...guards.keys()], told, now);
    return true;
  }

  #retry(
    produce: Produce,
    retryUntil: Instant,
    done: (verdicts: Verdicts, now: Instant) => void,
    now: Instant,
  ): void {
    if (!this.#verify(produce, retryUntil, done, now)) done(NOTHING, now);
  }

  /** What the batch is to be appended with; `NO_GUARD`: nothing is to be verified. */
  #guard(partition: number, batch: ProducerIdentity): number {
    const replica = this.#surroundings.replica(partition);
    if (!this.#config.transactionVerification || replica?.leads !== true) return NO_GUARD;
    return replica.log.transactions.guard(batch);
  }

  #tryLater(again: (now: Instant) => void, now: Instant): void {
    const id = this.#asked++;
    this.#again.set(id, again);
    this.#surroundings.setTimer(BROKER_TIMER.verification, id, after(now, RETRY_BACKOFF));
  }

  /** Has the coordinator add the partitions to the owner's transaction, or tell whether they are in it. */
  #ask(
    { transactionalId, producerId, producerEpoch }: TransactionOwner,
    partitions: readonly number[],
    told: Told,
    now: Instant,
  ): void {
    const { cluster } = this.#surroundings;
    const place = coordinatingPartition(cluster, "transaction", transactionalId);
    const leader = cluster.partitions.find(({ partition }) => partition === place)?.leader ?? NO_LEADER;
    if (leader === NO_LEADER) return told("COORDINATOR_NOT_AVAILABLE", now);
    const by = this.#config.transactionVersion === 2 ? "produce" : "verification";
    const body = { transactionalId, producerId, producerEpoch, by, partitions } as const;
    const frame = request("AddPartitionsToTxn", body, this.#config.host.length);
    this.#surroundings.ask(
      LANE.partitions,
      leader,
      frame,
      (answer, at) =>
        told(answer?.api === "AddPartitionsToTxn" ? answer.body.error : "COORDINATOR_NOT_AVAILABLE", at),
      now,
    );
  }
}

function verdictsOf(guards: ReadonlyMap<number, number>, error: KafkaError): Verdicts {
  return new Map([...guards].map(([partition, guard]) => [partition, { error, guard }]));
}

/** Errors that clients would not try again after, or would look for another leader, become one that they do. */
function asToldToClients(error: KafkaError): KafkaError {
  switch (error) {
    case "CONCURRENT_TRANSACTIONS":
    case "COORDINATOR_NOT_AVAILABLE":
    case "NOT_COORDINATOR":
      return "NOT_ENOUGH_REPLICAS";
    case "PRODUCER_FENCED":
      return "INVALID_PRODUCER_EPOCH";
    default:
      return error;
  }
}
