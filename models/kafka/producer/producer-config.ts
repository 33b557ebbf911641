/** What a producer is set up with. Durations are nanoseconds, sizes bytes. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { MetadataConfig } from "../metadata.js";
import type { KafkaRules } from "../rules.js";

export interface ProducerConfig extends MetadataConfig {
  readonly acks: number;
  readonly batchSize: number;
  readonly linger: Duration;
  readonly maxInFlight: number;
  readonly maxRequestSize: number;
  readonly requestTimeout: Duration;
  readonly deliveryTimeout: Duration;
  readonly retries: number;
  readonly retryBackoffMax: Duration;
  readonly idempotent: boolean;
  readonly partitioner: "default" | "round-robin";
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}
