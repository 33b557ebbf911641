import { describe, expect, it } from "vitest";
import { MILLISECOND, ln, meanOf, medianOf } from "../../src/kernel/index.js";
import { LINK_PRESETS } from "../../src/network/index.js";
import { World, linkSpec } from "./world.js";

const named = (name: string): (typeof LINK_PRESETS)[number] => {
  const preset = LINK_PRESETS.find((candidate) => candidate.name === name);
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
};

describe("link presets", () => {
  it("are the six that the design names, each with a source", () => {
    const names = ["ethernet", "wifi", "lte", "3g", "geo-satellite", "lpwan"];
    expect(LINK_PRESETS.map(({ name }) => name)).toEqual(names);
    for (const { source, summary } of LINK_PRESETS)
      expect([source, summary].join(" ").length).toBeGreaterThan(80);
  });

  it("grow slower in the order in which people know them", () => {
    const means = ["ethernet", "wifi", "lte", "3g", "geo-satellite", "lpwan"].map((name) =>
      meanOf(named(name).delay),
    );
    expect(means).toEqual([...means].sort((a, b) => a - b));
  });

  it("meet the figures of their sources", () => {
    expect(2 * medianOf(named("wifi").delay)).toBe(3 * MILLISECOND);
    const { delay } = named("wifi");
    expect(delay.kind === "lognormal" && Math.abs(delay.sigma - ln(20 / 3) / 1.2816) < 0.005).toBe(true);
    expect(2 * medianOf(named("lte").delay)).toBe(70 * MILLISECOND);
    expect(2 * medianOf(named("3g").delay)).toBe(300 * MILLISECOND);
    expect(medianOf(named("geo-satellite").delay)).toBe(((239.6 + 279) / 2) * MILLISECOND);
  });

  it.each(LINK_PRESETS)("$name makes a link that carries packets", ({ delay, bandwidth, loss }) => {
    const world = new World({
      links: [linkSpec("a", "b", { delay, loss, ...(bandwidth === undefined ? {} : { bandwidth }) })],
    });
    const b = world.listenOn("b");
    world.stream("a", b, 20, 200 * MILLISECOND);
    world.run();
    expect(b.numbers).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});
