/** The options of a broker that concern the groups which it coordinates. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues } from "../../../src/model/index.js";
import type { BrokerConfig } from "./broker-config.js";

const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const COORDINATOR_OPTIONS: readonly OptionDescription[] = [
  {
    name: "groupInitialRebalanceDelay",
    kind: "duration",
    min: 0,
    default: 3 * SECOND,
    summary: "How long an empty group waits for more members after the latest one has come.",
    source: "group.initial.rebalance.delay.ms",
  },
  {
    name: "consumerGroupHeartbeatInterval",
    kind: "duration",
    min: 1,
    default: 5 * SECOND,
    summary: "Time between two heartbeats of a member of a consumer group (KIP-848).",
    source: "group.consumer.heartbeat.interval.ms",
  },
  {
    name: "consumerGroupSessionTimeout",
    kind: "duration",
    min: 1,
    default: 45 * SECOND,
    summary: "A member of a consumer group that is not heard of for so long is out.",
    source: "group.consumer.session.timeout.ms",
  },
  {
    name: "offsetsRetention",
    kind: "duration",
    min: MILLISECOND,
    default: 7 * DAY,
    summary: "How long an empty group's offsets are kept.",
    source: "offsets.retention.minutes",
  },
  {
    name: "offsetsRetentionCheckInterval",
    kind: "duration",
    min: MILLISECOND,
    default: 10 * MINUTE,
    summary: "Time between two looks for offsets that are too old.",
    source: "offsets.retention.check.interval.ms",
  },
  {
    name: "offsetCommitTimeout",
    kind: "duration",
    min: 1,
    default: 5 * SECOND,
    summary: "A coordinator waits so long for what it has written to be replicated.",
    source: "offsets.commit.timeout.ms",
  },
];

export function coordinatorConfig(
  options: OptionValues,
): Pick<
  BrokerConfig,
  | "groupInitialRebalanceDelay"
  | "consumerGroupHeartbeatInterval"
  | "consumerGroupSessionTimeout"
  | "offsetsRetention"
  | "offsetsRetentionCheckInterval"
  | "offsetCommitTimeout"
> {
  return {
    groupInitialRebalanceDelay: options["groupInitialRebalanceDelay"] as number,
    consumerGroupHeartbeatInterval: options["consumerGroupHeartbeatInterval"] as number,
    consumerGroupSessionTimeout: options["consumerGroupSessionTimeout"] as number,
    offsetsRetention: options["offsetsRetention"] as number,
    offsetsRetentionCheckInterval: options["offsetsRetentionCheckInterval"] as number,
    offsetCommitTimeout: options["offsetCommitTimeout"] as number,
  };
}
