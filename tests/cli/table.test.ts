import { describe, expect, it } from "vitest";
import { fitTable, shorten, type TableColumn } from "../../src/cli/table.js";

const columns: readonly TableColumn[] = [
  { header: "network", align: "left", cells: ["datagram", "tcp"], dispensable: 0 },
  {
    header: "delivered",
    align: "right",
    cells: ["81.2 % ± 0.4", "100.0 %    "],
    shorter: ["81.2 %", "100.0 %"],
    dispensable: 0,
  },
  { header: "p50 ms", align: "right", cells: ["50.1", "151.2"], dispensable: 1 },
  { header: "p99 ms", align: "right", cells: ["–", "1251.0"], dispensable: 2 },
  { header: "verdict", align: "left", cells: ["holds", "violated"], dispensable: 0 },
];

describe("a table", () => {
  it("is as wide as it is where nobody is looking", () => {
    expect(fitTable(columns, undefined).lines).toEqual([
      "network      delivered  p50 ms  p99 ms  verdict",
      "datagram  81.2 % ± 0.4    50.1       –  holds",
      "tcp        100.0 %       151.2  1251.0  violated",
    ]);
  });

  it("says less before it leaves anything out", () => {
    expect(fitTable(columns, 46)).toEqual({
      lines: [
        "network   delivered  p50 ms  p99 ms  verdict",
        "datagram     81.2 %    50.1       –  holds",
        "tcp         100.0 %   151.2  1251.0  violated",
      ],
      leftOut: [],
    });
  });

  it("leaves out the last columns first, and says which", () => {
    expect(fitTable(columns, 30)).toEqual({
      lines: ["network   delivered  verdict", "datagram     81.2 %  holds", "tcp         100.0 %  violated"],
      leftOut: ["p50 ms", "p99 ms"],
    });
  });

  it("cuts words short when all else fails", () => {
    expect(fitTable(columns, 24).lines).toEqual([
      "netwo…  delive…  verdict",
      "datag…   81.2 %  holds",
      "tcp     100.0 %  violat…",
    ]);
  });

  it.each([200, 60, 47, 40, 33, 28, 24])("is never wider than %i columns, whatever is in it", (width) => {
    for (const line of fitTable(columns, width).lines) expect(line.length).toBeLessThanOrEqual(width);
  });

  it("counts a character as one, however it is encoded", () => {
    expect(shorten("🦆🦆🦆", 3)).toBe("🦆🦆🦆");
    expect(shorten("🦆🦆🦆", 2)).toBe("🦆…");
  });

  it("colours after padding, so that colours do not move columns", () => {
    const painted = fitTable([{ ...(columns[4] as TableColumn), paint: (text) => `<${text}>` }], 80);
    expect(painted.lines).toEqual(["verdict", "<holds   >", "<violated>"]);
  });
});
