/** The producer's parts on their own, and what an application sees of them in whole runs. */
import fc from "fast-check";
import { DEFAULT_LOG_CONFIG } from "../../models/kafka/protocol/log-config.js";
import { describe, expect, it } from "vitest";
import { MILLISECOND, NEVER, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { Message } from "../../src/trace/index.js";
import { Accumulator } from "../../models/kafka/producer/accumulator.js";
import { DueQueue } from "../../models/kafka/producer/due-queue.js";
import { PartitionQueue } from "../../models/kafka/producer/partition-queue.js";
import { Partitioner } from "../../models/kafka/producer/partitioner.js";
import { ProducerBatch } from "../../models/kafka/producer/producer-batch.js";
import type { PartitionSequences } from "../../models/kafka/producer/sequences.js";
import type { PartitionState } from "../../models/kafka/protocol/messages.js";
import { partitionOfKey } from "../../models/kafka/murmur2.js";
import { BROKERS, type ClusterSpec, crash, cut, paced, run } from "./support/clusters.js";

const stream = { index: 0, publisher: 0, topic: "orders-0", qos: 1 };
const sending = { topic: "orders", valueBytes: 100, tombstone: false, finished: () => undefined };
const metric = (result: RunResult, name: string): number => result.metrics[name] ?? NaN;

function led(partition: number, leader = 1, leaderEpoch = 0): PartitionState {
  const replicas = [1, 2, 3];
  const none = {
    elr: [],
    lastKnownLeader: -1,
    minInsyncReplicas: 1,
    partitionEpoch: 0,
    log: DEFAULT_LOG_CONFIG,
  };
  return {
    partition,
    topic: "orders",
    index: partition,
    leader,
    leaderEpoch,
    replicas,
    isr: replicas,
    ...none,
  };
}

function record(index: number, at = 0): Message {
  return new Message(stream, index, at, 100, false);
}

describe("a partitioner", () => {
  const config = {
    partitioner: "default",
    adaptivePartitioning: true,
    ignoreKeys: false,
    batchSize: 100,
  } as const;
  const queues = (...leaders: number[]): PartitionQueue[] =>
    leaders.map((leader, index) => new PartitionQueue(led(index, leader)));
  const partitioner = (more: object, draws: readonly number[], of = queues(1, 1, 1)): Partitioner => {
    const left = [...draws];
    const made = new Partitioner({ ...config, ...more }, () => left.shift() ?? 0);
    made.queues = of;
    return made;
  };

  it("goes by the key's hash", () => {
    const law = fc.property(fc.stringMatching(/^[ -~]+$/), (key) => {
      expect(partitioner({}, []).choose(key)?.partition).toBe(partitionOfKey(key, 3));
    });
    fc.assert(law, { seed: 5, numRuns: 100 });
  });

  it("sticks without a key until a batch's worth of bytes was produced [KIP-794]", () => {
    const sticky = partitioner({}, [2, 0, 1]);
    const chosen = [40, 40, 40, 40, 100, 1].map((bytes) => {
      const queue = sticky.choose(undefined) as PartitionQueue;
      sticky.produced(queue, bytes);
      return queue.partition;
    });
    expect(chosen).toEqual([2, 2, 2, 0, 0, 1]);
  });

  it("leaves no batch behind in part, unless two batches' worth was produced", () => {
    const sticky = partitioner({}, [0, 1]);
    const queue = sticky.choose(undefined) as PartitionQueue;
    const batch = new ProducerBatch(0, 0, 0);
    queue.batches.push(batch);
    sticky.produced(queue, 150);
    expect(sticky.choose(undefined)).toBe(queue);
    sticky.produced(queue, 50);
    expect(sticky.choose(undefined)?.partition).toBe(1);
  });

  it("says for how many bytes it sticks while the batch is open", () => {
    const sticky = partitioner({}, [0, 1]);
    const queue = sticky.choose(undefined) as PartitionQueue;
    queue.batches.push(new ProducerBatch(0, 0, 0));
    sticky.produced(queue, 120);
    sticky.produced(queue, sticky.bytesToSticky - 1);
    expect([sticky.sticky, sticky.bytesToSticky]).toEqual([queue, 1]);
    sticky.produced(queue, 1);
    expect(sticky.sticky).toBe(undefined);
  });

  it("sticks to nothing as long as the partitions are not known", () => {
    const sticky = partitioner({}, [0]);
    expect(sticky.sticky).toBe(undefined);
    expect(sticky.choose(undefined)).toBe(sticky.sticky);
    sticky.queues = [];
    expect(sticky.choose(undefined)).toBe(undefined);
    expect(sticky.sticky).toBe(undefined);
  });

  it("prefers partitions for which fewer batches wait, by as much as they are fewer", () => {
    const of = queues(1, 1, 1);
    const waiting = (queue: PartitionQueue | undefined, count: number): void => {
      if (queue !== undefined) for (let n = 0; n < count; n++) queue.batches.push(new ProducerBatch(0, 0, 0));
    };
    waiting(of[1], 3);
    waiting(of[2], 1);
    // Weights 4, 1 and 3, as in the comment of BuiltInPartitioner.
    const chosen = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (draw) => partitioner({}, [draw], of).choose(undefined)?.partition,
    );
    expect(chosen).toEqual([0, 0, 0, 0, 1, 2, 2, 2]);
    const uniform = partitioner({ adaptivePartitioning: false }, [1], of).choose(undefined)?.partition;
    expect(uniform).toBe(1);
  });

  it("passes over partitions without a leader where no key decides", () => {
    expect(partitioner({}, [0], queues(-1, 1, -1)).choose(undefined)?.partition).toBe(1);
    const around = partitioner({ partitioner: "round-robin" }, [], queues(1, -1, 1));
    expect(["a", "a", undefined].map((key) => around.choose(key)?.partition)).toEqual([0, 2, 0]);
  });

  it("does not look at keys when told so", () => {
    expect(partitioner({ ignoreKeys: true }, [2]).choose("key")?.partition).toBe(2);
  });
});

