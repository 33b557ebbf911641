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
import { type CoordinatorSurroundings, coordinatingPartition } from "./coordinators.js";

/** Of a partition whose records were to be verified. */
export interface Verdict {
  readonly error: KafkaError;
  readonly guard: number;
}

/** Of a partition of which nothing was to be verified, and of all of them. */
export const UNVERIFIED: Verdict = { error: "NONE", guard: NO_GUARD };
export const NOTHING: ReadonlyMap<number, Verdict> = new Map();

/** add.partitions.to.txn.retry.backoff.ms and .max.ms: how long a leader waits for the transaction before. */
const RETRY_BACKOFF: Duration = 20 * MILLISECOND;
const RETRY_MAX: Duration = 100 * MILLISECOND;

interface Asking {
  readonly owner: TransactionOwner;
  readonly partitions: readonly number[];
  readonly since: Instant;
  readonly done: (error: KafkaError, now: Instant) => void;
}

export class Verification {
  readonly #surroundings: CoordinatorSurroundings;
  readonly #config: BrokerConfig;
  /** What is to be asked again, by the id of its timer. */
  readonly #again = new Map<number, Asking>();
  #asked = 0;

  constructor(surroundings: CoordinatorSurroundings, config: BrokerConfig) {
    this.#surroundings = surroundings;
    this.#config = config;
  }

  /** False: there is nothing to verify. Otherwise `done` is told, by partition. */
  verify(
    { transactionalId, batches }: Produce,
    done: (verdicts: ReadonlyMap<number, Verdict>, now: Instant) => void,
    now: Instant,
  ): boolean {
    if (transactionalId === undefined || !this.#config.transactionVerification) return false;
    const guards = new Map<number, number>();
    for (const { partition, batch } of batches) {
      const replica = this.#surroundings.replica(partition);
      if (replica?.leads !== true || !batch.transactional) continue;
      const guard = replica.log.transactions.guard(batch);
      if (guard !== NO_GUARD) guards.set(partition, guard);
    }
    const [first] = batches;
    if (guards.size === 0 || first === undefined) return false;
    const { producerId, producerEpoch } = first.batch;
    const owner = { transactionalId, producerId, producerEpoch };
    const told = (error: KafkaError, at: Instant): void => {
      done(new Map([...guards].map(([partition, guard]) => [partition, { error, guard }])), at);
    };
    this.join(owner, [...guards.keys()], told, now);
    return true;
  }

  /** Asks the coordinator that the partitions be part of the owner's transaction, or whether they are. */
  join(owner: TransactionOwner, partitions: readonly number[], done: Asking["done"], now: Instant): void {
    this.#ask({ owner, partitions, since: now, done }, now);
  }

  timedOut(id: number, now: Instant): void {
    const asking = this.#again.get(id);
    this.#again.delete(id);
    if (asking !== undefined) this.#ask(asking, now);
  }

  /** The process has died. */
  forget(): void {
    this.#again.clear();
  }

  #ask(asking: Asking, now: Instant): void {
    const { owner, partitions } = asking;
    const { cluster } = this.#surroundings;
    const place = coordinatingPartition(cluster, "transaction", owner.transactionalId);
    const leader = cluster.partitions.find(({ partition }) => partition === place)?.leader ?? NO_LEADER;
    if (leader === NO_LEADER) return asking.done("NOT_ENOUGH_REPLICAS", now);
    const by = this.#config.transactionVersion === 2 ? "produce" : "verification";
    const frame = request("AddPartitionsToTxn", { ...owner, by, partitions }, this.#config.host.length);
    this.#surroundings.ask(
      LANE.partitions,
      leader,
      frame,
      (answer, at) => {
        const error = answer?.api === "AddPartitionsToTxn" ? answer.body.error : "COORDINATOR_NOT_AVAILABLE";
        this.#answered(asking, error, at);
      },
      now,
    );
  }

  #answered(asking: Asking, error: KafkaError, now: Instant): void {
    if (error === "CONCURRENT_TRANSACTIONS" && this.#config.transactionVersion === 2) {
      // Most likely the end of the one before is not through yet.
      if (now < after(asking.since, RETRY_MAX)) {
        const id = this.#asked++;
        this.#again.set(id, asking);
        return this.#surroundings.setTimer(BROKER_TIMER.verification, id, after(now, RETRY_BACKOFF));
      }
      return asking.done(error, now);
    }
    asking.done(asToldToClients(error), now);
  }
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
