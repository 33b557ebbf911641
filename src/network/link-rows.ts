/**
 * What links remember, a row of 32 bytes each, so that a packet that enters or arrives touches one line of the
 * processor's cache for its link: eight integers, named below.
 */

export const ROW = 8;

/** Indices of the nodes at the ends. */
export const FROM = 0;
export const TO = 1;
/** Bits (see `CONDITION_BITS`), and above them the place in the table of kinds. */
export const CONDITION = 2;
/** FIFO: the list of packets in flight. Otherwise: the list of those that are due while the link is held. */
export const HEAD = 3;
/** Of a link that nobody has asked for: the place of its specification. */
export const PLACE = 3;
export const TAIL = 4;
export const IN_FLIGHT = 5;
/** Source of chance; `NO_SOURCE`: the delay is constant. */
export const DELAY = 6;
/** Source of chance of a Bernoulli loss, or `NO_SOURCE`; of a special link, the place in the table of extras. */
export const LOSS = 7;

export const CONDITION_BITS = {
  cut: 1,
  held: 2,
  /** FIFO: the head is due and waits for the release; no event is pending. */
  stalled: 4,
  reorder: 8,
  /** A channel was opened over this link before. */
  used: 16,
  /** The row is filled in: somebody has asked for the link. */
  made: 32,
  /** There is more to it than delay and independent loss. */
  special: 64,
} as const;

/** Where the place in the table of kinds begins. */
export const KIND_SHIFT = 7;

/** The indices of the nodes at the ends of a link, and its place among the specifications. */
export interface LinkEnds {
  readonly from: number;
  readonly to: number;
  readonly place: number;
}

/** Rows of links that nobody has asked for. */
export function rowsOf(links: readonly LinkEnds[]): Int32Array {
  const rows = new Int32Array(links.length * ROW);
  links.forEach(({ from, to, place }, index) => {
    rows[index * ROW + FROM] = from;
    rows[index * ROW + TO] = to;
    rows[index * ROW + PLACE] = place;
  });
  return rows;
}
