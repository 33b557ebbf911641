/**
 * MQTT over lossy datagrams: pairs of publisher and subscriber, each with a broker of its own, through the real
 * client and broker machines with the guarantees checked. Counts distinct deliveries.
 */
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { LinkSpec } from "../../src/network/index.js";
import { runOne } from "../../src/scenario/index.js";
import { mqttDatagramLimit } from "../limits/mqtt-datagram.js";
import type { Portion, Workload } from "../workload.js";
import { pairsScenario, registry } from "./mqtt-pairs.js";

const DELIVERIES_PER_PUBLISH = [0.81, 1.2346, 1] as const;

/** 45 ms + U(0, 10 ms), FIFO, 10 % loss. */
function lossy(from: string, to: string): LinkSpec {
  return {
    from,
    to,
    delay: { kind: "uniform", min: 45 * MILLISECOND, max: 55 * MILLISECOND },
    loss: { kind: "bernoulli", probability: 0.1 },
    duplication: 0,
    corruption: 0,
    reorder: false,
  };
}

function mqttDatagram(name: string, pairs: number, window: number, qos: number, count: number): Workload {
  const work = { pairs, window, qos, count };
  const scenario = pairsScenario(work, { kind: "datagram" }, lossy, 30 * SECOND);
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