describe("an accumulator", () => {
  const config = { batchSize: 16_384, compression: 1, linger: 5 * MILLISECOND, bufferMemory: 40_000 };
  const filled = (records: number): { accumulator: Accumulator; queue: PartitionQueue; last: string } => {
    const accumulator = new Accumulator(config);
    const queue = accumulator.queueOf(led(0));
    let last = "";
    for (let n = 0; n < records; n++) last = accumulator.append(queue, record(n), sending, undefined, 0);
    return { accumulator, queue, last };
  };

  it("has a batch lingered, or full, or another behind it, before it is ready", () => {
    expect(filled(1).accumulator.nextDueAt).toBe(5 * MILLISECOND);
    expect([filled(2).last, filled(1).last]).toEqual(["joined", "changed"]);
    const { accumulator, queue } = filled(200);
    expect([queue.batches.length, accumulator.nextDueAt]).toEqual([2, 0]);
    accumulator.take(queue);
    expect(accumulator.nextDueAt).toBe(5 * MILLISECOND);
  });

  it("gives a batch its whole size of memory, until there is none", () => {
    const { accumulator, last } = filled(350);
    expect([last, accumulator.memory]).toEqual(["exhausted", 2 * 16_384]);
  });

  it("does not let batches linger when it is told to hurry", () => {
    const { accumulator } = filled(1);
    accumulator.hurry(true);
    accumulator.advance(0);
    expect([...accumulator.destinations].map(({ ready }) => ready)).toEqual([1]);
  });

  it("spares a new leader the back-off that the old one was given [KIP-951]", () => {
    const { accumulator, queue } = filled(1);
    const batch = accumulator.take(queue) as ProducerBatch;
    Object.assign(batch, { attempts: 1, notBefore: 100 * MILLISECOND, leaderEpoch: 0 });
    accumulator.putBack(batch);
    expect([accumulator.nextDueAt, queue.backsOff(0)]).toEqual([100 * MILLISECOND, true]);
    accumulator.learn(led(0, 2, 1));
    expect([accumulator.nextDueAt, queue.backsOff(0)]).toEqual([0, false]);
  });

  it("takes the next that is due first, whatever was put, moved and removed before", () => {
    const step = fc.tuple(fc.nat(9), fc.option(fc.nat(50), { nil: undefined }));
    const law = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queues = Array.from({ length: 10 }, (_, partition) => new PartitionQueue(led(partition)));
      const due = new DueQueue();
      for (const [which, at] of steps) {
        const queue = queues[which] as PartitionQueue;
        queue.dueAt = at ?? NEVER;
        if (at === undefined) due.remove(queue);
        else due.put(queue);
      }
      const expected = queues.filter(({ dueAt }) => dueAt < NEVER).map(({ dueAt }) => dueAt);
      const taken: number[] = [];
      for (let next = due.take(NEVER - 1); next !== undefined; next = due.take(NEVER - 1))
        taken.push(next.dueAt);
      expect(taken).toEqual(expected.sort((a, b) => a - b));
    });
    fc.assert(law, { seed: 7, numRuns: 300 });
  });
});

