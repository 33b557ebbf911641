/** Options that clients and brokers have in common. */
import { MILLISECOND } from "../../src/kernel/index.js";
import type { OptionDescription } from "../../src/model/index.js";

export const QUEUE_OPTIONS: readonly OptionDescription[] = [
  {
    name: "maxQueued",
    kind: "count",
    min: 0,
    unlimited: true,
    default: 1_000,
    summary: "Messages that may wait for one receiver's window or connection.",
    source: "mosquitto.conf(5), max_queued_messages",
  },
  {
    name: "whenFull",
    kind: "choice",
    choices: ["drop-newest", "drop-oldest"],
    default: "drop-newest",
    summary: "Which message a full queue drops.",
    source: "mosquitto drops the newest, EMQX the oldest",
  },
  {
    name: "queueQos0",
    kind: "boolean",
    default: false,
    summary: "QoS 0 messages wait for a connection too, instead of being dropped.",
    source: "mosquitto.conf(5), queue_qos0_messages",
  },
  {
    name: "qos2DeliveredAt",
    kind: "choice",
    choices: ["publish", "pubrel"],
    default: "publish",
    summary: "When a received QoS 2 message is passed on: at PUBLISH, or at PUBREL as mosquitto does.",
    source: "MQTT 5.0 figure 4.3",
  },
];

export const RETRY_OPTION: OptionDescription = {
  name: "retryInterval",
  kind: "duration",
  min: MILLISECOND,
  default: 300 * MILLISECOND,
  summary: "Over datagrams: how long to wait for an answer before sending again.",
  source: "three round trips of a link with 50 ms each way; MQTT-SN 1.2 suggests 10 s to 15 s (T_retry)",
};
