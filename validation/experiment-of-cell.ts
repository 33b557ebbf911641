/**
 * The experiment that a measured cell is: a publisher and a subscriber that reach the broker over the impaired
 * link, and a probe beside the broker that sees when a message is routed.
 *
 * The rig: probe, subscriber and publisher connect one after the other, and the first slot begins 600 ms after the
 * publisher's CONNACK. Instants of outages and kills count from there.
 */
import type {
  ExperimentDefinition,
  FaultDefinition,
  LinkDefinition,
  NodeDefinition,
  TransportDefinition,
} from "../src/experiment/index.js";
import { brokerOptions, clientOptions } from "./client-and-broker.js";
import { Fields } from "./fields.js";
import { linkOf } from "./link-of-cell.js";
import type { MeasuredCell, Outage } from "./measured-cell.js";

/**
 * The fitted constants: how long the broker, and how long a client, works on one input. From the cells without loss
 * and without Nagle's algorithm: a QoS 0 message passes one input of each after it was published, and took 100.4 to
 * 100.5 ms where the link takes 100.07; a QoS 2 message passes three of each, and took 301.1 to 301.2 ms where the link
 * takes 300.21. The packet traces of the rig show the same times: medians of 0.09 to 0.10 and of 0.18 to 0.23 ms.
 */
export const BROKER_PROCESSING = "0.1 ms";
export const CLIENT_PROCESSING = "0.25 ms";

/** A killed subscriber's process takes so long to be back: the median of when it connects in the rig. */
const PROCESS_START_MS = 370;
/** On a lossy link connecting may take a few tries; publishing begins when all are surely connected. */
const SETTLING_MS = 15_000;
/** Before anybody but the probe connects. */
const FIRST_CONNECT_MS = 10_000;
const BEFORE_FIRST_SLOT_MS = 600;

/** Phases spread evenly over the broker's polling, so that every run meets another. */
const POLLING_MS = 6_000;
const GOLDEN = 0.618_033_988_749_895;

/**
 * The experiment of a cell: its factor `phase` has one value for each of `runs`. `replicate` says whose outages they
 * meet, where the replicates of the measurement had outages at different instants. Throws on what it does not know.
 */
export function experimentOf(
  cell: MeasuredCell,
  runs: readonly number[],
  replicate: number = 0,
): ExperimentDefinition {
  const load = readLoad(cell);
  const { delayMs, lossy, link } = linkOf(cell);
  const settling = lossy ? SETTLING_MS : 0;
  const subscribed = FIRST_CONNECT_MS + 6 * delayMs + settling;
  const published = subscribed + (load.pubUnix ? 1 : 4 * delayMs) + settling + BEFORE_FIRST_SLOT_MS;
  const killed = cell.killSub !== undefined;
  const connect = (node: string, ms: number) => ({ node, connect: { start: at(ms) } });
  return {
    name: cell.cell.toLowerCase(),
    question: `What does the simulator make of the measured cell ${cell.cell}?`,
    factors: { phase: runs.map(phaseOf) },
    replications: 1,
    seed: cell.cell,
    transport: transportOf(cell),
    nodes: nodesOf(cell, load, killed),
    links: linksOf(load.pubUnix, link),
    workload: [
      ...(killed ? [] : [connect("sub", FIRST_CONNECT_MS)]),
      connect("pub", subscribed),
      { node: "pub", publish: publishOf(load, published) },
    ],
    faults: faultsOf(cell, load.pubUnix, published, replicate),
    drain: `${load.drainS} s`,
    messages: true,
  };
}

/** As long as the rig's: a PUBLISH of 64 bytes has 73 at QoS 0. */
const TOPIC = "rig/t";

interface Load {
  readonly qos: number;
  readonly rate: number;
  readonly count: number;
  readonly size: number;
  readonly fixed: boolean;
  readonly keepaliveS: number;
  readonly cleanSub: boolean;
  readonly cleanPub: boolean;
  readonly pubUnix: boolean;
  readonly drainS: number;
  readonly client: Readonly<Record<string, unknown>>;
}

