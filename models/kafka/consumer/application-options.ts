/** The options of a consumer that concern its application: how it polls, works and commits. */
import { type Distribution, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues } from "../../../src/model/index.js";
import type { ApplicationConfig } from "./consumer-config.js";

export const APPLICATION_OPTIONS: readonly OptionDescription[] = [
  {
    name: "processing",
    kind: "distribution",
    default: { kind: "constant", value: 0 },
    summary: "How long the application works on one record; until then it does not count as delivered.",
    source: "the application's own",
  },
  {
    name: "handOff",
    kind: "count",
    min: 0,
    unlimited: true,
    default: 0,
    summary:
      "Polled records are handed to another thread, which may have so many waiting, and the loop polls on; 0: the loop works on them.",
    source: "the application's own",
  },
  {
    name: "maxPollRecords",
    kind: "count",
    min: 1,
    default: 500,
    summary: "Most that one poll returns.",
    source: "max.poll.records",
  },
  {
    name: "maxPollInterval",
    kind: "duration",
    min: 1,
    default: 300 * SECOND,
    summary:
      "A member whose application does not poll for so long leaves its group; also the rebalance timeout.",
    source: "max.poll.interval.ms",
  },
  {
    name: "commit",
    kind: "choice",
    choices: ["auto", "sync", "async", "none"],
    default: "auto",
    summary:
      "Who commits: the consumer inside poll, or the application, waiting for the answer or not. Without a group nobody does.",
    source: "enable.auto.commit",
  },
  {
    name: "commitAt",
    kind: "choice",
    choices: ["after", "before"],
    default: "after",
    summary:
      "Whether the application commits after or before it works. Without effect with `handOff` or `commit: auto`.",
    source: "the application's own",
  },
  {
    name: "commitEach",
    kind: "choice",
    choices: ["poll", "record"],
    default: "poll",
    summary: "Whether the application commits what a poll returned at once, or record by record.",
    source: "the application's own",
  },
  {
    name: "autoCommitInterval",
    kind: "duration",
    min: 1,
    default: 5 * SECOND,
    summary: "Time between two automatic commits; the next poll after it commits.",
    source: "auto.commit.interval.ms",
  },
];

export function applicationConfig(options: OptionValues, processing: Distribution): ApplicationConfig {
  return {
    maxPollRecords: options["maxPollRecords"] as number,
    processing,
    handOff: options["handOff"] as number,
    commit: options["commit"] as ApplicationConfig["commit"],
    commitAt: options["commitAt"] as ApplicationConfig["commitAt"],
    commitEach: options["commitEach"] as ApplicationConfig["commitEach"],
  };
}
