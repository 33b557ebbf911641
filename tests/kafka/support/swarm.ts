/** Clusters under random faults, everything drawn from a seed. */
import { MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { FaultSpec, FaultTiming } from "../../../src/network/index.js";
import { type RunResult, collect } from "../../../src/scenario/index.js";
import type { KafkaRules } from "../../../models/kafka/index.js";
import { BROKERS, type ClusterSpec, assembled } from "./clusters.js";
import { Invariants } from "./invariants.js";

export interface Outcome {
  readonly result: RunResult;
  readonly invariants: Invariants;
}

/** A model that breaks a rule, and what notices it. */
export interface Twin {
  readonly broken: Partial<KafkaRules>;
  readonly caughtBy: string;
  readonly where?: ClusterSpec;
}

const END = 25;

/** Timeouts are a third of Kafka's, so that a short run sees much. */
export function swarmSpec(seed: number, more: ClusterSpec = {}): ClusterSpec {
  const chance = new RandomChance(`swarm ${seed}`, 0);
  const source = chance.source("swarm");
  const faults: FaultSpec[] = [];
  const when = (meanSeconds: number): FaultTiming => ({
    kind: "random",
    meanEvery: meanSeconds * SECOND,
    from: 4 * SECOND,
    until: END * SECOND,
  });
  const lasting = (): number => (200 + chance.choose(source, 6_000)) * MILLISECOND;
  for (const node of BROKERS) {
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "crash", node, power: false, when: when(10), lasting: lasting() });
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "pause", node, when: when(12), lasting: lasting() });
    if (chance.choose(source, 2) > 0) {
      const to = "controller";
      faults.push({ verb: "cut", from: node, to, bothWays: true, when: when(15), lasting: lasting() });
    }
  }
  for (const [from, to] of [
    ["b1", "b2"],
    ["b1", "b3"],
    ["b2", "b3"],
  ] as const) {
    const bothWays = chance.choose(source, 2) > 0;
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "cut", from, to, bothWays, when: when(10), lasting: lasting() });
  }
  for (const broker of BROKERS) {
    if (chance.choose(source, 2) > 0)
      faults.push({ verb: "reset", between: ["producer", broker], when: when(5) });
  }
  return {
    faults,
    topic: { minInsyncReplicas: 2 },
    controller: { sessionTimeout: 3 * SECOND },
    broker: { sessionTimeout: 3 * SECOND, heartbeatInterval: SECOND, replicaLagTimeMax: 3 * SECOND },
    producer: { requestTimeout: 3 * SECOND, linger: 0 },
    consumer: { requestTimeout: 3 * SECOND, autoOffsetReset: "earliest" },
    pace: { kind: "poisson", start: 4 * SECOND, every: 40 * MILLISECOND, count: 500 },
    ...more,
  };
}

/** Looks at the invariants a hundred times a simulated second. */
export function runSwarm(seed: number, broken: Partial<KafkaRules> = {}, more: ClusterSpec = {}): Outcome {
  const assembly = assembled(swarmSpec(seed, more), broken, new RandomChance(`swarm ${seed}`, 1));
  const invariants = new Invariants(assembly);
  const { simulation } = assembly;
  const until = (END + 60) * SECOND;
  for (let now = 0; now < until; now += 10 * MILLISECOND) {
    while (simulation.run(now) === "stopped");
    invariants.look();
  }
  return { result: collect(assembly, "horizon"), invariants };
}
