/** From the options of an experiment file to what a broker machine is set up with. */
import type { OptionValues } from "../../src/model/index.js";
import type { BrokerConfig } from "./broker-config.js";
import type { Qos2Delivery } from "./client-config.js";
import { wholeSeconds } from "./client-options.js";
import type { MqttRules } from "./rules.js";

export function brokerConfig(options: OptionValues, rules: MqttRules): BrokerConfig {
  return {
    maxInflight: options["maxInflight"] as number,
    maxQueued: options["maxQueued"] as number,
    dropsOldest: options["whenFull"] === "drop-oldest",
    queueCountsAll: options["queueCounts"] === "all",
    refills: options["windowRefill"] === "whole",
    queuesQos0: options["queueQos0"] === true,
    receiveMaximum: options["receiveMaximum"] as number,
    whenExceeded: options["whenExceeded"] as BrokerConfig["whenExceeded"],
    sessionExpiryMax: wholeSeconds(options["sessionExpiryMax"] as number),
    persistent: options["persistence"] === true,
    deliversQos2At: options["qos2DeliveredAt"] as Qos2Delivery,
    keepAliveFactor: options["keepAliveFactor"] as number,
    keepAlivePolling: options["keepAlivePolling"] as number,
    retryInterval: options["retryInterval"] as number,
    rules,
  };
}
