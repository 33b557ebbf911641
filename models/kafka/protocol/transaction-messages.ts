/** What producers ask for their identity and their transactions, and what coordinators tell leaders of them. */
import type { Duration } from "../../../src/kernel/index.js";
import type { KafkaError } from "./errors.js";
import type { MemberIdentity, OffsetAndEpoch } from "./group-messages.js";

/** Who a transaction belongs to. */
export interface TransactionOwner {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** End of one transaction, for partitions that one broker leads. */
export interface MarkerOrder {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly committed: boolean;
  readonly coordinatorEpoch: number;
  readonly partitions: readonly number[];
}

/** Who commits, as a member of the group, and the positions that the group takes if the transaction is committed. */
export interface TxnOffsetCommit extends TransactionOwner, MemberIdentity {
  /** The member gave itself its id, as those of consumer groups do [KIP-848]. */
  readonly selfNamed: boolean;
  readonly offsets: readonly OffsetAndEpoch[];
}

export interface TransactionRequests {
  readonly InitProducerId: {
    /** Undefined: of an idempotent producer without transactions. */
    readonly transactionalId: string | undefined;
    readonly transactionTimeout: Duration;
    /** What the producer is so far, or -1 and -1 [KIP-360]. */
    readonly producerId: number;
    readonly producerEpoch: number;
  };
  /** `by` a client, or by a broker that was sent records: to verify, or to add [KIP-890]. */
  readonly AddPartitionsToTxn: TransactionOwner & {
    readonly by: "client" | "verification" | "produce";
    readonly partitions: readonly number[];
  };
  readonly AddOffsetsToTxn: TransactionOwner & { readonly group: string };
  readonly TxnOffsetCommit: TxnOffsetCommit;
  readonly EndTxn: TransactionOwner & { readonly committed: boolean };
  readonly WriteTxnMarkers: { readonly markers: readonly MarkerOrder[] };
}

export interface TransactionResponses {
  readonly InitProducerId: {
    readonly error: KafkaError;
    readonly producerId: number;
    readonly producerEpoch: number;
    /** Of the cluster: what `ApiVersions` tells on the wire. */
    readonly transactionVersion: number;
  };
  readonly AddPartitionsToTxn: { readonly error: KafkaError; readonly partitions: readonly number[] };
  readonly AddOffsetsToTxn: { readonly error: KafkaError };
  readonly TxnOffsetCommit: {
    readonly results: readonly { readonly partition: number; readonly error: KafkaError }[];
  };
  /** With transaction version 2, who the producer is in its next transaction. */
  readonly EndTxn: {
    readonly error: KafkaError;
    readonly producerId: number;
    readonly producerEpoch: number;
  };
  /** By place of the marker and of the partition. */
  readonly WriteTxnMarkers: {
    readonly markers: readonly {
      readonly producerId: number;
      readonly results: readonly { readonly partition: number; readonly error: KafkaError }[];
    }[];
  };
}
