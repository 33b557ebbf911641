/** How the lines of packets look. */
import { COLOR } from "./theme.js";

export interface LineStyle {
  readonly color: string;
  readonly width: number;
  readonly dash: string | undefined;
  /** Length of the arrow's head. */
  readonly head: number;
}

/** Dashes tell apart in black and white what the colours tell apart on a screen. */
export function lineStyle(flight: {
  readonly bare: boolean;
  readonly again: boolean;
  readonly copy: boolean;
}): LineStyle {
  if (flight.copy) return { color: COLOR.copy, width: 1.4, dash: "1.5 3", head: 8 };
  if (flight.again) return { color: COLOR.again, width: 1.6, dash: "7 3", head: 9 };
  if (flight.bare) return { color: COLOR.bare, width: 0.9, dash: undefined, head: 6 };
  return { color: COLOR.packet, width: 1.4, dash: undefined, head: 8 };
}
