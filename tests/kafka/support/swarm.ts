/** Clusters under random faults, everything drawn from a seed. */
import { MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { FaultSpec, FaultTiming } from "../../../src/network/index.js";
import { type RunResult, collect } from "../../../src/scenario/index.js";
import type { KafkaRules } from "../../../models/kafka/index.js";
import { BROKERS, type ClusterSpec, type Command, assembled, controllersOf } from "./clusters.js";
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
  /** Caught where the control plane has everything to do. */
  readonly wide?: boolean;
}

const END = 25;

export const BROKER_PAIRS = [
  ["b1", "b2"],
  ["b1", "b3"],
  ["b2", "b3"],
] as const;

/** Again and again, once the cluster stands and until it is left alone. */
export function randomly(meanSeconds: number): FaultTiming {
  return { kind: "random", meanEvery: meanSeconds * SECOND, from: 4 * SECOND, until: END * SECOND };
}

/** Timeouts are a third of Kafka's, so that a short run sees much. */
export function swarmSpec(seed: number, more: ClusterSpec = {}): ClusterSpec {
  const chance = new RandomChance(`swarm ${seed}`, 0);
  const source = chance.source("swarm");
  const faults: FaultSpec[] = [];
  const when = randomly;
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
  for (const [from, to] of BROKER_PAIRS) {
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

/**
 * The same with everything that the control plane can do: three controllers in every other cluster, four brokers of
 * which one loses its power, clean stops, and administrators who give the partition other replicas.
 */
export function wideSpec(seed: number): ClusterSpec {
  const chance = new RandomChance(`wide swarm ${seed}`, 0);
  const source = chance.source("swarm");
  const brokers = [...BROKERS, "b4"];
  const controllers = seed % 2 === 0 ? 3 : 1;
  const lasting = (): number => (200 + chance.choose(source, 6_000)) * MILLISECOND;
  const when = (meanSeconds: number): FaultTiming => {
    return { kind: "random", meanEvery: meanSeconds * SECOND, from: 6 * SECOND, until: END * SECOND };
  };
  const lossy = chance.choose(source, brokers.length);
  const faults: FaultSpec[] = brokers.flatMap((node, place): FaultSpec[] => [
    // With min.insync.replicas=2, KIP-966 tolerates one broker at a time that ends badly.
    place === lossy
      ? { verb: "crash", node, power: true, when: when(8), lasting: lasting() }
      : { verb: "pause", node, when: when(12), lasting: lasting() },
    { verb: "stop", node, limit: 5 * SECOND, when: when(15), lasting: lasting() },
    { verb: "cut", from: node, to: "controller", bothWays: true, when: when(15), lasting: lasting() },
    ...brokers.slice(place + 1).map((other): FaultSpec => {
      return { verb: "cut", from: node, to: other, bothWays: true, when: when(20), lasting: lasting() };
    }),
  ]);
  for (const node of controllersOf({ controllers })) {
    faults.push({ verb: "crash", node, power: false, when: when(12), lasting: lasting() });
    if (chance.choose(source, 2) > 0)
      faults.push({ verb: "pause", node, when: when(12), lasting: lasting() });
  }
  const commands = [10, 18, 26].map((at): Command => {
    const left = chance.choose(source, brokers.length);
    const first = chance.choose(source, brokers.length - 1);
    const staying = brokers.filter((_, place) => place !== left);
    const replicas = [...staying.slice(first), ...staying.slice(0, first)];
    const broker = brokers[chance.choose(source, brokers.length)] ?? "b1";
    return { broker, activity: "reassign", options: { topic: "orders", replicas }, at };
  });
  const more = { faults, brokers, controllers, commands, disk: NEVER_WRITTEN_BACK };
  return swarmSpec(seed, {
    ...more,
    pace: { kind: "poisson", start: 6 * SECOND, every: 40 * MILLISECOND, count: 500 },
  });
}

/** A power loss takes everything that was not synced. */
const NEVER_WRITTEN_BACK = {
  write: { kind: "constant", value: 0 },
  sync: { kind: "constant", value: 0 },
  writeback: 1_000 * SECOND,
  tearing: 0.5,
} as const;

/** Looks at the invariants a hundred times a simulated second. */
export function runSwarm(seed: number, broken: Partial<KafkaRules> = {}, more: ClusterSpec = {}): Outcome {
  return watched(swarmSpec(seed, more), seed, broken);
}

export function runWide(seed: number, broken: Partial<KafkaRules> = {}): Outcome {
  return watched(wideSpec(seed), seed, broken);
}

function watched(spec: ClusterSpec, seed: number, broken: Partial<KafkaRules>): Outcome {
  const assembly = assembled(spec, broken, new RandomChance(`swarm ${seed}`, 1));
  const invariants = new Invariants(assembly);
  const { simulation } = assembly;
  const until = (END + 60) * SECOND;
  for (let now = 0; now < until; now += 10 * MILLISECOND) {
    while (simulation.run(now) === "stopped");
    invariants.look();
  }
  invariants.finish();
  return { result: collect(assembly, "horizon"), invariants };
}
