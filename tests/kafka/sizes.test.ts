/** Sizes on the wire against an encoder that writes the layouts of Kafka 4.1 byte by byte. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { Message } from "../../src/trace/index.js";
import { turnsOf } from "../../models/kafka/access/sasl.js";
import { ProducerBatch } from "../../models/kafka/producer/producer-batch.js";
import { request, response } from "../../models/kafka/protocol/frames.js";
import { DEFAULT_LOG_CONFIG } from "../../models/kafka/protocol/log-config.js";
import { type PartitionState } from "../../models/kafka/protocol/messages.js";
import { RecordBatch, StoredBatch } from "../../models/kafka/protocol/record-batch.js";
import { uvarintBytes, varintBytes } from "../../models/kafka/protocol/wire-size.js";
import {
  type PlainRecord,
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
  varint,
} from "./support/encoder.js";

const stream = { index: 0, publisher: 0, topic: "orders-0", qos: 1 };
const batch = (bytes: number): RecordBatch => new RecordBatch([], bytes);
const stored = (bytes: number): StoredBatch => new StoredBatch(batch(bytes), 0, 0);
const zeros = (length: number): number[] => new Array<number>(length).fill(0);

const state: PartitionState = {
  partition: 0,
  topic: "orders",
  index: 0,
  leader: 1,
  leaderEpoch: 3,
  partitionEpoch: 7,
  replicas: [1, 2, 3],
  isr: [1, 2],
  elr: [],
  lastKnownLeader: -1,
  minInsyncReplicas: 2,
  log: DEFAULT_LOG_CONFIG,
};
const ints = (count: number): ReturnType<typeof array> => array(new Array(count).fill([int32]));

describe("a record batch", () => {
  it("is as large as its encoding, whatever its records are", () => {
    const record = fc.record({
      timestampDelta: fc.oneof(fc.constant(5), fc.nat(100_000)),
      key: fc.oneof(fc.constant(undefined), fc.stringMatching(/^[a-z]{0,200}$/)),
      valueBytes: fc.oneof(fc.constant(100), fc.integer({ min: -1, max: 20_000 })),
    });
    // Some of them many times in a row: the places of the last ones take more bytes.
    const runs = fc.array(fc.tuple(record, fc.constantFrom(1, 1, 1, 70)), { minLength: 1, maxLength: 80 });
    const law = fc.property(runs, (unordered: [PlainRecord, number][]) => {
      const all = unordered.flatMap(([each, times]) => new Array<PlainRecord>(times).fill(each));
      const records = all.map((each, index) => ({
        ...each,
        timestampDelta: index === 0 ? 0 : each.timestampDelta,
      }));
      const packing = { batchSize: Infinity, compression: 1 };
      const made = new ProducerBatch(0, 0, 0);
      records.forEach(({ timestampDelta, key, valueBytes: bytes }, index) => {
        const [valueBytes, tombstone] = [Math.max(0, bytes), bytes < 0];
        const message = new Message(stream, index, timestampDelta * MILLISECOND, valueBytes, false);
        made.add(
          message,
          { topic: "orders", valueBytes, tombstone, finished: () => undefined },
          key,
          packing,
        );
      });
      expect(made.bytes(packing)).toBe(recordBatch(records).length);
    });
    fc.assert(law, { seed: 41, numRuns: 100 });
  });

  it("has integers of variable length", () => {
    for (const value of [0, 1, 63, 64, 127, 128, 8191, 8192, 16_383, 16_384, 2_097_151, 2_097_152, 1e9]) {
      expect(uvarintBytes(value)).toBe(bytesOf(uvarint(value)).length);
      expect(varintBytes(value)).toBe(bytesOf(varint(value)).length);
      expect(varintBytes(-value)).toBe(bytesOf(varint(-value)).length);
    }
  });
});

describe("a request", () => {
  const size = (...asked: Parameters<typeof request>): number => request(...asked).bytes;

  it("Produce, version 13", () => {
    const batches = [16_384, 90].map((bytes, partition) => ({ partition, batch: batch(bytes) }));
    const partitions = [16_384, 90].map((bytes) => [int32, compactBytes(zeros(bytes)), noTags]);
    const body = [nullable, int16, int32, array([[uuid, array(partitions), noTags]]), noTags];
    expect(size("Produce", { acks: -1, timeout: 0, batches }, 4)).toBe(requestFrame("shop", ...body));
  });

  it.each([
    ["of a consumer", -1, 0, 1, undefined],
    ["of a consumer in a rack", -1, 0, 1, "eu-west-1a"],
    ["of a follower", 2, 0, 2, undefined],
    ["of which nothing has changed since the last one", 2, 3, 0, undefined],
  ])("Fetch %s, version 17", (_, replica, unchanged, changed, rack) => {
    const wanted = {
      partition: 0,
      currentLeaderEpoch: 0,
      offset: 0,
      lastFetchedEpoch: 0,
      knownHighWatermark: 0,
    };
    const fetch = {
      replica,
      maxWait: 0,
      minBytes: 1,
      maxBytes: 1,
      maxPartitionBytes: 1,
      partitions: new Array(changed + unchanged).fill(wanted),
      changed,
      rack,
    };
    const partition = [int32, int32, int64, int32, int64, int32, noTags];
    const topics = changed === 0 ? [] : [[uuid, array(new Array(changed).fill(partition)), noTags]];
    const who = replica < 0 ? [noTags] : [uvarint(1), uvarint(1), uvarint(13), int32, int64, noTags];
    const body = [
      int32,
      int32,
      int32,
      int8,
      int32,
      int32,
      array(topics),
      array([]),
      compactString(rack ?? ""),
      ...who,
    ];
    expect(size("Fetch", fetch, 2)).toBe(requestFrame("b1", ...body));
  });

  it("Metadata, version 13", () => {
    const topics = array([[uuid, compactString("orders"), noTags]]);
    expect(size("Metadata", { topics: ["orders"] }, 1)).toBe(requestFrame("c", topics, bool, bool, noTags));
  });

  it("ListOffsets 10 and OffsetForLeaderEpoch 4", () => {
    const offset = { partition: 0, currentLeaderEpoch: 0, position: "latest" } as const;
    const ofTopic = (...partition: readonly Write[]): ReturnType<typeof array> =>
      array([[compactString("orders"), array([partition]), noTags]]);
    expect(size("ListOffsets", { queries: [offset] }, 1)).toBe(
      requestFrame("c", int32, int8, ofTopic(int32, int32, int64, noTags), int32, noTags),
    );
    const epoch = { partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 };
    expect(size("OffsetForLeaderEpoch", { queries: [epoch] }, 1)).toBe(
      requestFrame("c", int32, ofTopic(int32, int32, int32, noTags), noTags),
    );
  });

  it("AlterPartition 3 and BrokerHeartbeat 1", () => {
    const change = { partition: 0, leaderEpoch: 0, partitionEpoch: 0, isr: [1, 2] };
    const member = [int32, int64, noTags];
    const partition = [int32, int32, array([member, member]), int8, int32, noTags];
    const body = [int32, int64, array([[uuid, array([partition]), noTags]]), noTags];
    const asked = { broker: 1, brokerEpoch: 1, changes: [change] };
    expect(size("AlterPartition", asked, 2)).toBe(requestFrame("b1", ...body));
    const alive = { broker: 1, brokerEpoch: 1, metadataVersion: 1, wantsShutDown: false };
    expect(size("BrokerHeartbeat", alive, 2)).toBe(
      requestFrame("b1", int32, int64, int64, bool, bool, noTags),
    );
  });
});

describe("between controllers", () => {
  const cluster = compactString("a".repeat(22));
  const topic = (...partition: readonly Write[]): Write =>
    array([[compactString("__cluster_metadata"), array([partition]), noTags]]);

  it("Vote 2", () => {
    const vote = { candidate: 1, epoch: 1, lastEpoch: 1, lastVersion: 1, preVote: true };
    const asked = topic(int32, int32, int32, uuid, uuid, int32, int64, bool, noTags);
    expect(request("Vote", vote, 2).bytes).toBe(requestFrame("c1", cluster, int32, asked, noTags));
    const answer = { error: "NONE", epoch: 1, leader: -1, granted: true } as const;
    const told = topic(int32, int16, int32, int32, bool, noTags);
    expect(response("Vote", answer).bytes).toBe(responseFrame(int16, told, noTags));
  });

  it("BeginQuorumEpoch 1", () => {
    const endpoint = [compactString("CONTROLLER"), compactString("localhost"), int16, noTags];
    const asked = topic(int32, uuid, int32, int32, noTags);
    const body = [cluster, int32, asked, array([endpoint]), noTags];
    expect(request("BeginQuorumEpoch", { epoch: 1, leader: 1 }, 2).bytes).toBe(requestFrame("c1", ...body));
    const told = topic(int32, int16, int32, int32, noTags);
    const answer = { error: "NONE", epoch: 1 } as const;
    expect(response("BeginQuorumEpoch", answer).bytes).toBe(responseFrame(int16, told, noTags));
  });
});

describe("producer ids for a broker", () => {
  it("AllocateProducerIds 0", () => {
    expect(request("AllocateProducerIds", { broker: 1, brokerEpoch: 5 }, 2).bytes).toBe(
      requestFrame("b1", int32, int64, noTags),
    );
    const block = { error: "NONE", producerIdStart: 3_000, producerIdLen: 1_000 } as const;
    expect(response("AllocateProducerIds", block).bytes).toBe(
      responseFrame(int32, int16, int64, int32, noTags),
    );
  });
});

describe("what an administrator asks for", () => {
  it("AlterPartitionReassignments 1 and ElectLeaders 2", () => {
    const move = { topic: "orders", index: 0, replicas: [1, 2, 3] };
    const name = compactString("orders");
    const moved = array([[name, array([[int32, ints(3), noTags]]), noTags]]);
    expect(request("AlterPartitionReassignments", move, 2).bytes).toBe(
      requestFrame("b1", int32, bool, moved, noTags),
    );
    const elected = array([[name, ints(1), noTags]]);
    expect(request("ElectLeaders", { topic: "orders", unclean: false }, 2).bytes).toBe(
      requestFrame("b1", int8, elected, int32, noTags),
    );
    const answer = { topic: "orders", error: "NONE" } as const;
    const outcome = array([[name, array([[int32, int16, nullable, noTags]]), noTags]]);
    expect(response("ElectLeaders", answer).bytes).toBe(responseFrame(int32, int16, outcome, noTags));
    expect(response("AlterPartitionReassignments", answer).bytes).toBe(
      responseFrame(int32, bool, int16, nullable, outcome, noTags),
    );
  });
});

describe("a response", () => {
  const size = (...told: Parameters<typeof response>): number => response(...told).bytes;

  it("Produce, version 13", () => {
    const results = [0, 1].map((partition) => ({ partition, error: "NONE", baseOffset: 0 }) as const);
    const partition = [int32, int16, int64, int64, int64, array([]), nullable, noTags];
    const body = [array([[uuid, array([partition, partition]), noTags]]), int32, noTags];
    expect(size("Produce", { results })).toBe(responseFrame(...body));
  });

  it("Fetch with records, with a diverging epoch and with nothing, version 17", () => {
    const result = {
      partition: 0,
      error: "NONE",
      highWatermark: 0,
      logStartOffset: 0,
      divergingEpoch: undefined,
    } as const;
    const told = (records: number, ...tags: readonly Write[]): readonly Write[] => [
      int32,
      int16,
      int64,
      int64,
      int64,
      nullable,
      int32,
      compactBytes(zeros(records)),
      ...tags,
    ];
    const frame = (...partitions: readonly (readonly Write[])[]): number =>
      responseFrame(int32, int16, int32, array([[uuid, array(partitions), noTags]]), noTags);
    const batches = [stored(100), stored(200)];
    expect(size("Fetch", { results: [{ ...result, batches }] })).toBe(frame(told(300, noTags)));
    const divergingEpoch = { epoch: 1, endOffset: 2 };
    const diverging = told(0, uvarint(1), uvarint(0), uvarint(13), int32, int64, noTags);
    expect(size("Fetch", { results: [{ ...result, divergingEpoch, batches: [] }] })).toBe(frame(diverging));
    const elsewhere = { ...result, batches: [], preferredReadReplica: 2 };
    expect(size("Fetch", { results: [elsewhere] })).toBe(frame(told(0, noTags)));
    expect(size("Fetch", { results: [] })).toBe(responseFrame(int32, int16, int32, array([]), noTags));
  });

  it("Metadata, version 13", () => {
    const brokers = [undefined, "eu-west-1a"].map((rack, id) => ({ id, host: "b", fenced: false, rack }));
    const partition = [int16, int32, int32, int32, ints(3), ints(2), ints(0), noTags];
    const broker = (rack: Write): Write[] => [int32, compactString("broker-12"), int32, rack, noTags];
    const all = array([broker(nullable), broker(compactString("eu-west-1a"))]);
    const topic = [int16, compactString("orders"), uuid, bool, array([partition]), int32, noTags];
    const cluster = compactString("a".repeat(22));
    const body = [int32, all, cluster, int32, array([topic]), int16, noTags];
    expect(size("Metadata", { brokers, partitions: [state], unauthorized: [] })).toBe(responseFrame(...body));
    const forbidden = [int16, compactString("orders"), uuid, bool, array([]), int32, noTags];
    const refusal = [int32, array([]), cluster, int32, array([forbidden]), int16, noTags];
    expect(size("Metadata", { brokers: [], partitions: [], unauthorized: ["orders"] })).toBe(
      responseFrame(...refusal),
    );
  });

  it("AlterPartition 3", () => {
    const results = [{ partition: 0, error: "NONE", state } as const];
    const partition = [int32, int16, int32, int32, ints(2), int8, int32, noTags];
    const body = [int32, int16, array([[uuid, array([partition]), noTags]]), noTags];
    expect(size("AlterPartition", { error: "NONE", results })).toBe(responseFrame(...body));
  });
});

describe("what is said first", () => {
  const credentials = { mechanism: "SCRAM-SHA-256", username: "ann", password: "secret" } as const;

  it("ApiVersions 4, of which the answer's header has no tags", () => {
    const software = [compactString("apache-kafka-java"), compactString("4.1.0"), noTags];
    expect(request("ApiVersions", {}, 1).bytes).toBe(requestFrame("c", ...software));
    const api = [int16, int16, int16, noTags];
    const body = bytesOf(int16, array(new Array(75).fill(api)), int32, noTags);
    expect(response("ApiVersions", {}).bytes).toBe(4 + 4 + body.length);
  });

  it("SaslHandshake 1, from before there were tags", () => {
    const mechanism = "SCRAM-SHA-256";
    const header = bytesOf(int32, int16, int16, int32, int16).length + "c".length;
    expect(request("SaslHandshake", { mechanism }, 1).bytes).toBe(header + 2 + mechanism.length);
    expect(response("SaslHandshake", { error: "NONE" }).bytes).toBe(4 + 4 + 2 + 4 + 2 + mechanism.length);
  });

  it("SaslAuthenticate 2, with the messages of SCRAM and PLAIN", () => {
    const nonce = "n".repeat(26);
    const [first, final] = turnsOf(credentials);
    expect(first?.client).toBe(`n,,n=ann,r=${nonce}`.length);
    expect(first?.server).toBe(`r=${nonce}${nonce},s=${"s".repeat(36)},i=4096`.length);
    expect(final?.client).toBe(`c=biws,r=${nonce}${nonce},p=${"p".repeat(44)}`.length);
    expect(final?.server).toBe(`v=${"v".repeat(44)}`.length);
    expect(turnsOf({ ...credentials, mechanism: "PLAIN" })).toEqual([
      { client: "\0ann\0secret".length, server: 0 },
    ]);
    const body = { turn: 0, bytes: 37, credentials };
    expect(request("SaslAuthenticate", body, 1).bytes).toBe(
      requestFrame("c", compactBytes(zeros(37)), noTags),
    );
    expect(response("SaslAuthenticate", { error: "NONE", bytes: 99 }).bytes).toBe(
      responseFrame(int16, nullable, compactBytes(zeros(99)), int64, noTags),
    );
  });
});
