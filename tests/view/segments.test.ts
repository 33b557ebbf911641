import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlap } from "../../src/view/label-placing.js";
import { mermaid, sequenceDiagram, type SequenceDiagramOptions } from "../../src/view/index.js";
import { content, crashAndWill, threeQualities } from "./scenes.js";
import { lossAndRepair, segmentScenes, SegmentScene, twoConnections } from "./segment-scenes.js";
import { flightGroups, outside, overlapping, seenTexts, viewBox } from "./svg-reading.js";
import type { TraceEvent } from "../../src/trace/index.js";

const CROSS_COLOR = "#c1121f";

function draw(events: readonly TraceEvent[], options: SequenceDiagramOptions = {}): string {
  return sequenceDiagram(events, { ...options, level: "segments" });
}

function texts(svg: string): string[] {
  return seenTexts(svg).map(({ text }) => text);
}

/** The markup of each connection end's plots. */
function plots(svg: string): string[] {
  return [...svg.matchAll(/<g class="connection-end".*?<\/g>/gs)].map(([group]) => group);
}

/** Where the line of a flight's group begins and where its head is. */
function ends(group: string): { readonly y1: number; readonly y2: number } {
  return { y1: Number(/ y1="([\d.]+)"/.exec(group)?.[1]), y2: Number(/ y2="([\d.]+)"/.exec(group)?.[1]) };
}

/** The screen appears first, and only its delivery shows that it is a recipient. */
function screenFirst(): TraceEvent[] {
  const scene = new SegmentScene();
  scene.segment(0, "screen", "broker", 20);
  scene.application(100, "published", "sensor", 0);
  scene.segment(100, "sensor", "broker", 20, { length: 64 });
  scene.application(200, "delivered", "screen", 0);
  return scene.events();
}

