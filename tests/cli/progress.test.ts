import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { duration, ProgressLine } from "../../src/cli/progress.js";
import type { Terminal } from "../../src/cli/terminal.js";

function terminal(live: boolean, columns = 80): Terminal & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    out: () => undefined,
    err: (text) => void written.push(text),
    columns: undefined,
    colors: createColors(false),
    errColors: createColors(false),
    live,
    errColumns: columns,
  };
}

describe("the progress of a sweep", () => {
  it("is one line on a terminal that is drawn over and removed in the end", () => {
    const screen = terminal(true);
    let now = 0;
    const line = new ProgressLine(screen, false, () => now);
    line.update({ finished: 0, planned: 200 });
    now = 1000;
    line.update({ finished: 50, planned: 200 });
    line.clear();
    expect(screen.written).toEqual([
      "\r\u001b[2K░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 200 runs · 0 %",
      "\r\u001b[2K██████░░░░░░░░░░░░░░░░░░ 50 of 200 runs · 25 % · 50 runs/s · 3 s left",
      "\r\u001b[2K",
    ]);
  });

  it("is not drawn more often than one can see", () => {
    const screen = terminal(true);
    let now = 0;
    const line = new ProgressLine(screen, false, () => now);
    for (let finished = 0; finished <= 1000; finished++) {
      line.update({ finished, planned: 1000 });
      now += 1;
    }
    expect(screen.written).toHaveLength(11);
  });

  it("is a plain line now and then in a pipe", () => {
    const pipe = terminal(false);
    let now = 0;
    const line = new ProgressLine(pipe, false, () => now);
    for (let second = 0; second <= 12; second++) {
      now = second * 1000;
      line.update({ finished: 100 + second * 10, planned: 220 });
    }
    line.clear();
    expect(pipe.written).toEqual([
      "150 of 220 runs · 68 % · 10 runs/s · 7 s left\n",
      "200 of 220 runs · 90 % · 10 runs/s · 2 s left\n",
    ]);
  });

  it("counts the speed of this sweep, not what an interrupted one had done", () => {
    const screen = terminal(true);
    let now = 0;
    const line = new ProgressLine(screen, false, () => now);
    line.update({ finished: 100, planned: 200 });
    now = 2000;
    line.update({ finished: 110, planned: 200 });
    expect(screen.written.at(-1)).toContain("5.0 runs/s · 18 s left");
  });

  it("is cut to the width of the terminal and silent when asked to be", () => {
    const screen = terminal(true, 30);
    new ProgressLine(screen, false, () => 0).update({ finished: 1, planned: 9 });
    expect(screen.written[0]?.replace("\r\u001b[2K", "")).toHaveLength(29);
    const silent = terminal(false);
    let now = 0;
    const line = new ProgressLine(silent, true, () => now);
    now = 60_000;
    line.update({ finished: 1, planned: 9 });
    expect(silent.written).toEqual([]);
  });

  it("writes durations in the unit that one thinks in", () => {
    expect([0.2, 45, 99, 100, 3600, 12_000].map(duration)).toEqual([
      "1 s",
      "45 s",
      "99 s",
      "2 min",
      "60 min",
      "3 h 20 min",
    ]);
  });
});