describe("the sequences of a partition", () => {
  const numbered = (count: number): { sequences: PartitionSequences; batches: ProducerBatch[] } => {
    const queue = new PartitionQueue(led(0));
    const batches = Array.from({ length: count }, () => {
      const batch = new ProducerBatch(0, 0, 0);
      for (let n = 0; n < 10; n++)
        batch.add(record(n), sending, undefined, { batchSize: 16_384, compression: 1 });
      queue.sequences.number(batch, 0);
      return batch;
    });
    return { sequences: queue.sequences, batches };
  };
  const [first, second] = [0, 1];

  it("have a gap when the log refuses the next one as out of order; an earlier one may only be late", () => {
    const { sequences, batches } = numbered(2);
    sequences.outOfOrder(batches[second] as ProducerBatch);
    expect(sequences.broken).toBe(false);
    sequences.outOfOrder(batches[first] as ProducerBatch);
    expect(sequences.broken).toBe(true);
  });

  it("are numbered anew in a new epoch, in their order, and do not ask for another one at once", () => {
    const { sequences, batches } = numbered(3);
    sequences.acknowledged(batches[first] as ProducerBatch);
    sequences.restart(1);
    expect(batches.slice(1).map(({ baseSequence }) => baseSequence)).toEqual([0, 10]);
    sequences.outOfOrder(batches[second] as ProducerBatch);
    expect(sequences.broken).toBe(false);
  });

  it("go on after one that was given up if later ones were taken: it must have been written", () => {
    const { sequences, batches } = numbered(2);
    sequences.abandoned(batches[first] as ProducerBatch);
    expect(sequences.admits(new ProducerBatch(0, 0, 0), 0)).toBe(false);
    sequences.acknowledged(batches[second] as ProducerBatch);
    sequences.resolve();
    expect([sequences.isSettled, sequences.broken]).toEqual([true, false]);
  });

  it("need a new epoch if nothing shows that it was written", () => {
    const { sequences, batches } = numbered(1);
    sequences.abandoned(batches[first] as ProducerBatch);
    sequences.resolve();
    expect(sequences.broken).toBe(true);
  });

  it("have one batch sent again at a time, the first", () => {
    const { sequences, batches } = numbered(2);
    expect(batches.map((batch) => sequences.admits(batch, 0))).toEqual([true, false]);
  });
});

