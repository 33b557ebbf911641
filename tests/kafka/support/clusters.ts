/** Small clusters for whole runs: a controller, three brokers, a producer, a consumer, and what goes wrong. */
import { type Chance, MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import { type FaultSpec, LINUX_TCP, type LinkSpec } from "../../../src/network/index.js";
import {
  type ActivitySpec,
  type AssembleOptions,
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
  /** How many; more than one form a quorum. */
  readonly controllers?: number;
  /** Their names; three by default. */
  readonly brokers?: readonly string[];
  /** What administrators do. */
  readonly commands?: readonly Command[];
  readonly topic?: OptionValues;
  readonly broker?: OptionValues;
  /** Of single brokers, beside those of all. */
  readonly each?: Readonly<Record<string, OptionValues>>;
  readonly disk?: NodeSpec["disk"];
  /** Of single brokers. */
  readonly disks?: Readonly<Record<string, NodeSpec["disk"]>>;
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
  readonly series?: Scenario["series"];
}

export interface Command {
  readonly broker: string;
  readonly activity: "reassign" | "elect";
  readonly options: OptionValues;
  readonly at: number;
}

export function paced(start: number, everyMs: number, count: number): Pace {
  return { kind: "fixed", start: start * SECOND, every: everyMs * MILLISECOND, count };
}

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: Math.round(seconds * SECOND) });

export function crash(node: string, seconds: number, lasting: number, power = false): FaultSpec {
  return { verb: "crash", node, power, when: at(seconds), lasting: lasting * SECOND };
}

export function stop(node: string, seconds: number, lasting: number, limit = 30): FaultSpec {
  return { verb: "stop", node, limit: limit * SECOND, when: at(seconds), lasting: lasting * SECOND };
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

export function assembled(
  spec: ClusterSpec,
  broken: Partial<KafkaRules>,
  chance: Chance,
  options: AssembleOptions = {},
): Assembly {
  const registry = registryOf(broken);
  return assemble(scenarioOf(spec, registry), registry, chance, options);
}

function scenarioOf(spec: ClusterSpec, registry: Registry): Scenario {
  const topic = { name: "orders", ...spec.topic };
  const brokers = spec.brokers ?? BROKERS;
  const consumers = spec.consumers ?? { consumer: {} };
  const clients = { bootstrap: brokers, topics: ["orders"] };
  const controllers = controllersOf(spec);
  const quorum = controllers.length > 1 ? { voters: controllers } : {};
  const node = (name: string, role: string, given: OptionValues): NodeSpec => {
    const disk = role === "broker" ? (spec.disks?.[name] ?? spec.disk) : undefined;
    return {
      name,
      role: `kafka.${role}`,
      options: completeOptions(registry.role(`kafka.${role}`)?.role.options ?? [], given),
      transport: LINUX_TCP,
      ...(disk === undefined ? {} : { disk }),
    };
  };
  const nodes = [
    ...controllers.map((name) =>
      node(name, "controller", { brokers, topics: [topic], ...quorum, ...spec.controller }),
    ),
    ...brokers.map((name) =>
      node(name, "broker", {
        controller: "controller",
        ...(controllers.length > 1 ? { controllers } : {}),
        ...spec.broker,
        ...spec.each?.[name],
      }),
    ),
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
    ...(spec.commands ?? []).map(({ broker, activity, options, at: seconds }): ActivitySpec => {
      const all = registry.role("kafka.broker")?.role.activities ?? [];
      const described = all.find(({ name }) => name === activity)?.options ?? [];
      const pace = { kind: "fixed", start: seconds * SECOND, every: SECOND, count: 1 } as const;
      return { node: broker, activity, options: completeOptions(described, options), pace };
    }),
    ...(spec.workload ?? []),
  ];
  const others = [...controllers, "producer", ...Object.keys(consumers)];
  const pairs = [
    ...others.flatMap((one) => brokers.map((broker) => [one, broker] as const)),
    ...pairsOf(brokers),
    ...pairsOf(controllers),
  ];
  return {
    nodes,
    links: pairs.flatMap(([one, other]) => [link(one, other), link(other, one)]),
    workload,
    faults: spec.faults ?? [],
    warmup: 0,
    drain: (spec.drain ?? 30) * SECOND,
    ...(spec.series === undefined ? {} : { series: spec.series }),
    messages: false,
  };
}

/** `controller`, and, in a quorum, `controller2` and so on. */
export function controllersOf({ controllers = 1 }: Pick<ClusterSpec, "controllers">): readonly string[] {
  return Array.from({ length: controllers }, (_, n) => (n === 0 ? "controller" : `controller${n + 1}`));
}

function pairsOf(names: readonly string[]): (readonly [string, string])[] {
  return names.flatMap((one, place) => names.slice(place + 1).map((other) => [one, other] as const));
}

function link(from: string, to: string): LinkSpec {
  const delay = { kind: "uniform", min: 200_000, max: 800_000 } as const;
  const nothing = { loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false } as const;
  return { from, to, delay, ...nothing };
}
