/** What groups promise, each in a small cluster in which that is put to the test. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { BROKERS, type ClusterSpec, crash, paced, pause, run } from "./support/clusters.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;
const verdict = (result: RunResult, check: string): string | undefined =>
  result.checks.find((each) => each.check === check)?.verdict;
const constant = (ms: number): OptionValues => ({ kind: "constant", value: ms * MILLISECOND });

const EAGER = {};
const COOPERATIVE = { assignors: ["cooperative-sticky"] };
const CONSUMER = { groupProtocol: "consumer" };
const PROTOCOLS = [
  ["eager", EAGER],
  ["cooperative", COOPERATIVE],
  ["consumer", CONSUMER],
] as const;

/** So many members, from 3 s on; records from 10 s on, 100 a second. */
function group(size: number, options: OptionValues, more: ClusterSpec = {}): ClusterSpec {
  const names = Array.from({ length: size }, (_, n) => [`c${n + 1}`, {}] as const);
  return {
    topic: { partitions: 6, minInsyncReplicas: 2 },
    send: { keys: 60 },
    pace: paced(10, 10, 1_000),
    consumers: Object.fromEntries(names),
    drain: 30,
    ...more,
    consumer: { group: "g", autoOffsetReset: "earliest", ...options, ...more.consumer },
  };
}

/** The member whose part of the work is hit: all of them have some. */
const SHORT = { sessionTimeout: 6 * SECOND, heartbeatInterval: SECOND };
const SHORT_BROKER = { consumerGroupSessionTimeout: 6 * SECOND, consumerGroupHeartbeatInterval: SECOND };

describe.each(PROTOCOLS)("a group, %s", (_name, protocol) => {
  it("delivers every record to one of its members, once", () => {
    const result = run(group(3, protocol));
    expect([metric(result, "delivered"), metric(result, "duplicates"), metric(result, "lost")]).toEqual([
      1_000, 0, 0,
    ]);
    expect([verdict(result, "exactly-once"), verdict(result, "ordered")]).toEqual(["holds", "holds"]);
  });

  it("gives the partitions of a member that died to the others, who begin where it had committed (K27)", () => {
    const spec = { broker: SHORT_BROKER, faults: [crash("c2", 15, 60)], drain: 60 };
    const result = run(group(3, { ...protocol, ...SHORT }, spec));
    expect([metric(result, "delivered"), metric(result, "lost")]).toEqual([1_000, 0]);
    // What it had done since the last automatic commit is done again: 5 s of a third of the records at most.
    expect(metric(result, "duplicates")).toBeGreaterThan(0);
    expect(metric(result, "duplicates")).toBeLessThan(300);
  });

  it("goes on where it was when its coordinator's broker dies", () => {
    for (const broker of BROKERS) {
      const spec = { faults: [crash(broker, 14, 12)], drain: 60 };
      const result = run(group(3, { ...protocol, commit: "sync" }, spec));
      expect([metric(result, "delivered"), metric(result, "lost")]).toEqual([1_000, 0]);
      expect(metric(result, "duplicates")).toBeLessThan(10);
    }
  });

  it("has a zombie for a while when a member is paused beyond its session; its commit is refused (K26)", () => {
    const spec = { broker: SHORT_BROKER, faults: [pause("c2", 15, 12)], drain: 60 };
    const slow = { processing: constant(2), commit: "sync" };
    const result = run(group(3, { ...protocol, ...SHORT, ...slow }, { ...spec, pace: paced(10, 5, 2_000) }));
    expect([metric(result, "delivered"), metric(result, "lost")]).toEqual([2_000, 0]);
    expect(metric(result, "kafka_commits_failed")).toBeGreaterThan(0);
    expect(metric(result, "duplicates")).toBeGreaterThan(0);
  });

  it("loses a member that does not poll in time, and takes it back when it does (max.poll.interval.ms)", () => {
    const slow = { processing: constant(500), maxPollInterval: 3 * SECOND, commit: "sync" };
    const spec = { pace: paced(10, 100, 60), drain: 100 };
    const few = { ...slow, maxPollRecords: 4 };
    const many = { ...slow, maxPollRecords: 500 };
    const [fast, late] = [few, many].map((each) => run(group(2, { ...protocol, ...each }, spec))) as [
      RunResult,
      RunResult,
    ];
    expect([metric(fast, "duplicates"), metric(fast, "kafka_commits_failed")]).toEqual([0, 0]);
    expect(metric(late, "kafka_rebalances")).toBeGreaterThan(metric(fast, "kafka_rebalances"));
    expect(metric(late, "duplicates")).toBeGreaterThan(0);
  });
});

