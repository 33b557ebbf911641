/**
 * Broken twins: for each rule of the protocol a model that breaks it, and a scenario in which that shows. The
 * model as specified passes the same scenario, so it is the rule that is tested and not the weather.
 */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import type { MqttRules } from "../../models/mqtt/index.js";
import { SPECIFIED } from "../../models/mqtt/rules.js";
import { type SmallScenario, crash, once, paced, resets, run } from "./support/scenarios.js";

const HOUR = 3600 * SECOND;
const persistent = { cleanStart: false, sessionExpiry: HOUR };
const watching = (qos: number): OptionValues => ({ subscribe: [{ filter: "#", qos }] });

function publishing(
  qos: number,
  count: number,
  every = 50,
  more: OptionValues = {},
): SmallScenario["workload"] {
  const options = { topic: "plant/1", qos, ...more };
  return [{ node: "sensor", activity: "publish", options, pace: paced(2, every, count) }];
}

/** Datagrams of which one in five is lost. */
function lossy(qos: number, options: OptionValues = {}): SmallScenario {
  return {
    transport: "datagram",
    loss: 0.2,
    nodes: { broker: { ...options }, sensor: { ...options }, screen: { ...watching(qos), ...options } },
    workload: publishing(qos, 100),
  };
}

/** Connections that break while much is in flight, and sessions that go on. */
function breaking(qos: number): SmallScenario {
  const at = [2.205, 3.315, 4.425, 5.435, 6.545];
  return {
    transport: "tcp",
    nodes: { sensor: persistent, screen: { ...watching(qos), ...persistent } },
    workload: publishing(qos, 1_000, 5),
    faults: [
      ...resets("sensor", at),
      ...resets(
        "screen",
        at.map((instant) => instant + 0.5),
      ),
    ],
  };
}

/** A subscriber that crashes and comes back. */
const away: SmallScenario = {
  transport: "tcp",
  nodes: { sensor: {}, screen: { ...watching(1), ...persistent } },
  workload: publishing(1, 100),
  faults: [crash("screen", 3, 2)],
};

/** A broker that crashes with everything in memory. */
const forgetful: SmallScenario = {
  transport: "tcp",
  nodes: { sensor: {}, screen: { ...watching(1), ...persistent } },
  workload: [
    ...publishing(1, 10),
    ...publishing(1, 10).map((each) => ({ ...each, pace: paced(20, 50, 10) })),
  ],
  faults: [crash("broker", 5, 1)],
};

function retaining(last: OptionValues): SmallScenario {
  const publish = (start: number, more: OptionValues): SmallScenario["workload"][number] => ({
    node: "sensor",
    activity: "publish",
    options: { topic: "plant/1", qos: 1, retain: true, ...more },
    pace: once(start),
  });
  const subscribe = { node: "screen", activity: "subscribe", options: { filter: "plant/#", qos: 1 } };
  return {
    transport: "tcp",
    nodes: { sensor: {}, screen: {} },
    workload: [
      publish(2, {}),
      publish(3, last),
      publish(3, { topic: "plant/2" }),
      { ...subscribe, pace: once(5) },
    ],
  };
}

function testament(
  will: OptionValues,
  workload: SmallScenario["workload"],
  faults: SmallScenario["faults"] = [],
): SmallScenario {
  const sensor = { ...persistent, will: { topic: "gone", qos: 1, ...will } };
  return {
    transport: "tcp",
    nodes: { sensor, screen: watching(1) },
    workload: [{ node: "screen", activity: "publish", options: { topic: "x" }, pace: once(2) }, ...workload],
    faults,
  };
}

interface Twin {
  readonly broken: Partial<MqttRules>;
  readonly where: SmallScenario;
  /** The guarantee that the twin violates, or a question about the run that only the twin answers with yes. */
  readonly caughtBy: string | ((result: RunResult) => boolean);
}

