/** Record batches: what producers make, leaders append and everybody copies. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";

/** The producer id of a batch whose producer is not idempotent. */
export const NO_PRODUCER_ID = -1;

/** Who made a batch; what repetitions are recognised by [KIP-98]. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Sequence of the first record; -1 in a batch without sequences. */
  readonly baseSequence: number;
}

export const NOBODY: ProducerIdentity = { producerId: NO_PRODUCER_ID, producerEpoch: -1, baseSequence: -1 };

/** End of a transaction in a partition: a control record of its own batch. */
export interface TransactionMarker {
  readonly kind: "marker";
  readonly committed: boolean;
  readonly coordinatorEpoch: number;
}

/** What a coordinator remembers, in a record of an internal topic. */
export interface StateRecord {
  readonly key: string;
  /** Undefined: a tombstone. Never changed once it is in a batch. */
  readonly value: object | undefined;
}

/** What stands in a batch that is not made of an application's records. */
export type ControlContent =
  TransactionMarker | { readonly kind: "state"; readonly records: readonly StateRecord[] };

/** What a batch can have beside its records. */
export interface BatchExtras {
  /** Keys by place, where records have any. */
  readonly keys?: readonly (string | undefined)[];
  /** By place, whether a record's value is null: in a compacted topic, a tombstone. */
  readonly nulls?: readonly boolean[];
  readonly transactional?: boolean;
  readonly control?: ControlContent;
}

const NONE: readonly Message[] = [];

/** A batch as its producer sends it; never changed. */
export class RecordBatch {
  /** An application's records; empty in a batch of control or state records. */
  readonly records: readonly Message[];
  /** Offsets that it takes up. */
  readonly count: number;
  /** As encoded, and compressed if it is. */
  readonly bytes: number;
  /** Latest timestamp of its records. */
  readonly maxTimestamp: Instant;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
  readonly keys: readonly (string | undefined)[] | undefined;
  readonly nulls: readonly boolean[] | undefined;
  readonly control: ControlContent | undefined;

  constructor(
    records: readonly Message[],
    bytes: number,
    { producerId, producerEpoch, baseSequence }: ProducerIdentity = NOBODY,
    extras: BatchExtras = {},
    maxTimestamp: Instant = latestOf(records),
  ) {
    this.records = records;
    this.bytes = bytes;
    this.maxTimestamp = maxTimestamp;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
    this.transactional = extras.transactional ?? false;
    this.keys = extras.keys;
    this.nulls = extras.nulls;
    this.control = extras.control;
    this.count = countOf(records, extras.control);
  }

  get lastSequence(): number {
    return this.baseSequence + this.count - 1;
  }
}

function latestOf(records: readonly Message[]): Instant {
  let latest = 0;
  for (const { publishedAt } of records) if (publishedAt > latest) latest = publishedAt;
  return latest;
}

function countOf(records: readonly Message[], control: ControlContent | undefined): number {
  if (control === undefined) return records.length;
  return control.kind === "marker" ? 1 : control.records.length;
}

/** What compaction goes by: undefined where a record has no key. */
export function keyAt({ control, keys }: RecordBatch, place: number): string | undefined {
  return control?.kind === "state" ? control.records[place]?.key : keys?.[place];
}

/** Whether the record says that its key is no more. */
export function isTombstone({ control, nulls }: RecordBatch, place: number): boolean {
  if (control?.kind === "state") return control.records[place]?.value === undefined;
  return nulls?.[place] === true;
}

/** When the record was made. */
export function timestampAt({ records, maxTimestamp }: RecordBatch, place: number): Instant {
  return records[place]?.publishedAt ?? maxTimestamp;
}

/** A marker at the end of a transaction. */
export function markerBatch(
  { producerId, producerEpoch }: Omit<ProducerIdentity, "baseSequence">,
  marker: Omit<TransactionMarker, "kind">,
  bytes: number,
  now: Instant,
): RecordBatch {
  const identity = { producerId, producerEpoch, baseSequence: -1 };
  const control = { kind: "marker", ...marker } as const;
  return new RecordBatch(NONE, bytes, identity, { transactional: true, control }, now);
}

/** What a coordinator writes; with an identity, as part of that producer's transaction. */
export function stateBatch(
  records: readonly StateRecord[],
  bytes: number,
  now: Instant,
  producer?: Omit<ProducerIdentity, "baseSequence">,
): RecordBatch {
  const identity = producer === undefined ? NOBODY : { ...producer, baseSequence: -1 };
  const extras = { transactional: producer !== undefined, control: { kind: "state", records } } as const;
  return new RecordBatch(NONE, bytes, identity, extras, now);
}

/** A batch in a log: the leader that appended it has given it offsets and its epoch. */
export class StoredBatch {
  readonly batch: RecordBatch;
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  /** Places of the records that compaction has left, in order; undefined: all of them. */
  readonly kept: readonly number[] | undefined;
  /** On the disk and on the wire. */
  readonly bytes: number;
  /** From when on compaction takes its tombstones, or its marker, too; undefined: it was not compacted yet [KIP-534]. */
  readonly deleteHorizon: Instant | undefined;

  constructor(
    batch: RecordBatch,
    baseOffset: number,
    leaderEpoch: number,
    kept?: readonly number[],
    bytes: number = batch.bytes,
    deleteHorizon?: Instant,
  ) {
    this.batch = batch;
    this.baseOffset = baseOffset;
    this.leaderEpoch = leaderEpoch;
    this.kept = kept;
    this.bytes = bytes;
    this.deleteHorizon = deleteHorizon;
  }

  /** The offset after its last record, also if compaction has taken that. */
  get endOffset(): number {
    return this.baseOffset + this.batch.count;
  }

  /** Records of any kind that are there. */
  get keptCount(): number {
    return this.kept?.length ?? this.batch.count;
  }

  /** Calls `visit` with the place of each record that is there, of whatever kind. */
  eachPlace(visit: (place: number) => void): void {
    if (this.kept !== undefined) this.kept.forEach(visit);
    else for (let place = 0; place < this.batch.count; place++) visit(place);
  }

  /** Calls `visit` for each of the application's records that is there, with its place in the batch. */
  eachRecord(visit: (message: Message, place: number) => void): void {
    const { records } = this.batch;
    if (records.length === 0) return;
    if (this.kept === undefined) records.forEach(visit);
    else for (const place of this.kept) visit(records[place] as Message, place);
  }
}
