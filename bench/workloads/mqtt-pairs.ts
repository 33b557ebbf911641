/** Pairs of publisher and subscriber, each with a broker of its own: the scenario of the MQTT workloads. */
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionValue, OptionValues } from "../../src/model/index.js";
import type { LinkSpec, TransportSpec } from "../../src/network/index.js";
import { type NodeSpec, Registry, type Scenario } from "../../src/scenario/index.js";
import { mqtt } from "../../models/mqtt/index.js";

export const registry: Registry = new Registry([mqtt]);

export interface PairsWork {
  readonly pairs: number;
  readonly window: number;
  readonly qos: number;
  /** Messages published by each publisher. */
  readonly count: number;
}

/** A role's options with every default filled in. */
export function withDefaults(role: string, options: OptionValues): OptionValues {
  const defaults: Record<string, OptionValue> = {};
  for (const option of registry.role(role)?.role.options ?? []) {
    if (option.default !== undefined) defaults[option.name] = option.default;
  }
  return { ...defaults, ...options };
}

/** QoS 0 every 10 ms, else a closed loop with the window; it ends `drain` after the last operation. */
export function pairsScenario(
  { pairs, window, qos, count }: PairsWork,
  transport: TransportSpec,
  link: (from: string, to: string) => LinkSpec,
  drain: number,
): Scenario {
  const nodes: NodeSpec[] = [];
  const links: LinkSpec[] = [];
  const workload: Scenario["workload"][number][] = [];
  const brokerOptions = withDefaults("mqtt.broker", { maxInflight: window, maxQueued: 1_000_000 });
  for (let pair = 0; pair < pairs; pair++) {
    const [broker, publisher, subscriber] = [`broker-${pair}`, `publisher-${pair}`, `subscriber-${pair}`];
    const common = { broker, keepAlive: 0 };
    const subscribe = [{ filter: `line/${pair}`, qos }];
    nodes.push(
      { name: broker, role: "mqtt.broker", options: brokerOptions, transport },
      {
        name: publisher,
        role: "mqtt.client",
        options: withDefaults("mqtt.client", common),
        transport,
      },
      {
        name: subscriber,
        role: "mqtt.client",
        options: withDefaults("mqtt.client", { ...common, subscribe }),
        transport,
      },
    );
    for (const client of [publisher, subscriber]) links.push(link(client, broker), link(broker, client));
    workload.push({
      node: publisher,
      activity: "publish",
      options: { topic: `line/${pair}`, qos, payload: 64, retain: false },
      pace:
        qos === 0
          ? { kind: "fixed", start: 20 * SECOND, every: 10 * MILLISECOND, count }
          : { kind: "closed", start: 20 * SECOND, window, count },
    });
  }
  return { nodes, links, workload, faults: [], warmup: 0, drain, messages: false };
}
