/** Faults that are drawn: any time, or one outage after the other. */
import { type Duration, type Instant, SECOND } from "../../../src/kernel/index.js";
import type { FaultSpec, FaultTiming } from "../../../src/network/index.js";
import type { Draw } from "../../../src/claims/index.js";
import { BROKERS, FAULTS_FROM, FAULTS_UNTIL } from "./cluster.js";

type Pair = readonly [from: string, to: string];

/** What may happen at any time, to each of them with even odds. */
export interface Hazards {
  readonly crashes?: readonly string[];
  readonly pauses?: readonly string[];
  readonly cuts?: readonly Pair[];
  readonly resets?: readonly Pair[];
}

export const BETWEEN_BROKERS: readonly Pair[] = [
  ["b1", "b2"],
  ["b1", "b3"],
  ["b2", "b3"],
];

export function withAllBrokers(node: string): readonly Pair[] {
  return BROKERS.map((broker) => [node, broker]);
}

const LASTING_MAX_MS = 6_000;
const STOP_LIMIT = 30 * SECOND;

/** Faults at random instants, several at once. All are over when faults are to be over. */
export function anyTime(draw: Draw, hazards: Hazards): FaultSpec[] {
  const lasting = (): Duration => draw.milliseconds(200, LASTING_MAX_MS);
  const when = (seconds: number): FaultTiming => ({
    kind: "random",
    meanEvery: seconds * SECOND,
    from: FAULTS_FROM,
    until: FAULTS_UNTIL - (LASTING_MAX_MS / 1_000) * SECOND,
  });
  const chosen = <Item>(items: readonly Item[] = []): Item[] => items.filter(() => draw.happens(2, 3));
  return [
    ...chosen(hazards.crashes).map((node): FaultSpec => ({
      verb: "crash",
      node,
      power: false,
      when: when(10),
      lasting: lasting(),
    })),
    ...chosen(hazards.pauses).map((node): FaultSpec => ({
      verb: "pause",
      node,
      when: when(12),
      lasting: lasting(),
    })),
    ...chosen(hazards.cuts).map(([from, to]): FaultSpec => {
      const bothWays = draw.happens(2, 3);
      return { verb: "cut", from, to, bothWays, when: when(10), lasting: lasting() };
    }),
    ...chosen(hazards.resets).map(([one, other]): FaultSpec => ({
      verb: "reset",
      between: [one, other],
      when: when(2),
    })),
  ];
}

/** A fault that begins at `at` and lasts so long. */
export type Outage = (at: Instant, lasting: Duration) => FaultSpec;

export function crashOf(node: string): Outage {
  return (at, lasting) => ({ verb: "crash", node, power: false, when: { kind: "at", at }, lasting });
}

/** It is asked to end, and has the time that it needs for it; away for so long after that. */
export function stopOf(node: string): Outage {
  return (at, lasting) => {
    return { verb: "stop", node, limit: STOP_LIMIT, when: { kind: "at", at }, lasting };
  };
}

export function powerLossOf(node: string): Outage {
  return (at, lasting) => ({ verb: "crash", node, power: true, when: { kind: "at", at }, lasting });
}

export function pauseOf(node: string): Outage {
  return (at, lasting) => ({ verb: "pause", node, when: { kind: "at", at }, lasting });
}

export function cutBetween(from: string, to: string): Outage {
  return (at, lasting) => ({ verb: "cut", from, to, bothWays: true, when: { kind: "at", at }, lasting });
}

/** One outage after the other, each of `least` to `most` milliseconds, with so long between them. */
export function inTurn(
  draw: Draw,
  outages: readonly Outage[],
  [least, most]: readonly [least: number, most: number],
  [shortest, longest]: readonly [shortest: number, longest: number],
): FaultSpec[] {
  const faults: FaultSpec[] = [];
  for (let at = FAULTS_FROM + draw.milliseconds(0, longest); ;) {
    const lasting = draw.milliseconds(least, most);
    if (at + lasting > FAULTS_UNTIL) return faults;
    faults.push(draw.oneOf(outages)(at, lasting));
    at += lasting + draw.milliseconds(shortest, longest);
  }
}

/** The leader cannot reach its followers, and ends soon after: only it has what it got meanwhile. */
export function leaderDiesAlone(draw: Draw, ends: Outage): FaultSpec[] {
  const at = draw.milliseconds(5_000, 15_000);
  const lasting = 10 * SECOND;
  return [
    cutBetween("b1", "b2")(at, lasting),
    cutBetween("b1", "b3")(at, lasting),
    ends(at + draw.milliseconds(100, 1_000), lasting),
  ];
}
