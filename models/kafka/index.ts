/** Kafka: the partitioned, replicated log. */
import type { Model } from "../../src/model/index.js";
import { kafkaModel } from "./model.js";

export { kafkaModel } from "./model.js";
export type { KafkaRules } from "./rules.js";

/** The model as specified. */
export const kafka: Model = kafkaModel();
