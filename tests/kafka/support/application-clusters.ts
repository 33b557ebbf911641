/** A cluster with whatever nodes and activities a test gives it: applications beside producers and consumers. */
import { RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues, Program } from "../../../src/model/index.js";
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
  collect,
} from "../../../src/scenario/index.js";
import { type KafkaRules, kafkaModel } from "../../../models/kafka/index.js";
import { completeOptions } from "../../complete-options.js";
import { BROKERS } from "./clusters.js";

export interface Resident {
  /** Of the model's roles. */
  readonly role: string;
  readonly options?: OptionValues;
}

export interface Task {
  readonly node: string;
  readonly activity: string;
  readonly options?: OptionValues;
  readonly pace: Pace;
}

export interface ApplicationSpec {
  readonly topics: readonly OptionValues[];
  readonly controller?: OptionValues;
  readonly broker?: OptionValues;
  /** Those with brokers know all of them. */
  readonly residents: Readonly<Record<string, Resident>>;
  readonly tasks: readonly Task[];
  readonly faults?: readonly FaultSpec[];
  /** Seconds. */
  readonly horizon: number;
}

export interface ApplicationRun {
  readonly assembly: Assembly;
  readonly result: RunResult;
  /** Of one node. */
  metric(node: string, name: string): number;
  gauge(node: string, name: string): number;
}

export function runApplications(
  spec: ApplicationSpec,
  broken: Partial<KafkaRules> = {},
  seed = "applications",
): ApplicationRun {
  const registry = new Registry([kafkaModel(broken)]);
  const assembly = assemble(scenarioOf(spec, registry), registry, new RandomChance(seed, 0));
  while (assembly.simulation.run(spec.horizon * SECOND) === "stopped");
  const programOf = (node: string): Program | undefined =>
    assembly.residents.find((each) => each.node.name === node)?.program;
  return {
    assembly,
    metric: (node, name) => programOf(node)?.metrics()[name] ?? NaN,
    gauge: (node, name) => programOf(node)?.gauges()[name] ?? NaN,
    result: collect(assembly, "horizon"),
  };
}

function scenarioOf(spec: ApplicationSpec, registry: Registry): Scenario {
  const node = (name: string, role: string, given: OptionValues): NodeSpec => ({
    name,
    role: `kafka.${role}`,
    options: completeOptions(registry.role(`kafka.${role}`)?.role.options ?? [], given),
    transport: LINUX_TCP,
  });
  const described = (role: string): readonly { readonly name: string }[] =>
    registry.role(`kafka.${role}`)?.role.options ?? [];
  const resident = (name: string, { role, options = {} }: Resident): NodeSpec => {
    const connects = described(role).some((option) => option.name === "bootstrap");
    return node(name, role, { ...(connects ? { bootstrap: BROKERS } : {}), ...options });
  };
  const nodes = [
    node("controller", "controller", { brokers: BROKERS, topics: spec.topics, ...spec.controller }),
    ...BROKERS.map((name) => node(name, "broker", { controller: "controller", ...spec.broker })),
    ...Object.entries(spec.residents).map(([name, each]) => resident(name, each)),
  ];
  const workload = spec.tasks.map(({ node: name, activity, options = {}, pace }): ActivitySpec => {
    const role = spec.residents[name]?.role ?? "";
    const all = registry.role(`kafka.${role}`)?.role.activities ?? [];
    const fields = all.find((each) => each.name === activity)?.options ?? [];
    return { node: name, activity, options: completeOptions(fields, options), pace };
  });
  return {
    nodes,
    links: linksOf(nodes.map(({ name }) => name)),
    workload,
    faults: spec.faults ?? [],
    warmup: 0,
    drain: 3_600 * SECOND,
    messages: false,
  };
}

/** Everybody is linked to everybody. */
function linksOf(names: readonly string[]): LinkSpec[] {
  const delay = { kind: "uniform", min: 200_000, max: 800_000 } as const;
  const usual = { delay, loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false } as const;
  return names.flatMap((from) =>
    names.filter((to) => from !== to).map((to): LinkSpec => ({ from, to, ...usual })),
  );
}
