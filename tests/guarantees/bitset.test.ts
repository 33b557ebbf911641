import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bitset, bitCount, countBetween, rangeMask } from "../../src/guarantees/bitset.js";

describe("a bitset", () => {
  it("remembers what was added, and says whether it was new", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000)), (members) => {
        const set = new Bitset();
        const reference = new Set<number>();
        for (const member of members) {
          expect(set.add(member)).toBe(!reference.has(member));
          reference.add(member);
        }
        const found = Array.from({ length: 5_100 }, (_, member) => member).filter((each) => set.has(each));
        expect(found).toEqual([...reference].sort((a, b) => a - b));
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it("counts its members in a range", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300)), fc.nat(320), fc.nat(320), (members, a, b) => {
        const set = new Bitset();
        for (const member of members) set.add(member);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        expect(countBetween(set, from, to)).toBe(members.filter((m) => m >= from && m < to).length);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it("remembers what came nearly in order, also what it keeps no bits of any more", () => {
    // Each member after at most 100 later ones; some never come.
    const jitters = fc.array(fc.nat(100), { minLength: 2_000, maxLength: 4_000 });
    fc.assert(
      fc.property(jitters, fc.uniqueArray(fc.nat(3_999), { maxLength: 3 }), (jitter, missing) => {
        const order = jitter.map((late, member) => ({ member, at: member + late }));
        order.sort((a, b) => a.at - b.at);
        const set = new Bitset();
        const present = order.map(({ member }) => member).filter((member) => !missing.includes(member));
        const absent = missing.filter((member) => member < jitter.length);
        expect(present.filter((member) => !set.add(member))).toEqual([]);
        expect(present.filter((member) => !set.has(member) || set.add(member))).toEqual([]);
        expect(absent.filter((member) => set.has(member) || !set.add(member))).toEqual([]);
        expect(countBetween(set, 0, 5_000)).toBe(jitter.length);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("costs a bit a member at most, within the doubling by which it grows", () => {
    const set = new Bitset();
    for (let member = 1; member < 1_000_000; member++) set.add(member);
    expect(set.bytes).toBeLessThanOrEqual(2 * (1_000_000 / 8) + 64);
  });

  it("costs only what is under way where every member comes in the end", () => {
    const set = new Bitset();
    for (let member = 0; member < 1_000_000; member++) set.add(member ^ 255);
    expect(set.bytes).toBeLessThanOrEqual(256);
  });
});

describe("a word of bits", () => {
  it("is counted and masked as its members say", () => {
    expect([0, 1, -1, 0x80000000 | 0, 0x55555555].map(bitCount)).toEqual([0, 1, 32, 1, 16]);
    expect(rangeMask(0, 0, 32)).toBe(-1);
    expect(rangeMask(1, 33, 35)).toBe(0b110);
    expect(rangeMask(1, 0, 32)).toBe(0);
    expect(rangeMask(2, 70, 200)).toBe(-1 & ~0b111111);
  });
});
