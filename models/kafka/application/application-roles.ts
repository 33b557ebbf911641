/** The roles of applications on top of Kafka. */
import type { Role } from "../../../src/model/index.js";
import type { KafkaRules } from "../rules.js";
import { clientPairCores } from "./client-pair.js";
import { PROCESSOR } from "./processor-options.js";
import { ProcessorProgram } from "./processor-program.js";

export function applicationRoles(rules: KafkaRules): readonly Role[] {
  return [
    {
      ...PROCESSOR,
      cores: clientPairCores,
      build: (place, options) => new ProcessorProgram(place, options, rules),
    },
  ];
}
