/** Why a cell is missed: for the page, so that no miss is without a cause. */

interface Cause {
  readonly cells: RegExp;
  readonly cause: string;
}

const CAUSES: readonly Cause[] = [
  {
    cells: /-bbr-/,
    cause: "Measured with BBR, which is not modelled; simulated with CUBIC.",
  },
  {
    cells: /^mqtt-(phase|grid|var-fixedarrival)-.*-l0-q[01]$/,
    cause:
      "The phase of the two legs. Without loss it is settled by the first packets: whether the acknowledgement of a " +
      "segment or the next segment is first at the broker, which is a matter of some 10 µs, decides for the whole run " +
      "how long messages wait there. The simulator finds the same rhythms; which of them the rig's clients and broker " +
      "fall into is beyond it (one of eight measured replicates of mqtt-phase-d300-l0-q1 is in the one simulated).",
  },
  {
    cells: /^mqtt-(grid|v5|nodelay)-d300-.*q2$/,
    cause:
      "How many messages the broker's limit costs hangs on a dozen stalls: 2,000 messages on a round trip of 600 ms meet " +
      "about 13 lost segments. Single runs of the simulator come to delivered shares from 0.87 to 0.98 at 2 % loss; the two " +
      "replicates lie inside that, close together.",
  },
  {
    cells: /^mqtt-kill-.*-l[12]$/,
    cause:
      "One measured run: a packet lost just before the kill, a process that took 0.42 to 0.51 s to start, and in the QoS 1 " +
      "run a first SYN that was lost as well.",
  },
];

/** Undefined when nobody knows. */
export function causeOf(cell: string): string | undefined {
  return CAUSES.find(({ cells }) => cells.test(cell))?.cause;
}
