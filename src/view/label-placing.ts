/** Where labels go so that none covers another: oriented boxes, and a search among candidates. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle around a centre, its width along the unit vector (ux, uy). */
export interface Box {
  readonly cx: number;
  readonly cy: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly ux: number;
  readonly uy: number;
}

export interface Segment {
  readonly from: Point;
  readonly to: Point;
}

export interface Candidate {
  readonly box: Box;
  /** How much less this place is liked than the best one; a crossed line counts 3. */
  readonly dislike: number;
}

/** An upright box from its left upper corner. */
export function uprightBox(left: number, top: number, width: number, height: number): Box {
  return {
    cx: left + width / 2,
    cy: top + height / 2,
    halfWidth: width / 2,
    halfHeight: height / 2,
    ux: 1,
    uy: 0,
  };
}

/** Whether two boxes have more than an edge in common (separating axes). */
export function overlap(a: Box, b: Box): boolean {
  const dx = b.cx - a.cx;
  const dy = b.cy - a.cy;
  const reach = a.halfWidth + a.halfHeight + b.halfWidth + b.halfHeight;
  if (Math.abs(dy) > reach || Math.abs(dx) > reach) return false;
  return (
    !separated(a, b, dx, dy, a.ux, a.uy) &&
    !separated(a, b, dx, dy, -a.uy, a.ux) &&
    !separated(a, b, dx, dy, b.ux, b.uy) &&
    !separated(a, b, dx, dy, -b.uy, b.ux)
  );
}

function separated(a: Box, b: Box, dx: number, dy: number, x: number, y: number): boolean {
  return Math.abs(dx * x + dy * y) >= extent(a, x, y) + extent(b, x, y);
}

function extent(box: Box, x: number, y: number): number {
  return (
    box.halfWidth * Math.abs(box.ux * x + box.uy * y) + box.halfHeight * Math.abs(box.ux * y - box.uy * x)
  );
}

/** Whether the segment passes through the box (clipped against its four sides in turn). */
export function crosses(segment: Segment, box: Box): boolean {
  const x1 = along(box, segment.from);
  const y1 = across(box, segment.from);
  const x2 = along(box, segment.to);
  const y2 = across(box, segment.to);
  let enter = 0;
  let leave = 1;
  for (const [start, delta, half] of [
    [x1, x2 - x1, box.halfWidth],
    [y1, y2 - y1, box.halfHeight],
  ] as const) {
    if (delta === 0) {
      if (Math.abs(start) >= half) return false;
      continue;
    }
    const one = (-half - start) / delta;
    const other = (half - start) / delta;
    enter = Math.max(enter, Math.min(one, other));
    leave = Math.min(leave, Math.max(one, other));
  }
  return enter < leave;
}

function along(box: Box, point: Point): number {
  return (point.x - box.cx) * box.ux + (point.y - box.cy) * box.uy;
}

function across(box: Box, point: Point): number {
  return (point.y - box.cy) * box.ux - (point.x - box.cx) * box.uy;
}

/** Remembers what stands where, by horizontal strips of the page so that long pages are not slow. */
export class LabelPlaces {
  readonly #taken = new Strips<Box>();
  readonly #lines = new Strips<Segment>();

  /** A box that no label may cover. */
  take(box: Box): void {
    const half = halfHeightOf(box);
    this.#taken.add(box, box.cy - half, box.cy + half);
  }

  /** A line that labels had better not cover. */
  avoid(line: Segment): void {
    this.#lines.add(line, Math.min(line.from.y, line.to.y), Math.max(line.from.y, line.to.y));
  }

  free(box: Box): boolean {
    const half = halfHeightOf(box);
    return !this.#taken.some(box.cy - half, box.cy + half, (taken) => overlap(taken, box));
  }

  /**
   * The least disliked candidate that is free and crossed by at most so many lines, which is taken with it.
   * `own` is not minded when crossed.
   */
  place<C extends Candidate>(
    candidates: readonly C[],
    own?: Segment,
    crossingsMax: number = Infinity,
  ): C | undefined {
    let best: C | undefined;
    let least = Infinity;
    for (const candidate of candidates) {
      if (candidate.dislike >= least || !this.free(candidate.box)) continue;
      const crossings = this.#crossings(candidate.box, own);
      const dislike = candidate.dislike + 3 * crossings;
      if (dislike >= least || crossings > crossingsMax) continue;
      least = dislike;
      best = candidate;
    }
    if (best !== undefined) this.take(best.box);
    return best;
  }

  #crossings(box: Box, own: Segment | undefined): number {
    const half = halfHeightOf(box);
    const crossed = new Set<Segment>();
    this.#lines.some(box.cy - half, box.cy + half, (line) => {
      if (line !== own && crosses(line, box)) crossed.add(line);
      return false;
    });
    return crossed.size;
  }
}

/** Half of the height of the upright rectangle around a box. */
function halfHeightOf(box: Box): number {
  return box.halfWidth * Math.abs(box.uy) + box.halfHeight * Math.abs(box.ux);
}

const STRIP = 64;

/** Things by the strips that they reach into. */
class Strips<Thing> {
  readonly #strips = new Map<number, Thing[]>();

  add(thing: Thing, top: number, bottom: number): void {
    for (let strip = Math.floor(top / STRIP); strip <= Math.floor(bottom / STRIP); strip++) {
      const things = this.#strips.get(strip);
      if (things === undefined) this.#strips.set(strip, [thing]);
      else things.push(thing);
    }
  }

  /** Whether `test` is true of one of those in the strips between; some are asked about twice. */
  some(top: number, bottom: number, test: (thing: Thing) => boolean): boolean {
    for (let strip = Math.floor(top / STRIP); strip <= Math.floor(bottom / STRIP); strip++) {
      if (this.#strips.get(strip)?.some(test) === true) return true;
    }
    return false;
  }
}
