/** What a producer is set up with. Durations are nanoseconds, sizes bytes. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { MetadataConfig } from "../metadata.js";
import type { KafkaRules } from "../rules.js";
import type { AccumulatorConfig } from "./accumulator.js";
import type { PartitionerConfig } from "./partitioner.js";

export interface ProducerConfig extends MetadataConfig, AccumulatorConfig, PartitionerConfig {
  readonly acks: number;
  readonly maxInFlight: number;
  readonly maxRequestSize: number;
  readonly maxBlock: Duration;
  readonly requestTimeout: Duration;
  /** How long a producer that is closed waits for the outcomes of what it has. */
  readonly closeTimeout: Duration;
  readonly deliveryTimeout: Duration;
  readonly retries: number;
  readonly retryBackoffMax: Duration;
  readonly idempotent: boolean;
  /** Undefined: no transactions. */
  readonly transactionalId: string | undefined;
  readonly transactionTimeout: Duration;
  /** What the application does once its producer is fenced: it stops, or makes another one of the same name. */
  readonly whenFenced: "stop" | "replace";
  /** Where schemas are registered; undefined: nowhere. */
  readonly schemaRegistry: string | undefined;
  /** Of a record that it sends. */
  readonly recordCost: Duration;
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}
