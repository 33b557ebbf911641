/**
 * Clusters that claims are put to the test in: a controller, three brokers, producers, consumers, with timeouts a third
 * of Kafka's, so that a short run sees much. Records are sent from 4 s on for about 20 s, faults begin at 5 s and are
 * over at 30 s.
 */
import { type Duration, MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { DiskSpec } from "../../../src/host/index.js";
import { type FaultSpec, LINUX_TCP, type LinkSpec } from "../../../src/network/index.js";
import type { Model, OptionValues } from "../../../src/model/index.js";
import { type Draw, completeOptions } from "../../../src/claims/index.js";
import type { ActivitySpec, NodeSpec, Pace, Scenario } from "../../../src/scenario/index.js";

export const BROKERS: readonly string[] = ["b1", "b2", "b3"];
export const TOPIC = "orders";
/** When faults begin, and when the last is over. */
export const FAULTS_FROM: Duration = 5 * SECOND;
export const FAULTS_UNTIL: Duration = 30 * SECOND;

/** A node that talks to the brokers. */
export interface ClientSpec {
  /** Of the model, such as `producer`. */
  readonly role: string;
  readonly options?: OptionValues;
  /** What it is made to do. */
  readonly activities?: readonly {
    readonly activity: string;
    readonly options: OptionValues;
    readonly pace: Pace;
  }[];
}

export interface ClusterSpec {
  readonly controller?: OptionValues;
  readonly topic?: OptionValues;
  readonly broker?: OptionValues;
  readonly disk?: DiskSpec;
  /** Of the producer and the consumer that there are by default. */
  readonly producer?: OptionValues;
  readonly consumer?: OptionValues;
  readonly send?: OptionValues;
  readonly pace?: Pace;
  /** Beside those two, by name; one of the names `producer` and `consumer` takes the place of that one. */
  readonly clients?: Readonly<Record<string, ClientSpec>>;
  /** What an administrator has a broker do, once. */
  readonly commands?: readonly {
    readonly broker: string;
    readonly activity: string;
    readonly options: OptionValues;
    readonly at: Duration;
  }[];
  readonly faults?: readonly FaultSpec[];
  /** The consumers are cut off from 3.5 s until the faults are over, and read then what is left. */
  readonly readsAfterwards?: boolean;
}

/** What is the same in all of them unless a claim says otherwise. */
const SHORT = {
  controller: { sessionTimeout: 3 * SECOND },
  broker: { sessionTimeout: 3 * SECOND, heartbeatInterval: SECOND, replicaLagTimeMax: 3 * SECOND },
  producer: { requestTimeout: 3 * SECOND, linger: 0 },
  consumer: { requestTimeout: 3 * SECOND, autoOffsetReset: "earliest" },
} as const;

const PACE: Pace = { kind: "poisson", start: 4 * SECOND, every: 40 * MILLISECOND, count: 500 };

/** The resolved scenario. What the spec leaves open is as above; `varied`: drawn. */
export function clusterScenario(model: Model, spec: ClusterSpec, draw: Draw, varied: boolean): Scenario {
  const variety = varied ? drawVariety(draw) : {};
  const clients = clientsOf(model, spec, variety);
  const node = (name: string, role: string, options: OptionValues): NodeSpec => ({
    name,
    role: `${model.name}.${role}`,
    options: completeOptions(roleOf(model, role).options, options),
    transport: LINUX_TCP,
    ...(role === "broker" && spec.disk !== undefined ? { disk: spec.disk } : {}),
  });
  const topic = { name: TOPIC, ...variety.topic, ...spec.topic };
  const nodes = [
    node("controller", "controller", {
      brokers: BROKERS,
      topics: [topic],
      ...SHORT.controller,
      ...spec.controller,
    }),
    ...BROKERS.map((name) => {
      return node(name, "broker", { controller: "controller", ...SHORT.broker, ...spec.broker });
    }),
    ...clients.map(([name, { role, options = {} }]) => node(name, role, options)),
  ];
  return {
    nodes,
    links: linksOf(["controller", ...clients.map(([name]) => name)], variety.delayMax ?? MILLISECOND),
    workload: [...clients, ...administered(spec)].flatMap(([name, client]) =>
      workloadOf(model, name, client),
    ),
    faults: [...(spec.faults ?? []), ...(spec.readsAfterwards === true ? cutOff(clients) : [])],
    warmup: 0,
    drain: 30 * SECOND,
    messages: false,
  };
}

interface Variety {
  readonly topic?: OptionValues;
  readonly producer?: OptionValues;
  readonly send?: OptionValues;
  readonly delayMax?: Duration;
}

function drawVariety(draw: Draw): Variety {
  return {
    topic: { partitions: draw.whole(1, 4) },
    producer: { linger: draw.milliseconds(0, 50), batchSize: draw.oneOf([500, 4_000, 16_384]) },
    send: { keys: draw.oneOf([0, 1, 20]), value: draw.oneOf([10, 100, 1_000]) },
    delayMax: draw.milliseconds(1, 40),
  };
}

function clientsOf(model: Model, spec: ClusterSpec, variety: Variety): readonly [string, ClientSpec][] {
  const sending = { topic: TOPIC, ...variety.send, ...spec.send };
  const standard: Record<string, ClientSpec> = {
    producer: {
      role: "producer",
      options: { ...SHORT.producer, ...variety.producer, ...spec.producer },
      activities: [{ activity: "send", options: sending, pace: spec.pace ?? PACE }],
    },
    consumer: { role: "consumer", options: { ...SHORT.consumer, ...spec.consumer } },
  };
  return Object.entries({ ...standard, ...spec.clients }).map(([name, client]) => {
    const known = roleOf(model, client.role).options.map((option) => option.name);
    const common = { bootstrap: BROKERS, topics: [TOPIC] };
    const own = Object.entries(common).filter(([option]) => known.includes(option));
    return [name, { ...client, options: { ...Object.fromEntries(own), ...client.options } }];
  });
}

function administered({ commands = [] }: ClusterSpec): readonly [string, ClientSpec][] {
  return commands.map(({ broker, activity, options, at }) => {
    const pace: Pace = { kind: "fixed", start: at, every: SECOND, count: 1 };
    return [broker, { role: "broker", activities: [{ activity, options, pace }] }];
  });
}

function workloadOf(model: Model, node: string, { role, activities = [] }: ClientSpec): ActivitySpec[] {
  return activities.map(({ activity, options, pace }) => {
    const described = roleOf(model, role).activities.find(({ name }) => name === activity)?.options ?? [];
    return { node, activity, options: completeOptions(described, options), pace };
  });
}

function roleOf(model: Model, name: string): Model["roles"][number] {
  const role = model.roles.find((each) => each.name === name);
  if (role === undefined) throw new Error(`${model.name} has no role ${name}`);
  return role;
}

function linksOf(others: readonly string[], delayMax: Duration): LinkSpec[] {
  const pairs = [
    ...others.flatMap((one) => BROKERS.map((broker) => [one, broker] as const)),
    ...BROKERS.flatMap((one, n) => BROKERS.slice(n + 1).map((other) => [one, other] as const)),
  ];
  const delay = { kind: "uniform", min: MILLISECOND / 5, max: delayMax } as const;
  const nothing = { loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false } as const;
  return pairs.flatMap(([from, to]) => [
    { from, to, delay, ...nothing },
    { from: to, to: from, delay, ...nothing },
  ]);
}

function cutOff(clients: readonly [string, ClientSpec][]): FaultSpec[] {
  const readers = clients.filter(([, { role }]) => role === "consumer");
  const at = 3.5 * SECOND;
  return readers.flatMap(([from]) =>
    BROKERS.map((to): FaultSpec => {
      const lasting = FAULTS_UNTIL - at;
      return { verb: "cut", from, to, bothWays: true, when: { kind: "at", at }, lasting };
    }),
  );
}
