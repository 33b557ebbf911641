/** What a source connector sends again, or never, when its task dies, fails or is followed by another one. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import {
  type ApplicationRun,
  type ApplicationSpec,
  runApplications,
} from "./support/application-clusters.js";
import { crash, cut, paced, pause, stop } from "./support/clusters.js";

const ROWS = 500;

interface SourceSpec {
  readonly source?: OptionValues;
  readonly isolation?: string;
  /** A second task of the same connector, from that second on. */
  readonly second?: number;
  readonly faults?: ApplicationSpec["faults"];
  readonly broken?: Partial<KafkaRules>;
}

/** Rows from 5 s to 30 s, looked for twice a second; offsets are stored every 5 s; all is over at 80 s. */
function copying({
  source,
  isolation = "read_uncommitted",
  second,
  faults = [],
  broken,
}: SourceSpec): ApplicationRun {
  const options = {
    name: "ledger",
    database: "bank",
    topic: "entries",
    pollInterval: SECOND / 2,
    offsetFlushInterval: 5 * SECOND,
    ...source,
  };
  const task = { role: "source", options };
  return runApplications(
    {
      topics: [
        { name: "entries", minInsyncReplicas: 2 },
        { name: "connect-offsets", partitions: 3, minInsyncReplicas: 2, cleanupPolicy: "compact" },
      ],
      residents: {
        bank: { role: "database" },
        "task-1": task,
        ...(second === undefined ? {} : { "task-2": task }),
        audit: { role: "consumer", options: { topics: ["entries"], autoOffsetReset: "earliest", isolation } },
      },
      tasks: [{ node: "bank", activity: "insert", options: { table: "rows" }, pace: paced(5, 50, ROWS) }],
      // Until then it is not there.
      faults: [...faults, ...(second === undefined ? [] : [crash("task-2", 0.01, second)])],
      horizon: 80,
    },
    broken,
  );
}

const sum = ({ result }: ApplicationRun, name: string): number => result.metrics[name] ?? NaN;
const verdict = ({ result }: ApplicationRun, check: string): string | undefined =>
  result.checks.find((each) => each.check === check)?.verdict;
/** Records of rows, less those of offsets, that the audit has read. */
const read = (run: ApplicationRun): number => run.metric("audit", "kafka_records_consumed");

const EXACTLY_ONCE = { exactlyOnce: true };
/** Some seconds after offsets were stored. */
const DYING = [crash("task-1", 16.8, 3)];

describe("a source connector", () => {
  it.each([false, true])(
    "sends a record of every row once when nothing goes wrong (exactlyOnce %s)",
    (exactlyOnce) => {
      const quiet = copying({ source: { exactlyOnce }, isolation: "read_committed" });
      expect([read(quiet), sum(quiet, "kafka_rows_read"), sum(quiet, "kafka_rows_sent_again")]).toEqual([
        ROWS,
        ROWS,
        0,
      ]);
    },
  );

  it("goes on from the offset that it had stored: what it had sent since is sent again", () => {
    const dying = copying({ faults: DYING });
    const again = sum(dying, "kafka_rows_sent_again");
    expect(again).toBeGreaterThan(20);
    expect(again).toBeLessThanOrEqual(5 * 20 + 20);
    expect(read(dying)).toBe(ROWS + again);
    expect([sum(dying, "kafka_rows_passed_over"), verdict(dying, "processed-at-most-once")]).toEqual([
      0,
      "violated",
    ]);
  });

  it("sends nothing again when it is stopped in good order: it stores where it is", () => {
    const stopped = copying({ faults: [stop("task-1", 18.3, 3)] });
    expect([read(stopped), sum(stopped, "kafka_rows_sent_again")]).toEqual([ROWS, 0]);
  });

  it("that stores its offset in the transaction of the records sends nothing again (KIP-618)", () => {
    const dying = copying({ source: EXACTLY_ONCE, isolation: "read_committed", faults: DYING });
    expect([read(dying), sum(dying, "kafka_rows_sent_again")]).toEqual([ROWS, 0]);
    expect(verdict(dying, "processed-at-most-once")).toBe("holds");
    expect([verdict(dying, "aborted-read"), verdict(dying, "torn-transaction")]).not.toContain("violated");
  });

  it("followed by another task of its name goes on beside it, and everything is sent twice", () => {
    const both = copying({ second: 12 });
    expect(sum(both, "kafka_rows_sent_again")).toBeGreaterThan(ROWS / 2);
  });

  it("in transactions is fenced by the task that follows it, also when it comes back from a pause", () => {
    for (const faults of [[], [pause("task-1", 11, 20)]]) {
      const fenced = copying({ source: EXACTLY_ONCE, isolation: "read_committed", second: 14, faults });
      expect([read(fenced), sum(fenced, "kafka_rows_sent_again")]).toEqual([ROWS, 0]);
      expect(fenced.metric("task-1", "kafka_tasks_failed")).toBe(1);
    }
  });

  it("in transactions that nobody fences sends rows again", () => {
    const twin = copying({
      source: EXACTLY_ONCE,
      isolation: "read_committed",
      second: 14,
      broken: { fencesProducers: false },
    });
    expect(sum(twin, "kafka_rows_sent_again")).toBeGreaterThan(0);
  });

  it("passes over rows if it stores offsets of records that were not acknowledged", () => {
    // The leader of the records is out of reach from 10 s on, that of the offsets is not.
    const faults = [cut("task-1", "b1", 10, 20), crash("task-1", 14.5, 3)];
    expect(sum(copying({ faults }), "kafka_rows_passed_over")).toBe(0);
    const twin = copying({ faults, broken: { storesAcknowledged: false } });
    expect(sum(twin, "kafka_rows_passed_over")).toBeGreaterThan(0);
    expect(read(twin)).toBeLessThan(ROWS);
  });
});
