import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/guarantees/index.js";
import {
  type ExperimentPlan,
  judgeOf,
  nextBatch,
  type RunRecord,
  summariseMetric,
} from "../../src/experiment/index.js";
import { PAIR, planOf } from "./load.js";

interface Run {
  readonly metrics?: Readonly<Record<string, number | null>>;
  readonly ordered?: Verdict;
}

function record(replication: number, { metrics = {}, ordered = "holds" }: Run): RunRecord {
  return {
    cell: 0,
    replication,
    fingerprint: "0123456789abcdef",
    end: "horizon",
    eventsProcessed: 1,
    endedAt: 1,
    metrics,
    checks: [{ check: "ordered", verdict: ordered, atRisk: ordered === "unknown" ? 0 : 1, violations: 0 }],
    series: [],
    messages: [],
  };
}

async function judged(
  text: string,
  runs: readonly Run[],
): Promise<{
  readonly outcome: {
    readonly found: Verdict;
    readonly asStated: boolean;
    readonly deviating: number;
    readonly detail?: string;
  };
  readonly verdicts: readonly Verdict[];
  readonly deviating: readonly number[];
}> {
  const plan = await planOf(`${PAIR}expect:\n  - ${text}\n`);
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error("no cell");
  const judge = judgeOf(plan);
  const judgedRuns = runs.map((run, replication) => judge.run(cell, record(replication, run)));
  const [outcome] = judge.cell(cell, judgedRuns).outcomes;
  if (outcome === undefined) throw new Error("no outcome");
  return {
    outcome,
    verdicts: judgedRuns.map(({ verdict }) => verdict),
    deviating: judgedRuns.filter((run) => run.deviating.length > 0).map(({ replication }) => replication),
  };
}

const [H, V, U] = (["holds", "violated", "unknown"] as const).map((ordered) => ({ ordered }));
const runsOf = (text: string): Run[] =>
  [...text].map((letter) => (letter === "H" ? H : letter === "V" ? V : U) ?? {});

describe("a claim about a cell", () => {
  it.each<[string, string, Verdict, boolean]>([
    ["holds", "HHH", "holds", true],
    ["holds", "HUU", "holds", true],
    ["holds", "HVH", "violated", false],
    ["holds", "UUU", "unknown", false],
    ["violated", "HVH", "violated", true],
    ["violated", "HHH", "holds", false],
    ["violated", "UUU", "unknown", false],
    ["unknown", "UUU", "unknown", true],
    ["unknown", "UHU", "holds", false],
  ])("expected to be %s, after runs %s, is %s", async (is, runs, found, asStated) => {
    const { outcome } = await judged(`claim: ordered\n    is: ${is}`, runsOf(runs));
    expect(outcome).toMatchObject({ found, asStated, deviating: asStated ? 0 : 1 });
  });

  it("says which runs speak against it, and in how many it was at risk", async () => {
    const { outcome, verdicts, deviating } = await judged("claim: ordered", runsOf("HVUV"));
    expect(verdicts).toEqual(["holds", "violated", "unknown", "violated"]);
    expect(deviating).toEqual([1, 3]);
    expect(outcome.detail).toBe("violated in 2 of 3 runs at risk, of 4");
  });

  it("that holds says with what confidence", async () => {
    const { outcome } = await judged("claim: ordered", runsOf("H".repeat(20)));
    expect(outcome.detail).toBe(
      "holds in 20 runs (violated in at most 13.9 % of runs, with 95 % confidence)",
    );
  });

  it("that was never at risk is not green", async () => {
    const { outcome } = await judged("claim: ordered", runsOf("UU"));
    expect(outcome.detail).toBe("never at risk in 2 runs");
  });
});

describe("a claim about each run", () => {
  it.each<[string, string, Verdict, boolean, number]>([
    ["holds", "HHH", "holds", true, 0],
    ["holds", "HUH", "unknown", false, 1],
    ["holds", "UVH", "violated", false, 2],
    ["violated", "VVV", "violated", true, 0],
    ["violated", "VHV", "holds", false, 1],
  ])("expected to be %s, after runs %s, is %s", async (is, runs, found, asStated, deviating) => {
    const { outcome } = await judged(`claim: ordered\n    is: ${is}\n    scope: run`, runsOf(runs));
    expect(outcome).toMatchObject({ found, asStated, deviating });
  });
});

