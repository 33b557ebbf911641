/**
 * Consumed offsets on their way into a producer's transaction [KIP-98]: with transaction version 1 their group is added
 * to the transaction first, by the transaction's coordinator; then they go to the group's.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Connections } from "../connections.js";
import { CoordinatorLookup } from "../coordinator-lookup.js";
import type { Metadata } from "../metadata.js";
import type { ParticipantSink } from "../participant.js";
import { type Request, request } from "../protocol/frames.js";
import type { KafkaError, MemberIdentity, OffsetAndEpoch, TransactionOwner } from "../protocol/messages.js";

/** Positions that a group is to take with the transaction, and the member that has got there. */
export interface ConsumedOffsets {
  readonly identity: MemberIdentity;
  /** The member gave itself its id, as those of consumer groups do [KIP-848]. */
  readonly selfNamed: boolean;
  readonly offsets: readonly OffsetAndEpoch[];
  /**
   * They are part of the transaction, or were refused and it can only be aborted. Not told when the producer is fenced,
   * or the transaction given up, before.
   */
  sent(accepted: boolean, now: Instant): void;
}

export type OffsetStep = "group coordinator" | "offsets" | "offset commit";

/** What becomes of a refusal: the same again, another coordinator first, no more in this transaction, or never more. */
export type OffsetRefusal = "again" | "moved" | "abort" | "fatal";

export class OffsetsInTransaction<Context> {
  readonly #clientId: string;
  readonly #lookupOf: (group: string) => CoordinatorLookup<Context>;
  /** Of the groups that it has committed for; a producer has one as a rule. */
  readonly #lookups = new Map<string, CoordinatorLookup<Context>>();
  /** Of the group that was committed for last; undefined: of none. */
  lookup: CoordinatorLookup<Context> | undefined;
  #wanted: ConsumedOffsets | undefined;
  /** The group is part of the transaction. */
  #added = false;

  constructor(
    config: { readonly clientId: string; readonly retryBackoff: number },
    sink: ParticipantSink,
    connections: Connections<Context>,
    metadata: Metadata<Context>,
    context: Context,
    timer: number,
  ) {
    this.#clientId = config.clientId;
    this.#lookupOf = (key) =>
      new CoordinatorLookup({ kind: "group", key, ...config }, sink, connections, metadata, context, timer);
  }

  send(consumed: ConsumedOffsets): void {
    this.#wanted = consumed;
    this.#added = false;
    const { group } = consumed.identity;
    this.lookup = this.#lookups.get(group) ?? this.#lookupOf(group);
    this.#lookups.set(group, this.lookup);
  }

  /** What is to be asked next; undefined: nothing. */
  nextStep(version: number): Exclude<OffsetStep, "group coordinator"> | undefined {
    if (this.#wanted === undefined) return undefined;
    return version < 2 && !this.#added ? "offsets" : "offset commit";
  }

  request(step: Exclude<OffsetStep, "group coordinator">, owner: TransactionOwner): Request {
    const { identity, selfNamed, offsets } = this.#wanted as ConsumedOffsets;
    const { length } = this.#clientId;
    if (step === "offsets") return request("AddOffsetsToTxn", { ...owner, group: identity.group }, length);
    return request("TxnOffsetCommit", { ...owner, ...identity, selfNamed, offsets }, length);
  }

  groupAdded(): void {
    this.#added = true;
  }

  /** The group's coordinator has written them down, or will not. */
  finish(accepted: boolean, now: Instant): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.sent(accepted, now);
  }

  /** The transaction ends without them. */
  drop(): void {
    this.#wanted = undefined;
  }

  /** The process has died. */
  forget(): void {
    this.#wanted = undefined;
    this.#lookups.clear();
  }
}

/** TransactionManager.TxnOffsetCommitHandler: what a producer makes of a refusal. */
export function offsetRefusal(error: KafkaError): OffsetRefusal {
  switch (error) {
    case "COORDINATOR_NOT_AVAILABLE":
    case "NOT_COORDINATOR":
    case "REQUEST_TIMED_OUT":
      return "moved";
    case "CONCURRENT_TRANSACTIONS":
    case "COORDINATOR_LOAD_IN_PROGRESS":
      return "again";
    case "FENCED_INSTANCE_ID":
    case "GROUP_AUTHORIZATION_FAILED":
    case "ILLEGAL_GENERATION":
    case "TRANSACTION_ABORTABLE":
    case "UNKNOWN_MEMBER_ID":
      return "abort";
    default:
      return "fatal";
  }
}
