/** Sizes of what is said about transactions, against an encoder that writes the layouts of Kafka 4.1 byte by byte. */
import { describe, expect, it } from "vitest";
import { request, response } from "../../models/kafka/protocol/frames.js";
import { RecordBatch, StoredBatch } from "../../models/kafka/protocol/record-batch.js";
import { MARKER_BATCH_BYTES, transactionRecordBytes } from "../../models/kafka/protocol/transaction-sizes.js";
import {
  type Write,
  array,
  bool,
  bytesOf,
  compactBytes,
  compactString,
  int16,
  int32,
  int64,
  int8,
  noTags,
  nullable,
  recordBatch,
  requestFrame,
  responseFrame,
  uuid,
  uvarint,
} from "./support/encoder.js";

const owner = { transactionalId: "transfers", producerId: 7, producerEpoch: 3 } as const;
const name = compactString("transfers");
const producer = [int64, int16];
const ofTopic = (...partitions: readonly (readonly Write[])[]): Write =>
  array([[compactString("orders"), array(partitions), noTags]]);

describe("a request", () => {
  const size = (...asked: Parameters<typeof request>): number => request(...asked).bytes;

  it("InitProducerId, version 5, with transactions and without", () => {
    const asked = { ...owner, transactionTimeout: 1 };
    expect(size("InitProducerId", asked, 1)).toBe(requestFrame("c", name, int32, ...producer, noTags));
    const plain = { ...asked, transactionalId: undefined };
    expect(size("InitProducerId", plain, 1)).toBe(requestFrame("c", nullable, int32, ...producer, noTags));
  });

  it("AddPartitionsToTxn, version 3 of a client and 5 of a broker", () => {
    const partitions = [4, 5];
    expect(size("AddPartitionsToTxn", { ...owner, by: "client", partitions }, 1)).toBe(
      requestFrame("c", name, ...producer, ofTopic([int32], [int32]), noTags),
    );
    const transaction = [name, ...producer, bool, ofTopic([int32], [int32]), noTags];
    expect(size("AddPartitionsToTxn", { ...owner, by: "produce", partitions }, 2)).toBe(
      requestFrame("b1", array([transaction]), noTags),
    );
  });

  it("AddOffsetsToTxn 4, TxnOffsetCommit 5 and EndTxn 5", () => {
    const group = compactString("copiers");
    expect(size("AddOffsetsToTxn", { ...owner, group: "copiers" }, 1)).toBe(
      requestFrame("c", name, ...producer, group, noTags),
    );
    const offsets = [{ partition: 0, offset: 12, leaderEpoch: 1 }];
    const partition = [int32, int64, int32, nullable, noTags];
    const commit = (member: string, instance: Write): number =>
      requestFrame(
        "c",
        name,
        group,
        ...producer,
        int32,
        compactString(member),
        instance,
        ofTopic(partition),
        noTags,
      );
    const member = { memberId: "m-1@5", instanceId: undefined };
    const said = { ...owner, group: "copiers", generation: 4, offsets, ...member };
    const uuidText = "x".repeat(36);
    expect(size("TxnOffsetCommit", { ...said, selfNamed: false }, 1)).toBe(
      commit(`m-1-${uuidText}`, nullable),
    );
    expect(size("TxnOffsetCommit", { ...said, selfNamed: true }, 1)).toBe(commit("x".repeat(22), nullable));
    const fixed = { ...said, instanceId: "first", selfNamed: false };
    expect(size("TxnOffsetCommit", fixed, 1)).toBe(commit(`m-1-${uuidText}`, compactString("first")));
    const nobody = { ...said, memberId: "", generation: -1, selfNamed: false };
    expect(size("TxnOffsetCommit", nobody, 1)).toBe(commit("", nullable));
    expect(size("EndTxn", { ...owner, committed: true }, 1)).toBe(
      requestFrame("c", name, ...producer, bool, noTags),
    );
  });

  it("WriteTxnMarkers, version 1", () => {
    const marker = { ...owner, committed: true, coordinatorEpoch: 2, partitions: [0, 1] };
    const written = [...producer, bool, ofTopic([int32], [int32]), int32, noTags];
    expect(size("WriteTxnMarkers", { markers: [marker, marker] }, 2)).toBe(
      requestFrame("b1", array([written, written]), noTags),
    );
  });

  it("Produce, version 13, within a transaction", () => {
    const batches = [{ partition: 0, batch: new RecordBatch([], 100) }];
    const records = compactBytes(new Array<number>(100).fill(0));
    const topic = [uuid, array([[int32, records, noTags]]), noTags];
    expect(size("Produce", { acks: -1, timeout: 0, transactionalId: "transfers", batches }, 1)).toBe(
      requestFrame("c", name, int16, int32, array([topic]), noTags),
    );
  });
});

