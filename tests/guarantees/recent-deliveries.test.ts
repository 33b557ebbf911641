/** The latest first deliveries, with their instants. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Pair } from "../../src/guarantees/pair.js";
import { RecentDeliveries } from "../../src/guarantees/recent-deliveries.js";
import { Stream } from "../../src/guarantees/stream.js";

it("tells of each delivery when its message was published and when it came", () => {
  const run = fc.record({
    pair: fc.nat(1),
    skipped: fc.nat(1),
    length: fc.integer({ min: 1, max: 3 }),
    published: fc.nat(1),
    later: fc.nat(1),
  });
  const law = fc.property(fc.array(run, { maxLength: 40 }), (runs) => {
    const stream = new Stream(0, 0, "t", 1, false);
    const pairs = [0, 1].map((place) => new Pair(stream, place, place));
    const next = [0, 0];
    const recent = new RecentDeliveries();
    const told: { pair: Pair; index: number; publishedAt: number; at: number }[] = [];
    let at = 10;
    for (const { pair: which, skipped, length, published, later } of runs) {
      at += later;
      const pair = pairs[which] as Pair;
      const from = (next[which] as number) + skipped;
      next[which] = from + length;
      recent.add(pair, from, from + length, published, at);
      for (let index = from; index < from + length; index++)
        told.push({ pair, index, publishedAt: published, at });
    }
    for (const { pair, index, publishedAt, at: deliveredAt } of told)
      expect(recent.find(pair, index)).toEqual({ publishedAt, at: deliveredAt });
    for (const pair of pairs) {
      for (let index = 0; index < 200; index++) {
        const known = told.some((each) => each.pair === pair && each.index === index);
        expect(recent.find(pair, index) !== undefined).toBe(known);
      }
    }
  });
  fc.assert(law, { seed: 7, numRuns: 200 });
});
