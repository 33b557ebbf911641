/** Transactions under random faults, everything drawn from a seed. */
import { MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import type { RunResult } from "../../../src/scenario/index.js";
import type { KafkaRules } from "../../../models/kafka/index.js";
import { BROKERS } from "./clusters.js";
import { Invariants } from "./invariants.js";
import { BROKER_PAIRS, randomly } from "./swarm.js";
import { type Ledger, type TransactionSpec, runTransactions } from "./transactions.js";

export interface Outcome {
  readonly ledger: Ledger;
  readonly result: RunResult;
  readonly invariants: Invariants;
}

const LOOK_EVERY = 100 * MILLISECOND;

const BROKER = {
  sessionTimeout: 3 * SECOND,
  heartbeatInterval: SECOND,
  replicaLagTimeMax: 3 * SECOND,
  requestTimeout: 3 * SECOND,
  transactionAbortInterval: SECOND,
} as const;

/** Timeouts are a third of Kafka's or less, so that a short run sees much. */
export function transactionSwarm(seed: number, more: TransactionSpec = {}): TransactionSpec {
  const chance = new RandomChance(`transaction swarm ${seed}`, 0);
  const source = chance.source("swarm");
  const faults: FaultSpec[] = [];
  const when = randomly;
  const lasting = (): number => (200 + chance.choose(source, 5_000)) * MILLISECOND;
  const cut = (from: string, to: string, mean: number): void => {
    faults.push({ verb: "cut", from, to, bothWays: true, when: when(mean), lasting: lasting() });
  };
  for (const node of BROKERS) {
    if (chance.choose(source, 3) > 0) {
      faults.push({ verb: "crash", node, power: false, when: when(12), lasting: lasting() });
    }
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "pause", node, when: when(12), lasting: lasting() });
    if (chance.choose(source, 3) > 0) cut("producer", node, 6);
    if (chance.choose(source, 3) > 0)
      faults.push({ verb: "reset", between: ["producer", node], when: when(8) });
  }
  if (chance.choose(source, 2) > 0) {
    faults.push({ verb: "crash", node: "producer", power: false, when: when(10), lasting: lasting() });
  }
  for (const [from, to] of BROKER_PAIRS) {
    if (chance.choose(source, 3) > 0) cut(from, to, 12);
  }
  return {
    faults,
    controller: { sessionTimeout: 3 * SECOND },
    producer: {
      requestTimeout: 2 * SECOND,
      deliveryTimeout: 6 * SECOND,
      transactionTimeout: 8 * SECOND,
      whenFenced: "replace",
    },
    consumer: { requestTimeout: 3 * SECOND },
    transact: { abortEvery: 4, lasting: 15 * MILLISECOND },
    pace: { kind: "poisson", start: 4 * SECOND, every: 60 * MILLISECOND, count: 350 },
    horizon: 60,
    ...more,
    broker: { ...BROKER, ...more.broker },
  };
}

/** Looks at the invariants ten times a simulated second. */
export function runTransactionSwarm(
  seed: number,
  broken: Partial<KafkaRules> = {},
  more: TransactionSpec = {},
): Outcome {
  const spec = transactionSwarm(seed, more);
  let invariants: Invariants | undefined;
  const { ledger, result } = runTransactions(
    spec,
    broken,
    `transaction swarm ${seed}`,
    (assembly) => {
      invariants ??= new Invariants(assembly);
      invariants.look();
    },
    LOOK_EVERY,
  );
  return { ledger, result, invariants: invariants as Invariants };
}
