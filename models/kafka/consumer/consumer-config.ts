/** What a consumer is set up with. Durations are nanoseconds, sizes bytes. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { MetadataConfig } from "../metadata.js";

export interface ConsumerConfig extends MetadataConfig {
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWait: Duration;
  readonly maxPartitionFetchBytes: number;
  readonly autoOffsetReset: "earliest" | "latest";
  /** Of a record that it is sent. */
  readonly recordCost: Duration;
  readonly connection: ConnectionConfig;
}
