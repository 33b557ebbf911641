/** The parts of a sequence diagram, each with its place on the page. */
import type { Instant } from "../kernel/index.js";
import type { Box, Point } from "./label-placing.js";
import type { ConnectionEnd, Flight, LinkSpan, Mark, NodeSpan } from "./story.js";

export interface PlacedText {
  readonly text: string;
  readonly size: number;
  readonly box: Box;
}

export interface Lifeline {
  readonly name: string;
  readonly x: number;
  /** The side on which marks stand: -1 left, 1 right. */
  readonly side: -1 | 1;
  /** Marks may stand on either side: there are lifelines on both. */
  readonly inner: boolean;
}

export interface Arrow {
  readonly flight: Flight;
  readonly from: Point;
  /** Where it arrives, or as far as it gets. */
  readonly to: Point;
  label: PlacedText | undefined;
  /** Why it was lost, where that is worth saying. */
  reason: PlacedText | undefined;
}

export interface PlacedMark {
  readonly mark: Mark | StateMark;
  readonly lifeline: Lifeline;
  readonly y: number;
  /** Side it stands on in the end. */
  side: -1 | 1;
  label: PlacedText | undefined;
}

/** The beginning or end of a node's span, in words beside the lifeline. */
export interface StateMark {
  readonly at: Instant;
  readonly order: number;
  readonly node: string;
  readonly kind: "state";
  readonly text: string;
}

export interface PlacedNodeSpan {
  readonly span: NodeSpan;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Band {
  readonly span: LinkSpan;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  label: PlacedText | undefined;
}

/** An end of a connection along the time axis. */
export interface PlacedEnd {
  readonly end: ConnectionEnd;
  /** Of each sample. */
  readonly heights: readonly number[];
  /** How far down the latest sample holds. */
  readonly bottom: number;
}