describe("where the application commits (K24)", () => {
  /** One record a second, each worked on for half of one; the process dies at work. */
  const dying = (commitAt: string, commitEach: string): RunResult =>
    run(
      group(
        1,
        { ...SHORT, commit: "sync", commitAt, commitEach, processing: constant(500) },
        {
          topic: { partitions: 1, minInsyncReplicas: 2 },
          pace: paced(10, 1_000, 20),
          faults: [crash("c1", 15.25, 10)],
          drain: 60,
        },
      ),
    );

  it.each(["poll", "record"])("after the work, each %s: a crash in between repeats", (each) => {
    const result = dying("after", each);
    expect([metric(result, "lost"), verdict(result, "at-least-once")]).toEqual([0, "holds"]);
  });

  it.each(["poll", "record"])("before the work, each %s: a crash in between loses", (each) => {
    const result = dying("before", each);
    expect([metric(result, "lost"), metric(result, "duplicates")]).toEqual([1, 0]);
    expect([verdict(result, "at-most-once"), verdict(result, "at-least-once")]).toEqual([
      "holds",
      "violated",
    ]);
  });
});

describe("automatic commits (K25)", () => {
  const dying = (handOff: number): RunResult =>
    run(
      group(
        1,
        { ...SHORT, processing: constant(30), handOff, autoCommitInterval: SECOND },
        {
          topic: { partitions: 1, minInsyncReplicas: 2 },
          pace: paced(10, 20, 500),
          faults: [crash("c1", 17, 10)],
          drain: 60,
        },
      ),
    );

  it("lose nothing while what a poll returned is done before the next one", () => {
    const result = dying(0);
    expect([metric(result, "lost"), verdict(result, "at-least-once")]).toEqual([0, "holds"]);
    expect(metric(result, "duplicates")).toBeGreaterThan(0);
  });

  it("run ahead of work that is done by another thread, and lose it", () => {
    const result = dying(1_000);
    expect(metric(result, "lost")).toBeGreaterThan(10);
    expect(verdict(result, "at-least-once")).toBe("violated");
  });
});

describe("records that a member had not committed when it lost their partition", () => {
  /** It is paused until its session is over, and polls half a second of records at a time. */
  const uncommitted = (processing: OptionValues): number =>
    metric(
      run(
        group(
          3,
          { ...SHORT, processing, fetchMinBytes: 1_000_000, autoCommitInterval: 5 * SECOND },
          { faults: [pause("c1", 14, 12)], drain: 60 },
        ),
      ),
      "kafka_records_uncommitted",
    );

  it("are counted, and as many where work takes no time as where it takes next to none", () => {
    const counted = uncommitted(constant(0));
    expect(counted).toBeGreaterThan(50);
    expect(uncommitted(constant(0.001))).toBe(counted);
  });
});

