/** Brokers that are each in a rack of their own, and consumers in some of those. */
import type { OptionValues } from "../../../src/model/index.js";
import { BROKERS, type ClusterSpec } from "./clusters.js";

/** Leaders select by rack. `consumers`: by name, the broker in whose rack each is. */
export function racked(consumers: Readonly<Record<string, string>>, broker: OptionValues = {}): ClusterSpec {
  const rackOf = (name: string): string => `rack-of-${name}`;
  return {
    broker: { ...broker, replicaSelector: "rack-aware" },
    each: Object.fromEntries(BROKERS.map((name) => [name, { rack: rackOf(name) }])),
    consumers: Object.fromEntries(
      Object.entries(consumers).map(([name, near]) => [name, { clientRack: rackOf(near) }]),
    ),
  };
}
