/** The run that the report shows packet by packet: one in which something happened. */
import type { Cell, ExperimentPlan, Results } from "../experiment/index.js";
import { type Instant, RandomChance, SECOND } from "../kernel/index.js";
import { type Registry, runOne } from "../scenario/index.js";
import type { TraceEvent } from "../trace/index.js";
import { sequenceDiagram } from "../view/index.js";

export interface ReportDiagram {
  readonly svg: string;
  readonly caption: string;
}

/** As many packets as can be followed by eye. */
const PACKETS_MAX = 30;

/** Draws the first replication of the most telling cell, from shortly before the first loss. */
export function reportDiagram(
  plan: ExperimentPlan,
  results: Results,
  registry: Registry,
): ReportDiagram | undefined {
  const cell = tellingCell(plan, results);
  if (cell === undefined) return undefined;
  const { trace = [] } = runOne(cell.scenario, registry, new RandomChance(plan.seed, 0), { trace: true });
  const { from, why } = beginning(trace);
  const svg = sequenceDiagram(trace, { level: "protocol", from, packetsMax: PACKETS_MAX });
  const of = cell.label === "" ? "" : ` of ${cell.label}`;
  return { svg, caption: `Replication 0${of}, from ${(from / SECOND).toFixed(3)} s: ${why}.` };
}

/** A cell with a deviation, else one in which a guarantee was violated as stated, else the last. */
function tellingCell({ cells }: ExperimentPlan, { rows, outcomes }: Results): Cell | undefined {
  const deviating = outcomes.find((outcome) => !outcome.asStated)?.cell;
  const violated = rows.find(({ checks }) => checks.some((check) => check.violated > 0))?.cell;
  return cells[deviating ?? violated ?? cells.length - 1];
}

function beginning(trace: readonly TraceEvent[]): { readonly from: Instant; readonly why: string } {
  const published = trace.findIndex(({ type }) => type === "published");
  const lost = trace.findIndex(({ type, at }, i) => type === "packet-lost" && i > published && at > 0);
  if (lost < 0) return { from: trace[published]?.at ?? 0, why: "the first message and what follows" };
  let from = trace[lost]?.at ?? 0;
  for (let i = lost; i >= 0; i--) {
    const event = trace[i];
    if (event?.type !== "published") continue;
    from = event.at;
    break;
  }
  return { from, why: "the first loss after publishing had begun, and what follows" };
}
