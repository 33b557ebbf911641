/**
 * Idle clients: connected and subscribed over datagrams, keepalive 60 s, one simulated hour. The figure is the
 * memory that a client costs, with its node, its links, its timers and its session on the broker.
 */
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import { type NodeSpec, Registry, type Scenario, assemble, runToEnd } from "../../src/scenario/index.js";
import type { LinkSpec } from "../../src/network/index.js";
import { mqtt } from "../../models/mqtt/index.js";
import type { Measurement, MeasurementResult } from "../workload.js";
import { withDefaults } from "./mqtt-pairs.js";

const TRANSPORT = { kind: "datagram" } as const;
const HOUR = 3_600 * SECOND;

function idleScenario(clients: number): Scenario {
  const options = withDefaults("mqtt.client", {
    broker: "broker",
    keepAlive: 60 * SECOND,
    subscribe: [{ filter: "news", qos: 1 }],
  });
  const nodes: NodeSpec[] = [
    { name: "broker", role: "mqtt.broker", options: withDefaults("mqtt.broker", {}), transport: TRANSPORT },
  ];
  const links: LinkSpec[] = [];
  const common = {
    delay: { kind: "constant", value: 20 * MILLISECOND },
    loss: { kind: "none" },
    duplication: 0,
    corruption: 0,
    reorder: false,
  } as const;
  for (let i = 0; i < clients; i++) {
    const name = `client-${String(i).padStart(7, "0")}`;
    nodes.push({ name, role: "mqtt.client", options, transport: TRANSPORT });
    links.push({ from: name, to: "broker", ...common }, { from: "broker", to: name, ...common });
  }
  return { nodes, links, workload: [], faults: [], warmup: 0, drain: 0, horizon: HOUR, messages: false };
}

/** Bytes in use after everything unreachable is gone. Needs `node --expose-gc`. */
function bytesInUse(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function idleClients(name: string, clients: number): Measurement {
  return {
    name,
    measure: (): MeasurementResult => {
      const registry = new Registry([mqtt]);
      const scenario = idleScenario(clients);
      const before = bytesInUse();
      const assembly = assemble(scenario, registry, new RandomChance("bench", 0));
      const cpu = process.cpuUsage();
      const began = performance.now();
      runToEnd(assembly);
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const bytes = (bytesInUse() - before) / clients;
      const { eventsProcessed } = assembly.simulation;
      return {
        perCpuSecond: (eventsProcessed * 1e6) / (user + system),
        check: `${bytes.toFixed(0)} bytes a client, ${seconds.toFixed(1)} s for the hour, ${eventsProcessed} events`,
      };
    },
  };
}

export const IDLE_CLIENTS: readonly Measurement[] = [idleClients("idle-clients", 100_000)];