describe("a response", () => {
  const size = (...told: Parameters<typeof response>): number => response(...told).bytes;
  const result = [int32, int16, noTags];

  it("InitProducerId 5, AddPartitionsToTxn 3, AddOffsetsToTxn 4, TxnOffsetCommit 5, EndTxn 5", () => {
    const told = { error: "NONE", producerId: 7, producerEpoch: 3 } as const;
    const identity = responseFrame(int32, int16, ...producer, noTags);
    expect(size("InitProducerId", { ...told, transactionVersion: 2 })).toBe(identity);
    expect(size("EndTxn", told)).toBe(identity);
    expect(size("AddPartitionsToTxn", { error: "NONE", partitions: [4, 5] })).toBe(
      responseFrame(int32, ofTopic(result, result), noTags),
    );
    expect(size("AddOffsetsToTxn", { error: "NONE" })).toBe(responseFrame(int32, int16, noTags));
    expect(size("TxnOffsetCommit", { results: [{ partition: 0, error: "NONE" }] })).toBe(
      responseFrame(int32, ofTopic(result), noTags),
    );
  });

  it("WriteTxnMarkers, version 1", () => {
    const results = [0, 1].map((partition) => ({ partition, error: "NONE" }) as const);
    expect(size("WriteTxnMarkers", { markers: [{ producerId: 7, results }] })).toBe(
      responseFrame(array([[int64, ofTopic(result, result), noTags]]), noTags),
    );
  });

  it("Fetch, version 17, with aborted transactions", () => {
    const batches = [new StoredBatch(new RecordBatch([], 100), 0, 0)];
    const aborted = [0, 1].map((firstOffset) => ({ producerId: 7, firstOffset }));
    const told = {
      partition: 0,
      error: "NONE",
      highWatermark: 0,
      logStartOffset: 0,
      divergingEpoch: undefined,
    } as const;
    const transaction = [int64, int64, noTags];
    const partition = [
      ...[int32, int16, int64, int64, int64, array([transaction, transaction]), int32],
      compactBytes(new Array<number>(100).fill(0)),
      noTags,
    ];
    expect(size("Fetch", { results: [{ ...told, batches, aborted }] })).toBe(
      responseFrame(int32, int16, int32, array([[uuid, array([partition]), noTags]]), noTags),
    );
  });
});

describe("what stands in logs", () => {
  const text =
    (bytes: string): Write =>
    (into) =>
      into.push(...new Array<number>(bytes.length).fill(0));

  it("is for a marker a key of version and kind, a value of version and coordinator epoch", () => {
    const key = String.fromCharCode(...bytesOf(int16, int16));
    const valueBytes = bytesOf(int16, int32).length;
    expect(MARKER_BATCH_BYTES).toBe(recordBatch([{ timestampDelta: 0, key, valueBytes }]).length);
  });

  it("is for a transaction TransactionLogKey 0 and TransactionLogValue 1", () => {
    const key = String.fromCharCode(...bytesOf(int16, int16, text("transfers")));
    const clientVersion = [uvarint(1), uvarint(2), uvarint(2), int16];
    const state = (partitions: Write): number =>
      bytesOf(int16, ...producer, int32, int8, partitions, int64, int64, ...clientVersion).length;
    const size = (valueBytes: number): number => recordBatch([{ timestampDelta: 0, key, valueBytes }]).length;
    expect(transactionRecordBytes("transfers", 0)).toBe(size(state(nullable)));
    expect(transactionRecordBytes("transfers", 2)).toBe(size(state(ofTopic([int32], [int32]))));
  });
});
