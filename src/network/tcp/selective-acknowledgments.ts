/**
 * What the other side says it has beyond a hole [RFC 2018], passed on to the scoreboard. Each acknowledgment repeats
 * blocks of the ones before; only what has been added to them is looked at.
 */
import type { Instant } from "../../kernel/index.js";
import type { Segment } from "./segment.js";
import type { SentSegments } from "./sent-segments.js";

export class SelectiveAcknowledgments {
  readonly #sent: SentSegments;
  /** The blocks of the latest acknowledgment that had any. */
  #known: readonly number[] = [];

  constructor(sent: SentSegments) {
    this.#sent = sent;
  }

  /** Takes in the blocks of `segment`. Returns whether it says that something has arrived twice [RFC 2883 §4]. */
  learn(segment: Segment, now: Instant): boolean {
    const { blocks } = segment;
    this.#sent.beginSelection();
    if (blocks.length === 0) return false;
    let done = -1;
    // From the lowest to the highest, so that what is new in this acknowledgment does not look overtaken.
    for (;;) {
      const at = lowestAbove(blocks, done);
      if (at < 0) break;
      done = blocks[at] as number;
      const end = blocks[at + 1] as number;
      if (end > segment.acknowledgment) this.#select(done, end, now);
    }
    this.#known = blocks;
    return (blocks[1] as number) <= segment.acknowledgment;
  }

  #select(start: number, end: number, now: Instant): void {
    let from = start;
    let to = end;
    const known = this.#known;
    for (let at = 0; at < known.length; at += 2) {
      const knownFrom = known[at] as number;
      const knownTo = known[at + 1] as number;
      if (knownFrom <= from && knownTo > from) from = knownTo;
      else if (knownTo >= to && knownFrom < to) to = knownFrom;
    }
    if (from < to) this.#sent.select(from, to, now);
  }
}

/** Index of the block with the lowest start above `start`; -1 when there is none. */
function lowestAbove(blocks: readonly number[], start: number): number {
  let found = -1;
  for (let at = 0; at < blocks.length; at += 2) {
    const candidate = blocks[at] as number;
    if (candidate > start && (found < 0 || candidate < (blocks[found] as number))) found = at;
  }
  return found;
}
