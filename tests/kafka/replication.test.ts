/**
 * Replication under random crashes, cuts, pauses and resets: the invariants hold whenever they are looked at, and a
 * model that breaks a rule is caught.
 */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import { SPECIFIED } from "../../models/kafka/rules.js";
import { type ClusterSpec, crash, cut } from "./support/clusters.js";
import { racked } from "./support/racks.js";
import { GROUP_RULES } from "./support/group-swarm.js";
import { STORAGE_TWINS } from "./support/storage-twins.js";
import { type Outcome, type Twin, runSwarm, runWide } from "./support/swarm.js";
import { TRANSACTION_TWINS } from "./support/transaction-twins.js";

const RUNS_MAX = 200;

/** What is broken in an outcome, by name. */
function findings({ result, invariants }: Outcome): string[] {
  const violated = result.checks.filter(({ verdict }) => verdict === "violated").map(({ check }) => check);
  const unresolved = (result.metrics["unresolved"] ?? 0) > 0 ? ["unresolved"] : [];
  return [...invariants.broken.keys(), ...violated, ...unresolved];
}

describe("replication under random faults", () => {
  const outcomes = Array.from({ length: 16 }, (_, seed) => runSwarm(seed));

  it("breaks no invariant and no promise", () => {
    expect(outcomes.map(findings)).toEqual(outcomes.map(() => []));
  });

  it("was put to the test: leaders changed, logs were cut, records sent again, all were acknowledged", () => {
    const total = (metric: string): number =>
      outcomes.reduce((sum, { result }) => sum + (result.metrics[metric] ?? 0), 0);
    expect(outcomes.filter(({ invariants }) => invariants.successions > 0).length).toBeGreaterThan(8);
    expect(total("kafka_truncated_records")).toBeGreaterThan(3);
    expect(total("kafka_records_retried")).toBeGreaterThan(100);
    expect(total("kafka_isr_changes")).toBeGreaterThan(50);
    expect(total("acknowledged")).toBe(16 * 500);
  });
});

describe("a cluster whose control plane fails, and is used, too", () => {
  const outcomes = Array.from({ length: 16 }, (_, seed) => runWide(seed));

  it("breaks no invariant and no promise, and ends with everything in service, in sync and moved", () => {
    expect(outcomes.map(findings)).toEqual(outcomes.map(() => []));
  });

  it("was put to the test: controllers took over, leaders changed, all was acknowledged", () => {
    const total = (metric: string): number =>
      outcomes.reduce((sum, { result }) => sum + (result.metrics[metric] ?? 0), 0);
    expect(total("kafka_controller_terms")).toBeGreaterThan(10);
    expect(total("kafka_leader_elections")).toBeGreaterThan(40);
    expect(total("kafka_brokers_fenced")).toBeGreaterThan(40);
    expect(total("acknowledged")).toBe(16 * 500);
  });
});

/** The producer learns of a new leader while the old one, paused, still owes it answers. */
const pausedLeader: ClusterSpec = {
  faults: [{ verb: "pause", node: "b1", when: { kind: "at", at: 6 * SECOND }, lasting: 8 * SECOND }],
  producer: { requestTimeout: 12 * SECOND, linger: 0, metadataMaxAge: SECOND / 2 },
  pace: { kind: "poisson", start: 4 * SECOND, every: 5_000_000, count: 1_500 },
};

/** Only one follower has the latest records, a consumer in its rack may get them, and the other one leads next. */
const nearby: ClusterSpec = {
  ...racked(
    { near: "b2" },
    { sessionTimeout: 3 * SECOND, heartbeatInterval: SECOND, replicaLagTimeMax: 9 * SECOND },
  ),
  faults: [cut("b1", "b3", 6, 8), crash("b1", 7.5, 6), crash("b2", 7.5, 6)],
};

/** A leader whose followers have left the in-sync replicas, and are eligible, dies before they are back. */
const alone: ClusterSpec = {
  faults: [cut("b1", "b2", 6, 8), cut("b1", "b3", 6, 8), crash("b1", 12, 6)],
};

const twins: readonly Twin[] = [
  { broken: { acknowledgesAllAt: "append" }, caughtBy: "acknowledged-durable" },
  { broken: { consumersReadTo: "log-end" }, caughtBy: "at-most-once" },
  { broken: { followersServeTo: "log-end" }, caughtBy: "at-most-once", where: nearby },
  { broken: { heedsMinInsync: false }, caughtBy: "LeaderCompleteness", where: alone },
  { broken: { truncatesByEpoch: false }, caughtBy: "LogMatching" },
  { broken: { waitsForAllInSync: false }, caughtBy: "IsrComplete" },
  { broken: { joinsCaughtUp: false }, caughtBy: "IsrComplete" },
  { broken: { electsInSync: false }, caughtBy: "LeaderCompleteness" },
  { broken: { fencesIsrChanges: false }, caughtBy: "LeaderCandidateCompleteness" },
  { broken: { distrustsCrashed: false }, caughtBy: "LeaderCandidateCompleteness", wide: true },
  { broken: { commitsByMajority: false }, caughtBy: "ConsistentCommittedData", wide: true },
  { broken: { recognisesRepeats: false }, caughtBy: "at-most-once" },
  { broken: { refusesGaps: false }, caughtBy: "ordered", where: pausedLeader },
  { broken: { retries: false }, caughtBy: "unresolved" },
  ...STORAGE_TWINS,
];

/** Rules whose twins other files catch. */
const elsewhere: readonly (keyof KafkaRules)[] = [
  "fallsBackToLeader", // nearest.test.ts
  "enforcesAccess", // access.test.ts
  "refusesUnstored", // claims.test.ts, K2
  "repeatsFirst", // claims.test.ts, K8
  "acknowledgesUnanswered", // claims.test.ts, K1
  "remembersProducerIds", // producer-ids.test.ts
  "commitsConsumed", // claims.test.ts, K24, K25
  "keepsPlaces", // claims.test.ts, K28
  "keepsOffsetsInUse", // claims.test.ts, K30
  "awaitsStableOffsets", // transactional-offsets.test.ts
  "dropsAbortedOffsets", // transactional-offsets.test.ts
  "fencesTransactionalCommits", // processor.test.ts
  "flushesBeforeCommit", // sink.test.ts
  "storesAcknowledged", // source.test.ts
  "refusesIncompatible", // schemas.test.ts
  "rebuildsFirst", // service.test.ts
  ...TRANSACTION_TWINS.flatMap(({ broken }) => Object.keys(broken) as (keyof KafkaRules)[]), // transactions.test.ts
];

describe("a model that breaks a rule is caught, where the model as specified is not", () => {
  it.each(twins)("$broken by $caughtBy", { timeout: 120_000 }, ({ broken, caughtBy, where, wide }) => {
    const outcome = (seed: number, rules: Partial<KafkaRules>): Outcome =>
      wide === true ? runWide(seed, rules) : runSwarm(seed, rules, where);
    let seed = 0;
    while (seed < RUNS_MAX && !findings(outcome(seed, broken)).includes(caughtBy)) seed++;
    expect(seed).toBeLessThan(RUNS_MAX);
    expect(findings(outcome(seed, {}))).toEqual([]);
  });

  it("for every rule that there is", () => {
    const tried = twins.flatMap(({ broken }) => Object.keys(broken));
    expect([...tried, ...elsewhere, ...GROUP_RULES].sort((a, b) => (a < b ? -1 : 1))).toEqual(
      Object.keys(SPECIFIED).sort((a, b) => (a < b ? -1 : 1)),
    );
  });
});
