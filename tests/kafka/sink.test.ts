/** What a sink connector leaves in a database when its task dies, fails or is replaced. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import {
  type ApplicationRun,
  type ApplicationSpec,
  runApplications,
} from "./support/application-clusters.js";
import { crash, cut, paced, pause } from "./support/clusters.js";

const RECORDS = 1_000;
const PROMPT = { consumer: { sessionTimeout: 6 * SECOND, heartbeatInterval: SECOND } };

interface SinkSpec {
  readonly sink?: OptionValues;
  readonly tasks?: number;
  readonly send?: OptionValues;
  readonly database?: OptionValues;
  readonly faults?: ApplicationSpec["faults"];
  readonly broken?: Partial<KafkaRules>;
}

/** Records from 5 s to 25 s; flushes every 5 s; all is over at 70 s. */
function sinking({ sink, tasks = 1, send, database, faults, broken }: SinkSpec): ApplicationRun {
  const options = {
    topics: ["orders"],
    name: "archive",
    database: "store",
    offsetFlushInterval: 5 * SECOND,
    ...PROMPT,
    ...sink,
  };
  const names = Array.from({ length: tasks }, (_, n) => `task-${n + 1}`);
  return runApplications(
    {
      topics: [
        { name: "orders", partitions: 2, minInsyncReplicas: 2 },
        { name: "dead-letters", minInsyncReplicas: 2 },
      ],
      residents: {
        shop: { role: "producer", options: { topics: ["orders"] } },
        store: { role: "database", ...(database === undefined ? {} : { options: database }) },
        ...Object.fromEntries(names.map((name) => [name, { role: "sink", options }])),
      },
      tasks: [
        {
          node: "shop",
          activity: "send",
          options: { topic: "orders", keys: 20, ...send },
          pace: paced(5, 20, RECORDS),
        },
      ],
      ...(faults === undefined ? {} : { faults }),
      horizon: 70,
    },
    broken,
  );
}

const sum = ({ result }: ApplicationRun, name: string): number => result.metrics[name] ?? NaN;
const verdict = ({ result }: ApplicationRun, check: string): string | undefined =>
  result.checks.find((each) => each.check === check)?.verdict;

/** The process dies three seconds after a flush. */
const DYING = { faults: [crash("task-1", 18, 2)] };

