/** Clusters with a group under random faults, everything drawn from a seed. */
import { MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { FaultSpec, FaultTiming } from "../../../src/network/index.js";
import { type RunResult, collect } from "../../../src/scenario/index.js";
import type { KafkaRules } from "../../../models/kafka/index.js";
import { BROKERS, type ClusterSpec, assembled } from "./clusters.js";
import { GroupInvariants } from "./group-invariants.js";

export interface GroupOutcome {
  readonly result: RunResult;
  readonly invariants: GroupInvariants;
}

export const PROTOCOLS: readonly OptionValues[] = [
  { assignors: ["range"] },
  { assignors: ["cooperative-sticky"] },
  { groupProtocol: "consumer" },
];

/** The rules that are about groups: their broken twins are caught here, the others' elsewhere. */
export const GROUP_RULES: readonly (keyof KafkaRules)[] = [
  "fencesCommits",
  "commitsDurably",
  "loadsGroups",
  "expiresSessions",
  "fencesFormerInstances",
  "awaitsRevocation",
  "revokesFirst",
];

const MEMBERS = ["c1", "c2", "c3"];
const END = 25;

/** Timeouts are a fraction of Kafka's, so that a short run sees much. */
export function groupSwarmSpec(seed: number, more: ClusterSpec = {}): ClusterSpec {
  const chance = new RandomChance(`group swarm ${seed}`, 0);
  const source = chance.source("swarm");
  const faults: FaultSpec[] = [];
  const when = (meanSeconds: number): FaultTiming => {
    return { kind: "random", meanEvery: meanSeconds * SECOND, from: 8 * SECOND, until: END * SECOND };
  };
  const lasting = (): number => (200 + chance.choose(source, 8_000)) * MILLISECOND;
  for (const node of BROKERS) {
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "crash", node, power: false, when: when(20), lasting: lasting() });
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "pause", node, when: when(25), lasting: lasting() });
  }
  for (const node of MEMBERS) {
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "crash", node, power: false, when: when(10), lasting: lasting() });
    if (chance.choose(source, 3) > 0) faults.push({ verb: "pause", node, when: when(8), lasting: lasting() });
    for (const broker of BROKERS) {
      if (chance.choose(source, 3) > 0)
        faults.push({ verb: "reset", between: [node, broker], when: when(8) });
      if (chance.choose(source, 4) === 0) {
        faults.push({
          verb: "cut",
          from: node,
          to: broker,
          bothWays: true,
          when: when(15),
          lasting: lasting(),
        });
      }
    }
  }
  const protocol = PROTOCOLS[seed % PROTOCOLS.length] as OptionValues;
  const commit = ["auto", "sync", "async"][chance.choose(source, 3)] as string;
  const { consumer, ...rest } = more;
  return {
    faults,
    topic: { partitions: 6, minInsyncReplicas: 2 },
    controller: {
      sessionTimeout: 3 * SECOND,
      groupState: { partitions: 3, replicationFactor: 3, minInsyncReplicas: 1 },
    },
    broker: {
      sessionTimeout: 3 * SECOND,
      heartbeatInterval: SECOND,
      replicaLagTimeMax: 3 * SECOND,
      groupInitialRebalanceDelay: SECOND,
      consumerGroupSessionTimeout: 3 * SECOND,
      consumerGroupHeartbeatInterval: SECOND / 2,
    },
    producer: { requestTimeout: 3 * SECOND, linger: 0 },
    consumers: Object.fromEntries(MEMBERS.map((name) => [name, {}])),
    consumer: {
      group: "g",
      requestTimeout: 3 * SECOND,
      sessionTimeout: 3 * SECOND,
      heartbeatInterval: SECOND / 2,
      maxPollInterval: 5 * SECOND,
      autoCommitInterval: SECOND,
      autoOffsetReset: "earliest",
      processing: { kind: "exponential", mean: 5 * MILLISECOND, min: 0 },
      maxPollRecords: 50,
      commit,
      ...protocol,
      ...consumer,
    },
    send: { keys: 60 },
    pace: { kind: "poisson", start: 5 * SECOND, every: 20 * MILLISECOND, count: 1_000 },
    ...rest,
  };
}

/** Looks at the invariants twenty times a simulated second. */
export function runGroupSwarm(
  seed: number,
  broken: Partial<KafkaRules> = {},
  more: ClusterSpec = {},
): GroupOutcome {
  const assembly = assembled(groupSwarmSpec(seed, more), broken, new RandomChance(`group swarm ${seed}`, 1));
  const invariants = new GroupInvariants(assembly, "g");
  const { simulation } = assembly;
  const until = (END + 45) * SECOND;
  for (let now = 0; now < until; now += 50 * MILLISECOND) {
    while (simulation.run(now) === "stopped");
    invariants.look();
  }
  return { result: collect(assembly, "horizon"), invariants };
}
