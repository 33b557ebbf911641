/**
 * Eclipse mosquitto 2.0 as it ships, in what differs from the defaults or decides what is measured. Read from the
 * manual page mosquitto.conf(5) and the sources of 2.0.11.
 */
import { SECOND } from "../../../src/kernel/index.js";
import type { ProfileDescription } from "../../../src/model/index.js";

export const MOSQUITTO_2_0: ProfileDescription = {
  name: "mosquitto-2.0",
  summary: "Eclipse mosquitto 2.0 as it ships (read from 2.0.11); it leaves Nagle's algorithm on.",
  values: [
    {
      option: "maxInflight",
      value: 20,
      source: "mosquitto.conf(5), max_inflight_messages",
    },
    {
      option: "windowRefill",
      value: "whole",
      source:
        "src/database.c, db__message_delete_outgoing: counts from the place of the acknowledged message (issue 2301)",
    },
    {
      option: "maxQueued",
      value: 1000,
      source: "mosquitto.conf(5), max_queued_messages",
    },
    {
      option: "queueCounts",
      value: "all",
      source: "src/database.c, db__ready_for_queue; issue 2611",
    },
    {
      option: "whenFull",
      value: "drop-newest",
      source: "src/database.c, db__message_insert",
    },
    {
      option: "queueQos0",
      value: false,
      source: "mosquitto.conf(5), queue_qos0_messages",
    },
    {
      option: "qos2DeliveredAt",
      value: "pubrel",
      source: "src/database.c, db__message_release_incoming",
    },
    {
      option: "receiveMaximum",
      value: 20,
      source:
        "mosquitto.conf(5), max_inflight_messages: it limits both directions; src/send_connack.c announces it",
    },
    {
      option: "whenExceeded",
      value: "refuse",
      source: "src/handle_publish.c (MQTT_RC_QUOTA_EXCEEDED); lib/send_mosq.c counts the answers",
    },
    {
      option: "sessionExpiryMax",
      value: Number.MAX_SAFE_INTEGER,
      source: "mosquitto.conf(5), persistent_client_expiration",
    },
    {
      option: "persistence",
      value: false,
      source: "mosquitto.conf(5), persistence",
    },
    {
      option: "keepAliveFactor",
      value: 1.5,
      source: "src/keepalive.c, keepalive__check",
    },
    {
      option: "keepAlivePolling",
      value: 6 * SECOND,
      source: "src/keepalive.c, keepalive__check: when more than 5 whole seconds have passed",
    },
  ],
};