describe("settings that do not go together", () => {
  const told = (producer: OptionValues): string => {
    try {
      run({ producer, pace: paced(1, 10, 1), drain: 0 });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [{ idempotence: "on", acks: 1 }, /^acks/],
    [{ idempotence: "on", retries: 0 }, /^retries/],
    [{ maxInFlight: 6 }, /^maxInFlight/],
    [{ maxInFlight: 6, acks: 1 }, /^maxInFlight/],
    [{ deliveryTimeout: 30 * SECOND }, /^deliveryTimeout/],
  ])("are refused: %j (ConfigException)", (producer, expected) => {
    expect(told(producer)).toMatch(expected);
  });

  it.each([{ idempotence: "off", maxInFlight: 6 }, { linger: 100 * SECOND }])("are fine: %j", (producer) => {
    expect(told(producer)).toBe("");
  });

  it("silently switch idempotence off unless it was asked for (K7); a metric tells", () => {
    const idempotent = (producer: OptionValues): number =>
      metric(run({ producer, pace: paced(1, 10, 1), drain: 0 }), "kafka_idempotent_producers");
    expect([{}, { acks: 1 }, { retries: 0 }, { idempotence: "off" }].map(idempotent)).toEqual([1, 0, 0, 0]);
  });
});

describe("a producer whose leader is away", () => {
  const away = (producer: OptionValues, lasting: number): RunResult =>
    run({
      producer,
      faults: BROKERS.map((name) => cut(name, "producer", 4, lasting)),
      pace: paced(3, 1, 5_000),
      send: { value: 1_000 },
      drain: 150,
    });

  it("blocks sends when its memory is full, and goes on when there is some", () => {
    const result = away({ bufferMemory: 1_000_000 }, 10);
    expect([metric(result, "acknowledged"), metric(result, "kafka_sends_refused")]).toEqual([5_000, 0]);
    // 1 MB is 61 batches of 15 records: the rest waited outside.
    expect(metric(result, "ack_latency_max_ms")).toBeGreaterThan(9_000);
  });

  it("fails them after maxBlock (BufferExhaustedException)", () => {
    const result = away({ bufferMemory: 1_000_000, maxBlock: 2 * SECOND }, 10);
    expect(metric(result, "kafka_sends_refused")).toBeGreaterThan(1_000);
    expect(metric(result, "failed")).toBe(metric(result, "kafka_sends_refused"));
    expect(metric(result, "acknowledged") + metric(result, "failed")).toBe(5_000);
  });

  it("fails sends whose partitions nobody tells it within maxBlock (TimeoutException)", () => {
    const result = run({
      producer: { maxBlock: 5 * SECOND },
      faults: BROKERS.map((name) => cut(name, "producer", 0, 60)),
      pace: paced(3, 100, 10),
      drain: 100,
    });
    expect([metric(result, "published"), metric(result, "failed")]).toEqual([10, 10]);
  });
});

