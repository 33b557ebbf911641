/**
 * Why a cell is missed: for the page, so that no miss is without a cause. A cause covers the measures that it speaks
 * of and no others, and says where it is a supposition.
 */
import type { Comparison, JudgedCell } from "./bars.js";

interface Cause {
  readonly cells: RegExp;
  /** The measures whose misses it explains. */
  readonly measures: RegExp;
  readonly cause: string;
}

const CAUSES: readonly Cause[] = [
  {
    cells: /-bbr-/,
    measures: /^latency_/,
    cause: "Measured with BBR, which is not modelled; simulated with CUBIC.",
  },
  {
    cells: /^mqtt-(phase|grid|var-fixedarrival)-.*-l0-q[01]$/,
    measures: /^latency_/,
    cause:
      "Supposed: the phase of the two legs. In the traces at 50 ms it is settled by the first packets, by some 10 µs, " +
      "whether the acknowledgement of a segment or the next segment is first at the broker, and that decides for the " +
      "whole run how long messages wait there. The simulator has the same rhythms and may fall into another. Of 300 ms " +
      "there is no trace.",
  },
  {
    cells: /^mqtt-(grid|v5|nodelay)-d300-.*q2$/,
    measures: /^delivered_ratio$/,
    cause:
      "How many messages the broker's limit costs hangs on few stalls: 2,000 messages on a round trip of 600 ms meet " +
      "about 13 lost segments. Two replicates say little of that spread: 20 simulated runs of mqtt-grid-d300-l2-q2 reach " +
      "from 0.87 to 0.98.",
  },
  {
    cells: /^mqtt-kill-.*-l[12]$/,
    measures: /^lost$/,
    cause:
      "One measured run, whose process took 0.42 to 0.51 s to start where the simulated one takes 0.37. Supposed for QoS " +
      "1: its first SYN was lost as well.",
  },
];

/** Undefined when a miss of the cell is explained by nothing that is known. */
export function causeOf({
  cell,
  comparisons,
}: {
  readonly cell: Pick<JudgedCell["cell"], "cell">;
  readonly comparisons: readonly Pick<Comparison, "measure" | "met">[];
}): string | undefined {
  const missed = comparisons.filter(({ met }) => !met);
  return CAUSES.find(
    ({ cells, measures }) => cells.test(cell.cell) && missed.every(({ measure }) => measures.test(measure)),
  )?.cause;
}
