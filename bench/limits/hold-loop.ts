/**
 * HOLD by hand: the least code that does it, with everything in the local variables of one loop. Times in buckets
 * of one row, made anew from what lies beyond it; the bucket that is due is sorted. First in, first out at equal
 * instants by construction, so no sequence numbers; the row's width comes from the pending events at hand.
 */

/** Buckets for each pending event. */
const BUCKETS_EACH = 3;

/** Pops and schedules again `events` times with `pending` events; returns the last instant. */
export function holdLoop(pending: number, events: number, delays: Float64Array, mask: number): number {
  // A node is 16 bytes: the instant, the event, and the next node. Node 0 ends a list.
  const ats = new Float64Array(2 * (pending + 1));
  const words = new Int32Array(ats.buffer);
  const frontAts = new Float64Array(pending + 1);
  const frontEvents = new Int32Array(pending + 1);
  const beyond = new Int32Array(pending);
  const heads = new Int32Array(BUCKETS_EACH * pending + 2);
  let beyondCount = 0;
  let min = Infinity;
  let max = 0;
  let drawn = 0;
  for (let node = 1; node <= pending; node++) {
    const at = delays[drawn++ & mask] as number;
    ats[2 * node] = at;
    words[4 * node + 2] = node - 1;
    beyond[beyondCount++] = node;
    if (at < min) min = at;
    if (at > max) max = at;
  }
  let free = 0;
  let head = 0;
  let tail = 0;
  let next = 0;
  let count = 0;
  let start = 0;
  let scale = 0;
  let horizon = -1;
  let now = 0;
  for (let left = events; left > 0; left--) {
    if (head === tail) {
      for (;;) {
        while (next < count && heads[next] === 0) next++;
        if (next < count) break;
        start = min;
        scale = (BUCKETS_EACH * pending) / Math.max(1, max - min);
        horizon = max;
        next = 0;
        count = Math.floor((max - min) * scale) + 1;
        for (let i = 0; i < beyondCount; i++) {
          const node = beyond[i] as number;
          const bucket = (((ats[2 * node] as number) - start) * scale) | 0;
          words[4 * node + 3] = heads[bucket] as number;
          heads[bucket] = node;
        }
        beyondCount = 0;
        min = Infinity;
        max = 0;
      }
      const list = heads[next] as number;
      heads[next++] = 0;
      head = tail = pending;
      let node = list;
      let last = list;
      while (node !== 0) {
        const at = ats[2 * node] as number;
        let hole = --head;
        while (hole + 1 < tail && (frontAts[hole + 1] as number) < at) {
          frontAts[hole] = frontAts[hole + 1] as number;
          frontEvents[hole] = frontEvents[hole + 1] as number;
          hole++;
        }
        frontAts[hole] = at;
        frontEvents[hole] = words[4 * node + 2] as number;
        last = node;
        node = words[4 * node + 3] as number;
      }
      words[4 * last + 3] = free;
      free = list;
    }
    now = frontAts[head] as number;
    const event = frontEvents[head++] as number;
    const at = now + (delays[drawn++ & mask] as number);
    const place = (at - start) * scale;
    if (at <= horizon && place < next) {
      let hole = --head;
      while (hole + 1 < tail && (frontAts[hole + 1] as number) <= at) {
        frontAts[hole] = frontAts[hole + 1] as number;
        frontEvents[hole] = frontEvents[hole + 1] as number;
        hole++;
      }
      frontAts[hole] = at;
      frontEvents[hole] = event;
      continue;
    }
    const node = free;
    free = words[4 * node + 3] as number;
    ats[2 * node] = at;
    words[4 * node + 2] = event;
    if (at > horizon) {
      beyond[beyondCount++] = node;
      if (at < min) min = at;
      if (at > max) max = at;
    } else {
      const bucket = place | 0;
      words[4 * node + 3] = heads[bucket] as number;
      heads[bucket] = node;
    }
  }
  return now;
}
