/** How the lines of packets look. */
import type { Flight } from "./story.js";
import { COLOR } from "./theme.js";

export interface LineStyle {
  readonly color: string;
  readonly width: number;
  readonly dash: string | undefined;
  /** Length of the arrow's head; 0: the line ends in a bar. */
  readonly head: number;
}

/** What the look of a line depends on. */
export type LineTraits = Pick<Flight, "bare" | "again" | "copy" | "frame" | "segment">;

/** Dashes tell apart in black and white what the colours tell apart on a screen. */
export function lineStyle(flight: LineTraits): LineStyle {
  if (flight.segment !== undefined) return segmentStyle(flight, flight.segment);
  if (flight.copy) return { color: COLOR.copy, width: 1.4, dash: "1.5 3", head: 8 };
  if (flight.again) return { color: COLOR.again, width: 1.6, dash: "7 3", head: 9 };
  if (flight.bare) return { color: COLOR.bare, width: 0.9, dash: undefined, head: 6 };
  return { color: COLOR.packet, width: 1.4, dash: undefined, head: 8 };
}

/** Segments are finer and softer than the frames above them. */
function segmentStyle(
  { copy, again }: LineTraits,
  { kind, probe }: NonNullable<LineTraits["segment"]>,
): LineStyle {
  if (copy) return { color: COLOR.copy, width: 1, dash: "1.5 3", head: 6.5 };
  if (probe) return { color: again ? COLOR.again : COLOR.segmentText, width: 1.4, dash: "1.5 2", head: 6.5 };
  if (again) return { color: COLOR.segmentAgain, width: 1.3, dash: "5 2.5", head: 6.5 };
  switch (kind) {
    case "rst":
      return { color: COLOR.ink, width: 1.8, dash: undefined, head: 0 };
    case "syn":
    case "fin":
      return { color: COLOR.segment, width: 2.2, dash: undefined, head: 8 };
    case "acknowledgement":
      return { color: COLOR.bare, width: 0.7, dash: undefined, head: 5 };
    case "data":
      return { color: COLOR.segment, width: 1.1, dash: undefined, head: 6.5 };
  }
}
