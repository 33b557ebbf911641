import fc from "fast-check";
import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import type { LossCause, TraceEvent } from "../../src/trace/index.js";
import { sequenceDiagram } from "../../src/view/index.js";
import {
  content,
  crashAndWill,
  flow,
  Scene,
  segmentBurst,
  tcpRetransmission,
  threeQualities,
} from "./scenes.js";
import { flightGroups, outside, overlapping, seenTexts, viewBox } from "./svg-reading.js";

const CROSS_COLOR = "#c1121f";

const NAMES = ["sensor", "broker", "screen", "a-node-with-a-rather-long-name", "e"];
const CAUSES: readonly LossCause[] = ["loss", "corruption", "cut", "queue-full", "node-down", "no-listener"];

/** Scenes of any kind: packets with any fate, marks and spans in any order, many of them at one instant. */
const scenes: fc.Arbitrary<TraceEvent[]> = fc
  .tuple(
    fc.integer({ min: 2, max: NAMES.length }),
    fc.array(
      fc.record({
        what: fc.integer({ min: 0, max: 11 }),
        at: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(50, 100, 5000, 90_000_000)),
        delay: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.constant(40)),
        from: fc.nat(NAMES.length - 1),
        to: fc.nat(NAMES.length - 1),
        again: fc.boolean(),
        detail: fc.constantFrom(
          "",
          "q1 id 7 #1",
          "<&> a long detail that goes on and on beyond every column",
        ),
      }),
      { minLength: 1, maxLength: 45 },
    ),
  )
  .map(([count, steps]) => {
    const scene = new Scene();
    for (const { what, at, delay, from, to, again, detail } of steps) {
      const a = NAMES[from % count] as string;
      const b = NAMES[from % count === to % count ? (to + 1) % count : to % count] as string;
      if (what <= 3) scene.packet(at, a, b, [content("PUBLISH", detail, again)], delay);
      else if (what === 4) scene.packet(at, a, b, [content("ACK", "", false)], again ? delay : undefined);
      else if (what === 5)
        scene.packet(at, a, b, [content("PUBACK", detail, again)], {
          lost: CAUSES[to] as LossCause,
          after: again ? 0 : delay,
        });
      else if (what === 6) scene.application(at, "published", a, to);
      else if (what === 7) scene.application(at, "delivered", b, to, { again, topic: detail });
      else if (what === 8) scene.timer(at, a, `timer ${detail}`);
      else if (what === 9) scene.node(at, again ? "node-crashed" : "node-restarted", a);
      else if (what === 10) scene.link(at, again ? "link-cut" : "link-mended", a, b);
      else scene.node(at, again ? "node-paused" : "node-resumed", b);
    }
    return scene.events();
  });

