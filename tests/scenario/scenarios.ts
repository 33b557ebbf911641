/** Scenarios for tests: senders and receivers, linked in pairs. */
import { RandomChance, type Chance } from "../../src/kernel/index.js";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import {
  type ActivitySpec,
  type NodeSpec,
  type Pace,
  Registry,
  type RunResult,
  type Scenario,
  runOne,
} from "../../src/scenario/index.js";
import type { LinkSpec } from "../../src/network/index.js";
import { toy } from "./toy-model.js";

export const registry: Registry = new Registry([toy]);

export const DELAY: number = 10 * MILLISECOND;

export function link(from: string, to: string, loss = 0): LinkSpec {
  return {
    from,
    to,
    delay: { kind: "constant", value: DELAY },
    loss: loss === 0 ? { kind: "none" } : { kind: "bernoulli", probability: loss },
    duplication: 0,
    corruption: 0,
    reorder: false,
  };
}

/** A sender, a receiver and the links between them. */
export function pair(
  sender: string,
  receiver: string,
  loss = 0,
): { readonly nodes: readonly NodeSpec[]; readonly links: readonly LinkSpec[] } {
  const transport = { kind: "datagram" } as const;
  return {
    nodes: [
      { name: sender, role: "toy.sender", options: { to: receiver }, transport },
      { name: receiver, role: "toy.receiver", options: { filter: sender }, transport },
    ],
    links: [link(sender, receiver, loss), link(receiver, sender, loss)],
  };
}

export function send(node: string, pace: Pace, qos = 1): ActivitySpec {
  return { node, activity: "send", options: { topic: node, qos }, pace };
}

/** Ten messages, a second apart, from `ann` to `bob`, unless changed. */
export function scenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    ...pair("ann", "bob"),
    workload: [send("ann", { kind: "fixed", start: SECOND, every: SECOND, count: 10 })],
    faults: [],
    warmup: 0,
    drain: 5 * SECOND,
    messages: false,
    ...changes,
  };
}

export function run(changes: Partial<Scenario> = {}, chance: Chance = new RandomChance("7", 0)): RunResult {
  return runOne(scenario(changes), registry, chance);
}
