/** What an administrator has a broker pass on to the controller. */
import type { Instant } from "../../../src/kernel/index.js";
import type { OptionValues, Place } from "../../../src/model/index.js";
import type { Command } from "./controller-link.js";

/** Throws when there is no such activity. */
export function commandOf(
  activity: string,
  options: OptionValues,
  place: Place,
  done: (now: Instant) => void,
): Command {
  const topic = options["topic"] as string;
  switch (activity) {
    case "reassign": {
      const names = options["replicas"] as readonly string[];
      const replicas = names.map((name) => place.nodeNamed(name).index);
      const body = { topic, index: options["partition"] as number, replicas };
      return { api: "AlterPartitionReassignments", body, done };
    }
    case "elect":
      return { api: "ElectLeaders", body: { topic, unclean: options["type"] === "unclean" }, done };
    default:
      throw new Error(`a Kafka broker knows no activity ${activity}`);
  }
}