function readLoad(cell: MeasuredCell): Load {
  const fields = new Fields(`${cell.cell}: load`, cell.load);
  const arrival = fields.text("arrival") ?? "random";
  if (!["random", "uniform", "fixed"].includes(arrival)) throw new Error(`${cell.cell}: arrival ${arrival}`);
  const load: Load = {
    qos: fields.number("qos") ?? 0,
    rate: fields.number("rate") ?? 20,
    count: fields.number("count") ?? 2000,
    size: fields.number("size") ?? 64,
    fixed: arrival === "fixed",
    keepaliveS: fields.number("keepalive") ?? 60,
    cleanSub: fields.boolean("cleanSub") ?? true,
    cleanPub: fields.boolean("cleanPub") ?? true,
    pubUnix: fields.boolean("pubUnix") ?? false,
    drainS: fields.number("drain") ?? 60,
    client: clientOptions(fields.record("clientOpts")),
  };
  fields.ignore("idleStop", "subDrain");
  fields.end();
  return load;
}

function nodesOf(cell: MeasuredCell, load: Load, killed: boolean): Record<string, NodeDefinition> {
  const cpu = { cores: 1, service: CLIENT_PROCESSING };
  const unix = { transport: { ...transportOf(cell), nagle: false, delayedAck: "0 s" } };
  const keepAlive = `${load.keepaliveS} s`;
  const client = { role: "mqtt.client", profile: "mqtt.js-5", broker: "broker", keepAlive, ...load.client };
  const subscribe = [{ filter: TOPIC, qos: load.qos }];
  return {
    broker: {
      role: "mqtt.broker",
      profile: "mosquitto-2.0",
      ...brokerOptions(cell),
      cpu: { cores: 1, service: BROKER_PROCESSING },
    },
    probe: { role: "mqtt.client", broker: "broker", subscribe: [{ filter: TOPIC, qos: 0 }], ...unix },
    pub: { ...client, cleanStart: load.cleanPub, autoConnect: false, cpu, ...(load.pubUnix ? unix : {}) },
    sub: { ...client, cleanStart: load.cleanSub, autoConnect: killed, subscribe, cpu },
  };
}

function linksOf(pubUnix: boolean, link: (from: string, to: string) => LinkDefinition): LinkDefinition[] {
  const unix = (between: readonly [string, string]): LinkDefinition => ({ between, delay: "0 ms" });
  const pub = pubUnix ? [unix(["pub", "broker"])] : [link("pub", "broker"), link("broker", "pub")];
  return [...pub, link("sub", "broker"), link("broker", "sub"), unix(["probe", "broker"])];
}

/** Messages at fixed instants begin at another place of their slot in every run. */
function publishOf(load: Load, start: number): Record<string, unknown> {
  return {
    topic: TOPIC,
    qos: load.qos,
    payload: `${load.size} B`,
    arrival: load.fixed ? "fixed" : "uniform-slot",
    every: `${1000 / load.rate} ms`,
    count: load.count,
    start: load.fixed ? `\${${start} ms + ${1 + 1000 / load.rate / POLLING_MS} * phase}` : at(start),
  };
}

function transportOf({ nodelay, cc }: MeasuredCell): Exclude<TransportDefinition, string> {
  const congestion = cc === undefined || cc === "bbr" ? {} : { congestion: cc };
  return { kind: "tcp", ...(nodelay === true ? { nagle: false } : {}), ...congestion };
}

function faultsOf(
  cell: MeasuredCell,
  pubUnix: boolean,
  published: number,
  replicate: number,
): FaultDefinition[] {
  const cuts = (outagesOf(cell)[replicate] ?? []).flatMap((outage) =>
    (pubUnix ? ["sub"] : ["pub", "sub"]).map((client) => ({
      cut: { between: [client, "broker"] },
      at: at(published + outage.at),
      lasting: `${outage.len} ms`,
    })),
  );
  const kills = (cell.killSub ?? []).map((kill) => ({
    crash: "sub",
    at: at(published + kill.at),
    lasting: `${kill.down + PROCESS_START_MS} ms`,
  }));
  return [...cuts, ...kills];
}

/** By replicate; one entry at least. */
export function outagesOf({ outages, outages_per_replicate }: MeasuredCell): readonly (readonly Outage[])[] {
  return outages_per_replicate ?? [outages ?? []];
}

/** An instant in milliseconds, moved by the phase. */
function at(ms: number): string {
  return `\${${ms} ms + phase}`;
}

function phaseOf(run: number): string {
  const turns = run * GOLDEN;
  return `${Math.round((turns - Math.floor(turns)) * POLLING_MS * 10) / 10} ms`;
}
