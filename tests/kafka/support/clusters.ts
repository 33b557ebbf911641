/** Small clusters for whole runs: a controller, three brokers, a producer, a consumer, and what goes wrong. */
import { type Chance, MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import { type FaultSpec, LINUX_TCP, type LinkSpec } from "../../../src/network/index.js";
import {
  type ActivitySpec,
  type Assembly,
  type NodeSpec,
  type Pace,
  Registry,
  type RunResult,
  type Scenario,
  assemble,
  runOne,
} from "../../../src/scenario/index.js";
import { type KafkaRules, kafkaModel } from "../../../models/kafka/index.js";
import { completeOptions } from "../../complete-options.js";

export const BROKERS: readonly string[] = ["b1", "b2", "b3"];

export interface ClusterSpec {
  readonly controller?: OptionValues;
  readonly topic?: OptionValues;
  readonly broker?: OptionValues;
  readonly disk?: NodeSpec["disk"];
  readonly producer?: OptionValues;
  readonly consumer?: OptionValues;
  /** By name, in place of the one called `consumer`; each with the options of `consumer` and its own. */
  readonly consumers?: Readonly<Record<string, OptionValues>>;
  /** Further activities. */
  readonly workload?: readonly ActivitySpec[];
  /** Of the activity `send`. */
  readonly send?: OptionValues;
  readonly pace?: Pace;
  readonly faults?: readonly FaultSpec[];
  readonly drain?: number;
}

export function paced(start: number, everyMs: number, count: number): Pace {
  return { kind: "fixed", start: start * SECOND, every: everyMs * MILLISECOND, count };
}

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: Math.round(seconds * SECOND) });

export function crash(node: string, seconds: number, lasting: number, power = false): FaultSpec {
  return { verb: "crash", node, power, when: at(seconds), lasting: lasting * SECOND };
}

export function pause(node: string, seconds: number, lasting: number): FaultSpec {
  return { verb: "pause", node, when: at(seconds), lasting: lasting * SECOND };
}

export function cut(from: string, to: string, seconds: number, lasting: number): FaultSpec {
  return { verb: "cut", from, to, bothWays: true, when: at(seconds), lasting: lasting * SECOND };
}

export function registryOf(broken: Partial<KafkaRules> = {}): Registry {
  return new Registry([kafkaModel(broken)]);
}

export function run(spec: ClusterSpec, broken: Partial<KafkaRules> = {}, seed = "kafka"): RunResult {
  const registry = registryOf(broken);
  return runOne(scenarioOf(spec, registry), registry, new RandomChance(seed, 0));
}

export function assembled(spec: ClusterSpec, broken: Partial<KafkaRules>, chance: Chance): Assembly {
  const registry = registryOf(broken);
  return assemble(scenarioOf(spec, registry), registry, chance);
}

function scenarioOf(spec: ClusterSpec, registry: Registry): Scenario {
  const topic = { name: "orders", ...spec.topic };
  const consumers = spec.consumers ?? { consumer: {} };
  const clients = { bootstrap: BROKERS, topics: ["orders"] };
  const node = (name: string, role: string, given: OptionValues): NodeSpec => ({
    name,
    role: `kafka.${role}`,
    options: completeOptions(registry.role(`kafka.${role}`)?.role.options ?? [], given),
    transport: LINUX_TCP,
    ...(role === "broker" && spec.disk !== undefined ? { disk: spec.disk } : {}),
  });
  const nodes = [
    node("controller", "controller", { brokers: BROKERS, topics: [topic], ...spec.controller }),
    ...BROKERS.map((name) => node(name, "broker", { controller: "controller", ...spec.broker })),
    node("producer", "producer", { ...clients, ...spec.producer }),
    ...Object.entries(consumers).map(([name, own]) =>
      node(name, "consumer", { ...clients, ...spec.consumer, ...own }),
    ),
  ];
  const sending = registry.role("kafka.producer")?.role.activities[0]?.options ?? [];
  const workload: ActivitySpec[] = [
    {
      node: "producer",
      activity: "send",
      options: completeOptions(sending, { topic: "orders", ...spec.send }),
      pace: spec.pace ?? paced(3, 10, 200),
    },
    ...(spec.workload ?? []),
  ];
  const others = ["controller", "producer", ...Object.keys(consumers)];
  const pairs = [
    ...others.flatMap((one) => BROKERS.map((broker) => [one, broker] as const)),
    ["b1", "b2"] as const,
    ["b1", "b3"] as const,
    ["b2", "b3"] as const,
  ];
  return {
    nodes,
    links: pairs.flatMap(([one, other]) => [link(one, other), link(other, one)]),
    workload,
    faults: spec.faults ?? [],
    warmup: 0,
    drain: (spec.drain ?? 30) * SECOND,
    messages: false,
  };
}

function link(from: string, to: string): LinkSpec {
  const delay = { kind: "uniform", min: 200_000, max: 800_000 } as const;
  const nothing = { loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false } as const;
  return { from, to, delay, ...nothing };
}
