/** MQTT as a model: its roles, and how their programs are built. */
import type { Model, OptionValues, Place, Program, Role } from "../../src/model/index.js";
import { BROKER } from "./broker-description.js";
import { brokerConfig } from "./broker-options.js";
import { BrokerProgram } from "./broker-program.js";
import { CLIENT } from "./client-description.js";
import { SharedConfig, clientConfig, subscriptionRequests } from "./client-options.js";
import { ClientProgram } from "./client-program.js";
import { type MqttRules, SPECIFIED } from "./rules.js";
import { matchesTopic } from "./topic-filter.js";

/** The model with some of its rules broken on purpose; without any, as specified. */
export function mqttModel(broken: Partial<MqttRules> = {}): Model {
  const rules: MqttRules = { ...SPECIFIED, ...broken };
  return {
    name: "mqtt",
    summary: "MQTT 3.1.1 and 5.0: clients and brokers with sessions and three qualities of service.",
    roles: [clientRole(rules), brokerRole(rules)],
    matches: matchesTopic,
  };
}

function clientRole(rules: MqttRules): Role {
  const shared = new SharedConfig();
  return {
    ...CLIENT,
    build(place: Place, options: OptionValues): Program {
      const config = shared.of(clientConfig(options, rules));
      const clientId = options["clientId"] as string | undefined;
      return new ClientProgram(place, config, clientId, subscriptionRequests(options));
    },
  };
}

function brokerRole(rules: MqttRules): Role {
  return {
    ...BROKER,
    build: (place: Place, options: OptionValues): Program =>
      new BrokerProgram(place, brokerConfig(options, rules)),
  };
}