describe("the level of segments", () => {
  it("draws frames, and under each the segment that carries it", () => {
    const scene = new SegmentScene();
    const frames = ["#0", "#1"].map((detail) => ({ content: content("PUBLISH", detail), bytes: 32 }));
    for (const frame of frames) scene.add({ type: "frame-sent", at: 0, node: "a", peer: "b", ...frame });
    scene.segment(0, "a", "b", 20, { length: 64, acknowledgment: 33 });
    for (const frame of frames) scene.add({ type: "frame-received", at: 20, node: "b", peer: "a", ...frame });
    const svg = draw(scene.events());
    expect(texts(svg)).toEqual(expect.arrayContaining(["PUBLISH #0", "PUBLISH #1", "seq 1:65 ack 33"]));
    const groups = flightGroups(svg);
    const segment = ends(groups.find((group) => group.includes('"0"') && group.includes("DATA")) ?? "");
    const drawn = groups.filter((group) => group.includes("PUBLISH")).map(ends);
    expect(drawn).toHaveLength(2);
    for (const frame of drawn) {
      expect(frame.y1).toBeLessThan(segment.y1);
      expect(frame.y2).toBeLessThan(segment.y2);
    }
  });

  it("says of segments what they are for", () => {
    expect(texts(draw(lossAndRepair()))).toEqual(
      expect.arrayContaining([
        "SYN seq 0",
        "SYN-ACK seq 0 ack 1",
        "ack 1",
        "seq 1:65 ack 1",
        "ack 1 sack 65:129",
        "probe seq 65:129 ack 1",
        "ack 129 win 0",
        "FIN seq 129 ack 1",
        "RST seq 1",
      ]),
    );
  });

  it("ends lost segments in a cross, dashes what is sent again and dots probes", () => {
    const groups = flightGroups(draw(lossAndRepair()));
    expect(groups.filter((group) => group.includes(CROSS_COLOR))).toHaveLength(2);
    const dashes = groups.flatMap((group) => /stroke-dasharray="([^"]*)"/.exec(group)?.[1] ?? []);
    expect(new Set(dashes).size).toBe(2);
  });

  it("takes for a probe only what a node sends when its timer for that fires", () => {
    const scene = new SegmentScene();
    scene.timer(10, "a", "keepalive");
    scene.segment(10, "b", "a", 20, { length: 64 });
    scene.segment(10, "a", "b", 20, { length: 0 });
    scene.segment(10, "a", "b", 20, { sequence: 65, length: 64 });
    scene.timer(50, "a", "keepalive");
    scene.segment(51, "a", "b", 20, { sequence: 129, length: 64 });
    expect(texts(draw(scene.events())).filter((text) => text.startsWith("probe "))).toEqual([
      "probe seq 1 ack 1",
    ]);
  });

  it("shows a square for each range of a selective acknowledgment", () => {
    const blocks = (count: number): number => {
      const scene = new SegmentScene();
      const sack = Array.from({ length: count }, (_, index): [number, number] => [
        index * 20,
        index * 20 + 10,
      ]);
      scene.segment(0, "a", "b", 20, { sack });
      return flightGroups(draw(scene.events()))[0]?.match(/<rect/g)?.length ?? 0;
    };
    expect([0, 1, 3].map(blocks)).toEqual([0, 1, 3]);
  });

  it("names what it draws in the legend, and nothing else", () => {
    const legend = texts(draw(lossAndRepair()));
    const all = [
      "what the protocol says",
      "segment with SYN or FIN",
      "reset",
      "selective acknowledgement (a square for each range)",
      "retransmission",
      "probe with old data",
      "lost",
      "congestion window",
      "slow-start threshold",
      "in flight",
      "disorder: something is missing or out of order",
      "loss: goes on after a timeout",
    ];
    expect(legend).toEqual(expect.arrayContaining(all));
    expect(legend.filter((text) => text.startsWith("recovery"))).toEqual([]);
    const quiet = texts(draw(twoConnections(2)));
    expect(all.slice(1).filter((text) => quiet.includes(text))).toEqual(["congestion window", "in flight"]);
  });

  it("labels every packet of forty and every frame above them", () => {
    const svg = draw(twoConnections(10));
    expect(flightGroups(svg).filter((group) => !group.includes("PUBLISH #"))).toHaveLength(20);
    expect(flightGroups(svg)).toHaveLength(60);
    expect(svg).not.toContain("left out");
  });

  it("counts packets, not the frames above them, when it is told how many to show", () => {
    const svg = draw(twoConnections(10), { packetsMax: 7 });
    expect(flightGroups(svg).filter((group) => /data-packet="\d+"/.test(group)).length).toBeGreaterThan(7);
    expect(svg).toContain("The first 7 of 40 packets.");
    expect(texts(svg)).toContain("seq 1:65 ack 1");
  });

  it("draws datagrams as it does without segments", () => {
    for (const events of [threeQualities(), crashAndWill()]) {
      expect(draw(events)).toBe(sequenceDiagram(events, { level: "protocol" }));
    }
  });

  it("keeps the broker in the middle of a part in which nothing is delivered", () => {
    const heads = (options: SequenceDiagramOptions): string[] =>
      seenTexts(draw(screenFirst(), options))
        .filter(({ text }) => ["sensor", "broker", "screen"].includes(text))
        .sort((a, b) => a.box.cx - b.box.cx)
        .map(({ text }) => text);
    expect(heads({ until: 110_000_000 })).toEqual(["sensor", "broker", "screen"]);
  });

  it("draws an empty trace as an empty picture", () => {
    expect(viewBox(draw([])).height).toBeGreaterThan(0);
    expect(plots(draw([]))).toEqual([]);
  });

  it("gives the same bytes twice", () => {
    expect(draw(lossAndRepair())).toBe(draw(lossAndRepair()));
  });

  it("never lets two texts overlap, whatever happens", () => {
    fc.assert(
      fc.property(segmentScenes, (events) => {
        expect(overlapping(draw(events, { title: "T", caption: "C" }))).toEqual([]);
      }),
      { seed: 75, numRuns: 150 },
    );
  });

  it("keeps everything inside its frame", () => {
    fc.assert(
      fc.property(segmentScenes, (events) => {
        expect(outside(draw(events))).toEqual([]);
      }),
      { seed: 76, numRuns: 150 },
    );
  });

  it("looks as it did", async () => {
    await expect(draw(lossAndRepair(), { title: "A loss and its repair" })).toMatchFileSnapshot(
      "pictures/loss-and-repair.svg",
    );
  });
});

