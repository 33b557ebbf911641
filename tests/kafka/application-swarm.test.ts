/** What the applications promise together, whatever crashes, stops, is paused or cut off, and whenever. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import {
  type ApplicationRun,
  type ApplicationSpec,
  runApplications,
} from "./support/application-clusters.js";
import { BROKERS, crash, cut, paced, pause, stop } from "./support/clusters.js";

const SEED = 20;
const ROWS = 400;
const APPLICATIONS = ["source-1", "source-2", "sink-1", "sink-2", "service-1", "service-2"];
const RANGE = 30;

const fault = (nodes: readonly string[]): fc.Arbitrary<FaultSpec> =>
  fc
    .record({
      kind: fc.constantFrom("crash", "stop", "pause", "cut"),
      node: fc.constantFrom(...nodes),
      other: fc.constantFrom("store", ...BROKERS),
      at: fc.integer({ min: 6_000, max: 6_000 + RANGE * 1_000 }),
      lasting: fc.integer({ min: 200, max: 12_000 }),
    })
    .map(({ kind, node, other, at, lasting }) => {
      const [from, long] = [at / 1_000, lasting / 1_000];
      if (kind === "crash") return crash(node, from, long);
      if (kind === "stop") return stop(node, from, long);
      return kind === "pause" || node === other ? pause(node, from, long) : cut(node, other, from, long);
    });

/** Six of applications, and two of brokers. */
const faults = fc
  .tuple(
    fc.array(fault(APPLICATIONS), { minLength: 6, maxLength: 6 }),
    fc.array(fault(BROKERS), { minLength: 2, maxLength: 2 }),
  )
  .map(([some, others]) => [...some, ...others]);

/** Rows go through a topic back into the database; two tasks of each connector, and two instances of the service. */
function running(spec: Pick<ApplicationSpec, "faults">, insertMode: string): ApplicationRun {
  const source = {
    role: "source",
    options: {
      name: "rows",
      database: "store",
      topic: "rows",
      pollInterval: SECOND / 2,
      exactlyOnce: true,
      restartAfter: 2 * SECOND,
    },
  };
  const sink = {
    role: "sink",
    options: {
      topics: ["rows"],
      name: "archive",
      database: "store",
      insertMode,
      writeTimeout: 3 * SECOND,
      offsetFlushInterval: 3 * SECOND,
      consumer: { sessionTimeout: 6 * SECOND, heartbeatInterval: SECOND, isolation: "read_committed" },
    },
  };
  const service = { role: "service", options: { name: "seats", topic: "events", capacity: 8, fenced: true } };
  const commands = (node: string): ApplicationSpec["tasks"][number] => ({
    node,
    activity: "command",
    options: { keys: 40 },
    pace: paced(6, 60, 500),
  });
  return runApplications({
    topics: [
      { name: "rows", partitions: 2, minInsyncReplicas: 2 },
      { name: "events", minInsyncReplicas: 2 },
      { name: "connect-offsets", minInsyncReplicas: 2, cleanupPolicy: "compact" },
    ],
    residents: {
      store: { role: "database" },
      "source-1": source,
      "source-2": source,
      "sink-1": sink,
      "sink-2": sink,
      "service-1": service,
      "service-2": service,
    },
    tasks: [
      { node: "store", activity: "insert", options: { table: "rows" }, pace: paced(6, 75, ROWS) },
      commands("service-1"),
      commands("service-2"),
    ],
    ...spec,
    horizon: 150,
  });
}

const sum = ({ result }: ApplicationRun, name: string): number => result.metrics[name] ?? NaN;

describe.each(["upsert", "transactional"])(
  "rows through a topic and back, %s, and a fenced service",
  (mode) => {
    it("are there once each; the service has every acknowledged event, and none too many", () => {
      fc.assert(
        fc.property(faults, (drawn) => {
          const run = running({ faults: drawn }, mode);
          expect({
            stored: sum(run, "kafka_rows_stored"),
            repeated: sum(run, "kafka_rows_repeated"),
            sentAgain: sum(run, "kafka_rows_sent_again"),
            passedOver: sum(run, "kafka_rows_passed_over"),
            eventsMissing: sum(run, "kafka_events_missing"),
            exceeded: sum(run, "kafka_capacity_exceeded"),
          }).toEqual({
            stored: ROWS,
            repeated: 0,
            sentAgain: 0,
            passedOver: 0,
            eventsMissing: 0,
            exceeded: 0,
          });
        }),
        { seed: SEED, numRuns: 3, endOnFailure: true },
      );
    });
  },
);