describe("a sequence diagram", () => {
  it("never lets two texts overlap, whatever happens", () => {
    fc.assert(
      fc.property(scenes, (events) => {
        expect(overlapping(sequenceDiagram(events, { title: "T", caption: "C" }))).toEqual([]);
      }),
      { seed: 71, numRuns: 150 },
    );
  });

  it("keeps everything inside its frame", () => {
    fc.assert(
      fc.property(scenes, (events) => {
        expect(outside(sequenceDiagram(events))).toEqual([]);
      }),
      { seed: 72, numRuns: 150 },
    );
  });

  it("ends every lost packet in a cross, and no other", () => {
    fc.assert(
      fc.property(scenes, (events) => {
        const groups = flightGroups(sequenceDiagram(events));
        const lost = new Set(
          events.flatMap((event) => (event.type === "packet-lost" ? [String(event.packet)] : [])),
        );
        for (const group of groups) {
          const packet = /data-packet="(\d+)"/.exec(group)?.[1] ?? "";
          expect(group.includes(CROSS_COLOR)).toBe(lost.has(packet));
        }
        expect(groups).toHaveLength(events.filter((event) => event.type === "packet-sent").length);
      }),
      { seed: 73, numRuns: 80 },
    );
  });

  it("names a lost packet even where its name is longer than its way", () => {
    const name = "PUBLISH q1 #5 plant/line-1/temperature/inside";
    const scene = new Scene();
    scene.packet(0, "a", "b", [content(name)], { lost: "loss" });
    scene.packet(50, "b", "a", [content(name)], { lost: "loss" });
    const labels = seenTexts(sequenceDiagram(scene.events())).filter(({ text }) => text === name);
    expect(labels).toHaveLength(2);
  });

  it("lets nothing that happens later stand higher", () => {
    fc.assert(
      fc.property(scenes, (events) => {
        const starts = flightGroups(sequenceDiagram(events)).map((group) => ({
          at: Number(/data-at="(\d+)"/.exec(group)?.[1]),
          y: Number(/<line[^>]* y1="([\d.]+)"/.exec(group)?.[1]),
        }));
        for (const [index, start] of starts.entries()) {
          const before = starts[index - 1];
          if (before !== undefined) expect(start.y).toBeGreaterThanOrEqual(before.y);
        }
      }),
      { seed: 74, numRuns: 80 },
    );
  });

  it("labels every packet of forty, and leaves a few unlabelled of far more", () => {
    const forty = sequenceDiagram(flow(10, 400, 0.15, 4));
    expect(flightGroups(forty).length).toBeGreaterThanOrEqual(40);
    expect(forty).not.toContain("left out");
    const dense = sequenceDiagram(flow(36, 60, 0.1, 9));
    expect(flightGroups(dense).length).toBeGreaterThanOrEqual(150);
    expect(overlapping(dense)).toEqual([]);
    expect(Number(/(\d+) labels are left out/.exec(dense)?.[1] ?? 0)).toBeLessThan(
      flightGroups(dense).length / 8,
    );
  });

  it("puts the publisher left, the broker in the middle and the subscriber right", () => {
    const order = seenTexts(sequenceDiagram(threeQualities()))
      .filter(({ text }) => ["sensor", "broker", "screen"].includes(text))
      .sort((a, b) => a.box.cx - b.box.cx)
      .map(({ text }) => text);
    expect(order).toEqual(["sensor", "broker", "screen"]);
  });

  it("takes another order of lifelines when told", () => {
    const svg = sequenceDiagram(threeQualities(), { lifelines: ["screen", "sensor"] });
    const order = seenTexts(svg)
      .filter(({ text }) => ["sensor", "broker", "screen"].includes(text))
      .sort((a, b) => a.box.cx - b.box.cx)
      .map(({ text }) => text);
    expect(order).toEqual(["screen", "sensor", "broker"]);
  });

  it("draws time at one scale: twice the delay slants twice as much", () => {
    const scene = new Scene();
    scene.packet(0, "a", "b", [content("X")], 40);
    scene.packet(100, "a", "b", [content("X")], 80);
    const heights = flightGroups(sequenceDiagram(scene.events())).map((group) => {
      const y1 = Number(/ y1="([\d.]+)"/.exec(group)?.[1]);
      const tip = Number(/<path d="M [\d.]+ ([\d.]+)/.exec(group)?.[1]);
      return tip - y1;
    });
    expect((heights[1] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(2, 2);
  });

  it("shortens idle time and says by how much", () => {
    const svg = sequenceDiagram(threeQualities());
    expect(seenTexts(svg).map(({ text }) => text)).toContain("+ 919 ms");
    expect(svg).toContain("nothing happens");
    const busy = new Scene();
    for (let at = 0; at < 300; at += 30) busy.packet(at, "a", "b", [content("X")], 30);
    expect(sequenceDiagram(busy.events())).not.toContain("nothing happens");
  });

  it("labels segments by the frames they begin to carry, and frames alone at the protocol level", () => {
    const packets = seenTexts(sequenceDiagram(tcpRetransmission())).map(({ text }) => text);
    expect(packets).toEqual(
      expect.arrayContaining(["SYN", "SYN-ACK", "PUBLISH q1 id 1 #0", "PUBACK id 1, PUBACK id 2"]),
    );
    expect(packets).toContain("ACK");
    expect(packets.some((text) => text.includes("win 64240"))).toBe(false);
    const frames = seenTexts(sequenceDiagram(tcpRetransmission(), { level: "protocol" })).map(
      ({ text }) => text,
    );
    expect(frames).toEqual(expect.arrayContaining(["CONNECT clean", "PUBLISH q1 id 1 #0"]));
    expect(frames.some((text) => text.startsWith("SYN") || text.startsWith("ACK"))).toBe(false);
  });

  it("takes frames for lost that were written before a reset and never read", () => {
    const scene = new Scene();
    scene.frame(0, "a", "b", content("PUBLISH", "#0"), undefined);
    scene.frame(10, "a", "b", content("PUBLISH", "#1"), undefined);
    scene.add({ type: "connection-closed", at: 50, node: "b", peer: "a", reason: "reset" });
    scene.frame(100, "a", "b", content("PUBLISH", "#2"), 20);
    const groups = flightGroups(sequenceDiagram(scene.events(), { level: "protocol" }));
    expect(groups.map((group) => group.includes(CROSS_COLOR))).toEqual([true, true, false]);
  });

  it("draws what is sent again dashed, and what the network duplicated dotted", () => {
    const again = flightGroups(sequenceDiagram(threeQualities())).filter((group) =>
      group.includes("stroke-dasharray"),
    );
    expect(again).toHaveLength(1);
    expect(again[0]).toContain("sent again");
    const scene = new Scene();
    const packet = scene.packet(0, "a", "b", [content("X")], 20);
    scene.packet(0, "a", "b", [content("X")], 30, { copyOf: packet });
    expect(sequenceDiagram(scene.events())).toContain("duplicated by the network");
  });

  it("explains only what occurs", () => {
    const scene = new Scene();
    scene.packet(0, "a", "b", [content("X")], 20);
    const svg = sequenceDiagram(scene.events());
    for (const words of [
      "lost",
      "sent again",
      "acknowledgement only",
      "delivered",
      "down",
      "nothing happens",
    ]) {
      expect(svg).not.toContain(words);
    }
    expect(sequenceDiagram(crashAndWill())).toContain(">down<");
  });

  it("escapes every text of the trace, the title and the caption", () => {
    const evil = `<script>alert("&'")</script>\u0000`;
    const scene = new Scene();
    scene.packet(0, evil, "b", [content(evil, evil)], 20);
    scene.timer(5, "b", evil);
    scene.add({ type: "note", at: 6, node: evil, text: evil });
    const svg = sequenceDiagram(scene.events(), { title: evil, caption: evil });
    expect(svg).not.toContain("<script");
    const { window } = new JSDOM("");
    const parsed = new window.DOMParser().parseFromString(svg, "image/svg+xml");
    expect(parsed.querySelector("parsererror")).toBeNull();
    expect(parsed.documentElement.querySelector("title")?.textContent).toContain("alert");
  });

  it("shows the part that is asked for and says how much it leaves out", () => {
    const events = flow(10, 400, 0, 4);
    const all = flightGroups(sequenceDiagram(events)).length;
    const first = sequenceDiagram(events, { packetsMax: 5 });
    expect(flightGroups(first)).toHaveLength(5);
    expect(first).toContain(`The first 5 of ${all} packets.`);
    const window = flightGroups(sequenceDiagram(events, { from: 1_400_000_000, until: 1_700_000_000 }));
    expect(window.length).toBeGreaterThan(0);
    for (const group of window) {
      const at = Number(/data-at="(\d+)"/.exec(group)?.[1]);
      expect(at >= 1_400_000_000 && at <= 1_700_000_000).toBe(true);
    }
  });

  it("draws an empty trace as an empty picture", () => {
    expect(viewBox(sequenceDiagram([])).height).toBeGreaterThan(0);
  });

  it("gives the same bytes twice, with at most two decimals in coordinates", () => {
    const svg = sequenceDiagram(flow(10, 400, 0.15, 4));
    expect(sequenceDiagram(flow(10, 400, 0.15, 4))).toBe(svg);
    const coordinates = svg.replace(/<(title|desc)>.*?<\/\1>|matrix\([^)]*\)/g, "");
    expect(coordinates.match(/\d\.\d{3,}/g)).toBeNull();
  });

  it.each([
    ["three-qualities", threeQualities(), {}],
    ["tcp-retransmission", tcpRetransmission(), { title: "A lost segment is a late message" }],
    ["crash-and-will", crashAndWill(), { title: "Crash, cut and will", caption: "Time flows down." }],
    ["segment-burst", segmentBurst(), {}],
  ] as const)("looks as it did: %s", async (name, events, options) => {
    await expect(sequenceDiagram(events, options)).toMatchFileSnapshot(`pictures/${name}.svg`);
  });
});
