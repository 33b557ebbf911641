/** Every workload, in the order in which they are printed. */
import type { Measurement, Workload } from "../workload.js";
import { CLI_START } from "./cli-start.js";
import { HOLDS } from "./hold.js";
import { IDLE_CLIENTS } from "./idle-clients.js";
import { KAFKA_PIPELINE, KAFKA_RECORDS } from "./kafka-pipeline.js";
import { MM1 } from "./mm1.js";
import { MQTT_DATAGRAM } from "./mqtt-datagram.js";
import { MQTT_TCP } from "./mqtt-tcp.js";
import { STOP_AND_WAIT } from "./stop-and-wait.js";
import { SWEEP } from "./sweep.js";
import { TCP_BULK } from "./tcp-bulk.js";

export const ALL: readonly (Workload | Measurement)[] = [
  ...HOLDS,
  MM1,
  STOP_AND_WAIT,
  ...MQTT_DATAGRAM,
  ...MQTT_TCP,
  ...TCP_BULK,
  KAFKA_PIPELINE,
  ...IDLE_CLIENTS,
  ...KAFKA_RECORDS,
  ...CLI_START,
  SWEEP,
];
