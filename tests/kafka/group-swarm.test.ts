/**
 * Groups under random crashes, pauses, cuts and resets of their members and brokers: the invariants hold whenever they
 * are looked at, nothing is lost, and a model that breaks a rule is caught.
 */
import { describe, expect, it } from "vitest";
import type { KafkaRules } from "../../models/kafka/index.js";
import { type ClusterSpec, crash, cut } from "./support/clusters.js";
import { GROUP_RULES, type GroupOutcome, PROTOCOLS, runGroupSwarm } from "./support/group-swarm.js";

const RUNS_MAX = 200;

/** What a group does not promise: no repetitions, and that a member who is replaced knows it at once. */
const NOT_PROMISED: readonly string[] = ["at-most-once", "exactly-once", "single-owner"];

/** What is broken in an outcome, by name. */
function findings({ result, invariants }: GroupOutcome): string[] {
  const violated = result.checks
    .filter(({ check, verdict }) => verdict === "violated" && !NOT_PROMISED.includes(check))
    .map(({ check }) => check);
  const late = (result.metrics["late"] ?? 0) > 0 ? ["late"] : [];
  return [...invariants.broken.keys(), ...violated, ...late];
}

describe("groups under random faults", () => {
  const outcomes = Array.from({ length: 18 }, (_, seed) => runGroupSwarm(seed));

  it("break no invariant, and lose nothing", () => {
    expect(outcomes.map(findings)).toEqual(outcomes.map(() => []));
  });

  it("were put to the test: members and coordinators came and went, zombies worked, commits were refused", () => {
    const total = (metric: string): number =>
      outcomes.reduce((sum, { result }) => sum + (result.metrics[metric] ?? 0), 0);
    expect(total("kafka_rebalances")).toBeGreaterThan(100);
    expect(total("duplicates")).toBeGreaterThan(100);
    expect(total("kafka_commits_failed")).toBeGreaterThan(10);
    expect(outcomes.filter(({ invariants }) => invariants.successions > 1).length).toBeGreaterThan(8);
    expect(outcomes.filter(({ invariants }) => invariants.zombies > 0).length).toBeGreaterThan(3);
  });
});

const [, cooperative, consumer] = PROTOCOLS as [object, ClusterSpec["consumer"], ClusterSpec["consumer"]];
/** One that never comes back. */
const dead: ClusterSpec = { faults: [crash("c2", 12, 1_000)] };
/** The coordinator of the group loses its followers for a moment, and then its process dies. */
const alone: ClusterSpec = {
  faults: [cut("b2", "b1", 11.9, 20), cut("b2", "b3", 11.9, 20), crash("b2", 12.1, 20)],
};
/** The second process of one instance. */
const twins: ClusterSpec = {
  consumer: { staticMember: true, assignors: ["range"], groupProtocol: "classic", commit: "sync" },
  consumers: { c1: { instanceId: "one" }, c2: { instanceId: "two" }, c3: { instanceId: "one" } },
  faults: [crash("c3", 0.5, 10)],
};

interface Twin {
  readonly broken: Partial<KafkaRules>;
  readonly caughtBy: string;
  readonly where?: ClusterSpec;
}

const GROUP_TWINS: readonly Twin[] = [
  { broken: { fencesCommits: false }, caughtBy: "CommittedOffsetMonotonic" },
  { broken: { commitsDurably: false }, caughtBy: "CommittedOffsetMonotonic", where: alone },
  { broken: { loadsGroups: false }, caughtBy: "CommittedOffsetKept" },
  { broken: { expiresSessions: false }, caughtBy: "late", where: dead },
  { broken: { fencesFormerInstances: false }, caughtBy: "NoDoubleClientAssignment", where: twins },
  {
    broken: { awaitsRevocation: false },
    caughtBy: "NoDoubleClientAssignment",
    where: { consumer: { groupProtocol: "consumer", ...consumer } },
  },
  {
    broken: { revokesFirst: false },
    caughtBy: "NoDoubleClientAssignment",
    where: { consumer: { groupProtocol: "classic", ...cooperative } },
  },
];

describe("a model that breaks a rule of groups is caught, where the model as specified is not", () => {
  it.each(GROUP_TWINS)("$broken by $caughtBy", { timeout: 20 * 60_000 }, ({ broken, caughtBy, where }) => {
    let seed = 0;
    while (seed < RUNS_MAX && !findings(runGroupSwarm(seed, broken, where)).includes(caughtBy)) seed++;
    expect(seed).toBeLessThan(RUNS_MAX);
    expect(findings(runGroupSwarm(seed, {}, where))).toEqual([]);
  });

  it("for every rule about groups", () => {
    expect(GROUP_TWINS.flatMap(({ broken }) => Object.keys(broken))).toEqual(GROUP_RULES);
  });
});
