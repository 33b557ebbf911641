/**
 * What links remember, a row of 48 bytes each, so that a packet that enters or arrives touches one line of the
 * processor's cache for its link: twelve integers, named below.
 */

export const ROW = 12;

/** Indices of the nodes at the ends. */
export const FROM = 0;
export const TO = 1;
/** Bits: see `CONDITION_BITS`. */
export const CONDITION = 2;
/** FIFO: the list of packets in flight. Otherwise: the list of those that are due while the link is held. */
export const HEAD = 3;
export const TAIL = 4;
export const IN_FLIGHT = 5;
/** Packets that were ever in flight, modulo 2^32. */
export const CARRIED = 6;
/** Sources of chance; `NO_SOURCE`: the delay is constant, there is no Bernoulli loss. */
export const DELAY = 7;
export const LOSS = 8;
/** Places in the tables of kinds and, where a link has more to it than delay and independent loss, of extras. */
export const KIND_OF = 9;
export const EXTRAS = 10;

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
} as const;