describe("static members (K28)", () => {
  const restarted = (lasting: number, protocol: OptionValues, staticMember: boolean): RunResult =>
    run(
      group(
        3,
        { ...protocol, sessionTimeout: 10 * SECOND, staticMember },
        {
          broker: { consumerGroupSessionTimeout: 10 * SECOND },
          faults: [crash("c2", 15, lasting)],
          drain: 60,
        },
      ),
    );

  it("come back within their session without a rebalance", () => {
    const quick = restarted(5, EAGER, true);
    expect([metric(quick, "kafka_rebalances"), metric(quick, "delivered")]).toEqual([1, 1_000]);
    expect(metric(restarted(5, EAGER, false), "kafka_rebalances")).toBeGreaterThan(1);
  });

  it("are missed when they are away for longer", () => {
    expect(metric(restarted(20, EAGER, true), "kafka_rebalances")).toBeGreaterThan(1);
  });

  it("of a consumer group that died are let in when their former session is over", () => {
    const result = restarted(5, CONSUMER, true);
    expect([metric(result, "delivered"), metric(result, "lost")]).toEqual([1_000, 0]);
  });
});

describe.each(PROTOCOLS)("a member that is stopped in good order, %s", (_name, protocol) => {
  const stopped = (staticMember: boolean): RunResult =>
    run(
      group(
        3,
        { ...protocol, staticMember },
        {
          faults: [
            {
              verb: "stop",
              node: "c2",
              limit: 30 * SECOND,
              when: { kind: "at", at: 15 * SECOND },
              lasting: 3 * SECOND,
            },
          ],
        },
      ),
    );

  it("commits and leaves: nobody waits for its session, nothing is done again", () => {
    const result = stopped(false);
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([1_000, 0]);
    expect(metric(result, "latency_max_ms")).toBeLessThan(6_000);
  });

  it("keeps its place if it is static", () => {
    const [fixed, dynamic] = [stopped(true), stopped(false)] as [RunResult, RunResult];
    expect(metric(fixed, "kafka_rebalances")).toBeLessThan(metric(dynamic, "kafka_rebalances"));
    expect([metric(fixed, "delivered"), metric(fixed, "duplicates")]).toEqual([1_000, 0]);
  });
});

describe("a rebalance", () => {
  /** A third member comes back to a working group: how long the others are without partitions. */
  const joined = (protocol: OptionValues): RunResult =>
    run(
      group(
        3,
        { ...protocol, ...SHORT, processing: constant(18) },
        {
          broker: SHORT_BROKER,
          pace: paced(10, 10, 3_000),
          faults: [crash("c3", 12, 15)],
          drain: 30,
        },
      ),
    );

  it("stops everybody with an eager assignor, and those that keep their partitions with none that is not", () => {
    const [eager, cooperative, consumer] = [EAGER, COOPERATIVE, CONSUMER].map(joined) as [
      RunResult,
      RunResult,
      RunResult,
    ];
    expect(metric(eager, "kafka_rebalance_pause_ms")).toBeGreaterThan(100);
    expect(metric(cooperative, "kafka_rebalance_pause_ms")).toBe(0);
    expect(metric(consumer, "kafka_rebalance_pause_ms")).toBe(0);
    expect([eager, cooperative, consumer].map((each) => metric(each, "lost"))).toEqual([0, 0, 0]);
  });
});

describe("how far a group is behind", () => {
  const result = run(
    group(
      1,
      { ...SHORT, autoCommitInterval: SECOND },
      {
        // A hundred records a second from 10 to 20 s; the only member is away from 12 to 15 s.
        faults: [crash("c1", 12, 3)],
        series: { every: SECOND / 2, of: ["group_lag"] },
      },
    ),
  );
  const lagAt = (seconds: number): number =>
    result.series.find(({ at, gauge }) => gauge === "group_lag" && at === seconds * SECOND)?.value ?? -1;

  it("rises while nobody is there, and is nothing when everything is committed", () => {
    expect(result.series.every(({ place }) => place === "g")).toBe(true);
    expect(lagAt(14.5) - lagAt(12.5)).toBeGreaterThan(190);
    expect(lagAt(14.5) - lagAt(12.5)).toBeLessThan(210);
    expect(lagAt(30)).toBe(0);
    expect(metric(result, "group_lag_max")).toBeGreaterThan(lagAt(14.5));
  });

  it("and for how long its partitions had no owner is measured", () => {
    // Six partitions for three seconds, and as long as it takes to join again: the former member's session goes on.
    expect(metric(result, "unowned_ms")).toBeGreaterThan(6 * 3_000);
    expect(metric(result, "unowned_ms")).toBeLessThan(6 * 12_000);
  });
});

