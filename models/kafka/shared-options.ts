/** Options that several roles have, and how they become what connections and metadata are set up with. */
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place } from "../../src/model/index.js";
import { SASL, credentialsOf } from "./access/access-options.js";
import type { ConnectionConfig } from "./connections.js";
import type { Bootstrap } from "./metadata.js";

export const TOPIC_NAME = {
  pattern: "^[A-Za-z0-9._-]{1,249}$",
  patternHelp: "a topic name: letters, digits, . _ -",
};

export const BOOTSTRAP: OptionDescription = {
  name: "bootstrap",
  kind: "list",
  of: { name: "broker", kind: "node", role: "kafka.broker", summary: "A broker." },
  summary: "Brokers that can be asked about the cluster, and all that can be connected to.",
};

export const TOPICS: OptionDescription = {
  name: "topics",
  kind: "list",
  of: { name: "topic", kind: "text", ...TOPIC_NAME, summary: "Name of a topic." },
  summary: "Topics that are used.",
};

export const RECONNECT_OPTIONS: readonly OptionDescription[] = [
  {
    name: "reconnectBackoff",
    kind: "duration",
    min: 1,
    default: 50 * MILLISECOND,
    summary: "Wait before a connection that was lost is opened again; it doubles with each failure.",
    source: "reconnect.backoff.ms",
  },
  {
    name: "reconnectBackoffMax",
    kind: "duration",
    min: 1,
    default: SECOND,
    summary: "… up to this. One fifth more or less, by chance.",
    source: "reconnect.backoff.max.ms",
  },
  {
    name: "connectionSetupTimeout",
    kind: "duration",
    min: 1,
    default: 10 * SECOND,
    summary: "A connection that is not open after this is given up.",
    source: "socket.connection.setup.timeout.ms",
  },
];

export const CLIENT_OPTIONS: readonly OptionDescription[] = [
  {
    name: "requestTimeout",
    kind: "duration",
    min: 1,
    default: 30 * SECOND,
    summary: "A request that is not answered after this ends its connection.",
    source: "request.timeout.ms",
  },
  {
    name: "metadataMaxAge",
    kind: "duration",
    min: 1,
    default: 300 * SECOND,
    summary: "What is known of the cluster is asked for again after this.",
    source: "metadata.max.age.ms",
  },
  {
    name: "retryBackoff",
    kind: "duration",
    min: 1,
    default: 100 * MILLISECOND,
    summary: "Wait before something that failed is tried again.",
    source: "retry.backoff.ms",
  },
  ...RECONNECT_OPTIONS,
  SASL,
];

/** Of a client; brokers among themselves need no greeting. */
export function clientConnectionConfig(options: OptionValues, place: Place): ConnectionConfig {
  const sasl = credentialsOf(options["sasl"]);
  return { ...connectionConfig(options, place), sasl, asksVersions: true };
}

export function connectionConfig(options: OptionValues, place: Place): ConnectionConfig {
  return {
    clientId: place.node.name,
    sasl: undefined,
    asksVersions: false,
    requestTimeout: options["requestTimeout"] as number,
    reconnectBackoff: options["reconnectBackoff"] as number,
    reconnectBackoffMax: options["reconnectBackoffMax"] as number,
    setupTimeout: options["connectionSetupTimeout"] as number,
  };
}

export function bootstrapOf(options: OptionValues, place: Place): readonly Bootstrap[] {
  return (options["bootstrap"] as readonly string[]).map((host) => ({
    id: place.nodeNamed(host).index,
    host,
  }));
}
