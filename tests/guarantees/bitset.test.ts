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

  it("costs a bit a member, within the doubling by which it grows", () => {
    const set = new Bitset();
    for (let member = 0; member < 1_000_000; member++) set.add(member);
    expect(set.bytes).toBeLessThanOrEqual(2 * (1_000_000 / 8) + 64);
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
