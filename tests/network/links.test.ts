import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MICROSECOND, MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { LinkSpec, LossSpec } from "../../src/network/index.js";
import { Numbered, World, linkSpec, uniform } from "./world.js";

const SEED = 20_260;

describe("a link", () => {
  it("delivers after its delay", () => {
    const world = new World({ links: [linkSpec("a", "b")] });
    const b = world.listenOn("b");
    world.stream("a", b, 3, MILLISECOND);
    world.run();
    expect(b.instants).toEqual([10, 11, 12].map((ms) => ms * MILLISECOND));
  });

  it("is refused by a clear error where there is none", () => {
    const world = new World({ links: [linkSpec("a", "b")] });
    expect(() => world.network.link(world.node("b"), world.node("a"))).toThrow(
      "there is no link from b to a",
    );
  });

  it.each([
    [[linkSpec("a", "a")], "a link leads from a to itself"],
    [[linkSpec("a", "b"), linkSpec("b", "a"), linkSpec("a", "b")], "two links lead from a to b"],
  ])("that makes no sense is refused", (links, message) => {
    expect(() => new World({ links })).toThrow(message);
  });

  it("to an unknown node is refused", () => {
    expect(() => new World({ nodes: ["a"], links: [linkSpec("a", "b")] })).toThrow(
      "a link names b, which is not a node",
    );
  });

  it("is found among many, whatever the order of their declaration", () => {
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    const links = names.flatMap((from, i) =>
      names.filter((_, j) => j !== i && (i * 7 + j * 3) % 4 === 0).map((to) => linkSpec(from, to)),
    );
    const world = new World({ nodes: names, links: [...links].reverse() });
    const wanted = new Set(links.map(({ from, to }) => `${from}>${to}`));
    for (const from of world.nodes) {
      for (const to of world.nodes) {
        const found = (): string => {
          const link = world.network.link(from, to);
          return `${link.from.name}>${link.to.name}`;
        };
        if (wanted.has(`${from.name}>${to.name}`)) expect(found()).toBe(`${from.name}>${to.name}`);
        else expect(found).toThrow("there is no link");
      }
    }
  });

  it("loses what arrives at an address that was taken back, also when its place is used again", () => {
    const world = new World({ links: [linkSpec("a", "b")] });
    const b = world.listenOn("b");
    world.stream("a", b, 1, 1);
    world.at([MILLISECOND], () => {
      world.network.detach(b.id);
      expect(world.listenOn("b").id).not.toBe(b.id);
    });
    world.run();
    expect(b.numbers).toEqual([]);
    expect(world.lossCauses()).toEqual(["no-listener"]);
  });

  it("loses what arrives at a node without power", () => {
    const world = new World({ links: [linkSpec("a", "b")] });
    const b = world.listenOn("b");
    world.stream("a", b, 1, 1);
    world.at([MILLISECOND], (_, now) => world.node("b").losePower(now));
    world.run();
    expect(world.lossCauses()).toEqual(["node-down"]);
  });

  it("hands packets that are due at one instant over in the order of sending, across links", () => {
    const world = new World({ links: [linkSpec("a", "b"), linkSpec("c", "b")] });
    const b = world.listenOn("b");
    const send = (from: string, number: number, now: number): void =>
      world.network.link(world.node(from), b.node).send(b.id, new Numbered(number), 100, now);
    world.at([0, 0, 0, 0, 0, 0], (index, now) => send(index % 3 === 0 ? "c" : "a", index, now));
    world.run();
    expect(b.numbers).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("the laws of links", () => {
  const losses: fc.Arbitrary<LossSpec> = fc.oneof(
    fc.constant<LossSpec>({ kind: "none" }),
    fc
      .double({ min: 0, max: 1, noNaN: true })
      .map((probability): LossSpec => ({ kind: "bernoulli", probability })),
    fc
      .record({
        toBad: fc.double({ min: 0, max: 1, noNaN: true }),
        toGood: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map((states): LossSpec => ({ kind: "gilbert-elliott", ...states, lossGood: 0.1, lossBad: 0.9 })),
    fc.integer({ min: 1, max: 5 }).map((every): LossSpec => ({ kind: "periodic", every, offset: every - 1 })),
  );
  const anyLink = fc.record({
    delay: fc.integer({ min: 0, max: 20 }).map((min) => uniform(min, 30)),
    bandwidth: fc.constantFrom(undefined, 100_000, 1_000_000),
    queueLimit: fc.constantFrom(undefined, 0, 250, 1_000),
    loss: losses,
    duplication: fc.constantFrom(0, 0.3),
    corruption: fc.constantFrom(0, 0.2),
    reorder: fc.boolean(),
  });
  const faults = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      verb: fc.constantFrom("cut" as const, "mend" as const, "hold" as const, "release" as const),
    }),
    { maxLength: 8 },
  );

  const runLink = (
    link: typeof anyLink extends fc.Arbitrary<infer T> ? T : never,
    seed: number,
    verbs: readonly { at: number; verb: "cut" | "mend" | "hold" | "release" }[],
  ): { world: World; b: ReturnType<World["listenOn"]> } => {
    const { bandwidth, queueLimit, ...rest } = link;
    const spec: LinkSpec = linkSpec("a", "b", {
      ...rest,
      ...(bandwidth === undefined ? {} : { bandwidth }),
      ...(queueLimit === undefined ? {} : { queueLimit }),
    });
    const world = new World({ links: [spec], seed: String(seed) });
    const b = world.listenOn("b");
    const [from, to] = [world.node("a"), world.node("b")];
    world.at(
      verbs.map(({ at }) => at * MILLISECOND),
      (index, now) => world.network[(verbs[index] as (typeof verbs)[number]).verb](from, to, now),
    );
    world.stream("a", b, 40, 2 * MILLISECOND);
    return { world, b };
  };

  it("every packet ends delivered, dropped or in flight, at every instant", () => {
    fc.assert(
      fc.property(anyLink, faults, fc.integer(), (link, verbs, seed) => {
        const { world } = runLink(link, seed, verbs);
        const { statistics } = world.network;
        for (let ms = 0; ms <= 200; ms += 5) {
          world.run(ms * MILLISECOND);
          const inFlight = world.network.link(world.node("a"), world.node("b")).packetsInFlight;
          expect(statistics.packetsSent + statistics.packetsDuplicated).toBe(
            statistics.packetsReceived + statistics.packetsLost + inFlight,
          );
        }
        expect(world.events("packet-sent").length).toBe(
          statistics.packetsSent + statistics.packetsDuplicated,
        );
        expect(world.events("packet-received").length).toBe(statistics.packetsReceived);
        expect(world.events("packet-lost").length).toBe(statistics.packetsLost);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("a FIFO link never reorders, whatever its jitter and whatever is held and cut", () => {
    fc.assert(
      fc.property(anyLink, faults, fc.integer(), (link, verbs, seed) => {
        const { world, b } = runLink({ ...link, reorder: false }, seed, verbs);
        world.run();
        expect(b.numbers).toEqual([...b.numbers].sort((x, y) => x - y));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("a link that reorders does reorder, and loses nothing by it", () => {
    const world = new World({ links: [linkSpec("a", "b", { delay: uniform(0, 50), reorder: true })] });
    const b = world.listenOn("b");
    world.stream("a", b, 200, MILLISECOND);
    world.run();
    expect(b.numbers).not.toEqual([...b.numbers].sort((x, y) => x - y));
    expect(new Set(b.numbers).size).toBe(200);
  });

  it("two links to different nodes do not share their chance: a third node changes nobody's luck", () => {
    const link = linkSpec("a", "b", { delay: uniform(5, 50), loss: { kind: "bernoulli", probability: 0.3 } });
    const arrivals = (others: readonly LinkSpec[]): readonly number[] => {
      const world = new World({ links: [...others, link] });
      const b = world.listenOn("b");
      world.stream("a", b, 100, MILLISECOND);
      for (const other of others) world.stream(other.from, world.listenOn(other.to), 100, MILLISECOND);
      world.run();
      return b.instants;
    };
    expect(
      arrivals([
        { ...link, to: "aa" },
        { ...link, from: "c" },
      ]),
    ).toEqual(arrivals([]));
  });

  it("a packet that survives more loss takes as long as it took under less (common random numbers)", () => {
    const journeys = (loss: number): ReadonlyMap<number, number> => {
      const world = new World({
        links: [
          linkSpec("a", "b", {
            delay: uniform(5, 50),
            loss: { kind: "bernoulli", probability: loss },
            reorder: true,
          }),
        ],
      });
      const b = world.listenOn("b");
      world.stream("a", b, 300, MILLISECOND);
      world.run();
      return new Map(b.numbers.map((number, i) => [number, b.instants[i] as number]));
    };
    const mild = journeys(0.05);
    const harsh = journeys(0.3);
    expect(harsh.size).toBeLessThan(mild.size);
    for (const [number, instant] of harsh) expect(mild.get(number)).toBe(instant);
  });

  it("the same seed gives the same fingerprint, with nodes and links declared in another order", () => {
    const links = [
      linkSpec("b", "a", { delay: uniform(1, 9) }),
      linkSpec("a", "b", { delay: uniform(1, 9), loss: { kind: "bernoulli", probability: 0.2 } }),
      linkSpec("c", "a", { delay: uniform(1, 9), duplication: 0.1, corruption: 0.1 }),
    ];
    const fingerprint = (nodes: readonly string[], order: readonly LinkSpec[]): string => {
      const world = new World({ nodes, links: order });
      const [a, b] = [world.listenOn("a"), world.listenOn("b")];
      world.stream("a", b, 50, MILLISECOND);
      world.stream("b", a, 50, MILLISECOND);
      world.stream("c", a, 50, MILLISECOND);
      world.run();
      return world.trace.fingerprint.hex();
    };
    const one = fingerprint(["a", "b", "c"], links);
    expect(fingerprint(["c", "a", "b"], [...links].reverse())).toBe(one);
  });
});

describe("the faults of a link", () => {
  const between = (
    verbs: readonly [number, "cut" | "mend" | "hold" | "release"][],
    change: Partial<LinkSpec> = {},
  ): { world: World; b: ReturnType<World["listenOn"]>; a: ReturnType<World["listenOn"]> } => {
    const world = new World({ links: [linkSpec("a", "b", change), linkSpec("b", "a")] });
    const [a, b] = [world.listenOn("a"), world.listenOn("b")];
    world.at(
      verbs.map(([at]) => at * MILLISECOND),
      (index, now) => {
        const verb = (verbs[index] as (typeof verbs)[number])[1];
        world.network[verb](world.node("a"), world.node("b"), now);
      },
    );
    world.stream("a", b, 50, MILLISECOND);
    world.stream("b", a, 50, MILLISECOND);
    world.run();
    return { world, a, b };
  };

  it("a cut loses what would enter and what would arrive, and leaves the other way alone", () => {
    const { world, a, b } = between([
      [20, "cut"],
      [25, "mend"],
    ]);
    // Arriving between 20 and 25 ms: sent between 10 and 15 ms. Entering: sent between 20 and 25 ms.
    const missing = [10, 11, 12, 13, 14, 20, 21, 22, 23, 24];
    expect(b.numbers).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => !missing.includes(i)));
    expect(world.lossCauses()).toEqual(missing.map(() => "cut"));
    expect(a.numbers).toHaveLength(50);
    expect(world.events("link-cut")).toEqual([
      { type: "link-cut", at: 20 * MILLISECOND, from: "a", to: "b" },
    ]);
    expect(world.events("link-mended")).toHaveLength(1);
  });

  it.each([false, true])("a hold delays packets and keeps their order (reorder: %s)", (reorder) => {
    const { b, a } = between(
      [
        [20, "hold"],
        [32.5, "release"],
      ],
      { reorder },
    );
    expect(b.numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const expected = Array.from({ length: 50 }, (_, i) => (i >= 10 && i < 23 ? 32.5 : i + 10));
    expect(b.instants).toEqual(expected.map((ms) => ms * MILLISECOND));
    expect(a.instants.at(-1)).toBe(59 * MILLISECOND);
  });

  it("what is held and never released stays in flight", () => {
    const { world, b } = between([[0, "hold"]]);
    expect(b.numbers).toEqual([]);
    expect(world.network.link(world.node("a"), world.node("b")).packetsInFlight).toBe(50);
  });

  it("a held link that is cut loses what is released into the cut", () => {
    const { world, b } = between([
      [0, "hold"],
      [30, "cut"],
      [55, "release"],
      [56, "mend"],
    ]);
    expect(b.numbers).toEqual([]);
    expect(world.lossCauses()).toHaveLength(50);
  });

  it("a hold during which nothing is due has nothing to release, also after one that had", () => {
    const { world, b } = between([
      [20, "hold"],
      [33, "release"],
      [70, "hold"],
      [80, "release"],
    ]);
    expect(b.numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(world.lossCauses()).toEqual([]);
    expect(world.network.link(world.node("a"), world.node("b")).packetsInFlight).toBe(0);
  });

  it("a hold again at the instant of the release waits again", () => {
    const { b } = between([
      [20, "hold"],
      [33, "release"],
      [33, "hold"],
      [70, "release"],
    ]);
    expect(b.numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(b.instants.filter((instant) => instant === 70 * MILLISECOND)).toHaveLength(40);
  });
});

describe("a link with a bandwidth", () => {
  /** 1,000 bytes at 8 Mbit/s take 1 ms. */
  const slow = { bandwidth: 8_000_000, delay: { kind: "constant", value: 10 * MILLISECOND } } as const;

  it("puts one packet after the other on the link", () => {
    const world = new World({ links: [linkSpec("a", "b", slow)] });
    const b = world.listenOn("b");
    world.stream("a", b, 4, 0, 1_000);
    world.run();
    expect(b.instants).toEqual([11, 12, 13, 14].map((ms) => ms * MILLISECOND));
  });

  it("rounds the time that a packet takes up to whole nanoseconds", () => {
    const world = new World({ links: [linkSpec("a", "b", { ...slow, bandwidth: 3_000_000_000 })] });
    const b = world.listenOn("b");
    world.stream("a", b, 1, 0, 1_000);
    world.run();
    expect(b.instants).toEqual([10 * MILLISECOND + 2_667]);
  });

  it("drops from the tail what exceeds the queue", () => {
    const world = new World({ links: [linkSpec("a", "b", { ...slow, queueLimit: 3_500 })] });
    const b = world.listenOn("b");
    // One packet every 0.1 ms: one is on the link, three wait, the rest of the first millisecond is dropped.
    world.stream("a", b, 10, 100 * MICROSECOND, 1_000);
    world.run();
    expect(b.numbers).toEqual([0, 1, 2, 3]);
    expect(world.lossCauses()).toEqual(new Array(6).fill("queue-full"));
  });

  it("says how many bytes wait, not counting the packet that is being put on the link", () => {
    const world = new World({ links: [linkSpec("a", "b", slow)] });
    const link = world.network.link(world.node("a"), world.node("b"));
    world.stream("a", world.listenOn("b"), 20, 0, 1_000);
    const seen: number[] = [];
    world.at(
      [0, 0.5, 1, 1.5, 18, 19, 20].map((ms) => ms * MILLISECOND),
      () => seen.push(link.queuedBytes),
    );
    world.run(20 * MILLISECOND);
    expect(seen.slice(1)).toEqual([19_000, 18_000, 18_000, 1_000, 0, 0]);
  });

  it("carries what arithmetic allows and drops the rest: twice the bandwidth loses half", () => {
    const world = new World({ links: [linkSpec("a", "b", { ...slow, queueLimit: 10_000 })], trace: false });
    const b = world.listenOn("b");
    world.stream("a", b, 10_000, MILLISECOND / 2, 1_000);
    world.run();
    // 5 s at one packet a millisecond, and the one on the link and ten in the queue when the sender stops.
    expect(b.numbers.length).toBe(5_000 + 10);
    expect(b.instants.at(-1)).toBeLessThanOrEqual(5 * SECOND + 22 * MILLISECOND);
  });

  it("counts a packet that is lost on the way as carried", () => {
    const world = new World({
      links: [linkSpec("a", "b", { ...slow, loss: { kind: "periodic", every: 2, offset: 0 } })],
    });
    const b = world.listenOn("b");
    world.stream("a", b, 4, 0, 1_000);
    world.run();
    expect(b.instants).toEqual([12, 14].map((ms) => ms * MILLISECOND));
  });
});