describe("what a producer sends", () => {
  const spread: ClusterSpec = { topic: { partitions: 6 }, pace: paced(3, 1, 3_000), drain: 5 };

  it("takes open batches for the same broker along with one that is ready", () => {
    const keyed = run({ ...spread, send: { keys: 60 }, producer: { linger: 20 * MILLISECOND } });
    // Six partitions on three brokers: alone, each would linger on its own.
    const requests = metric(keyed, "kafka_batches_acknowledged");
    expect(metric(keyed, "acknowledged")).toBe(3_000);
    expect(requests).toBeGreaterThan(3_000 / (20 * 0.2));
  });

  it("is smaller when it is compressed, and holds more records a batch", () => {
    const bytes = (compression: number): number =>
      metric(run({ ...spread, producer: { compression } }), "payload_bytes");
    expect(bytes(0.25) / bytes(1)).toBeLessThan(0.5);
    const batches = (compression: number): number =>
      metric(
        run({ pace: paced(3, 0.1, 5_000), drain: 5, producer: { compression, linger: SECOND } }),
        "kafka_batches_acknowledged",
      );
    expect(batches(1) / batches(0.25)).toBeGreaterThan(2.5);
  });

  it("is divided when it is larger than the broker takes [KIP-126], and every record arrives once", () => {
    const result = run({
      broker: { maxMessageBytes: 10_000 },
      producer: { batchSize: 12_000, compression: 0.5, linger: 100 * MILLISECOND },
      pace: paced(3, 0.1, 2_000),
      drain: 20,
    });
    expect(metric(result, "kafka_batches_split")).toBeGreaterThan(5);
    expect([
      metric(result, "acknowledged"),
      metric(result, "delivered"),
      metric(result, "duplicates"),
    ]).toEqual([2_000, 2_000, 0]);
    expect(metric(result, "out_of_order")).toBe(0);
  });

  it("is divided in vain again and again while the parts are too large still (KAFKA-8350)", () => {
    const result = run({
      broker: { maxMessageBytes: 10_000 },
      producer: {
        batchSize: 12_000,
        deliveryTimeout: 2 * SECOND,
        requestTimeout: SECOND,
        linger: 100 * MILLISECOND,
      },
      pace: paced(3, 0.1, 200),
      drain: 20,
    });
    expect([metric(result, "published"), metric(result, "acknowledged")]).toEqual([200, 0]);
    expect(metric(result, "kafka_batches_split")).toBeGreaterThan(100);
  });

  it("fails at once when it is larger than any request may be (RecordTooLargeException)", () => {
    const result = run({
      producer: { maxRequestSize: 500 },
      send: { value: 1_000 },
      pace: paced(3, 10, 20),
      drain: 5,
    });
    expect([metric(result, "failed"), metric(result, "kafka_sends_refused")]).toEqual([20, 20]);
  });

  it("has no outcome when the process dies; its successor has another producer id and writes no second copy", () => {
    const result = run({ faults: [crash("producer", 4, 1)], pace: paced(3, 1, 4_000), drain: 20 });
    const { published = 0, acknowledged = 0, failed = 0, unresolved = 0 } = result.metrics;
    expect(unresolved).toBeGreaterThan(0);
    expect((acknowledged ?? 0) + (failed ?? 0) + (unresolved ?? 0)).toBe(published);
    expect([metric(result, "duplicates"), metric(result, "acknowledged_lost")]).toEqual([0, 0]);
  });
});

describe("the work of brokers and clients", () => {
  /**
   * Records acknowledged a second, with so many without an outcome at any time, until the last one is
   * sent; the run ends one second later.
   */
  const rate = (window: number, count: number, more: ClusterSpec): number => {
    const pace = { kind: "closed", start: 3 * SECOND, window, count } as const;
    const result = run({ pace, topic: { partitions: 3 }, drain: 1, ...more });
    return ((count - window) * SECOND) / (result.endedAt - 4 * SECOND);
  };

  it("bounds the rate of a producer by what a record costs it", () => {
    const [slow, fast] = [10_000, 2_000].map((recordCost) =>
      rate(8_000, 40_000, { producer: { recordCost, batchSize: 64_000 } }),
    );
    // 100,000 a second, and 500,000.
    expect(slow as number).toBeGreaterThan(80_000);
    expect(slow as number).toBeLessThan(100_000);
    expect((fast as number) / (slow as number)).toBeGreaterThan(2);
  });

  it("bounds the rate of requests by what one costs a broker's cores", () => {
    const producer = { batchSize: 100, recordCost: 0, linger: 0 };
    const busy = (requestCost: number): number =>
      rate(50, 1_000, { producer, broker: { cores: 1, requestCost } });
    expect(busy(10 * MILLISECOND)).toBeLessThan(300);
    expect(busy(MILLISECOND) / busy(10 * MILLISECOND)).toBeGreaterThan(3);
  });

  it("takes no time when it is told to cost none", () => {
    const free = { requestCost: 0, batchCost: 0 };
    const latency = (broker: OptionValues): number =>
      metric(
        run({ broker, pace: paced(3, 50, 50), drain: 2, producer: { linger: 0 } }),
        "ack_latency_mean_ms",
      );
    expect(latency({}) - latency(free)).toBeGreaterThan(0.1);
    expect(latency({}) - latency(free)).toBeLessThan(2);
  });
});
