/** How the topics are set up that coordinators keep their state in. */
import { INTERNAL_TOPIC } from "../internal-topics.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../protocol/log-config.js";
import type { ControllerConfig, TopicConfig } from "./controller-config.js";

/** offsets.topic.segment.bytes and transaction.state.log.segment.bytes. */
const SEGMENT_BYTES = 104_857_600;

const COMPACTED: LogConfig = {
  ...DEFAULT_LOG_CONFIG,
  deletes: false,
  compacts: true,
  segmentBytes: SEGMENT_BYTES,
};

/** Undefined: no internal topic has that name. */
export function internalTopic(name: string, config: ControllerConfig): TopicConfig | undefined {
  const { brokers, groupState, transactionState } = config;
  const given =
    name === INTERNAL_TOPIC.group
      ? groupState
      : name === INTERNAL_TOPIC.transaction
        ? transactionState
        : undefined;
  if (given === undefined) return undefined;
  const replicationFactor = Math.min(given.replicationFactor, brokers.length);
  return { name, ...given, replicationFactor, uncleanLeaderElection: false, log: COMPACTED };
}
