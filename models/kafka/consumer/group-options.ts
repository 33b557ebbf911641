/** The options of a consumer that concern its group. */
import { SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place } from "../../../src/model/index.js";
import type { AssignorName } from "../group/assignors.js";
import type { GroupConfig } from "./consumer-config.js";

export const GROUP_OPTIONS: readonly OptionDescription[] = [
  {
    name: "group",
    kind: "text",
    optional: true,
    pattern: "^[A-Za-z0-9._-]{1,249}$",
    patternHelp: "a group's id: letters, digits, . _ -",
    summary: "The group that it is a member of. Without one it is assigned everything and commits nothing.",
    source: "group.id",
  },
  {
    name: "groupProtocol",
    kind: "choice",
    choices: ["classic", "consumer"],
    default: "classic",
    summary: "How the group comes to its assignment: by its leader, or, with KIP-848, by the coordinator.",
    source: "group.protocol",
  },
  {
    name: "staticMember",
    kind: "boolean",
    default: false,
    summary: "It keeps its place in the group across a restart.",
    source: "group.instance.id is not set",
  },
  {
    name: "instanceId",
    kind: "text",
    optional: true,
    summary: "What a static member goes by; by default its node's name.",
    source: "group.instance.id",
  },
  {
    name: "assignors",
    kind: "list",
    of: {
      name: "assignor",
      kind: "choice",
      choices: ["range", "roundrobin", "sticky", "cooperative-sticky"],
      summary: "An assignor.",
    },
    default: ["range", "cooperative-sticky"],
    summary:
      "With the classic protocol, by preference. Members give up everything in a rebalance unless all of these are cooperative.",
    source: "partition.assignment.strategy",
  },
  {
    name: "remoteAssignor",
    kind: "choice",
    choices: ["uniform", "range"],
    default: "uniform",
    summary: "With KIP-848, the assignor of the coordinator.",
    source: "group.remote.assignor; the first one of group.consumer.assignors",
  },
  {
    name: "sessionTimeout",
    kind: "duration",
    min: 1,
    default: 45 * SECOND,
    summary: "With the classic protocol, a member that is not heard of for so long is out.",
    source: "session.timeout.ms",
  },
  {
    name: "heartbeatInterval",
    kind: "duration",
    min: 1,
    default: 3 * SECOND,
    summary: "With the classic protocol, time between two heartbeats.",
    source: "heartbeat.interval.ms",
  },
];

export function groupConfig(options: OptionValues, place: Place): GroupConfig | undefined {
  const id = options["group"] as string | undefined;
  if (id === undefined) return undefined;
  const instanceId = (options["instanceId"] as string | undefined) ?? place.node.name;
  return {
    id,
    protocol: options["groupProtocol"] as GroupConfig["protocol"],
    instanceId: options["staticMember"] === true ? instanceId : undefined,
    assignors: options["assignors"] as readonly AssignorName[],
    remoteAssignor: options["remoteAssignor"] as string,
    sessionTimeout: options["sessionTimeout"] as number,
    heartbeatInterval: options["heartbeatInterval"] as number,
  };
}
