/**
 * MQTT over lossy datagrams: pairs of publisher and subscriber, each with a broker of its own, through the real
 * client and broker machines with the guarantees checked. Counts distinct deliveries.
 */
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { OptionValue, OptionValues } from "../../src/model/index.js";
import { type NodeSpec, Registry, type Scenario, runOne } from "../../src/scenario/index.js";
import type { LinkSpec } from "../../src/network/index.js";
import { mqtt } from "../../models/mqtt/index.js";
import { mqttDatagramLimit } from "../limits/mqtt-datagram.js";
import type { Portion, Workload } from "../workload.js";

const registry = new Registry([mqtt]);
const TRANSPORT = { kind: "datagram" } as const;
const DELIVERIES_PER_PUBLISH = [0.81, 1.2346, 1] as const;

/** A role's options with every default filled in. */
export function withDefaults(role: string, options: OptionValues): OptionValues {
  const defaults: Record<string, OptionValue> = {};
  for (const option of registry.role(role)?.role.options ?? []) {
    if (option.default !== undefined) defaults[option.name] = option.default;
  }
  return { ...defaults, ...options };
}

function pairsScenario(pairs: number, window: number, qos: number, count: number): Scenario {
  const nodes: NodeSpec[] = [];
  const links: LinkSpec[] = [];
  const workload: Scenario["workload"][number][] = [];
  const brokerOptions = withDefaults("mqtt.broker", { maxInflight: window, maxQueued: 1_000_000 });
  for (let pair = 0; pair < pairs; pair++) {
    const [broker, publisher, subscriber] = [`broker-${pair}`, `publisher-${pair}`, `subscriber-${pair}`];
    const client = { broker, keepAlive: 0 };
    const subscribe = [{ filter: `line/${pair}`, qos }];
    nodes.push(
      { name: broker, role: "mqtt.broker", options: brokerOptions, transport: TRANSPORT },
      {
        name: publisher,
        role: "mqtt.client",
        options: withDefaults("mqtt.client", client),
        transport: TRANSPORT,
      },
      {
        name: subscriber,
        role: "mqtt.client",
        options: withDefaults("mqtt.client", { ...client, subscribe }),
        transport: TRANSPORT,
      },
    );
    links.push(...lossy(publisher, broker), ...lossy(subscriber, broker));
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
  return { nodes, links, workload, faults: [], warmup: 0, drain: 30 * SECOND, messages: false };
}

/** Both directions: 45 ms + U(0, 10 ms), FIFO, 10 % loss. */
function lossy(one: string, other: string): LinkSpec[] {
  const link = (from: string, to: string): LinkSpec => ({
    from,
    to,
    delay: { kind: "uniform", min: 45 * MILLISECOND, max: 55 * MILLISECOND },
    loss: { kind: "bernoulli", probability: 0.1 },
    duplication: 0,
    corruption: 0,
    reorder: false,
  });
  return [link(one, other), link(other, one)];
}

function mqttDatagram(name: string, pairs: number, window: number, qos: number, count: number): Workload {
  const scenario = pairsScenario(pairs, window, qos, count);
  let replication = 0;
  const portion = (published: number, distinct: number, deliveries: number): Portion => ({
    units: distinct,
    check: `${(deliveries / published).toFixed(3)} deliveries a publish (theory: ${DELIVERIES_PER_PUBLISH[qos as 0 | 1 | 2]})`,
  });
  return {
    name,
    project: () => {
      const { metrics } = runOne(scenario, registry, new RandomChance("bench", replication++));
      const { published, delivered, duplicates } = metrics as Record<string, number>;
      return portion(
        published as number,
        delivered as number,
        (delivered as number) + (duplicates as number),
      );
    },
    limit: () => {
      const { published, distinct, deliveries } = mqttDatagramLimit({ pairs, window, qos, messages: count });
      return portion(published, distinct, deliveries);
    },
  };
}

export const MQTT_DATAGRAM: readonly Workload[] = [
  mqttDatagram("mqtt-datagram-q0", 100, 10, 0, 5_000),
  mqttDatagram("mqtt-datagram-q1", 100, 10, 1, 4_000),
  mqttDatagram("mqtt-datagram-q2", 100, 10, 2, 3_000),
  mqttDatagram("mqtt-datagram-large-q1", 1_000, 20, 1, 500),
  mqttDatagram("mqtt-datagram-large-q2", 1_000, 20, 2, 300),
];
