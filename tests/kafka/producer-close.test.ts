/** What becomes of a producer's records when its process is asked to end, and when it dies. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { BROKERS, type ClusterSpec, crash, cut, paced, run, stop } from "./support/clusters.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? NaN;
const count = (result: RunResult, ...names: readonly string[]): number[] =>
  names.map((name) => metric(result, name));

/** Ten records a second from 3 s on; none is sent before 60 s are over, unless somebody is in a hurry. */
const lingering: ClusterSpec = {
  producer: { linger: 60 * SECOND, requestTimeout: SECOND },
  topic: { minInsyncReplicas: 2 },
  pace: paced(3, 100, 40),
  consumer: { autoOffsetReset: "earliest" },
};
const unreachable = BROKERS.map((broker) => cut("producer", broker, 5, 30));

describe("a producer that is asked to end", () => {
  it("sends at once what lingers, and waits until it is acknowledged", () => {
    const stopped = run({ ...lingering, faults: [stop("producer", 6, 100)] });
    // From 3 to 6 s.
    expect(count(stopped, "published", "acknowledged", "delivered", "late")).toEqual([30, 30, 30, 0]);
    const crashed = run({ ...lingering, faults: [crash("producer", 6, 100)] });
    expect(count(crashed, "published", "acknowledged", "delivered")).toEqual([30, 0, 0]);
  });

  it("sends nothing more that its application wants sent meanwhile", () => {
    // It waits until the brokers can be reached again; the records of that time are nobody's.
    const faults = [...unreachable, stop("producer", 6, 100, 90)];
    const result = run({ ...lingering, pace: paced(3, 100, 80), faults });
    expect(count(result, "published", "acknowledged", "failed")).toEqual([30, 30, 0]);
    expect(metric(result, "ack_latency_max_ms")).toBeGreaterThan(29_000);
  });

  it("is killed when that takes longer than it is given", () => {
    const result = run({ ...lingering, faults: [...unreachable, stop("producer", 6, 100, 10)] });
    expect(count(result, "published", "acknowledged", "failed")).toEqual([30, 0, 0]);
  });

  it("gives up after closeTimeout: what never went out has failed, what did has no outcome", () => {
    const faults = [...unreachable, stop("producer", 6, 100, 90)];
    const patient = { ...lingering, producer: { ...lingering.producer, closeTimeout: 5 * SECOND } };
    const lingered = run({ ...patient, faults });
    expect(count(lingered, "published", "acknowledged", "failed")).toEqual([30, 0, 30]);
    const eager = { ...patient, producer: { ...patient.producer, linger: 0 } };
    const sent = run({ ...eager, faults });
    expect(metric(sent, "acknowledged")).toBe(20);
    expect(metric(sent, "kafka_records_unresolved")).toBeGreaterThan(0);
    expect(metric(sent, "kafka_records_unresolved") + metric(sent, "failed")).toBe(10);
  });

  it("lets calls of send fail that wait for memory", () => {
    const small = { ...lingering.producer, bufferMemory: 16_384, batchSize: 16_384, maxBlock: 60 * SECOND };
    const faults = [...unreachable, stop("producer", 6, 100, 90)];
    // The first record's batch is all the memory that there is, and closed by the time that brokers are cut off.
    const result = run({
      ...lingering,
      producer: { ...small, batchSize: 100 },
      send: { value: 10_000 },
      faults,
    });
    expect(metric(result, "failed")).toBeGreaterThan(0);
    expect(metric(result, "kafka_sends_refused")).toBe(metric(result, "failed"));
  });

  it("with acks=0 leaves what it has written to its operating system to send", () => {
    const spec = {
      ...lingering,
      producer: { ...lingering.producer, acks: 0 },
      faults: [stop("producer", 6, 100)],
    };
    expect(count(run(spec), "published", "acknowledged", "delivered")).toEqual([30, 0, 30]);
  });
});
