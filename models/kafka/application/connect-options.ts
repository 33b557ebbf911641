/** What the connectors' tasks have in common, after Kafka Connect, as data. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription } from "../../../src/model/index.js";
import type { ClientDefaults } from "./client-pair.js";

const INT_MAX = 2_147_483_647;

export const CONNECTOR_NAME: OptionDescription = {
  name: "name",
  kind: "text",
  pattern: "^[A-Za-z0-9._-]{1,200}$",
  patternHelp: "a connector's name: letters, digits, . _ -",
  summary: "The connector.",
};

export const OFFSET_FLUSH_INTERVAL: OptionDescription = {
  name: "offsetFlushInterval",
  kind: "duration",
  min: 1,
  default: 60 * SECOND,
  summary: "How often the task flushes and commits how far it has come.",
  source: "offset.flush.interval.ms",
};

export const RESTART_AFTER: OptionDescription = {
  name: "restartAfter",
  kind: "duration",
  min: 1,
  optional: true,
  summary: "A task that has failed is started again after this. By default nobody does.",
  source: "Connect: a failed task is restarted on request",
};

/** Repetitions without end and in order, also where brokers are too old for idempotence. */
export const CONNECT_PRODUCER: ClientDefaults = {
  idempotence: { default: "off", source: "Worker.baseProducerConfigs" },
  maxInFlight: { default: 1, source: "Worker.baseProducerConfigs" },
  deliveryTimeout: { default: INT_MAX * MILLISECOND, source: "Worker.baseProducerConfigs" },
  maxBlock: { default: INT_MAX * MILLISECOND, source: "Worker.baseProducerConfigs: longer still" },
};