describe("a condition", () => {
  const runs = [0.7, 0.9, null].map((delivered_ratio) => ({
    metrics: { delivered_ratio, lost: 3, published: 0 },
  }));

  it("about a cell is about the means of its runs, those without a value left out", async () => {
    const { outcome, verdicts } = await judged("that: abs(delivered_ratio - 0.8) < 0.001", runs);
    expect(outcome).toMatchObject({ found: "holds", asStated: true, detail: "delivered_ratio = 0.8" });
    expect(verdicts).toEqual(["holds", "holds", "holds"]);
    expect((await judged("that: delivered_ratio > 0.8", runs)).outcome.found).toBe("violated");
  });

  it("about each run looks at each", async () => {
    const { outcome, deviating } = await judged("that: delivered_ratio > 0.8\n    scope: run", runs);
    expect(outcome).toMatchObject({ found: "violated", asStated: false, deviating: 2 });
    expect(deviating).toEqual([0, 2]);
  });

  it("over nothing, and over a division by zero, is unknown", async () => {
    expect((await judged("that: latency_p50_ms < 5", runs)).outcome.found).toBe("unknown");
    expect((await judged("that: lost / published < 5", runs)).outcome.found).toBe("unknown");
  });

  it("takes a mean of equal values as that value", async () => {
    const third = Array.from({ length: 3 }, () => ({ metrics: { delivered_ratio: 0.9 } }));
    expect((await judged("that: delivered_ratio == 0.9", third)).outcome.found).toBe("holds");
  });
});

describe("derived metrics", () => {
  it("are computed from those of the run, in the order of the file", async () => {
    const plan = await planOf(
      `${PAIR}metrics:\n  - { name: waste, expression: duplicates / published }\n  - { name: waste_percent, expression: 100 * waste }\n`,
    );
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("no cell");
    const judge = judgeOf(plan);
    const runs = [
      judge.run(cell, record(0, { metrics: { duplicates: 3, published: 8 } })),
      judge.run(cell, record(1, { metrics: { duplicates: 3, published: 0 } })),
    ];
    expect(runs.map(({ metrics }) => [metrics["waste"], metrics["waste_percent"]])).toEqual([
      [0.375, 37.5],
      [null, null],
    ]);
    expect(judge.cell(cell, runs).summary).toMatchObject({
      n: 2,
      metrics: { waste: { n: 1, mean: 0.375, sd: null, ci95Low: null, p50: 0.375 } },
      checks: [{ check: "ordered", holds: 2, violated: 0, unknown: 0 }],
    });
  });
});

describe("a summary", () => {
  it("holds Student's interval over the runs", () => {
    expect(summariseMetric([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      n: 8,
      mean: 5,
      sd: expect.closeTo(2.13809, 5) as number,
      ci95Low: expect.closeTo(3.21251, 5) as number,
      ci95High: expect.closeTo(6.78749, 5) as number,
      p50: 4.5,
      min: 2,
      max: 9,
    });
  });

  it("of nothing holds nothing", () => {
    expect(summariseMetric([null])).toEqual({
      n: 0,
      mean: null,
      sd: null,
      ci95Low: null,
      ci95High: null,
      p50: null,
      min: null,
      max: null,
    });
  });
});

describe("replications", () => {
  const until = (text: string): Promise<ExperimentPlan> => planOf(`${PAIR}replications: ${text}\n`);

  it("that are fixed are one batch", async () => {
    const plan = await until("20");
    expect(nextBatch(plan, [])).toBe(20);
    expect(nextBatch(plan, new Array<number>(20).fill(1))).toBe(0);
  });

  it("until a precision come in batches, until the interval is narrow enough or there are too many", async () => {
    const plan = await until("{ until: 5 %, of: delivered_ratio, max: 25, batch: 10 }");
    const noisy = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 0.5 : 1));
    expect(nextBatch(plan, [])).toBe(10);
    expect(nextBatch(plan, noisy.slice(0, 10))).toBe(10);
    expect(nextBatch(plan, noisy)).toBe(5);
    expect(nextBatch(plan, [...noisy, 1, 1, 1, 1, 1])).toBe(0);
    expect(nextBatch(plan, new Array<number>(10).fill(0.7))).toBe(0);
    expect(nextBatch(plan, new Array<null>(10).fill(null))).toBe(10);
  });

  it("stop as soon as half the interval is at most the share of the mean, and not before", async () => {
    const plan = await until("{ until: 10 %, of: delivered_ratio, max: 1000, batch: 8 }");
    // Mean 5, half the interval 1.787: 36 % of the mean. Shifted by 13, it is 9.9 %; by 12, 10.5 %.
    const sample = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(
      nextBatch(
        plan,
        sample.map((value) => value + 13),
      ),
    ).toBe(0);
    expect(
      nextBatch(
        plan,
        sample.map((value) => value + 12),
      ),
    ).toBe(8);
  });
});
