/** Records that an application keeps in a window: many are sent at one instant, and finish together. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { ActivitySpec, RunResult } from "../../src/scenario/index.js";
import { AwaitedEnd } from "../../models/kafka/producer/awaited-end.js";
import { BlockedSends } from "../../models/kafka/producer/blocked-sends.js";
import { ProducerBatch } from "../../models/kafka/producer/producer-batch.js";
import { ProducerProgram } from "../../models/kafka/producer/producer-program.js";
import { Producer } from "../../models/kafka/producer/producer.js";
import type { SendRequest } from "../../models/kafka/producer/producer-sink.js";
import { completeOptions } from "../complete-options.js";
import { type ClusterSpec, crash, registryOf, run, stop } from "./support/clusters.js";

afterEach(() => vi.restoreAllMocks());

describe("a closed loop of records", () => {
  it.each([
    [1, 1_000],
    [7, 143],
    // Of 16 kB, and what was left over when the window was full.
    [400, 8],
  ])("goes on to its end, and no further, with %i of them at a time, in %i batches", (window, batches) => {
    const pace = { kind: "closed", start: 5 * SECOND, window, count: 1_000 } as const;
    const { metrics } = run({ pace, consumer: {}, drain: 10 });
    const { published, acknowledged, delivered, duplicates } = metrics;
    expect([published, acknowledged, delivered, duplicates]).toEqual([1_000, 1_000, 1_000, 0]);
    expect(metrics["kafka_batches_acknowledged"]).toBe(batches);
  });
});

/** Records now and then, of the same topic. */
function besides(keyed: boolean): ActivitySpec {
  const pace = { kind: "fixed", start: 5 * SECOND, every: MILLISECOND / 20, count: 800 } as const;
  const described = registryOf().role("kafka.producer")?.role.activities[0]?.options ?? [];
  const options = completeOptions(described, { topic: "orders", value: 1_000, keys: keyed ? 20 : 0 });
  return { node: "producer", activity: "send", options, pace };
}

/** What a run comes to if every record is sent alone. */
function apart(spec: ClusterSpec): RunResult {
  const sendAll = vi.spyOn(Producer.prototype, "sendAll");
  sendAll.mockImplementation(function (this: Producer, request: SendRequest, _times: number, now: number) {
    this.send(request, undefined, now);
    return 1;
  });
  const result = run(spec);
  sendAll.mockRestore();
  return result;
}

describe("records that are sent at once", () => {
  const spec = fc.record({
    window: fc.integer({ min: 1, max: 300 }),
    value: fc.constantFrom(0, 10, 100, 1_000, 20_000),
    batchSize: fc.constantFrom(150, 1_000, 5_000, 16_384),
    maxInFlight: fc.constantFrom(1, 5),
    linger: fc.constantFrom(0, 5 * MILLISECOND),
    compression: fc.constantFrom(0.3, 1),
    bufferMemory: fc.constantFrom(40_000, 33_554_432),
    maxRequestSize: fc.constantFrom(10_000, 1_048_576),
    partitioner: fc.constantFrom("default", "default", "round-robin"),
    partitions: fc.constantFrom(1, 3),
    tombstones: fc.boolean(),
    crashed: fc.constantFrom("nobody", "producer", "b1", "b2"),
    stops: fc.boolean(),
    /** What somebody else sends through the same producer. */
    others: fc.constantFrom("none", "plain", "keyed", "keyed"),
    /** After the others have begun. */
    late: fc.constantFrom(0, 10 * MILLISECOND, 20 * MILLISECOND),
  });

  it("go the way of records sent one by one", () => {
    const joined = vi.spyOn(ProducerBatch.prototype, "addAll");
    const blocked = vi.spyOn(BlockedSends.prototype, "add");
    const seen = { joined: 0, blocked: 0, refused: 0 };
    const law = fc.property(
      spec,
      ({ window, value, partitions, tombstones, crashed, stops, others, late, ...producer }) => {
        const scenario: ClusterSpec = {
          pace: { kind: "closed", start: 5 * SECOND + late, window, count: 600 },
          topic: { partitions },
          producer,
          send: { value, tombstones },
          workload: others === "none" ? [] : [besides(others === "keyed")],
          faults: [
            ...(crashed === "nobody" ? [] : [crash(crashed, 5.01, 0.5)]),
            ...(stops ? [stop("producer", 5.004, 0.5)] : []),
          ],
          drain: 10,
        };
        const together = run(scenario);
        seen.joined += joined.mock.calls.some(([messages]) => messages.length > 1) ? 1 : 0;
        seen.blocked += blocked.mock.calls.length > 0 ? 1 : 0;
        seen.refused += (together.metrics["kafka_sends_refused"] as number) > 0 ? 1 : 0;
        expect(together).toEqual(apart(scenario));
        joined.mockClear();
        blocked.mockClear();
      },
    );
    fc.assert(law, { seed: 44, numRuns: 40 });
    const often = { joined: seen.joined >= 10, blocked: seen.blocked >= 10, refused: seen.refused >= 1 };
    expect(often).toEqual({ joined: true, blocked: true, refused: true });
  });

  it.each(["earlier calls wait", "the producer ends"])("join no batch when %s", (why) => {
    let isSo = false;
    if (why === "the producer ends") {
      vi.spyOn(AwaitedEnd.prototype, "isClosing", "get").mockImplementation(() => isSo);
    } else {
      vi.spyOn(BlockedSends.prototype, "size", "get").mockImplementation(() => (isSo ? 1 : 0));
    }
    const accepted = vi.spyOn(ProducerProgram.prototype, "acceptAll");
    accepted.mockImplementationOnce(function (this: ProducerProgram, ...given) {
      isSo = true;
      return this.acceptAll(...given);
    });
    run({ pace: { kind: "closed", start: 5 * SECOND, window: 300, count: 300 }, drain: 1 });
    // Once by the producer and once from here: after that it is so.
    expect(accepted).toHaveBeenCalledTimes(2);
  });
});
