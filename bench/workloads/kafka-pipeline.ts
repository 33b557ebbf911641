/**
 * A producer, three brokers, a consumer: a topic with three partitions and three replicas each, acks=all, records of 100
 * bytes in batches of 16 kB, over TCP in jumbo frames. Every record is published, acknowledged and delivered on its own, and checked.
 * The bar is set for the rate of records against the limit of `hold-100`, measured beside it.
 */
import { MICROSECOND, MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { OptionDescription, OptionValue, OptionValues } from "../../src/model/index.js";
import { LINUX_TCP, type LinkSpec, type TcpSpec } from "../../src/network/index.js";
import {
  type NodeSpec,
  Registry,
  type Scenario,
  assemble,
  collect,
  runOne,
  runToEnd,
} from "../../src/scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { exponentialTable, TABLE_MASK } from "../exponential-table.js";
import { holdLoop } from "../limits/hold-loop.js";
import type { Measurement, MeasurementResult, Workload } from "../workload.js";

const BROKERS: readonly string[] = ["broker-1", "broker-2", "broker-3"];
const MEBIBYTE = 1_048_576;
/** Segments of a data centre's network: Ethernet frames of 9,000 bytes, less 52 of headers. */
const TRANSPORT: TcpSpec = { ...LINUX_TCP, mss: 8_948 };
/** So many that what a run costs before the first and after the last one, 19 ms, is a fortieth of it. */
const RECORDS = 1_000_000;
/** Records without an outcome at a time: sixteen batches. */
const WINDOW = 2_400;

const registry = new Registry([kafka]);

function completed(options: readonly OptionDescription[], given: OptionValues): OptionValues {
  const values: Record<string, OptionValue> = { ...given };
  for (const { name, default: usual } of options) {
    if (values[name] === undefined && usual !== undefined) values[name] = usual;
  }
  return values;
}

/** Logs keep the latest megabytes, so that memory does not grow with the length of the run. */
function topicOf(options: readonly OptionDescription[]): OptionValues {
  const topics = options.find(({ name }) => name === "topics");
  const fields = topics?.kind === "list" && topics.of.kind === "record" ? topics.of.fields : [];
  const kept = { segmentBytes: MEBIBYTE, retentionBytes: MEBIBYTE / 4, fileDeleteDelay: 0 };
  return completed(fields, { name: "orders", partitions: 3, minInsyncReplicas: 2, ...kept });
}

function node(name: string, role: string, given: OptionValues): NodeSpec {
  const options = completed(registry.role(role)?.role.options ?? [], given);
  return { name, role, options, transport: TRANSPORT };
}

function link(from: string, to: string): LinkSpec {
  const delay = { kind: "constant", value: 100 * MICROSECOND } as const;
  return { from, to, delay, loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false };
}

function pipeline(records: number): Scenario {
  const clients = { bootstrap: BROKERS, topics: ["orders"] };
  const topic = topicOf(registry.role("kafka.controller")?.role.options ?? []);
  const cleaning = { initialTaskDelay: 0, retentionCheckInterval: 10 * MILLISECOND };
  const nodes = [
    node("controller", "kafka.controller", { brokers: BROKERS, topics: [topic] }),
    ...BROKERS.map((name) => node(name, "kafka.broker", { controller: "controller", ...cleaning })),
    node("producer", "kafka.producer", clients),
    node("consumer", "kafka.consumer", clients),
  ];
  const names = nodes.map(({ name }) => name);
  const links = names.flatMap((from) => BROKERS.filter((to) => to !== from).map((to) => [from, to] as const));
  const clientLinks = links.flatMap(([from, to]) =>
    BROKERS.includes(from) ? [link(from, to)] : [link(from, to), link(to, from)],
  );
  const sending = registry.role("kafka.producer")?.role.activities[0]?.options ?? [];
  return {
    nodes,
    links: clientLinks,
    workload: [
      {
        node: "producer",
        activity: "send",
        options: completed(sending, { topic: "orders", value: 100 }),
        pace: { kind: "closed", start: 5 * SECOND, window: WINDOW, count: records },
      },
    ],
    faults: [],
    warmup: 0,
    drain: 5 * SECOND,
    messages: false,
  };
}

const SCENARIO = pipeline(RECORDS);
const DELAYS = exponentialTable(1_000_000);
const HOLDS = 4_000_000;
let replication = 0;

export const KAFKA_PIPELINE: Workload = {
  name: "kafka-pipeline",
  project: () => {
    const { metrics, checks } = runOne(SCENARIO, registry, new RandomChance("bench", replication++));
    const { acknowledged, delivered, packets_sent: packets, kafka_batches_acknowledged: batches } = metrics;
    const held = checks.filter(({ verdict }) => verdict === "holds").map(({ check }) => check);
    return {
      units: delivered as number,
      check: `${String(acknowledged)} acknowledged in ${String(batches)} batches, ${String(packets)} packets; ${held.join(", ")}`,
    };
  },
  limit: () => {
    holdLoop(100, HOLDS, DELAYS, TABLE_MASK);
    return { units: HOLDS };
  },
};

/** Bytes in use after everything unreachable is gone. Needs `node --expose-gc`. */
function bytesInUse(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Checked {
  /** Bytes that the run holds at its end. */
  readonly kept: number;
  readonly cpuSeconds: number;
  readonly delivered: number;
  readonly violated: readonly string[];
}

function checked(records: number): Checked {
  const assembly = assemble(pipeline(records), registry, new RandomChance("bench", 0));
  const before = bytesInUse();
  const cpu = process.cpuUsage();
  const end = runToEnd(assembly);
  const { user, system } = process.cpuUsage(cpu);
  const kept = bytesInUse() - before;
  const { metrics, checks } = collect(assembly, end);
  const violated = checks.filter(({ verdict }) => verdict === "violated").map(({ check }) => check);
  return { kept, cpuSeconds: (user + system) / 1e6, delivered: metrics["delivered"] as number, violated };
}

/** What is in flight, and logs under retention, a tenth of the records leaves, too: the rest is what a record costs. */
function checkedRecords(name: string, records: number): Measurement {
  return {
    name,
    measure: (): MeasurementResult => {
      // Compiled code is on the heap, too.
      checked(RECORDS);
      const few = checked(records / 10);
      const { kept, cpuSeconds, delivered, violated } = checked(records);
      const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
      const bits = ((kept - few.kept) * 8) / (records - records / 10);
      return {
        perCpuSecond: records / cpuSeconds,
        check: `${megabytes(kept)} kept, ${megabytes(few.kept)} of a tenth of the records: ${Math.max(0, bits).toFixed(2)} bits a record; ${String(delivered)} delivered, violated: ${violated.join(", ") || "nothing"}`,
      };
    },
  };
}

/** Memory that a long run keeps: histories, logs under retention, whatever grows with the number of records. */
export const KAFKA_RECORDS: readonly Measurement[] = [checkedRecords("kafka-10m", 10_000_000)];
