/** What an event-sourced service knows after a crash, and what two instances of it do to its rule. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import {
  type ApplicationRun,
  type ApplicationSpec,
  runApplications,
} from "./support/application-clusters.js";
import { BROKERS, crash, cut, paced, pause, stop } from "./support/clusters.js";

interface ServiceSpec {
  readonly service?: OptionValues;
  /** A second instance, from that second on. */
  readonly second?: number;
  readonly faults?: ApplicationSpec["faults"];
  readonly broken?: Partial<KafkaRules>;
}

const COMMANDS = 1_000;
const KEYS = 40;
const CAPACITY = 20;

/** Commands from 5 s to 25 s for seats of 40 rows with 20 in each: the last 200 are refused. */
function serving({ service, second, faults = [], broken }: ServiceSpec): ApplicationRun {
  const instance = {
    role: "service",
    options: { name: "seats", topic: "events", capacity: CAPACITY, ...service },
  };
  const asking = (node: string): ApplicationSpec["tasks"][number] => ({
    node,
    activity: "command",
    options: { keys: KEYS },
    pace: paced(5, 20, COMMANDS),
  });
  return runApplications(
    {
      topics: [
        { name: "events", partitions: 2, minInsyncReplicas: 2 },
        { name: "snapshots", minInsyncReplicas: 2, cleanupPolicy: "compact" },
      ],
      residents: { one: instance, ...(second === undefined ? {} : { two: instance }) },
      tasks: [asking("one"), ...(second === undefined ? [] : [asking("two")])],
      faults: [...faults, ...(second === undefined ? [] : [crash("two", 0.01, second)])],
      horizon: 60,
    },
    broken,
  );
}

const sum = ({ result }: ApplicationRun, name: string): number => result.metrics[name] ?? NaN;
const counts = (run: ApplicationRun): readonly number[] =>
  ["accepted", "refused", "failed"].map((each) => sum(run, `kafka_commands_${each}`));
const WAYS = [
  ["when they are acknowledged", {}],
  ["when they come back", { applyAt: "log" }],
  ["in transactions", { fenced: true }],
  ["in transactions, when they come back", { fenced: true, applyAt: "log" }],
] as const;

describe.each(WAYS)("a service that applies its events %s", (_name, service) => {
  it("answers every command by its state: what is beyond a key's capacity is refused", () => {
    const run = serving({ service });
    expect(counts(run)).toEqual([KEYS * CAPACITY, COMMANDS - KEYS * CAPACITY, 0]);
    expect([sum(run, "kafka_state_applied"), sum(run, "kafka_capacity_exceeded")]).toEqual([
      KEYS * CAPACITY,
      0,
    ]);
  });

  it("has every acknowledged event in its state after a crash, by reading all of them again", () => {
    const run = serving({ service, faults: [crash("one", 15, 2)] });
    expect(sum(run, "kafka_events_replayed")).toBeGreaterThan(400);
    expect([sum(run, "kafka_events_missing"), sum(run, "kafka_capacity_exceeded")]).toEqual([0, 0]);
    // What was under way when it died is in the log, or not: nobody was told.
    expect(sum(run, "kafka_state_applied")).toBeGreaterThanOrEqual(sum(run, "kafka_commands_accepted"));
  });

  it("begins from a snapshot and the events after it", () => {
    const whole = serving({ service, faults: [crash("one", 15, 2)] });
    const run = serving({ service: { ...service, snapshotEvery: 50 }, faults: [crash("one", 15, 2)] });
    expect([sum(run, "kafka_events_missing"), sum(run, "kafka_capacity_exceeded")]).toEqual([0, 0]);
    expect(sum(run, "kafka_events_replayed")).toBeLessThan(sum(whole, "kafka_events_replayed") / 4);
    expect(sum(run, "kafka_state_applied")).toBe(sum(whole, "kafka_state_applied"));
  });
});

describe("a service", () => {
  it("that answers before it has read its log breaks its own rule", () => {
    const faults = [crash("one", 22, 1)];
    const slow = { consumer: { processing: { kind: "constant", value: 2 * MILLISECOND } } };
    expect(sum(serving({ faults, service: slow }), "kafka_capacity_exceeded")).toBe(0);
    const twin = serving({ faults, service: slow, broken: { rebuildsFirst: false } });
    expect(sum(twin, "kafka_capacity_exceeded")).toBeGreaterThan(0);
  });

  it("takes longer to serve again the more events there are", () => {
    const slow = { consumer: { processing: { kind: "constant", value: 2 * MILLISECOND } } };
    const rebuild = (second: number): number =>
      sum(serving({ service: slow, faults: [crash("one", second, 1)] }), "kafka_rebuild_ms");
    expect(rebuild(18)).toBeGreaterThan(rebuild(8) + 2 * 300);
  });
});

describe("a service that is asked to end", () => {
  const unreachable = BROKERS.map((broker) => cut("one", broker, 10, 20));
  const ending = (closeTimeout: number): ApplicationRun =>
    serving({
      service: { producer: { closeTimeout, linger: 60 * SECOND } },
      faults: [...unreachable, stop("one", 12, 60, 55)],
    });

  it("sends its last events while its producer's closeTimeout lasts, and lets them fail then", () => {
    const [patient, hasty] = [ending(50 * SECOND), ending(5 * SECOND)];
    expect(sum(patient, "failed")).toBe(0);
    expect(sum(hasty, "failed")).toBeGreaterThan(0);
    expect(sum(hasty, "failed") + sum(hasty, "acknowledged")).toBe(sum(patient, "acknowledged"));
  });
});

describe("two instances of a service", () => {
  /** The younger one has filled everything when the older one is back and decides, before it reads, by what it knew. */
  const zombie = [pause("one", 11, 13)];

  it("both write what each alone would be allowed to, if nobody fences the older one", () => {
    const both = serving({ second: 12, faults: zombie });
    expect(sum(both, "kafka_capacity_exceeded")).toBeGreaterThan(0);
  });

  it.each([
    ["goes on", []],
    ["comes back from a pause", zombie],
  ])("leave no event too many in the log if the older one, which %s, is fenced", (_name, faults) => {
    const fenced = serving({ service: { fenced: true }, second: 12, faults });
    expect([sum(fenced, "kafka_capacity_exceeded"), sum(fenced, "kafka_events_missing")]).toEqual([0, 0]);
    expect(fenced.metric("one", "kafka_commands_failed")).toBeGreaterThan(0);
    expect(fenced.metric("two", "kafka_commands_accepted")).toBeGreaterThan(100);
  });

  it("in transactions that nobody fences do", () => {
    const twin = serving({
      service: { fenced: true },
      second: 12,
      faults: zombie,
      broken: { fencesProducers: false },
    });
    expect(sum(twin, "kafka_capacity_exceeded")).toBeGreaterThan(0);
  });
});
