/**
 * The producer's batcher against closed forms: records arrive as a Poisson process, a batch leaves when it has N of them or
 * when it has lingered for T. From its first record on, N - 1 more take an Erlang-distributed time, and those that came
 * within T are Poisson-distributed: the fill times of full batches are Erlang, truncated at T; one plus the truncated
 * Poisson are the sizes of those that lingered to the end; and how many do is the Poisson probability of N - 2 or fewer.
 *
 * Seeds are fixed, so nothing here fails by chance; the tolerances are the 0.1 % points of Kolmogorov's and of the
 * chi-square distribution, and four standard deviations for shares.
 */
import { describe, expect, it } from "vitest";
import { MILLISECOND, RandomChance } from "../../src/kernel/index.js";
import { Message } from "../../src/trace/index.js";
import { Accumulator } from "../../models/kafka/producer/accumulator.js";
import { DEFAULT_LOG_CONFIG } from "../../models/kafka/protocol/log-config.js";
import type { ProducerBatch } from "../../models/kafka/producer/producer-batch.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../../models/kafka/protocol/wire-size.js";

const VALUE_BYTES = 100;
/** Below 64 ms and 64 records a record's length does not depend on its place. */
const LINGER = 40 * MILLISECOND;
const BATCHES = 20_000;

interface Left {
  readonly size: number;
  /** From the first record until the batch left. */
  readonly after: number;
}

/** Lets batches of `records` fill, with `rate` records arriving in a linger time on average. */
function batchesOf(records: number, rate: number, seed: number): readonly Left[] {
  const chance = new RandomChance("batching", seed);
  const source = chance.source("arrivals");
  const gap = { kind: "exponential", mean: LINGER / rate, min: 0 } as const;
  const batchSize = BATCH_HEADER_BYTES + records * recordBytes(0, 0, -1, VALUE_BYTES);
  const accumulator = new Accumulator({
    batchSize,
    compression: 1,
    linger: LINGER,
    bufferMemory: 10 * batchSize,
  });
  const state = { partition: 0, topic: "t", index: 0, leader: 1, leaderEpoch: 0, partitionEpoch: 0 };
  const rest = {
    replicas: [1],
    isr: [1],
    elr: [],
    lastKnownLeader: -1,
    minInsyncReplicas: 1,
    log: DEFAULT_LOG_CONFIG,
  };
  const queue = accumulator.queueOf({ ...state, ...rest });
  const stream = { index: 0, publisher: 0, topic: "t-0", qos: 1 };
  const request = { topic: "t", valueBytes: VALUE_BYTES, tombstone: false, finished: () => undefined };
  const left: Left[] = [];
  const leave = (now: number): void => {
    accumulator.advance(now);
    const batch = accumulator.take(queue) as ProducerBatch;
    left.push({ size: batch.count, after: now - batch.createdAt });
    accumulator.finish(batch);
  };
  let now = 0;
  while (left.length < BATCHES) {
    now += chance.duration(source, gap);
    if (accumulator.nextDueAt <= now) leave(accumulator.nextDueAt);
    accumulator.append(queue, new Message(stream, 0, now, VALUE_BYTES, false), request, undefined, now);
    if (queue.batches[0]?.closed === true) leave(now);
  }
  return left;
}

function poisson(mean: number, count: number): number {
  let probability = Math.exp(-mean);
  for (let n = 1; n <= count; n++) probability *= mean / n;
  return probability;
}

/** Probability of `count` or fewer. */
function poissonUpTo(mean: number, count: number): number {
  let sum = 0;
  for (let n = 0; n <= count; n++) sum += poisson(mean, n);
  return sum;
}

const KOLMOGOROV = 1.95;

/** The 99.9 % point of chi-square, by Wilson and Hilferty. */
function chiSquareMax(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 3.09 * Math.sqrt(spread)) ** 3;
}

describe.each([
  { records: 20, rate: 19 },
  { records: 40, rate: 30 },
  { records: 10, rate: 15 },
  { records: 5, rate: 2 },
])("batches of $records records, $rate arriving in a linger time", ({ records, rate }) => {
  const all = batchesOf(records, rate, records);
  const full = all.filter(({ size }) => size === records);
  const lingered = all.filter(({ size }) => size < records);

  it("linger to the end as often as fewer than N - 1 more records come in that time", () => {
    const expected = poissonUpTo(rate, records - 2);
    const deviation = Math.sqrt((expected * (1 - expected)) / all.length);
    expect(Math.abs(lingered.length / all.length - expected)).toBeLessThan(4 * deviation);
    expect(new Set(lingered.map(({ after }) => after))).toEqual(new Set([LINGER]));
  });

  it("are full after a truncated Erlang time", () => {
    const within = (time: number): number => 1 - poissonUpTo((rate * time) / LINGER, records - 2);
    const times = full.map(({ after }) => after).sort((a, b) => a - b);
    let distance = 0;
    times.forEach((time, place) => {
      const law = within(time) / within(LINGER);
      distance = Math.max(
        distance,
        Math.abs((place + 1) / times.length - law),
        Math.abs(place / times.length - law),
      );
    });
    expect(distance).toBeLessThan(KOLMOGOROV / Math.sqrt(times.length));
  });

  it("have a truncated Poisson size when they lingered to the end", () => {
    const counts = new Array<number>(records - 1).fill(0);
    for (const { size } of lingered) counts[size - 1] = (counts[size - 1] ?? 0) + 1;
    const total = poissonUpTo(rate, records - 2);
    let statistic = 0;
    let classes = 0;
    // Sizes that few batches have are one class.
    let [pooledExpected, pooledCount] = [0, 0];
    counts.forEach((count, further) => {
      pooledExpected += (lingered.length * poisson(rate, further)) / total;
      pooledCount += count;
      if (pooledExpected < 10 && further < counts.length - 1) return;
      statistic += (pooledCount - pooledExpected) ** 2 / pooledExpected;
      classes++;
      [pooledExpected, pooledCount] = [0, 0];
    });
    expect(statistic).toBeLessThan(chiSquareMax(Math.max(1, classes - 1)));
  });
});
