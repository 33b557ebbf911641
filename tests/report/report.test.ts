import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { renderReport, type ReportInput } from "../../src/experiment/report.js";
import { sequenceDiagram } from "../../src/view/index.js";
import { threeQualities } from "../view/scenes.js";
import {
  chance,
  chanceOutcomes,
  chanceRows,
  deviatingOutcomes,
  factor,
  metric,
  planOf,
  underLoss,
  underLossOutcomes,
  underLossRows,
} from "./samples.js";

const input: ReportInput = {
  plan: underLoss,
  rows: underLossRows,
  outcomes: underLossOutcomes,
  version: "0.1.0",
};
/** The same with one plot, where the plots are not what is looked at. */
const brief: ReportInput = { ...input, plan: { ...underLoss, plots: underLoss.plots.slice(0, 1) } };
const small: ReportInput = { plan: chance, rows: chanceRows, outcomes: chanceOutcomes, version: "0.1.0" };

async function page(of: ReportInput): Promise<Document> {
  return new JSDOM((await renderReport(of)).html).window.document;
}

function words(element: Element | null | undefined): string {
  return (element?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** The rows of the n-th table under the heading, as texts with spans of several rows repeated. */
function tableUnder(document: Document, heading: string): string[][] {
  const section = [...document.querySelectorAll("section")].find(
    (each) => words(each.querySelector("h2")) === heading,
  );
  const rows = [...(section?.querySelectorAll("tbody tr") ?? [])];
  const carried: { text: string; left: number }[] = [];
  return rows.map((row) => {
    const cells = [...row.children];
    const line: string[] = [];
    for (let column = 0; cells.length > 0 || (carried[column]?.left ?? 0) > 0; column++) {
      const above = carried[column];
      if (above !== undefined && above.left > 0) {
        above.left--;
        line.push(above.text);
        continue;
      }
      const cell = cells.shift();
      const same = cell?.querySelector(".same");
      same?.remove();
      const text = words(cell);
      carried[column] = { text, left: Number(cell?.getAttribute("rowspan") ?? 1) - 1 };
      line.push(text);
    }
    return line;
  });
}

describe("a report", () => {
  it("needs nothing but itself", async () => {
    const { html } = await renderReport({
      ...input,
      diagram: { svg: sequenceDiagram(threeQualities()), caption: "A run." },
    });
    const document = new JSDOM(html).window.document;
    expect(document.querySelectorAll("script, link, img, iframe, object, embed")).toHaveLength(0);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|@import|src=/);
    expect(document.querySelectorAll("figure > svg")).toHaveLength(4);
  });

  it("is the same bytes each time", async () => {
    expect(await renderReport(brief)).toEqual(await renderReport(brief));
  });

  it("asks the question first and says in one line how it went", async () => {
    expect(words((await page(brief)).querySelector("h1"))).toBe(underLoss.question);
    expect(words((await page(brief)).querySelector(".status"))).toBe(
      "✓ All 5 expectations came out as stated",
    );
    const deviating = await page({ ...brief, outcomes: deviatingOutcomes });
    expect(words(deviating.querySelector(".status"))).toBe("✗ 1 of 5 expectations not as stated");
    const open = deviatingOutcomes.filter((outcome) => outcome.expectation !== 1 || outcome.asStated);
    expect(words((await page({ ...brief, outcomes: open })).querySelector(".status"))).toBe(
      "? 1 of 5 expectations could not be shown",
    );
  });

  it("has a row for every cell, with intervals, and says nothing where there is nothing", async () => {
    const rows = tableUnder(await page(small), "Every cell");
    expect(rows[0]).toEqual(["0", "81.2 ± 1.2", "0.0", "100.000 ± 0.010", "100 ± 0", "✓ as stated"]);
    expect(rows).toHaveLength(3);
    expect(tableUnder(await page(brief), "Every cell")).toHaveLength(36);
    expect(tableUnder(await page(brief), "Every cell")[35]?.slice(0, 3)).toEqual(["tcp", "2", "20 %"]);
    const [only] = chanceRows;
    const without = {
      ...only,
      cell: 0,
      n: 1,
      checks: [],
      metrics: { delivered_ratio: metric(null), duplicates: metric(3, 0, 1) },
    };
    expect(tableUnder(await page({ ...small, rows: [without] }), "Every cell")[0]?.slice(1, 3)).toEqual([
      "–",
      "3",
    ]);
  });

  it("says of every guarantee in how many runs it held", async () => {
    const rows = tableUnder(await page(small), "Which guarantees held");
    expect(rows).toEqual([
      ["0", "? unknown", "✓ holds"],
      ["1", "✓ holds", "✗ violated 20/20"],
      ["2", "✓ holds", "✓ holds"],
    ]);
  });

  it("shows what deviated, where, how often, and how to replay it", async () => {
    const list = (await page({ ...brief, outcomes: deviatingOutcomes })).querySelector("ul.expectations");
    const items = [...(list?.children ?? [])].map(words);
    expect(items[0]).toBe('✓ as stated in 30 cells: at-most-once holds when qos != 1 or transport == "tcp"');
    expect(items[1]).toMatch(/^✗ not as stated in 2 of 24 cells: at-least-once holds when qos >= 1/);
    expect(items[1]).toContain("transport datagram, qos 1, loss 20 %: found violated in 3 of 20 runs");
    expect(words(list?.querySelector("pre"))).toMatch(/^onceover replay results\//);
    expect(items[2]).toMatch(/^\? not shown in 1 of 5 cells/);
  });

  it("says how to get the same again", async () => {
    const text = words((await page({ ...small, command: "npx onceover run a.yaml --seed 3" })).body);
    for (const fact of ["npx onceover run a.yaml --seed 3", "onceover 0.1.0", chance.seed, chance.digest]) {
      expect(text).toContain(fact);
    }
    expect(text).toContain("Student’s t over the runs");
  });

  it("names its plots in order, and draws one where the experiment asks for none", async () => {
    expect((await renderReport(input)).plots.map((plot) => plot.name)).toEqual([
      "01-what-arrives.svg",
      "02-what-it-costs-in-time-99th-percentile.svg",
      "03-what-it-costs-on-the-wire.svg",
    ]);
    expect((await renderReport(small)).plots.map((plot) => plot.name)).toEqual(["01-delivered-by-qos.svg"]);
    const alone = planOf("alone", "", [], { metrics: ["delivered_ratio"] });
    const rows = [{ cell: 0, n: 1, metrics: { delivered_ratio: metric(1, 0, 1) }, checks: [] }];
    const report = await renderReport({ plan: alone, rows, outcomes: [], version: "0.1.0" });
    expect(report.plots).toEqual([]);
    expect(report.html).toContain("<h1>alone</h1>");
  });

  it("escapes every text of the experiment", async () => {
    const evil = `<script>alert("&'")</script>`;
    const plan = {
      ...planOf(evil, evil, [factor(evil, [evil, "b"])], {
        metrics: [evil],
        expectations: [{ text: evil, kind: "claim", is: "holds", scope: "run", when: evil }],
      }),
      seed: evil,
    };
    const rows = [0, 1].map((cell) => ({
      cell,
      n: 2,
      metrics: { [evil]: metric(1, 1) },
      checks: [{ check: evil, holds: 2, violated: 0, unknown: 0 }],
    }));
    const outcomes = [
      {
        expectation: 0,
        cell: 0,
        found: "violated" as const,
        asStated: false,
        runs: 2,
        deviating: 1,
        replay: evil,
      },
    ];
    const { html } = await renderReport({ plan, rows, outcomes, version: evil, command: evil });
    expect(html).not.toContain("<script");
    expect(new JSDOM(html).window.document.querySelectorAll("script")).toHaveLength(0);
  });
});
