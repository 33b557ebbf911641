/**
 * MQTT over TCP with the options of Linux: pairs of publisher and subscriber, each with a broker of its own,
 * through the real client, broker and TCP machines with the guarantees checked. Counts distinct deliveries.
 */
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import { LINUX_TCP, type LinkSpec } from "../../src/network/index.js";
import { runOne } from "../../src/scenario/index.js";
import { mqttTcpLimit } from "../limits/mqtt-tcp.js";
import type { Portion, Workload } from "../workload.js";
import { type PairsWork, pairsScenario, registry } from "./mqtt-pairs.js";

/** 50 ms one way, 1 % loss. */
function link(from: string, to: string): LinkSpec {
  return {
    from,
    to,
    delay: { kind: "constant", value: 50 * MILLISECOND },
    loss: { kind: "bernoulli", probability: 0.01 },
    duplication: 0,
    corruption: 0,
    reorder: false,
  };
}

function mqttTcp(name: string, qos: number, count: number): Workload {
  const work: PairsWork = { pairs: 100, window: 10, qos, count };
  const scenario = pairsScenario(work, LINUX_TCP, link, 30 * SECOND);
  let replication = 0;
  const portion = (published: number, deliveries: number): Portion => ({
    units: deliveries,
    check: `${(deliveries / published).toFixed(3)} deliveries a publish (theory: 1)`,
  });
  return {
    name,
    project: () => {
      const { metrics } = runOne(scenario, registry, new RandomChance("bench", replication++));
      return portion(metrics["published"] as number, metrics["delivered"] as number);
    },
    limit: () => {
      const { published, deliveries } = mqttTcpLimit({ pairs: 100, window: 10, qos, messages: count });
      return portion(published, deliveries);
    },
  };
}

export const MQTT_TCP: readonly Workload[] = [
  mqttTcp("mqtt-tcp-q0", 0, 5_000),
  mqttTcp("mqtt-tcp-q1", 1, 4_000),
  mqttTcp("mqtt-tcp-q2", 2, 3_000),
];
