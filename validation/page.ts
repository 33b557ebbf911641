/** `docs/validation/reality.md`. */
import type { Comparison, JudgedCell } from "./bars.js";
import { causeOf } from "./causes.js";
import { BROKER_PROCESSING, CLIENT_PROCESSING } from "./experiment-of-cell.js";
import { brief, errorOf, summaryLine } from "./results.js";

interface Group {
  readonly title: string;
  readonly prefixes: readonly string[];
  readonly about: string;
}

const GROUPS: readonly Group[] = [
  {
    title: "Delay and loss, as shipped",
    prefixes: ["mqtt-grid-", "mqtt-phase-"],
    about:
      "Clients and broker as they ship, Nagle's algorithm on. `d` is the delay one way in ms, `l` the loss in %.",
  },
  {
    title: "Without Nagle's algorithm",
    prefixes: ["mqtt-nodelay-"],
    about: "The same with TCP_NODELAY on both sides.",
  },
  {
    title: "QoS 2 without limits, and version 5",
    prefixes: ["mqtt-unlimited-", "mqtt-v5-"],
    about: "`max_inflight_messages 0`, and clients that speak 5.0.",
  },
  {
    title: "Outages",
    prefixes: ["mqtt-outage"],
    about:
      "The link carries nothing for 5 or 90 s, for both clients or the subscriber alone. Keep alive 15 s.",
  },
  {
    title: "Subscriber killed; small queues",
    prefixes: ["mqtt-kill", "mqtt-maxqueued"],
    about: "The subscriber's process is killed and started again.",
  },
  {
    title: "Variants",
    prefixes: ["mqtt-var-"],
    about: "Loss one way, other rates and sizes, jitter, messages at fixed instants.",
  },
];

export function page(judged: readonly JudgedCell[], runs: number): string {
  const groups = GROUPS.map((group) => sectionOf(group, judged));
  return `# Reality

What real brokers and clients did over a real lossy link, and what the simulator makes of the same: mosquitto 2.0.11 and
MQTT.js 5.16 on Linux 6.18 (CUBIC), a publisher and a subscriber in one network namespace, the broker in another,
a delayed and lossy link between them. [The measurements](reality-cells.json) are medians and ranges over 1 to 8
replicates of each cell. Made by \`npm run reality\`: ${runs} runs a cell, at random arrivals and phases.

**${summaryLine(judged)}.**

![Mean latency, simulated against measured](reality.svg)

Mean latencies of all cells: medians over runs and replicates, with the ranges of both. Dashed: 15 % either way.

## How

- Nodes have the profiles \`mosquitto-2.0\` and \`mqtt.js-5\`, TCP its defaults. A probe beside the broker sees when a
  message is routed. \`npm run reality -- --print CELL\` prints the experiment of a cell.
- **Fitted is the processing time of an input**, ${BROKER_PROCESSING} at the broker and ${CLIENT_PROCESSING} at a client, and nothing else. It is
  read from the cells without loss and without Nagle's algorithm (\`mqtt-nodelay-d50-l0-*\`): a QoS 0 message passes one
  input of each after it was published and took 100.4 to 100.5 ms over 100.07 ms of link, a QoS 2 message three of each and
  301.1 to 301.2 ms over 300.21. The packet traces of the rig show the same times: 0.09 to 0.10 and 0.18 to 0.23 ms.
- The rig's relay releases packets 35 µs late on average; links are as much longer.
- A killed subscriber is back a third of a second after its down time, which the rig's processes took to start.
- Message i is published at a random instant of its slot; where the cell says \`fixed\`, at its beginning.
- What counts as met: without faults and with loss up to 2 %, mean and median latency within 15 % of the measured
  median or inside the measured range, the 99th percentile within 30 % or 15 ms, the delivered share within
  0.01; with more loss, the median latency inside the range widened by a quarter; with outages and kills, messages lost
  within the range ± 10, duplicates ± 2, reconnects inside it. Without loss and with Nagle's algorithm, the latency depends on
  the accidental phase of the two legs, and the range includes the \`mqtt-phase-*\` cells.
- Replicates of one cell differ by 2 to 4 % in the mean up to 2 % loss and by 24 % at 10 %: no prediction is better
  than that.

Other measurements of the same format: \`npm run reality -- --cells FILE.json --format json\`.

## Cell by cell

Simulated (median over the runs) beside measured (median; range), with the error of the one against the other.

${groups.join("\n\n")}

## Misses

${missesOf(judged)}
`;
}

function sectionOf({ title, prefixes, about }: Group, judged: readonly JudgedCell[]): string {
  const own = judged.filter(({ cell }) => prefixes.some((prefix) => cell.cell.startsWith(prefix)));
  const names = [...new Set(own.flatMap(({ comparisons }) => comparisons.map(({ measure }) => measure)))];
  const rows = own.map(({ cell, comparisons, met }) => {
    const columns = names.map((name) => columnOf(comparisons.find(({ measure }) => measure === name)));
    return `| ${cell.cell} | ${columns.join(" | ")} | ${met ? "yes" : "**no**"} |`;
  });
  const titles = names.map((name) => name.replace(/^latency_(.*)_ms$/, "$1, ms").replaceAll("_", " "));
  const met = own.filter((cell) => cell.met).length;
  return [
    `### ${title}`,
    "",
    `${about} ${met} of ${own.length} met.`,
    "",
    `| cell | ${titles.join(" | ")} | met |`,
    `| --- | ${titles.map(() => "---").join(" | ")} | --- |`,
    ...rows,
  ].join("\n");
}

function columnOf(comparison: Comparison | undefined): string {
  if (comparison === undefined) return "";
  const { simulated, measured, met } = comparison;
  const range = measured.min === measured.max ? "" : `; ${brief(measured.min)}–${brief(measured.max)}`;
  const error = errorOf(comparison);
  const words = `${brief(simulated)} · ${brief(measured.median)}${range}${error === "" ? "" : ` · ${error}`}`;
  return met ? words : `**${words}**`;
}

function missesOf(judged: readonly JudgedCell[]): string {
  const missed = judged.filter(({ met }) => !met);
  if (missed.length === 0) return "None.";
  const rows = missed.map((judgedCell) => {
    const { cell, comparisons } = judgedCell;
    const what = comparisons
      .filter(({ met }) => !met)
      .map(({ measure }) => measure.replace(/^latency_|_ms$/g, ""));
    return `| ${cell.cell} | ${what.join(", ")} | ${causeOf(judgedCell) ?? "**not known**"} |`;
  });
  return ["| cell | in | cause |", "| --- | --- | --- |", ...rows].join("\n");
}
