/** The broker's options, metrics and gauges, as data. */
import type { OptionDescription, RoleDescription } from "../../src/model/index.js";
import { MOSQUITTO_2_0 } from "./profiles/mosquitto-2.0.js";
import { QUEUE_OPTIONS, RETRY_OPTION } from "./shared-options.js";

const OPTIONS: readonly OptionDescription[] = [
  {
    name: "maxInflight",
    kind: "count",
    min: 1,
    max: 65_000,
    default: 20,
    summary: "Unfinished QoS 1 and 2 messages towards one client, if that allows as many.",
    source: "mosquitto.conf(5), max_inflight_messages",
  },
  {
    name: "windowRefill",
    kind: "choice",
    choices: ["exact", "whole"],
    default: "exact",
    summary:
      "What an acknowledgement lets go of what waits for a client: as much as maxInflight allows, or maxInflight messages whatever is in flight.",
    source: "MQTT 5.0 §4.9",
  },
  ...QUEUE_OPTIONS,
  {
    name: "queueCounts",
    kind: "choice",
    choices: ["waiting", "all"],
    default: "waiting",
    summary:
      "What maxQueued limits: messages that wait, or those in flight as well, of which a connected client may have maxInflight more.",
    source: "mosquitto.conf(5), max_queued_messages: those above the ones in flight",
  },
  {
    name: "receiveMaximum",
    kind: "count",
    min: 1,
    max: 65_535,
    default: 65_535,
    summary: "Unfinished QoS 2 messages that the broker allows a client (version 5).",
    source: "MQTT 5.0 §3.2.2.3.3",
  },
  {
    name: "whenExceeded",
    kind: "choice",
    choices: ["disconnect", "refuse"],
    default: "disconnect",
    summary:
      "What messages beyond receiveMaximum lead to: the end of the connection (version 5), or an answer like any other and no delivery; only version 5 tells the publisher.",
    source: "MQTT 5.0 §3.3.4, reason code 0x93",
  },
  {
    name: "sessionExpiryMax",
    kind: "duration",
    min: 0,
    never: true,
    default: Number.MAX_SAFE_INTEGER,
    summary:
      "Longest time that a session outlives its connection, in whole seconds; in 3.1.1 that of every session.",
    source: "mosquitto.conf(5), persistent_client_expiration",
  },
  {
    name: "persistence",
    kind: "boolean",
    default: false,
    summary: "Sessions and retained messages survive a crash of the process.",
    source: "mosquitto.conf(5), persistence",
  },
  {
    name: "keepAliveFactor",
    kind: "number",
    min: 1,
    max: 10,
    default: 1.5,
    summary: "A connection is dead after this many keep alives of silence.",
    source: "MQTT 5.0 §3.1.2.10",
  },
  {
    name: "keepAlivePolling",
    kind: "duration",
    min: 0,
    default: 0,
    summary:
      "How often the broker looks for connections that have been silent for too long; 0 s: at the instant.",
    source: "MQTT 5.0 §3.1.2.10",
  },
  RETRY_OPTION,
];

export const BROKER: RoleDescription = {
  name: "broker",
  summary: "An MQTT broker: sessions, subscriptions, routing, retained messages and wills.",
  options: OPTIONS,
  profiles: [MOSQUITTO_2_0],
  activities: [],
  metrics: [
    { name: "mqtt_packets_dup", unit: "", over: "sum", summary: "PUBLISH packets that were sent again." },
    {
      name: "mqtt_queue_dropped",
      unit: "",
      over: "sum",
      summary: "Messages dropped because a queue was full.",
    },
    {
      name: "mqtt_refused",
      unit: "",
      over: "sum",
      summary: "Messages answered and forgotten because their publisher had too many unfinished.",
    },
    { name: "mqtt_sessions_expired", unit: "", over: "sum", summary: "Sessions that outlived their expiry." },
    { name: "mqtt_take_overs", unit: "", over: "sum", summary: "Connections ended by a newer one." },
    {
      name: "mqtt_keep_alive_timeouts",
      unit: "",
      over: "sum",
      summary: "Connections ended because nothing was heard.",
    },
    { name: "mqtt_wills_published", unit: "", over: "sum", summary: "Wills published." },
    {
      name: "mqtt_last_will_at_ms",
      unit: "ms",
      over: "max",
      summary: "When the latest will was published; 0 if none was.",
    },
    {
      name: "mqtt_retained_sent",
      unit: "",
      over: "sum",
      summary: "Retained messages sent for new subscriptions.",
    },
  ],
  gauges: [
    { name: "mqtt_inflight", unit: "", over: "sum", summary: "QoS 1 and 2 exchanges that are not finished." },
    {
      name: "mqtt_queued",
      unit: "",
      over: "sum",
      summary: "Messages that wait for a window or a connection.",
    },
    { name: "mqtt_sessions", unit: "", over: "sum", summary: "Sessions." },
    { name: "mqtt_retained", unit: "", over: "sum", summary: "Retained messages." },
  ],
};
