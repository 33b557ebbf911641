/**
 * MQTT.js 5 as it ships, in what differs from the defaults or decides what is measured. Read from the sources of
 * 5.16.0 and its README.
 */
import { SECOND } from "../../../src/kernel/index.js";
import type { ProfileDescription } from "../../../src/model/index.js";

export const MQTT_JS_5: ProfileDescription = {
  name: "mqtt.js-5",
  summary: "MQTT.js 5 on Node as it ships (read from 5.16.0); it leaves Nagle's algorithm on.",
  values: [
    {
      option: "version",
      value: "3.1.1",
      source: "README, protocolVersion: 4",
    },
    {
      option: "cleanStart",
      value: true,
      source: "README, clean",
    },
    {
      option: "persistence",
      value: false,
      source: "lib/store.ts: both stores are maps in memory",
    },
    {
      option: "unknownSession",
      value: "resume",
      source: "lib/client.ts, _onConnect: session present is not held against what the client has",
    },
    {
      option: "republish",
      value: true,
      source: "lib/client.ts, _onConnect: the outgoing store is sent again on every connection",
    },
    {
      option: "keepAlive",
      value: 60 * SECOND,
      source: "README, keepalive",
    },
    {
      option: "pingRestartsOn",
      value: "acknowledgements",
      source:
        "lib/handlers/index.ts, reschedulePing; lib/KeepaliveManager.ts: ping at 1.0, end at 1.5 keep alives",
    },
    {
      option: "connackTimeout",
      value: 30 * SECOND,
      source: "README, connectTimeout",
    },
    {
      option: "reconnectDelay",
      value: SECOND,
      source: "README, reconnectPeriod",
    },
    {
      option: "reconnectDelayMax",
      value: SECOND,
      source: "lib/client.ts, _setupReconnect: the same wait each time",
    },
    {
      option: "resend",
      value: "one-by-one",
      source: "lib/client.ts, _onConnect: storeDeliver sends the next packet when the one before is answered",
    },
    {
      option: "maxInflight",
      value: 65_000,
      source: "lib/client.ts has no limit",
    },
    {
      option: "heedsReceiveMaximum",
      value: false,
      source: "lib/client.ts never reads the receive maximum of CONNACK",
    },
    {
      option: "maxQueued",
      value: Number.MAX_SAFE_INTEGER,
      source: "lib/store.ts has no limit",
    },
    {
      option: "queueQos0",
      value: true,
      source: "README, queueQoSZero",
    },
    {
      option: "qos2DeliveredAt",
      value: "pubrel",
      source: "lib/handlers/pubrel.ts",
    },
  ],
};
