/** The window that the other side offers, as its segments tell. */
import type { Segment } from "./segment.js";

/** A window up to this size is used up by one segment (TCP_MSS_DEFAULT). */
const SMALL_WINDOW = 536;

export class OfferedWindow {
  /** The first number that it forbids. */
  end = 0;
  /** The largest that was ever offered. */
  #most = 0;
  /** Sequence number of the segment that it was learnt from [RFC 9293 §3.10.7.4 SND.WL1]. */
  #from = -1;

  /** `advances`: the segment acknowledges something new. Returns whether the window has moved. */
  learn(segment: Segment, advances: boolean): boolean {
    const end = segment.acknowledgment + segment.window;
    const newer = segment.sequence > this.#from || (segment.sequence === this.#from && end > this.end);
    if (!advances && !newer) return false;
    const moved = end !== this.end;
    this.#from = segment.sequence;
    this.end = end;
    if (segment.window > this.#most) this.#most = segment.window;
    return moved;
  }

  /**
   * The largest segment to send, of at most `mss`: no more than half of the largest window, so that a part of it is
   * open while another is acknowledged (tcp_bound_to_half_wnd).
   */
  segmentSize(mss: number): number {
    const limit = this.#most > SMALL_WINDOW ? this.#most >> 1 : this.#most;
    return limit > 0 && limit < mss ? limit : mss;
  }
}
