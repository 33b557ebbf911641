/** Processors: one record from each, whatever happens to them, as far as they promise it. */
import { describe, expect, it } from "vitest";
import type { Draw } from "../../src/claims/index.js";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import { BROKERS } from "../../models/kafka/claims/cluster.js";
import { COPIERS, type CopySpec } from "../../models/kafka/claims/copying.js";
import { anyTime, BETWEEN_BROKERS, withAllBrokers } from "../../models/kafka/claims/random-faults.js";
import { runCopying, verdictOf } from "./support/copying.js";

const EXACTLY_ONCE = { guarantee: "exactly-once" };
const AT_LEAST_ONCE = { guarantee: "at-least-once", commitInterval: SECOND };

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: Math.round(seconds * SECOND) });
const pause = (node: string, seconds: number, lasting: number): FaultSpec => {
  return { verb: "pause", node, when: at(seconds), lasting: lasting * SECOND };
};

/** Copiers and brokers crash, stand still and are cut off. */
const hazards = (draw: Draw): FaultSpec[] =>
  anyTime(draw, {
    crashes: [...BROKERS, ...COPIERS],
    pauses: [...BROKERS, ...COPIERS],
    cuts: [...BETWEEN_BROKERS, ...COPIERS.flatMap(withAllBrokers)],
    resets: COPIERS.flatMap(withAllBrokers),
  });

const verdicts = (result: RunResult): string[] =>
  ["processed-at-least-once", "processed-at-most-once"].map((check) => verdictOf(result, check));

function sumOf(results: readonly RunResult[], metric: string): number {
  return results.reduce((sum, { metrics }) => sum + (metrics[metric] ?? 0), 0);
}

describe("a processor", () => {
  it.each([
    [EXACTLY_ONCE, 1],
    [EXACTLY_ONCE, 2],
    [AT_LEAST_ONCE, 2],
  ])("%o makes one record of each where nothing goes wrong (transaction version %s)", (copier, version) => {
    const result = runCopying({ copier, broker: { transactionVersion: version } });
    expect(verdictOf(result, "processed-once")).toBe("holds");
    expect(verdictOf(result, "ordered")).toBe("holds");
    const { kafka_records_made, kafka_processor_commits, kafka_rewinds, delivered } = result.metrics;
    expect([kafka_records_made, kafka_rewinds, delivered]).toEqual([500, 0, 1_000]);
    expect(kafka_processor_commits).toBeGreaterThan(15);
  });

  it.each([
    ["classic", 1],
    ["classic", 2],
    ["consumer", 2],
  ])(
    "with exactly-once makes one record of each whatever happens, though it works on some again (%s, version %s)",
    { timeout: 120_000 },
    (groupProtocol, version) => {
      const short = groupProtocol === "consumer" ? { consumerGroupSessionTimeout: 4 * SECOND } : {};
      const results = [0, 1, 2, 3].map((run) =>
        runCopying(
          (draw) => ({
            copier: EXACTLY_ONCE,
            consumerOfCopier: { groupProtocol },
            broker: { transactionVersion: version, ...short },
            faults: hazards(draw),
          }),
          {},
          run,
        ),
      );
      expect(results.map(verdicts)).toEqual(results.map(() => ["holds", "holds"]));
      // What else it does with a record is not in the transaction.
      expect(results.map((result) => verdictOf(result, "at-most-once"))).toContain("violated");
      for (const metric of ["kafka_rewinds", "kafka_transactions_aborted", "kafka_rebalances"]) {
        expect(sumOf(results, metric)).toBeGreaterThan(2);
      }
    },
  );

  it("with at-least-once misses none, and makes some twice", { timeout: 120_000 }, () => {
    const results = [0, 1, 2, 3].map((run) =>
      runCopying((draw) => ({ copier: AT_LEAST_ONCE, faults: hazards(draw) }), {}, run),
    );
    expect(results.map((result) => verdicts(result)[0])).toEqual(results.map(() => "holds"));
    expect(results.map((result) => verdicts(result)[1])).toContain("violated");
  });

  it("with at-least-once makes again what did not get into the log", () => {
    // The copies' leaders are out of reach for longer than a record may take.
    const cuts = BROKERS.map((to): FaultSpec => {
      return { verb: "cut", from: "copier-1", to, bothWays: true, when: at(8), lasting: 4 * SECOND };
    });
    const result = runCopying({
      copier: AT_LEAST_ONCE,
      copiers: ["copier-1"],
      consumerOfCopier: { sessionTimeout: 20 * SECOND },
      producerOfCopier: { linger: SECOND / 2, requestTimeout: SECOND, deliveryTimeout: 2 * SECOND },
      faults: cuts,
    });
    expect(result.metrics["kafka_rewinds"]).toBeGreaterThan(0);
    expect(verdicts(result)).toEqual(["holds", "violated"]);
  });

  it("lets who reads uncommitted records see its attempts", { timeout: 120_000 }, () => {
    const results = [0, 1, 2].map((run) =>
      runCopying(
        (draw) => ({ copier: EXACTLY_ONCE, isolation: "read_uncommitted", faults: hazards(draw) }),
        {},
        run,
      ),
    );
    expect(results.map((result) => verdicts(result)[1])).toContain("violated");
  });
});

