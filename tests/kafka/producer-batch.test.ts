/** Records that join a batch at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { Message } from "../../src/trace/index.js";
import { ProducerBatch } from "../../models/kafka/producer/producer-batch.js";
import type { SendRequest } from "../../models/kafka/producer/producer-sink.js";

const stream = { index: 0, publisher: 0, topic: "orders-0", qos: 1 };
const messages = (from: number, count: number, at: number, bytes: number): Message[] =>
  Array.from({ length: count }, (_, place) => new Message(stream, from + place, at, bytes, false));
const requestOf = (valueBytes: number, tombstone = false): SendRequest => ({
  topic: "orders",
  valueBytes,
  tombstone,
  finished: () => undefined,
});
const ROOMY = { batchSize: 16_384, compression: 1 };

describe("records that join a batch at once", () => {
  it("leave it as if each had joined alone, up to the one that fills it", () => {
    const law = fc.property(
      fc.record({
        value: fc.constantFrom(0, 10, 100, 3_000),
        tombstone: fc.boolean(),
        batchSize: fc.integer({ min: 0, max: 20_000 }),
        compression: fc.constantFrom(0.3, 0.77, 1),
        bytes: fc.constantFrom(0, 50, 500, 100_000),
        steps: fc.array(fc.tuple(fc.nat(200), fc.nat(3)), { maxLength: 12 }),
      }),
      ({ value, tombstone, batchSize, compression, bytes, steps }) => {
        const packing = { batchSize, compression };
        const request = requestOf(tombstone ? 0 : value, tombstone);
        const [atOnce, apart] = [new ProducerBatch(0, 0, 0), new ProducerBatch(0, 0, 0)];
        let at = 0;
        for (const [times, later] of steps) {
          at += later * 40 * MILLISECOND;
          const [one] = messages(atOnce.count, 1, at, value) as [Message];
          expect(atOnce.add(one, request, undefined, packing)).toBe(
            apart.add(one, request, undefined, packing),
          );
          at += later * MILLISECOND;
          const before = atOnce.uncompressed;
          const room = atOnce.room(request, times, bytes, at, packing);
          const joining = messages(atOnce.count, room, at, value);
          if (room > 0) atOnce.addAll(joining, request, at);
          for (const each of joining) expect(apart.add(each, request, undefined, packing)).toBe(true);
          expect(room).toBeLessThanOrEqual(times);
          expect(atOnce.uncompressed - before).toBeLessThan(Math.max(1, bytes));
          expect(atOnce).toEqual(apart);
          expect(atOnce.messages).toEqual(apart.messages);
          expect(atOnce.latestAt).toBe(atOnce.messages.at(-1)?.publishedAt);
          expect([atOnce.uncompressed, atOnce.closed]).toEqual([apart.uncompressed, apart.closed]);
        }
      },
    );
    fc.assert(law, { seed: 12, numRuns: 300 });
  });

  it("are many where there is room for many", () => {
    const batch = new ProducerBatch(0, 0, 0);
    const request = requestOf(100);
    const found: number[] = [];
    const [one] = messages(0, 1, 0, 100) as [Message];
    batch.add(one, request, undefined, ROOMY);
    for (let room = 1; room > 0;) {
      room = batch.room(request, 1_000, Infinity, 0, ROOMY);
      batch.addAll(messages(batch.count, room, 0, 100), request, 0);
      found.push(room);
    }
    // Places from 64 on are a byte longer; the record that would fill the batch is not one of them.
    expect(found).toEqual([63, 64, 20, 0]);
  });

  it("are of the request that all others are of, to a batch that is open and knows no keys", () => {
    const [request, another] = [requestOf(10), requestOf(10)];
    const [plain, keyed] = [new ProducerBatch(0, 0, 0), new ProducerBatch(0, 0, 0)];
    const [one] = messages(0, 1, 0, 10) as [Message];
    expect(plain.room(request, 5, Infinity, 0, ROOMY)).toBe(0);
    plain.add(one, request, undefined, ROOMY);
    keyed.add(one, request, "key", ROOMY);
    expect(plain.room(request, 5, Infinity, 0, ROOMY)).toBe(5);
    expect(plain.room(another, 5, Infinity, 0, ROOMY)).toBe(0);
    expect(keyed.room(request, 5, Infinity, 0, ROOMY)).toBe(0);
    plain.closed = true;
    expect(plain.room(request, 5, Infinity, 0, ROOMY)).toBe(0);
  });
});
