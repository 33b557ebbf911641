/** The schema registry on a node, and its role. */
import { type Duration, MILLISECOND } from "../../../src/kernel/index.js";
import type {
  Operation,
  OptionDescription,
  OptionValues,
  Place,
  Program,
  RoleDescription,
} from "../../../src/model/index.js";
import { Answerer, type Oracle } from "../application/exchange.js";
import type { KafkaRules } from "../rules.js";
import {
  COMPATIBILITY_MODES,
  type CompatibilityMode,
  FIELD_TYPES,
  type Field,
  type Schema,
} from "./schema.js";
import {
  REGISTRY_HTTP,
  type RegistryAnswer,
  type RegistryQuestion,
  SchemaRegistry,
} from "./schema-registry.js";

export const SCHEMA_REGISTRY: RoleDescription = {
  name: "schema-registry",
  summary: "A schema registry: gives schemas their ids, and refuses versions that are not compatible.",
  options: [
    {
      name: "compatibility",
      kind: "choice",
      choices: COMPATIBILITY_MODES,
      default: "BACKWARD",
      summary: "What a new version of a subject must be able to read, or be read by.",
      source: "schema.compatibility.level of Confluent's Schema Registry",
    },
    {
      name: "requestTime",
      kind: "duration",
      min: 0,
      default: MILLISECOND,
      summary: "How long a request takes it, one at a time.",
      source: "assumed",
    },
  ],
  activities: [],
  metrics: [
    {
      name: "kafka_schema_requests",
      unit: "",
      over: "sum",
      summary: "Requests that schema registries were sent.",
    },
    { name: "kafka_schemas_registered", unit: "", over: "sum", summary: "Versions that they took." },
    {
      name: "kafka_schemas_refused",
      unit: "",
      over: "sum",
      summary: "Incompatible versions that they refused.",
    },
  ],
  gauges: [],
};

const FIELD: OptionDescription = {
  name: "field",
  kind: "record",
  fields: [
    { name: "name", kind: "text", summary: "Its name." },
    { name: "type", kind: "choice", choices: FIELD_TYPES, default: "string", summary: "Its type." },
    {
      name: "defaulted",
      kind: "boolean",
      default: false,
      summary: "It has a default, for values that were written without it.",
    },
  ],
  summary: "A field.",
};

export function schemaOption(name: string, summary: string): OptionDescription {
  const fields: OptionDescription = { name: "fields", kind: "list", of: FIELD, summary: "Its fields." };
  return { name, kind: "record", optional: true, fields: [fields], summary };
}

export function schemaOf(value: OptionValues[string] | undefined): Schema | undefined {
  if (value === undefined) return undefined;
  return { fields: (value as OptionValues)["fields"] as unknown as readonly Field[] };
}

export const REGISTRY_NODE: OptionDescription = {
  name: "schemaRegistry",
  kind: "node",
  role: "kafka.schema-registry",
  optional: true,
  summary: "Where it finds schemas, and has them registered.",
  source: "schema.registry.url",
};

export class SchemaRegistryProgram implements Program, Oracle<RegistryQuestion, RegistryAnswer> {
  readonly #registry: SchemaRegistry;
  readonly #requestTime: Duration;
  readonly #answerer: Answerer<RegistryQuestion, RegistryAnswer>;

  constructor(place: Place, options: OptionValues, rules: KafkaRules) {
    this.#registry = new SchemaRegistry(
      options["compatibility"] as CompatibilityMode,
      rules.refusesIncompatible,
    );
    this.#requestTime = options["requestTime"] as number;
    this.#answerer = new Answerer(place, REGISTRY_HTTP, this);
  }

  start(): void {
    this.#answerer.listen();
  }

  /** What it has registered is safe. */
  crashed(): void {}

  operation(activity: string): Operation {
    throw new Error(`a schema registry knows no activity ${activity}`);
  }

  reportHeld(): void {}

  metrics(): Readonly<Record<string, number>> {
    const { requests, registered, refused } = this.#registry.counts;
    return {
      kafka_schema_requests: requests,
      kafka_schemas_registered: registered,
      kafka_schemas_refused: refused,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return {};
  }

  snapshot(): unknown {
    return this.metrics();
  }

  // Oracle

  answer(question: RegistryQuestion): RegistryAnswer {
    return this.#registry.answer(question);
  }

  cost(): Duration {
    return this.#requestTime;
  }
}

export function registryCores(options: OptionValues): number | undefined {
  return options["requestTime"] === 0 ? undefined : 1;
}
