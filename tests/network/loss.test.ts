/** Loss, duplication and corruption against theory. Every bound is five standard errors or more. */
import { describe, expect, it } from "vitest";
import { MICROSECOND } from "../../src/kernel/index.js";
import type { LinkSpec, LossSpec } from "../../src/network/index.js";
import { Numbered, World, linkSpec, uniform } from "./world.js";

const PACKETS = 200_000;

/** Which of `count` packets arrive, by number. */
function arrived(change: Partial<LinkSpec>, count = PACKETS): { world: World; numbers: readonly number[] } {
  const world = new World({ links: [linkSpec("a", "b", change)], trace: false, seed: "loss" });
  const b = world.listenOn("b");
  world.stream("a", b, count, MICROSECOND);
  world.run();
  return { world, numbers: b.numbers };
}

/** Lengths of the runs of consecutive packets that are missing. */
function bursts(numbers: readonly number[], count: number): readonly number[] {
  const gaps = [...numbers, count].map(
    (number, i) => number - (i === 0 ? -1 : (numbers[i - 1] as number)) - 1,
  );
  return gaps.filter((gap) => gap > 0);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("Bernoulli loss", () => {
  it.each([0.01, 0.1, 0.5])("loses a share of %s, independently", (probability) => {
    const { numbers } = arrived({ loss: { kind: "bernoulli", probability } });
    const error = Math.sqrt((probability * (1 - probability)) / PACKETS);
    expect(Math.abs(1 - numbers.length / PACKETS - probability)).toBeLessThan(5 * error);
    // Bursts of independent losses are geometric: 1 / (1 - p) packets on average.
    const lengths = bursts(numbers, PACKETS);
    const spread = Math.sqrt(probability) / (1 - probability) / Math.sqrt(lengths.length);
    expect(Math.abs(mean(lengths) - 1 / (1 - probability))).toBeLessThan(5 * spread);
  });

  it("of probability 1 loses everything and of probability 0 nothing", () => {
    expect(arrived({ loss: { kind: "bernoulli", probability: 1 } }, 100).numbers).toHaveLength(0);
    expect(arrived({ loss: { kind: "bernoulli", probability: 0 } }, 100).numbers).toHaveLength(100);
  });
});

describe("Gilbert–Elliott loss", () => {
  const share = (toBad: number, toGood: number): number => toBad / (toBad + toGood);

  it.each([
    [0.01, 0.25],
    [0.05, 0.5],
    [0.002, 0.05],
  ])("with states that lose nothing and all: bursts of 1 / toGood packets (%s, %s)", (toBad, toGood) => {
    const { numbers } = arrived({
      loss: { kind: "gilbert-elliott", toBad, toGood, lossGood: 0, lossBad: 1 },
    });
    const lengths = bursts(numbers, PACKETS);
    const spread = Math.sqrt(1 - toGood) / toGood / Math.sqrt(lengths.length);
    expect(Math.abs(mean(lengths) - 1 / toGood)).toBeLessThan(5 * spread);
    // The variance of a two-state chain's mean: p(1-p)(1+r)/(1-r)/n, with r = 1 - toBad - toGood.
    const p = share(toBad, toGood);
    const r = 1 - toBad - toGood;
    const error = Math.sqrt((p * (1 - p) * (1 + r)) / (1 - r) / PACKETS);
    expect(Math.abs(1 - numbers.length / PACKETS - p)).toBeLessThan(5 * error);
    // Geometric: the share of bursts longer than n falls by (1 - toGood) for each packet.
    const longer = (n: number): number => lengths.filter((length) => length > n).length;
    expect(longer(2) / longer(1)).toBeCloseTo(1 - toGood, 1);
  });

  it("with states that lose a part: the loss rate is the mean over the stay in each", () => {
    const { numbers } = arrived({
      loss: { kind: "gilbert-elliott", toBad: 0.02, toGood: 0.2, lossGood: 0.01, lossBad: 0.6 },
    });
    const p = share(0.02, 0.2);
    expect(Math.abs(1 - numbers.length / PACKETS - (p * 0.6 + (1 - p) * 0.01))).toBeLessThan(0.004);
  });
});

describe("loss without chance", () => {
  const lost = (loss: LossSpec, count: number): number[] => {
    const { numbers } = arrived({ loss }, count);
    return Array.from({ length: count }, (_, i) => i).filter((i) => !numbers.includes(i));
  };

  it("periodic: offset, offset + every, …", () => {
    expect(lost({ kind: "periodic", every: 4, offset: 2 }, 12)).toEqual([2, 6, 10]);
    expect(lost({ kind: "periodic", every: 3, offset: 7 }, 12)).toEqual([7, 10]);
    expect(lost({ kind: "periodic", every: 1, offset: 0 }, 3)).toEqual([0, 1, 2]);
  });

  it("pattern: again and again", () => {
    expect(lost({ kind: "pattern", pattern: [true, false, false, true] }, 9)).toEqual([0, 3, 4, 7, 8]);
  });

  it.each<LossSpec>([
    { kind: "periodic", every: 0, offset: 0 },
    { kind: "pattern", pattern: [] },
  ])("is refused when it has no period", (loss) => {
    expect(() => arrived({ loss }, 1)).toThrow("at least one packet");
  });
});

describe("scripted loss", () => {
  const drops = [
    { name: "PUBACK", nth: 2 },
    { name: "PUBREC", nth: 1 },
  ];

  const survivors = (contents: readonly { name: string; carried?: readonly string[] }[]): number[] => {
    const world = new World({ links: [linkSpec("a", "b", { loss: { kind: "scripted", drops } })] });
    const b = world.listenOn("b");
    const link = world.network.link(world.node("a"), b.node);
    contents.forEach(({ name, carried }, i) => {
      const content = new Numbered(i, 100, name);
      const parts = carried?.map((part) => new Numbered(i, 10, part));
      link.send(
        b.id,
        parts === undefined ? content : Object.assign(content, { carried: () => parts }),
        100,
        0,
      );
    });
    world.run();
    return b.numbers;
  };

  it("drops the n-th packet of a name and no other", () => {
    const names = ["PUBACK", "PUBLISH", "PUBACK", "PUBACK", "PUBREC", "PUBREC"];
    expect(survivors(names.map((name) => ({ name })))).toEqual([0, 1, 3, 5]);
  });

  it("looks into what a segment carries, and counts a segment once however often it carries the name", () => {
    expect(
      survivors([
        { name: "DATA", carried: ["PUBLISH"] },
        { name: "DATA", carried: ["PUBACK", "PUBACK"] },
        { name: "DATA", carried: ["PUBLISH", "PUBACK"] },
        { name: "DATA", carried: ["PUBACK"] },
      ]),
    ).toEqual([0, 1, 3]);
  });
});

describe("duplication and corruption", () => {
  it("doubles a share of the packets that arrive, with copies that the trace tells apart", () => {
    const { world, numbers } = arrived({ duplication: 0.2 });
    expect(Math.abs(numbers.length / PACKETS - 1.2)).toBeLessThan(0.005);
    expect(world.network.statistics.packetsDuplicated).toBe(numbers.length - PACKETS);
    expect(world.network.statistics.packetsSent).toBe(PACKETS);
    const traced = new World({ links: [linkSpec("a", "b", { duplication: 1, delay: uniform(5, 9) })] });
    const b = traced.listenOn("b");
    traced.stream("a", b, 2, 0);
    traced.run();
    expect(b.numbers).toEqual([0, 0, 1, 1]);
    expect(traced.events("packet-sent").map(({ packet, copyOf }) => [packet, copyOf])).toEqual([
      [0, undefined],
      [1, 0],
      [2, undefined],
      [3, 2],
    ]);
  });

  it("loses a share to corruption and says so", () => {
    const world = new World({ links: [linkSpec("a", "b", { corruption: 0.25 })], seed: "corruption" });
    const b = world.listenOn("b");
    world.stream("a", b, 20_000, MICROSECOND);
    world.run();
    expect(Math.abs(b.numbers.length / 20_000 - 0.75)).toBeLessThan(0.016);
    expect(new Set(world.lossCauses())).toEqual(new Set(["corruption"]));
  });
});
