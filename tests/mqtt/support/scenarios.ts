/** Small scenarios for whole runs: a sensor, a broker, a screen, and what goes wrong between them. */
import { MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import { type FaultSpec, LINUX_TCP, type TransportSpec } from "../../../src/network/index.js";
import {
  type ActivitySpec,
  type NodeSpec,
  type Pace,
  Registry,
  type RunResult,
  type Scenario,
  runOne,
} from "../../../src/scenario/index.js";
import { type MqttRules, mqttModel } from "../../../models/mqtt/index.js";
import { completeOptions } from "../../complete-options.js";

export interface SmallScenario {
  readonly transport: "tcp" | "datagram";
  /** Nanoseconds each way; 10 ms unless said otherwise. */
  readonly delay?: number;
  readonly loss?: number;
  /** Options by node; every node but `broker` is a client. */
  readonly nodes: Readonly<Record<string, OptionValues>>;
  readonly workload: readonly { node: string; activity: string; options: OptionValues; pace: Pace }[];
  readonly faults?: readonly FaultSpec[];
}

/** From `start` in seconds, `count` times. */
export function paced(start: number, every: number, count: number): Pace {
  return { kind: "fixed", start: start * SECOND, every: every * MILLISECOND, count };
}

export function once(start: number): Pace {
  return { kind: "once", start: start * SECOND };
}

/** The link between a client and the broker breaks at each of these instants, in seconds. */
export function resets(client: string, at: readonly number[]): readonly FaultSpec[] {
  return at.map((instant) => ({
    verb: "reset",
    between: [client, "broker"],
    when: { kind: "at", at: Math.round(instant * SECOND) },
  }));
}

export function crash(node: string, at: number, lasting: number): FaultSpec {
  const when = { kind: "at", at: at * SECOND } as const;
  return { verb: "crash", node, power: false, when, lasting: lasting * SECOND };
}

export function run(small: SmallScenario, broken: Partial<MqttRules> = {}): RunResult {
  const registry = new Registry([mqttModel(broken)]);
  return runOne(scenarioOf(small, registry), registry, new RandomChance("mqtt", 0));
}

function scenarioOf(small: SmallScenario, registry: Registry): Scenario {
  const transport: TransportSpec = small.transport === "tcp" ? LINUX_TCP : { kind: "datagram" };
  const nodes = Object.entries({ broker: {}, ...small.nodes }).map(([name, given]): NodeSpec => {
    const role = name === "broker" ? "mqtt.broker" : "mqtt.client";
    const options = name === "broker" ? given : { broker: "broker", ...given };
    const descriptions = registry.role(role)?.role.options ?? [];
    return { name, role, transport, options: completeOptions(descriptions, options) };
  });
  const clients = nodes.filter(({ name }) => name !== "broker");
  const link = { bandwidth: 100_000_000, duplication: 0, corruption: 0, reorder: false };
  const delay = { kind: "constant", value: small.delay ?? 10 * MILLISECOND } as const;
  const loss = { kind: "bernoulli", probability: small.loss ?? 0 } as const;
  return {
    nodes,
    links: clients.flatMap(({ name }) => [
      { ...link, delay, loss, from: name, to: "broker" },
      { ...link, delay, loss, from: "broker", to: name },
    ]),
    workload: small.workload.map((activity): ActivitySpec => {
      const role = registry.role("mqtt.client")?.role;
      const descriptions = role?.activities.find(({ name }) => name === activity.activity)?.options ?? [];
      return { ...activity, options: completeOptions(descriptions, activity.options) };
    }),
    faults: small.faults ?? [],
    warmup: 0,
    drain: 60 * SECOND,
    messages: false,
  };
}
