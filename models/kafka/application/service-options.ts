/** The options, the activity and the metrics of an event-sourced service, as data. */
import type { OptionDescription, OptionValues, RoleDescription } from "../../../src/model/index.js";
import { BOOTSTRAP, TOPIC_NAME } from "../shared-options.js";
import {
  CLIENT_PAIR_GAUGES,
  CLIENT_PAIR_METRICS,
  type ClientPairOptions,
  consumerOptions,
  producerOptions,
} from "./client-pair.js";

const SERVICE_OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  {
    name: "name",
    kind: "text",
    pattern: "^[A-Za-z0-9._-]{1,200}$",
    patternHelp: "a service's name: letters, digits, . _ -",
    summary: "The service. Instances have the same name, and the same state.",
  },
  { name: "topic", kind: "text", ...TOPIC_NAME, summary: "Its events: the state is what they add up to." },
  {
    name: "capacity",
    kind: "count",
    min: 1,
    default: 1,
    summary: "Events that a key takes: a command that would make it more is refused.",
    source: "the service's own rule",
  },
  {
    name: "applyAt",
    kind: "choice",
    choices: ["acknowledged", "log"],
    default: "acknowledged",
    summary:
      "When an event becomes a part of the state, and its command is answered: acknowledged, or read back.",
    source: "the service's own",
  },
  {
    name: "fenced",
    kind: "boolean",
    default: false,
    summary:
      "Whether events are written in transactions under the service's name, so that an older instance can write none.",
    source: "transactional.id is not set",
  },
  {
    name: "snapshotEvery",
    kind: "count",
    min: 0,
    default: 0,
    summary:
      "After so many events it writes its state to a compacted topic, and begins from there; 0: from the first event.",
    source: "the service's own",
  },
  {
    name: "snapshotTopic",
    kind: "text",
    ...TOPIC_NAME,
    default: "snapshots",
    summary: "Where that is.",
  },
  consumerOptions([
    "bootstrap",
    "topics",
    "group",
    "commit",
    "autoOffsetReset",
    "startFrom",
    "isolation",
    "handOff",
  ]),
  producerOptions(["bootstrap", "topics", "transactionalId", "whenFenced"]),
];

export const SERVICE: RoleDescription = {
  name: "service",
  summary:
    "An event-sourced service: its state is what it has read from its own log, and its answers follow from that.",
  options: SERVICE_OPTIONS,
  activities: [
    {
      name: "command",
      summary: "Asks the service for one event more of a key. Over when it is answered.",
      options: [
        { name: "keys", kind: "count", min: 1, default: 10, summary: "So many different keys in turn." },
        { name: "value", kind: "size", min: 0, max: 1_048_000, default: 100, summary: "Bytes of an event." },
      ],
    },
  ],
  metrics: [
    ...CLIENT_PAIR_METRICS,
    {
      name: "kafka_commands_accepted",
      unit: "",
      over: "sum",
      summary: "Commands whose events are in the state.",
    },
    {
      name: "kafka_commands_refused",
      unit: "",
      over: "sum",
      summary: "Commands that the state did not allow.",
    },
    {
      name: "kafka_commands_failed",
      unit: "",
      over: "sum",
      summary: "Commands whose events were not written, or nobody knows.",
    },
    { name: "kafka_state_applied", unit: "", over: "max", summary: "Events in the state." },
    {
      name: "kafka_events_missing",
      unit: "",
      over: "sum",
      summary: "Events that a service had acknowledged and that its state has not.",
    },
    {
      name: "kafka_capacity_exceeded",
      unit: "",
      over: "max",
      summary: "Events in the state beyond what their keys take.",
    },
    { name: "kafka_events_replayed", unit: "", over: "sum", summary: "Events read before a process served." },
    {
      name: "kafka_rebuild_ms",
      unit: "ms",
      over: "max",
      summary: "Time from the last start of its process until it served.",
    },
  ],
  gauges: [
    ...CLIENT_PAIR_GAUGES,
    { name: "kafka_commands_waiting", unit: "", over: "sum", summary: "Commands without an answer." },
  ],
};

export interface ServiceConfig {
  readonly name: string;
  readonly topic: string;
  readonly capacity: number;
  readonly applyAt: "acknowledged" | "log";
  readonly fenced: boolean;
  readonly snapshotEvery: number;
  readonly snapshotTopic: string;
}

export function serviceConfig(options: OptionValues): ServiceConfig {
  return {
    name: options["name"] as string,
    topic: options["topic"] as string,
    capacity: options["capacity"] as number,
    applyAt: options["applyAt"] as ServiceConfig["applyAt"],
    fenced: options["fenced"] === true,
    snapshotEvery: options["snapshotEvery"] as number,
    snapshotTopic: options["snapshotTopic"] as string,
  };
}

/** With `topic`, the consumer that reads it; that of the snapshots is another one like it. */
export function serviceClients(options: OptionValues, topic: string): ClientPairOptions {
  const { name, topic: events, snapshotTopic, snapshotEvery, fenced } = serviceConfig(options);
  const bootstrap = options["bootstrap"] as OptionValues[string];
  const consumer = options["consumer"] as OptionValues;
  const producer = options["producer"] as OptionValues;
  return {
    consumer: {
      ...consumer,
      bootstrap,
      topics: [topic],
      commit: "none",
      autoOffsetReset: "earliest",
      isolation: fenced ? "read_committed" : "read_uncommitted",
      handOff: 0,
    },
    producer: {
      ...producer,
      bootstrap,
      topics: snapshotEvery > 0 ? [events, snapshotTopic] : [events],
      whenFenced: "stop",
      ...(fenced ? { transactionalId: name } : {}),
    },
  };
}