describe("the plots of connections", () => {
  it("are drawn for each end that sends data, and for no other", () => {
    const names = plots(draw(twoConnections(3))).map((group) => /<title>([^<]*)/.exec(group)?.[1]);
    expect(names).toEqual(["sensor → broker", "broker → screen"]);
  });

  it("are left out on demand, and at every other level", () => {
    const drawn = draw(lossAndRepair());
    const bare = draw(lossAndRepair(), { plots: false });
    expect(plots(drawn)).toHaveLength(1);
    expect(plots(bare)).toEqual([]);
    expect(viewBox(bare).width).toBeLessThan(viewBox(drawn).width);
    expect(bare).not.toContain("congestion window");
    for (const level of ["packets", "protocol"] as const) {
      expect(plots(sequenceDiagram(lossAndRepair(), { level }))).toEqual([]);
    }
  });

  it("name their axes with units", () => {
    expect(texts(draw(lossAndRepair()))).toEqual(
      expect.arrayContaining(["sensor → broker", "window, segments", "in flight, bytes"]),
    );
  });

  it("step at the height at which the diagram has the event", () => {
    const scene = new SegmentScene();
    scene.segment(0, "a", "b", 40, { length: 64 });
    scene.congestion(0, "a", "b", { window: 10 });
    scene.segment(40, "b", "a", 40, { acknowledgment: 65 });
    scene.congestion(80, "a", "b", { window: 11 });
    scene.segment(80, "a", "b", 40, { sequence: 65, length: 64 });
    const svg = draw(scene.events());
    const last = ends(flightGroups(svg)[2] ?? "");
    const line = /<path d="M ([\d.]+) ([\d.]+) V ([\d.]+) H ([\d.]+)/.exec(
      [...(plots(svg)[0] ?? "").matchAll(/<path [^>]*>/g)]
        .map(([path]) => path)
        .find((path) => path.includes(' fill="none"')) ?? "",
    );
    expect(Number(line?.[3])).toBeCloseTo(last.y1, 1);
    expect(Number(line?.[4])).toBeGreaterThan(Number(line?.[1]));
  });

  it("begin with what was so before the part that is shown", () => {
    const svg = draw(twoConnections(6), { from: 200_000_000 });
    const [, top] = /<path d="M [\d.]+ ([\d.]+) V/.exec(plots(svg)[0] ?? "") ?? [];
    expect(Number(top)).toBe(Math.min(...flightGroups(svg).map((group) => ends(group).y1)));
  });

  it("shade the ground while something is missing or being repaired", () => {
    const [plot = ""] = plots(draw(lossAndRepair()));
    expect(plot.match(/fill="#fbf3d3"/g)).toHaveLength(2);
    expect(plot.match(/fill="#f6cfd0"/g)).toHaveLength(2);
  });

  it("explain only what can be seen of them", () => {
    const scene = new SegmentScene();
    scene.segment(0, "a", "b", 40, { length: 64 });
    scene.congestion(0, "a", "b", { bytesInFlight: 64 });
    scene.segment(60, "a", "b", 40, { sequence: 65, length: 64 });
    scene.congestion(60, "a", "b", { state: "recovery", window: 5, threshold: 7 });
    const cut = texts(draw(scene.events()));
    expect(cut.filter((text) => /^recovery|threshold/.test(text))).toEqual([]);
    scene.segment(120, "a", "b", 40, { sequence: 129, length: 64 });
    const all = texts(draw(scene.events()));
    expect(all).toEqual(expect.arrayContaining(["recovery: repairs a loss", "slow-start threshold"]));
  });

  it("tell in words of a receive window that would squeeze what is in flight", () => {
    const drawn = (receiveWindow: number): string => {
      const scene = new SegmentScene();
      scene.segment(0, "a", "b", 40, { length: 1000 });
      scene.congestion(0, "a", "b", { bytesInFlight: 1000, receiveWindow });
      scene.segment(100, "a", "b", 40, { sequence: 1001, length: 1000 });
      return draw(scene.events());
    };
    expect(texts(drawn(65_535))).toContain("65.5 kB →");
    expect(texts(drawn(65_535))).not.toContain("receive window of the other side");
    expect(texts(drawn(3000))).toContain("receive window of the other side");
  });

  it("tell connections of the same nodes apart, and end with them", () => {
    const scene = new SegmentScene();
    for (const [at, connection] of [
      [0, 1],
      [200, 2],
    ] as const) {
      scene.segment(at, "a", "b", 40, { connection, length: 64 });
      scene.congestion(at, "a", "b", { connection, bytesInFlight: 64, segmentsInFlight: 1 });
      scene.add({ type: "connection-closed", at: at + 100, node: "a", peer: "b", reason: "reset" });
    }
    const svg = draw(scene.events());
    expect(texts(svg)).toEqual(expect.arrayContaining(["a → b (1)", "a → b (2)"]));
    const [first = "", second = ""] = plots(svg);
    const range = (plot: string): number[] =>
      (/fill="none"/.exec(plot) && /<path d="M [\d.]+ ([\d.]+) V ([\d.]+)" fill="none"/.exec(plot))
        ?.slice(1)
        .map(Number) ?? [];
    expect(range(first)[1]).toBeLessThanOrEqual(range(second)[0] ?? 0);
  });

  it("show at most four ends, those that send most, and say how many they leave out", () => {
    const scene = new SegmentScene();
    for (let index = 1; index <= 6; index++) {
      scene.segment(index * 10, "hub", `n${index}`, 20, {
        connection: index,
        length: index === 2 ? 1 : index * 100,
      });
      scene.congestion(index * 10, "hub", `n${index}`, { connection: index, bytesInFlight: 100 });
    }
    const svg = draw(scene.events());
    const names = plots(svg).map((group) => /<title>([^<]*)/.exec(group)?.[1]);
    expect(names).toEqual(["hub → n3", "hub → n4", "hub → n5", "hub → n6"]);
    expect(svg).toContain("The plots of 2 more connection ends are left out.");
  });

  it("have no text over another, with the longest of names", () => {
    const scene = new SegmentScene();
    const name = "a-node-with-a-name-that-is-longer-than-any-column-of-a-plot";
    scene.segment(0, name, "b", 40, { length: 64 });
    scene.congestion(0, name, "b", { window: 123_456, bytesInFlight: 123_456_789 });
    const seen = seenTexts(draw(scene.events()));
    for (const [index, one] of seen.entries()) {
      for (const other of seen.slice(index + 1)) expect(overlap(one.box, other.box)).toBe(false);
    }
  });
});

describe("segments as Mermaid text", () => {
  it("stand in brackets below the frames that they carry", () => {
    const lines = mermaid(twoConnections(1), { level: "segments" })
      .split("\n")
      .filter((line) => /->>/.test(line));
    expect(lines.slice(0, 2)).toEqual(["  n0->>n1: PUBLISH #35;0", "  n0->>n1: [seq 1#58;65 ack 1]"]);
  });
});

describe("the levels of a mixed trace", () => {
  it("differ in what they draw of a stream, and not in datagrams", () => {
    const scene = new SegmentScene();
    scene.frame(0, "a", "b", content("PUBLISH", "#0"), 20);
    scene.segment(0, "a", "b", 20, { length: 64 });
    scene.packet(5, "b", "c", [content("PUBLISH", "#0")], 20);
    const drawn = (["protocol", "packets", "segments"] as const).map(
      (level) => flightGroups(sequenceDiagram(scene.events(), { level })).length,
    );
    expect(drawn).toEqual([2, 2, 3]);
  });
});