const twins: readonly Twin[] = [
  { broken: { recognisesQos2By: "nothing" }, where: lossy(2), caughtBy: "at-most-once" },
  { broken: { recognisesQos2By: "dup" }, where: lossy(2), caughtBy: "at-least-once" },
  { broken: { keepsIdentifiers: false }, where: breaking(2), caughtBy: "at-most-once" },
  {
    broken: { answersUnknownPubrel: false },
    where: lossy(2),
    caughtBy: ({ metrics }) => (metrics["unresolved"] ?? 0) > 0,
  },
  {
    broken: { completesQos2At: "pubrec" },
    where: lossy(2, { qos2DeliveredAt: "pubrel" }),
    caughtBy: ({ metrics }) => (metrics["late"] ?? 0) > 0,
  },
  {
    broken: { resendsOnResume: false },
    where: { ...away, delay: 60_000_000, workload: publishing(1, 500, 4) },
    caughtBy: "at-least-once",
  },
  { broken: { resendsInOrder: false }, where: breaking(1), caughtBy: "ordered" },
  {
    broken: { resendsWithinConnection: true },
    where: { ...breaking(1), delay: 200_000_000, faults: [] },
    caughtBy: "at-most-once",
  },
  {
    broken: { keepsToWindow: false },
    where: { ...breaking(2), faults: [], nodes: { ...breaking(2).nodes, broker: { receiveMaximum: 2 } } },
    caughtBy: ({ metrics }) => (metrics["reconnects"] ?? 0) > 0,
  },
  { broken: { takesUnusedIdentifiers: false }, where: lossy(1), caughtBy: "at-least-once" },
  {
    broken: { reportsDropped: false },
    where: {
      transport: "tcp",
      nodes: { sensor: { maxQueued: 5, maxInflight: 5 }, screen: watching(1) },
      workload: publishing(1, 100, 1),
    },
    caughtBy: "at-least-once",
  },
  { broken: { heedsSessionPresent: false }, where: forgetful, caughtBy: "at-least-once" },
  { broken: { tellsSessionPresent: false }, where: forgetful, caughtBy: "at-least-once" },
  { broken: { routesAcknowledged: false }, where: lossy(1), caughtBy: "at-least-once" },
  { broken: { queuesOffline: false }, where: away, caughtBy: "at-least-once" },
  {
    broken: { discardsOnCleanStart: false },
    where: {
      ...away,
      nodes: { sensor: {}, screen: { ...watching(1), cleanStart: true, sessionExpiry: HOUR } },
    },
    caughtBy: ({ metrics }) => (metrics["mqtt_sessions_resumed"] ?? 0) > 0,
  },
  {
    broken: { takesOver: false },
    where: {
      transport: "tcp",
      nodes: {
        sensor: {},
        one: { ...watching(1), clientId: "twin", reconnect: false },
        two: { ...watching(1), clientId: "twin", autoConnect: false },
      },
      workload: [...publishing(1, 20), { node: "two", activity: "connect", options: {}, pace: once(1) }],
    },
    caughtBy: "at-least-once",
  },
  { broken: { retains: "first" }, where: retaining({}), caughtBy: "retained" },
  { broken: { retains: "nothing" }, where: retaining({}), caughtBy: "retained" },
  { broken: { clearsRetained: false }, where: retaining({ payload: 0 }), caughtBy: "retained" },
  {
    broken: { publishesWill: false },
    where: testament({}, [], resets("sensor", [4])),
    caughtBy: "will",
  },
  {
    broken: { withdrawsWill: false },
    where: testament({}, [{ node: "sensor", activity: "disconnect", options: {}, pace: once(3) }]),
    caughtBy: "will",
  },
  {
    broken: { cancelsDelayedWill: false },
    where: testament({ delay: 20 * SECOND }, [], resets("sensor", [4])),
    caughtBy: "will",
  },
];

const caught = (result: RunResult, by: Twin["caughtBy"]): boolean =>
  typeof by === "string"
    ? result.checks.find(({ check }) => check === by)?.verdict === "violated"
    : by(result);

describe("a model that breaks a rule is caught, where the model as specified is not", () => {
  it.each(twins)("$broken", ({ broken, where, caughtBy }) => {
    const specified = run(where);
    expect(caught(specified, caughtBy)).toBe(false);
    if (typeof caughtBy === "string") {
      expect(specified.checks.find(({ check }) => check === caughtBy)?.atRisk).toBeGreaterThan(0);
    }
    expect(caught(run(where, broken), caughtBy)).toBe(true);
  });

  it("for every rule that there is, but the one that only the wire shows", () => {
    const tried = new Set(twins.flatMap(({ broken }) => Object.keys(broken)));
    expect(Object.keys(SPECIFIED).filter((rule) => !tried.has(rule))).toEqual(["marksRepeats"]);
  });
});