/** A copier stands still for longer than a session in the middle of a transaction that may last longer. */
const zombie = (run: number): CopySpec => ({
  copier: { ...EXACTLY_ONCE, commitInterval: SECOND },
  producerOfCopier: { transactionTimeout: 30 * SECOND },
  faults: [pause("copier-1", 9.5 + 0.13 * run, 8)],
});

describe("a processor that stood still for too long", () => {
  it("is no member any more: what it had done counts for nothing, and another one's does", () => {
    const result = runCopying(zombie(0));
    expect(verdicts(result)).toEqual(["holds", "holds"]);
    expect(result.metrics["kafka_transactions_aborted"]).toBe(1);
    expect(result.metrics["kafka_producers_fenced"]).toBe(0);
  });

  it("is fenced if its transaction took too long as well", () => {
    const result = runCopying({
      ...zombie(0),
      broker: { transactionVersion: 1 },
      producerOfCopier: { transactionTimeout: 3 * SECOND },
    });
    expect(verdicts(result)).toEqual(["holds", "holds"]);
    expect(result.metrics["kafka_producers_fenced"]).toBe(1);
  });
});

describe("after an abort (K14)", () => {
  const aborting = (afterAbort: string): RunResult =>
    runCopying({
      copier: { ...EXACTLY_ONCE, afterAbort },
      copiers: ["copier-1"],
      consumerOfCopier: { sessionTimeout: 30 * SECOND },
      producerOfCopier: { transactionTimeout: 3 * SECOND },
      faults: [pause("copier-1", 9, 8)],
    });

  it("a processor goes back to what its group has committed, and misses nothing", () => {
    const result = aborting("rewind");
    expect(result.metrics["kafka_transactions_aborted"]).toBeGreaterThan(0);
    expect(verdicts(result)).toEqual(["holds", "holds"]);
  });

  it("a consumer reads on by itself: what was aborted is missing", () => {
    const result = aborting("go-on");
    expect(result.metrics["kafka_transactions_aborted"]).toBeGreaterThan(0);
    expect(verdicts(result)).toEqual(["violated", "holds"]);
  });
});

/** A copier that dies again and again, and is back at once in its place. */
const dying = (run: number): CopySpec => ({
  copier: { ...EXACTLY_ONCE, commitInterval: 20 * MILLISECOND },
  copiers: ["copier-1"],
  consumerOfCopier: { staticMember: true },
  producerOfCopier: { linger: 0 },
  faults: [
    { verb: "crash", node: "copier-1", power: false, when: often(0.5, run), lasting: 50 * MILLISECOND },
  ],
});

/** … while the ends of its transactions reach the group's coordinator late, and nothing else is late. */
const lateMarkers = (run: number): CopySpec => ({
  ...dying(run),
  replicas: 1,
  broker: { transactionVersion: 1, transactionVerification: false },
  faults: [
    ...(dying(run).faults ?? []),
    ...BETWEEN_BROKERS.map(([from, to]): FaultSpec => {
      return { verb: "hold", from, to, bothWays: true, when: often(1, run), lasting: 500 * MILLISECOND };
    }),
  ],
});

function often(seconds: number, run: number): FaultSpec["when"] {
  const from = 5 * SECOND + run * MILLISECOND;
  return { kind: "random", meanEvery: seconds * SECOND, from, until: 24 * SECOND };
}

const TWINS: readonly {
  readonly broken: Partial<KafkaRules>;
  readonly caughtBy: string;
  readonly where: (run: number) => CopySpec;
}[] = [
  { broken: { dropsAbortedOffsets: false }, caughtBy: "processed-at-least-once", where: dying },
  { broken: { fencesTransactionalCommits: false }, caughtBy: "processed-at-most-once", where: zombie },
  { broken: { awaitsStableOffsets: false }, caughtBy: "processed-at-most-once", where: lateMarkers },
];

describe("a model that breaks a rule of consumed offsets is caught, where the model as specified is not", () => {
  it.each(TWINS)("$broken by $caughtBy", { timeout: 240_000 }, ({ broken, caughtBy, where }) => {
    const found = (run: number, rules: Partial<KafkaRules>): string =>
      verdictOf(runCopying(where(run), rules, run), caughtBy);
    let run = 0;
    while (run < 200 && found(run, broken) !== "violated") run++;
    expect(run).toBeLessThan(200);
    expect(found(run, {})).toBe("holds");
  });
});
