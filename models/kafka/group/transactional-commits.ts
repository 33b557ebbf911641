/**
 * Commits of offsets as part of a producer's transaction: written into the group's partition of `__consumer_offsets`
 * in the producer's name, and what they say counts with the marker that commits the transaction [KIP-98] [KIP-447].
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { BrokerConfig } from "../broker/broker-config.js";
import { type CoordinatorHost, coordinatingPartition } from "../broker/coordinators.js";
import { response } from "../protocol/frames.js";
import type { KafkaError, MemberIdentity, TxnOffsetCommit } from "../protocol/messages.js";
import { type StateRecord, stateBatch } from "../protocol/record-batch.js";
import type { CommittedOffsets } from "./committed-offsets.js";
import { errorOfWrite } from "./group-host.js";
import { type StoredOffset, stateBytes } from "./group-records.js";

/** A group, as far as it is needed to commit for it. */
export interface CommittingGroup {
  readonly offsets: CommittedOffsets;
  /** Of who commits. Undefined: it may. */
  refusal(identity: MemberIdentity): KafkaError | undefined;
}

export class TransactionalCommits {
  readonly #host: CoordinatorHost;
  readonly #config: BrokerConfig;
  readonly #group: (name: string) => CommittingGroup | undefined;

  /** `group` is told a name; undefined: another broker coordinates it. */
  constructor(
    host: CoordinatorHost,
    config: BrokerConfig,
    group: (name: string) => CommittingGroup | undefined,
  ) {
    this.#host = host;
    this.#config = config;
    this.#group = group;
  }

  commit(connection: number, commit: TxnOffsetCommit, now: Instant): void {
    const told = (error: KafkaError, at: Instant): void => {
      const results = commit.offsets.map(({ partition }) => ({ partition, error }));
      this.#host.reply(connection, response("TxnOffsetCommit", { results }), at);
    };
    const home = coordinatingPartition(this.#host.cluster, "group", commit.group);
    if (home === undefined || this.#group(commit.group) === undefined) return told("NOT_COORDINATOR", now);
    // Before the group is looked at: with transaction version 2 this is what adds the partition [KIP-890].
    this.#host.joinTransaction(
      commit,
      home,
      ({ error, guard }, at) => {
        if (error === "NONE") this.#write(home, commit, guard, told, at);
        else told(asToldToProducers(error), at);
      },
      now,
    );
  }

  #write(
    home: number,
    commit: TxnOffsetCommit,
    guard: number,
    told: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    const group = this.#group(commit.group);
    if (group === undefined) return told("NOT_COORDINATOR", now);
    const refusal = this.#refusal(group, commit);
    if (refusal !== undefined) return told(refusal, now);
    const { producerId } = commit;
    const { offsets } = group;
    const records = offsets.records(commit.offsets, now);
    const batch = stateBatch(records, stateBytes(records), now, commit);
    offsets.arriving(records, 1);
    this.#host.append(
      home,
      batch,
      this.#config.offsetCommitTimeout,
      (error, at) => {
        offsets.arriving(records, -1);
        if (error === "NONE" || mayBeWritten(error)) takeIn(offsets, producerId, records);
        told(asToldToProducers(error), at);
      },
      now,
      guard,
    );
  }

  #refusal(group: CommittingGroup, commit: TxnOffsetCommit): KafkaError | undefined {
    const { generation, memberId } = commit;
    // A producer that says nothing about a group's members is known by its epoch alone, as before KIP-447.
    const unsaid = generation < 0 && memberId === "";
    if (unsaid || !this.#config.rules.fencesTransactionalCommits) return undefined;
    const refusal = group.refusal(commit);
    switch (refusal) {
      case "STALE_MEMBER_EPOCH":
        return "ILLEGAL_GENERATION";
      case "REBALANCE_IN_PROGRESS":
        // Who has not got its part of the new generation yet may finish what it did in the last.
        return undefined;
      default:
        return refusal;
    }
  }
}

function takeIn(offsets: CommittedOffsets, producerId: number, records: readonly StateRecord[]): void {
  for (const { value } of records) offsets.pending(producerId, value as StoredOffset);
}

/** It is in the log, and may yet be committed there. */
function mayBeWritten(error: KafkaError): boolean {
  return error === "REQUEST_TIMED_OUT" || error === "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
}

/** What transactions have against the commit is told as it is; what its writing suffers from, as of any commit. */
function asToldToProducers(error: KafkaError): KafkaError {
  switch (error) {
    case "CONCURRENT_TRANSACTIONS":
    case "INVALID_PRODUCER_EPOCH":
    case "INVALID_PRODUCER_ID_MAPPING":
    case "INVALID_TXN_STATE":
    case "TRANSACTION_ABORTABLE":
      return error;
    default:
      return errorOfWrite(error);
  }
}
