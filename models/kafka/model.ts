/** Kafka as a model: its roles, and how their programs are built. */
import type { Model, OptionValues, Place, Program } from "../../src/model/index.js";
import { applicationRoles } from "./application/application-roles.js";
import { BROKER, brokerConfig } from "./broker/broker-description.js";
import { BrokerProgram } from "./broker/broker-program.js";
import { CONSUMER_ROLE, consumerConfig } from "./consumer/consumer-description.js";
import { ConsumerProgram } from "./consumer/consumer-program.js";
import { CONTROLLER, controllerConfig } from "./controller/controller-description.js";
import { ControllerProgram } from "./controller/controller-program.js";
import { brokerCores, clientCores } from "./costs.js";
import { PRODUCER, producerConfig } from "./producer/producer-description.js";
import { ProducerProgram } from "./producer/producer-program.js";
import { producerRefusals } from "./producer/producer-refusals.js";
import { type KafkaRules, SPECIFIED } from "./rules.js";
import { matchesPartition } from "./topic-filters.js";

/** The model with some of its rules broken on purpose; without any, as specified. */
export function kafkaModel(broken: Partial<KafkaRules> = {}): Model {
  const rules: KafkaRules = { ...SPECIFIED, ...broken };
  return {
    name: "kafka",
    summary:
      "Kafka 4.1: a partitioned, replicated log with its controller, brokers, producers and consumers.",
    roles: [
      {
        ...CONTROLLER,
        build: (place: Place, options: OptionValues): Program =>
          new ControllerProgram(place, controllerConfig(options, place, rules)),
      },
      {
        ...BROKER,
        cores: brokerCores,
        build: (place: Place, options: OptionValues): Program =>
          new BrokerProgram(place, brokerConfig(options, place, rules)),
      },
      {
        ...PRODUCER,
        refusals: producerRefusals,
        cores: clientCores,
        build: (place: Place, options: OptionValues): Program =>
          new ProducerProgram(place, producerConfig(options, place, rules)),
      },
      {
        ...CONSUMER_ROLE,
        cores: clientCores,
        build: (place: Place, options: OptionValues): Program =>
          new ConsumerProgram(place, consumerConfig(options, place, rules)),
      },
      ...applicationRoles(rules),
    ],
    matches: matchesPartition,
    logs: true,
  };
}
