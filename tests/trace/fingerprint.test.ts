import { describe, expect, test } from "vitest";
import { Fingerprint } from "../../src/trace/index.js";

type Event = readonly [at: number, kind: number, node: number, identity: number];

function fingerprintOf(events: readonly Event[]): string {
  const fingerprint = new Fingerprint();
  for (const event of events) fingerprint.mix(...event);
  return fingerprint.hex();
}

/** How many of 64 bits differ. */
function distance(a: string, b: string): number {
  let bits = 0;
  for (let rest = BigInt(`0x${a}`) ^ BigInt(`0x${b}`); rest > 0n; rest >>= 1n) bits += Number(rest & 1n);
  return bits;
}

/** Pseudo-random events. */
function events(count: number, seed: number): Event[] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return Array.from({ length: count }, () => [
    next() * 1_000 + (next() >>> 22),
    1 + (next() >>> 28),
    next() >>> 24,
    next() >>> 8,
  ]);
}

describe("the fingerprint", () => {
  test("is the same for the same events, and sixteen hexadecimal digits", () => {
    expect(fingerprintOf(events(50, 1))).toBe(fingerprintOf(events(50, 1)));
    expect(fingerprintOf([])).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf(events(1_000, 1))).toBe("2a5acfafa4fe41d6");
  });

  test("of events told of at once is that of each alone", () => {
    for (const [at, kind, node, identity] of events(50, 5)) {
      const [first, count] = [identity, identity % 40];
      const [atOnce, apart] = [new Fingerprint(), new Fingerprint()];
      atOnce.mixAll(at, kind, node, 3 << 20, first, count);
      for (let index = first; index < first + count; index++) apart.mix(at, kind, node, (3 << 20) ^ index);
      expect(atOnce.hex()).toBe(apart.hex());
    }
  });

  test("differs when two events change places, wherever they are", () => {
    const plain = events(40, 2);
    const seen = new Set([fingerprintOf(plain)]);
    for (let i = 0; i < plain.length; i++) {
      for (let j = 0; j < i; j++) {
        const swapped = [...plain];
        [swapped[i], swapped[j]] = [plain[j] as Event, plain[i] as Event];
        seen.add(fingerprintOf(swapped));
      }
    }
    expect(seen.size).toBe(1 + (40 * 39) / 2);
  });

  test("differs for any two of many small events", () => {
    const seen = new Set<string>();
    let count = 0;
    for (let at = 0; at < 20; at++) {
      for (let kind = 0; kind < 14; kind++) {
        for (let node = 0; node < 20; node++) {
          for (let identity = 0; identity < 20; identity++, count++) {
            seen.add(fingerprintOf([[at, kind, node, identity]]));
          }
        }
      }
    }
    expect(seen.size).toBe(count);
  });

  test("differs for any two of many pairs of small events", () => {
    const seen = new Set<string>();
    let count = 0;
    for (let a = 0; a < 400; a++) {
      for (let b = 0; b < 400; b++, count++) {
        seen.add(
          fingerprintOf([
            [a % 20, 1, 0, Math.floor(a / 20)],
            [a % 20, 1, b % 20, Math.floor(b / 20)],
          ]),
        );
      }
    }
    expect(seen.size).toBe(count);
  });

  test("changes half of its bits when one bit of one event changes, also in the last event", () => {
    const inputs: readonly (readonly [field: number, bits: number])[] = [
      [0, 53],
      [1, 4],
      [2, 16],
      [3, 32],
    ];
    for (const [field, bits] of inputs) {
      for (let bit = 0; bit < bits; bit++) {
        let flips = 0;
        const trials = 60;
        for (let trial = 0; trial < trials; trial++) {
          const plain = events(3, 100 + trial);
          const last = plain[2] as Event;
          const changed = [...last] as [number, number, number, number];
          const power = Math.pow(2, bit);
          const set = Math.floor((last[field] as number) / power) % 2 === 1;
          changed[field] = (last[field] as number) + (set ? -power : power);
          flips += distance(
            fingerprintOf(plain),
            fingerprintOf([plain[0] as Event, plain[1] as Event, changed]),
          );
        }
        const share = flips / trials / 64;
        expect([field, bit, share > 0.4 && share < 0.6, share]).toEqual([field, bit, true, share]);
      }
    }
  });
});