describe("committed offsets", () => {
  const idle = (offsetsRetention: number): RunResult =>
    run(
      group(
        1,
        { ...SHORT, autoOffsetReset: "latest" },
        {
          broker: { offsetsRetention, offsetsRetentionCheckInterval: 5 * SECOND },
          pace: paced(10, 50, 1_000),
          faults: [crash("c1", 20, 30)],
          drain: 30,
        },
      ),
    );

  it("outlive the group's idleness within their retention", () => {
    const result = idle(60 * SECOND);
    expect([metric(result, "lost"), metric(result, "kafka_rebalances") > 1]).toEqual([0, true]);
  });

  it("are gone after it: the group begins anew where the policy says, and skips records (K30)", () => {
    const result = idle(10 * SECOND);
    expect(metric(result, "lost")).toBeGreaterThan(300);
  });
});

describe("going on elsewhere", () => {
  const seek = (options: OptionValues): NonNullable<ClusterSpec["workload"]> => [
    {
      node: "c1",
      activity: "seek",
      options: { offset: 0, time: 0, ...options },
      pace: { kind: "once", start: 25 * SECOND },
    },
  ];
  const sought = (options: OptionValues, more: OptionValues = {}): number =>
    metric(run(group(1, more, { workload: seek(options) })), "kafka_records_consumed");

  it("to the beginning reads everything again, to the end nothing", () => {
    expect([sought({ to: "beginning" }), sought({ to: "end" })]).toEqual([2_000, 1_000]);
  });

  it("to a time reads again what was made since", () => {
    expect(sought({ to: "time", time: 15 * SECOND })).toBe(1_500);
    expect(sought({ to: "time", time: 99 * SECOND })).toBe(1_000);
  });

  it("to an offset reads again what stands from there on", () => {
    const records = sought({ to: "offset", offset: 50 });
    expect(records).toBeGreaterThan(1_600);
    expect(records).toBeLessThan(1_750);
  });

  it("can be what a consumer begins with, whatever was committed", () => {
    const begun = (startFrom: OptionValues | undefined): number =>
      metric(
        run(
          group(
            1,
            { ...SHORT, ...(startFrom === undefined ? {} : { startFrom }) },
            { faults: [crash("c1", 25, 10)], drain: 60 },
          ),
        ),
        "kafka_records_consumed",
      );
    expect(begun(undefined)).toBe(1_000);
    expect(begun({ to: "beginning", offset: 0, time: 0 })).toBe(2_000);
  });
});

describe("an application", () => {
  it("without a position ends where auto.offset.reset is none", () => {
    const result = run(group(1, { autoOffsetReset: "none" }));
    expect([metric(result, "kafka_consumers_ended"), metric(result, "kafka_records_consumed")]).toEqual([
      1, 0,
    ]);
  });

  it("polls no more than max.poll.records, and commits synchronously once a poll", () => {
    const commits = (maxPollRecords: number, commitEach = "poll"): number =>
      metric(
        run(
          group(
            1,
            { commit: "sync", commitEach, maxPollRecords, processing: constant(1) },
            { pace: paced(10, 2, 1_000) },
          ),
        ),
        "kafka_commits",
      );
    expect(commits(1)).toBe(1_000);
    expect(commits(500, "record")).toBe(1_000);
    expect(commits(500)).toBeLessThan(500);
  });

  it("that commits asynchronously does not wait for it", () => {
    const latency = (commit: string): number =>
      metric(
        run(group(1, { commit, commitEach: "record", maxPollRecords: 100 }, { pace: paced(10, 1, 2_000) })),
        "latency_mean_ms",
      );
    expect(latency("async")).toBeLessThan(latency("sync"));
  });

  it("of another group reads the same records by itself", () => {
    const result = run({ ...group(0, {}), consumers: { c1: {}, c2: { group: "h" } } });
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([2_000, 0]);
  });
});