describe("a sink connector", () => {
  it("writes every record once when nothing goes wrong, whatever the mode", () => {
    for (const insertMode of ["append", "upsert", "transactional"]) {
      const quiet = sinking({ sink: { insertMode } });
      expect([sum(quiet, "kafka_rows_stored"), sum(quiet, "lost"), sum(quiet, "duplicates")]).toEqual([
        RECORDS,
        0,
        0,
      ]);
    }
  });

  it("repeats rows after a crash when it appends: what was written since the last flush", () => {
    const append = sinking(DYING);
    expect(sum(append, "kafka_rows_repeated")).toBeGreaterThan(20);
    expect(sum(append, "kafka_rows_repeated")).toBeLessThanOrEqual(5 * 50);
    expect(sum(append, "kafka_rows_stored")).toBe(RECORDS + sum(append, "kafka_rows_repeated"));
    expect([sum(append, "kafka_rows_missing"), verdict(append, "at-least-once")]).toEqual([0, "holds"]);
  });

  it("knows the rows that it writes again by topic, partition and offset when it upserts", () => {
    const upsert = sinking({ ...DYING, sink: { insertMode: "upsert" } });
    expect([sum(upsert, "kafka_rows_stored"), sum(upsert, "kafka_rows_repeated")]).toEqual([RECORDS, 0]);
    expect(sum(upsert, "kafka_rows_recognised")).toBeGreaterThan(20);
    expect(verdict(upsert, "exactly-once")).toBe("holds");
  });

  it("goes on where the database says when offsets are written with the rows: nothing is written again", () => {
    const transactional = sinking({ ...DYING, sink: { insertMode: "transactional" } });
    expect([
      sum(transactional, "kafka_rows_stored"),
      sum(transactional, "kafka_rows_recognised"),
      sum(transactional, "duplicates"),
      verdict(transactional, "exactly-once"),
    ]).toEqual([RECORDS, 0, 0, "holds"]);
  });

  it("commits nothing before it has written it, if it writes at flush", () => {
    const late = sinking({ ...DYING, sink: { writeAt: "flush" } });
    expect([sum(late, "kafka_rows_missing"), sum(late, "lost")]).toEqual([0, 0]);
    // Nothing was written since the last flush, so nothing is written twice.
    expect(sum(late, "kafka_rows_repeated")).toBe(0);
  });

  it("loses what it had gathered if it commits before it flushes", () => {
    const twin = sinking({
      ...DYING,
      sink: { writeAt: "flush" },
      broken: { flushesBeforeCommit: false },
    });
    expect(sum(twin, "kafka_rows_missing")).toBeGreaterThan(400);
    // Records from before the group had its partitions are promised to nobody.
    expect(sum(twin, "kafka_rows_missing") - sum(twin, "lost")).toBeLessThan(20);
    expect(sum(twin, "lost")).toBeGreaterThan(400);
    expect(verdict(twin, "at-least-once")).toBe("violated");
  });

  it("needs no offsets of Kafka's when the database has them: committing too early loses nothing then", () => {
    const twin = sinking({
      ...DYING,
      sink: { writeAt: "flush", batchSize: 200, insertMode: "transactional" },
      broken: { flushesBeforeCommit: false },
    });
    expect(sum(twin, "kafka_rows_repeated")).toBe(0);
    // What was still gathered when the records ended waits for its batch.
    expect(sum(twin, "kafka_rows_stored") + twin.gauge("task-1", "kafka_rows_gathered")).toBe(RECORDS);
  });

  it("flushes and commits before another task gets its partitions", () => {
    const joined = sinking({ tasks: 2, faults: [crash("task-2", 1, 12)], sink: { writeAt: "flush" } });
    expect([
      sum(joined, "kafka_rows_stored"),
      sum(joined, "kafka_rows_repeated"),
      sum(joined, "lost"),
    ]).toEqual([RECORDS, 0, 0]);
    expect(joined.metric("task-2", "kafka_commits")).toBeGreaterThan(1);
  });

  it("that another task has followed writes on for a while: only what the database knows holds that back", () => {
    const zombies = (insertMode: string): ApplicationRun =>
      sinking({ tasks: 2, sink: { insertMode }, faults: [pause("task-1", 12, 12)] });
    expect(sum(zombies("append"), "kafka_rows_repeated")).toBeGreaterThan(0);
    expect(sum(zombies("transactional"), "kafka_rows_repeated")).toBe(0);
  });

  it("writes again what it does not know to be written: the connection to the database was cut", () => {
    const options = { database: { commitTime: 50 * MILLISECOND }, faults: [cut("task-1", "store", 15, 8)] };
    const sink = { writeTimeout: 3 * SECOND };
    const [append, upsert] = ["append", "upsert"].map((insertMode) =>
      sinking({ ...options, sink: { ...sink, insertMode } }),
    ) as [ApplicationRun, ApplicationRun];
    expect([sum(append, "lost"), sum(upsert, "lost")]).toEqual([0, 0]);
    expect(sum(upsert, "kafka_rows_stored")).toBe(RECORDS);
    expect(sum(append, "kafka_rows_stored")).toBe(RECORDS + sum(append, "kafka_rows_repeated"));
  });
});

describe("a record that nobody can read", () => {
  /** Each hundredth: ten in all. */
  const meeting = (onPoison: string, more: OptionValues = {}): ApplicationRun =>
    sinking({ send: { poisonEvery: 100 }, sink: { onPoison, insertMode: "upsert", ...more } });

  it("is the end of a task that fails at it: its partition stands still", () => {
    const failed = meeting("fail");
    expect([sum(failed, "kafka_tasks_failed"), sum(failed, "kafka_consumers_ended")]).toEqual([1, 1]);
    expect(sum(failed, "kafka_rows_stored")).toBeLessThan(200);
  });

  it("is met again after every restart: its partition stands still, nothing is written twice", () => {
    const restarted = meeting("fail", { restartAfter: 3 * SECOND });
    expect(sum(restarted, "kafka_tasks_failed")).toBeGreaterThan(5);
    // All poison has the same key: the other partition goes on, this one ends where the first of it stands.
    expect(sum(restarted, "kafka_rows_stored")).toBeLessThan(0.7 * RECORDS);
    expect(sum(restarted, "kafka_rows_recognised")).toBe(0);
  });

  it("is skipped, and lost", () => {
    const skipped = meeting("skip");
    expect([
      sum(skipped, "kafka_rows_stored"),
      sum(skipped, "kafka_records_skipped"),
      sum(skipped, "lost"),
      sum(skipped, "kafka_tasks_failed"),
    ]).toEqual([RECORDS - 10, 10, 10, 0]);
  });

  it("is sent to another topic, acknowledged there, and only then committed", () => {
    const sent = meeting("dead-letter");
    expect([
      sum(sent, "kafka_rows_stored"),
      sum(sent, "kafka_dead_letters"),
      sum(sent, "lost"),
      sum(sent, "acknowledged_lost"),
    ]).toEqual([RECORDS - 10, 10, 0, 0]);
    expect(sum(sent, "published")).toBe(RECORDS + 10);
  });
});
