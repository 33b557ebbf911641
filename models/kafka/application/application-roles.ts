/** The roles of applications on top of Kafka, and of what they need beside it. */
import type { Role } from "../../../src/model/index.js";
import type { KafkaRules } from "../rules.js";
import { SCHEMA_REGISTRY, SchemaRegistryProgram, registryCores } from "../schemas/schema-registry-program.js";
import { clientPairCores } from "./client-pair.js";
import { DATABASE, DatabaseProgram, databaseCores } from "./database-program.js";
import { SERVICE } from "./service-options.js";
import { ServiceProgram } from "./service-program.js";
import { SINK } from "./sink-options.js";
import { SinkProgram } from "./sink-program.js";
import { SOURCE } from "./source-options.js";
import { SourceProgram } from "./source-program.js";
import { PROCESSOR } from "./processor-options.js";
import { ProcessorProgram } from "./processor-program.js";

export function applicationRoles(rules: KafkaRules): readonly Role[] {
  return [
    {
      ...DATABASE,
      cores: databaseCores,
      build: (place, options) => new DatabaseProgram(place, options),
    },
    {
      ...SINK,
      cores: clientPairCores,
      build: (place, options) => new SinkProgram(place, options, rules),
    },
    {
      ...SERVICE,
      cores: clientPairCores,
      build: (place, options) => new ServiceProgram(place, options, rules),
    },
    {
      ...SCHEMA_REGISTRY,
      cores: registryCores,
      build: (place, options) => new SchemaRegistryProgram(place, options, rules),
    },
    {
      ...SOURCE,
      cores: clientPairCores,
      build: (place, options) => new SourceProgram(place, options, rules),
    },
    {
      ...PROCESSOR,
      cores: clientPairCores,
      build: (place, options) => new ProcessorProgram(place, options, rules),
    },
  ];
}
