/** K16: what followers cut off their logs, in the scenarios that showed what was wrong with each of the ways before. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import { BETWEEN_BROKERS, crashOf, cutBetween } from "./random-faults.js";
import { type ClientSpec, type ClusterSpec, TOPIC } from "./cluster.js";
import { claim, happened, KEPT, metric } from "./row.js";

/** Four producers: with acks=all each has one record that waits for those in sync. */
const several: Readonly<Record<string, ClientSpec>> = Object.fromEntries(
  ["producer", "producer2", "producer3", "producer4"].map((name): [string, ClientSpec] => [
    name,
    {
      role: "producer",
      options: { requestTimeout: 3 * SECOND, linger: 0 },
      activities: [
        {
          activity: "send",
          options: { topic: TOPIC },
          pace: { kind: "poisson", start: 4 * SECOND, every: 160 * MILLISECOND, count: 125 },
        },
      ],
    },
  ]),
);

/** Those in sync stay so for longer than they cannot see each other. */
const patient = { replicaLagTimeMax: 30 * SECOND };

/** KIP-101: of two followers one leads for a moment, unseen by the other one, which leads next. */
function twoLeadersDie(draw: Draw): ClusterSpec {
  const at = draw.milliseconds(6_000, 9_000);
  return {
    faults: [
      cutBetween("b2", "b3")(at - 100 * MILLISECOND, 20 * SECOND),
      crashOf("b1")(at, 18 * SECOND),
      crashOf("b2")(at + draw.milliseconds(3_150, 4_500), 16 * SECOND),
    ],
  };
}

/** KIP-279: brokers that cannot see each other lead in turn, and each gets records of its own. */
function leadInTurn(draw: Draw): ClusterSpec {
  const at = draw.milliseconds(14_000, 15_000);
  const lasting = 12 * SECOND;
  return {
    broker: patient,
    clients: several,
    commands: [{ broker: "b2", activity: "elect", options: { topic: TOPIC }, at: at + 600 * MILLISECOND }],
    faults: [
      crashOf("b1")(4_500 * MILLISECOND, 5 * SECOND),
      ...BETWEEN_BROKERS.map(([one, other]) => cutBetween(one, other)(at, lasting)),
      crashOf("b1")(at + draw.milliseconds(1_600, 2_200), lasting),
    ],
  };
}

/** KIP-320: a follower does not hear that its leader was replaced, has lost records, and leads again. */
function unheardOf(draw: Draw): ClusterSpec {
  const at = draw.milliseconds(8_000, 12_000);
  return {
    controller: { sessionTimeout: 9 * SECOND },
    broker: { ...patient, sessionTimeout: 9 * SECOND, heartbeatInterval: 2 * SECOND },
    clients: several,
    commands: [{ broker: "b2", activity: "elect", options: { topic: TOPIC }, at: at + 4 * SECOND }],
    faults: [
      cutBetween("b3", "controller")(at - 100 * MILLISECOND, 7 * SECOND),
      cutBetween("b1", "b2")(at, SECOND),
      {
        verb: "stop",
        node: "b1",
        limit: 30 * SECOND,
        when: { kind: "at", at: at + 500 * MILLISECOND },
        lasting: SECOND,
      },
    ],
  };
}

/** By the way that each of them showed to be wrong. */
const SCENARIOS = [
  ["high-watermark", twoLeadersDie],
  ["kip-101", leadInTurn],
  ["kip-279", unheardOf],
] as const;

function drawn(draw: Draw, isToday: boolean): ClusterSpec {
  const [truncation, scenario] = draw.oneOf(SCENARIOS);
  const cluster = scenario(draw);
  const way = isToday ? {} : { truncation };
  return { ...cluster, readsAfterwards: true, broker: { ...cluster.broker, ...way } };
}

export const TRUNCATION_CLAIMS: readonly Claim[] = [
  claim({
    id: "K16",
    sentence:
      "A follower cuts its log to where it parts from the leader's, by leader epochs: nothing committed is cut, and " +
      "logs agree.",
    source: "KIP-101, KIP-279, KIP-320; hachikuji/kafka-specification",
    property: {
      checks: [...KEPT, "inconsistent-offsets"],
      breach: (result) => {
        const records = metric(result, "kafka_diverging_records");
        return records > 0 ? `Followers had ${records} records otherwise than their leader.` : undefined;
      },
      atRisk: happened("kafka_leader_elections", 3),
    },
    holds: {
      under: "as since KIP-320; elections in quick succession, of which not everybody hears in time",
      cluster: (draw) => drawn(draw, true),
    },
    breaks: {
      under: "truncation=high-watermark, kip-101 or kip-279, each in the scenario that showed its hole",
      cluster: (draw) => drawn(draw, false),
    },
    twin: {
      broken: { truncatesByEpoch: false },
      test: {
        under: "brokers that cannot see each other lead in turn",
        cluster: (draw) => ({ ...leadInTurn(draw), readsAfterwards: true }),
      },
    },
  }),
];
