import { JSDOM } from "jsdom";
import { beforeAll, describe, expect, it } from "vitest";
import type { Plot } from "../../src/experiment/plan.js";
import { type Plotter, plotter } from "../../src/experiment/report/plot-svg.js";
import type { SummaryRow } from "../../src/experiment/summary.js";
import { type Box, overlap, uprightBox } from "../../src/view/label-placing.js";
import { textWidth } from "../../src/view/index.js";
import { chance, chanceRows, factor, metric, planOf, underLoss, underLossRows } from "./samples.js";

let draw: Plotter["plotSvg"];

beforeAll(async () => {
  draw = (await plotter()).plotSvg;
});

const [arrives, time, wire] = underLoss.plots as [Plot, Plot, Plot];

/** Texts of the drawing in document order; Plot writes some of them as spans. */
function texts(svg: string): string[] {
  const { window } = new JSDOM("");
  const parsed = new window.DOMParser().parseFromString(svg, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  return [...parsed.querySelectorAll("text")].map((element) => element.textContent);
}

interface Placed {
  readonly text: string;
  readonly box: Box;
}

/** The texts with their boxes, moved as the groups around them are. */
function placedTexts(svg: string): Placed[] {
  const { window } = new JSDOM("");
  const parsed = new window.DOMParser().parseFromString(svg, "image/svg+xml");
  return [...parsed.querySelectorAll("text")].map((element) => {
    let x = Number(element.getAttribute("x") ?? 0);
    const written = element.getAttribute("y") ?? "0";
    let y = Number.parseFloat(written) * (written.endsWith("em") ? 11 : 1);
    const said = (name: string): string | undefined =>
      element.closest(`[${name}]`)?.getAttribute(name) ?? undefined;
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const [, dx, dy] = /^translate\((-?[\d.]+),(-?[\d.]+)\)/.exec(at.getAttribute("transform") ?? "") ?? [];
      x += Number(dx ?? 0);
      y += Number(dy ?? 0);
    }
    const size = Number((said("font-size") ?? "11").replace("px", ""));
    const text = element.textContent;
    const width = textWidth(text, size, said("font-weight") === "bold");
    const anchor = said("text-anchor");
    const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
    return { text, box: uprightBox(left, y - size * 0.8, width, size) };
  });
}

function rowsWith(name: string, means: readonly (number | null)[]): SummaryRow[] {
  return means.map((mean, cell) => ({ cell, n: 20, metrics: { [name]: metric(mean, 1) }, checks: [] }));
}

const over = (x: string, y: string, more: Partial<Plot> = {}): Plot => ({
  title: "T",
  x,
  y,
  scale: "linear",
  ...more,
});

