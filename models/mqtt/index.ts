/** MQTT 3.1.1 and 5.0. */
import type { Model } from "../../src/model/index.js";
import { mqttModel } from "./model.js";

export { mqttModel } from "./model.js";
export type { MqttRules } from "./rules.js";

/** The model as specified. */
export const mqtt: Model = mqttModel();
