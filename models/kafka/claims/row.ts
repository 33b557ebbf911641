/** How a row of the register is written down: settings and faults on a cluster, once for each side. */
import type { Claim, Draw, Property, Side, SideName } from "../../../src/claims/index.js";
import type { RunResult } from "../../../src/scenario/index.js";
import { kafkaModel } from "../model.js";
import type { KafkaRules } from "../rules.js";
import { type ClusterSpec, clusterScenario } from "./cluster.js";

/** A cluster, and what happens to it. */
export interface Test {
  /** In a few words. */
  readonly under: string;
  readonly cluster: (draw: Draw) => ClusterSpec;
  readonly property?: Property;
}

/** A rule broken, where the claim is to be caught breaking: under the condition of `holds` unless it says otherwise. */
export interface Twin {
  readonly broken: Partial<KafkaRules>;
  readonly test?: Test;
}

export interface Row {
  readonly id: string;
  readonly sentence: string;
  readonly source: string;
  readonly property: Property;
  readonly holds: Test;
  readonly breaks?: Test;
  readonly twin?: Twin;
}

export function claim({ id, sentence, source, property, holds, breaks, twin }: Row): Claim {
  const sides: { holds: Side } & Partial<Record<SideName, Side>> = { holds: sideOf(holds) };
  if (breaks !== undefined) sides.breaks = sideOf(breaks);
  if (twin !== undefined) {
    const rules = Object.entries(twin.broken).map(([rule, value]) => `${rule}: ${String(value)}`);
    const test = twin.test ?? holds;
    sides.twin = sideOf({ ...test, under: `${rules.join(", ")}; ${test.under}` }, twin.broken);
  }
  return { id, sentence, source, property, sides };
}

function sideOf({ under, cluster, property }: Test, broken: Partial<KafkaRules> = {}): Side {
  const model = kafkaModel(broken);
  return {
    under,
    model,
    scenario: (draw, varied) => clusterScenario(model, cluster(draw), draw, varied),
    ...(property === undefined ? {} : { property }),
  };
}

/** A metric of a run; 0 where there is nothing to measure. */
export function metric(result: RunResult, name: string): number {
  return result.metrics[name] ?? 0;
}

/** Several times at least. */
export function happened(name: string, times = 1): (result: RunResult) => boolean {
  return (result) => metric(result, name) >= times;
}

/** No acknowledged record is gone: who reads afterwards gets them all. */
export const KEPT: readonly string[] = ["acknowledged-durable", "lost-write", "unseen"];