describe("a plot", () => {
  it("is a whole SVG document, the same bytes each time", () => {
    const svg = draw(underLoss, arrives, underLossRows);
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')).toBe(true);
    expect(draw(underLoss, time, underLossRows)).not.toBe(svg);
    expect(draw(underLoss, arrives, underLossRows)).toBe(svg);
  });

  it("rounds its coordinates to two decimals and brings no style that reaches beyond it", () => {
    const svg = draw(underLoss, wire, underLossRows);
    expect(svg.match(/\d\.\d{3,}/g)).toBeNull();
    expect(svg).not.toContain("<style");
    expect(svg).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it("labels axes with units, names the facets, and has a tick at every value that was tried", () => {
    const seen = texts(draw(underLoss, arrives, underLossRows));
    expect(seen).toEqual(expect.arrayContaining(["What arrives", "delivered (%)", "loss (%)"]));
    expect(seen).toEqual(
      expect.arrayContaining(["transport datagram", "transport tcp", "0", "1", "2", "5", "10", "20"]),
    );
  });

  it("names the series in a legend and where they end, together where they coincide", () => {
    const seen = texts(draw(underLoss, arrives, underLossRows));
    expect(seen).toEqual(expect.arrayContaining(["qos", "1, 2", "0, 1, 2"]));
  });

  it("tells series apart without colour", () => {
    const svg = draw(underLoss, wire, underLossRows);
    const dashes = new Set([...svg.matchAll(/stroke-dasharray="([^"]+)"/g)].map(([, dash]) => dash));
    expect(dashes.size).toBe(2);
  });

  it("shows intervals", () => {
    const area =
      /<g aria-label="area"[^>]*>.*?<\/g>/s.exec(draw(underLoss, arrives, underLossRows))?.[0] ?? "";
    expect(area).toContain("<path");
  });

  it("leaves out what has no value and what a logarithmic scale cannot show, and says so", () => {
    const plan = planOf("p", "q", [factor("delay", [1, 2, 3, 4], undefined, "ms")], { metrics: ["lost"] });
    const rows = rowsWith("lost", [0, null, 10, 1000]);
    const svg = draw(plan, over("delay", "lost", { scale: "log" }), rows);
    expect(svg).toContain("One cell has the value 0");
    expect(svg).not.toContain("NaN");
    expect(draw(plan, over("delay", "lost"), rows)).not.toContain("the value 0");
  });

  it("shows the cells that it is of, and names the factors that tell those apart", () => {
    const plan = underLoss.cells.filter(({ values }) => values["transport"] === "tcp");
    const seen = texts(draw(underLoss, { ...arrives, cells: plan.map(({ index }) => index) }, underLossRows));
    expect(seen).toContain("What arrives");
    expect(seen.join(" ")).not.toContain("datagram");
    const one = { ...over("loss", arrives.y, { facet: "qos" }), cells: plan.map(({ index }) => index) };
    expect(texts(draw(underLoss, one, underLossRows)).join(" ")).not.toContain("tcp");
  });

  it("stands values that grow by a factor evenly, and labels every one of them", () => {
    const plan = planOf("p", "q", [factor("payload", [64, 256, 1024, 4096], undefined, "B")], {
      metrics: ["lost"],
    });
    const seen = placedTexts(draw(plan, over("payload", "lost"), rowsWith("lost", [1, 2, 3, 4])));
    const at = ["64", "256", "1,024", "4,096"].map(
      (label) => seen.find(({ text }) => text === label)?.box.cx ?? NaN,
    );
    const steps = at.slice(1).map((x, index) => x - (at[index] ?? NaN));
    for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? NaN, 1);
  });

  it("falls back to a linear scale where nothing is positive", () => {
    const plan = planOf("p", "q", [factor("delay", [1, 2, 3], undefined, "ms")], { metrics: ["lost"] });
    const svg = draw(plan, over("delay", "lost", { scale: "log" }), rowsWith("lost", [0, 0, 0]));
    expect(svg).not.toContain("NaN");
    expect(svg).not.toContain("the value 0");
  });

  it("is a picture that says so when there is nothing to show", () => {
    expect(texts(draw(underLoss, arrives, []))).toContain("No cell has a value to show.");
  });

  it("stands a word at the middle of its series, however many those are", () => {
    // One series stands at its word; signs are placed within their panel, words within the drawing.
    const offset = (values: readonly number[]): number => {
      const factors = [factor("transport", ["tcp"]), factor("qos", values)];
      const plan = planOf("p", "q", factors, { metrics: ["lost"] });
      const rows = rowsWith(
        "lost",
        values.map(() => 10),
      );
      const svg = draw(plan, over("transport", "lost", { color: "qos" }), rows);
      const dots =
        /<g aria-label="dot"[^]*$/.exec(svg)?.[0].matchAll(/<path transform="translate\(([\d.]+),/g) ?? [];
      const at = [...dots].map(([, x]) => Number(x));
      const label = placedTexts(svg).find(({ text }) => text === "tcp");
      expect(at.length).toBe(values.length);
      return (label?.box.cx ?? NaN) - at.reduce((sum, x) => sum + x, 0) / at.length;
    };
    for (const values of [
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
    ])
      expect(offset(values)).toBeCloseTo(offset([1]), 0);
  });

  it("sets words side by side, in the order of the file", () => {
    const plan = planOf("p", "q", [factor("session", ["persistent", "clean"]), factor("qos", [0, 1])], {
      metrics: ["delivered_ratio"],
    });
    const rows = rowsWith("delivered_ratio", [0.5, 0.6, 0.7, 0.8]);
    const seen = texts(draw(plan, over("session", "delivered_ratio", { color: "qos" }), rows));
    expect(seen.indexOf("persistent")).toBeGreaterThan(-1);
    expect(seen.indexOf("clean")).toBeGreaterThan(seen.indexOf("persistent"));
  });

  it("takes 0, 1, 2 for names and not for a scale", () => {
    const svg = draw(chance, over("qos", "delivered_ratio"), chanceRows);
    expect(svg).not.toContain('aria-label="line"');
    expect(texts(svg)).toEqual(expect.arrayContaining(["0", "1", "2", "qos"]));
  });

  it("makes series of the factors that a plot forgets, instead of mixing them", () => {
    const svg = draw(underLoss, over("loss", "bytes_per_delivered"), underLossRows);
    expect(texts(svg)).toContain("transport datagram, qos 0");
    expect([...svg.matchAll(/aria-label="line"/g)]).toHaveLength(6);
  });

  it("can show one metric against another", () => {
    const svg = draw(
      underLoss,
      over("bytes_per_delivered", "delivered_ratio", { color: "qos", facet: "transport" }),
      underLossRows,
    );
    expect(texts(svg)).toContain("bytes per message delivered (B)");
    expect(svg).not.toContain("NaN");
  });

  it("never lets two of its own texts overlap", () => {
    for (const plot of underLoss.plots) {
      const seen = placedTexts(draw(underLoss, plot, underLossRows));
      expect(seen.length).toBeGreaterThan(15);
      const pairs = seen.flatMap((one, index) =>
        seen
          .slice(index + 1)
          .filter((other) => overlap(one.box, other.box))
          .map((other) => `${one.text} × ${other.text}`),
      );
      expect(pairs).toEqual([]);
    }
  });

  it("escapes what comes from the file", () => {
    const evil = `<script>&"'`;
    const plan = planOf("p", "q", [factor(evil, [evil, "b"]), factor("f", [evil, "c"])], { metrics: [evil] });
    const svg = draw(plan, over(evil, evil, { title: evil, color: "f" }), rowsWith(evil, [1, 2, 3, 4]));
    expect(svg).not.toContain("<script");
    expect(texts(svg)).toContain(evil);
  });
});
