import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomChance } from "../../src/kernel/index.js";
import { runOne } from "../../src/scenario/index.js";
import { parseReplayFile } from "../../src/experiment/node/failure.js";
import { runSweep, type SweepOptions, type SweepOutcome } from "../../src/experiment/node/sweep.js";
import type { ExperimentPlan } from "../../src/experiment/plan.js";
import { coinJudge, coinPlan, coins, TOSSES_THAT_THROW, TOSSES_WITHOUT_END } from "./coin.js";

let base = "";
let out = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "onceover-sweep-"));
  out = join(base, "out");
});
afterEach(() => rmSync(base, { recursive: true }));

function sweep(plan: ExperimentPlan, options: Partial<SweepOptions> = {}): Promise<SweepOutcome> {
  return runSweep(plan, {
    registry: coins,
    judge: coinJudge(plan),
    version: "1.2.3",
    worker: { url: new URL("file:///nobody"), data: {} },
    jobs: 1,
    out,
    ...options,
  });
}

const rows = (): string[] => readFileSync(join(out, "runs.csv"), "utf8").trimEnd().split("\n").slice(1);
const files = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), "latin1")]),
  );

describe("a sweep", () => {
  it("makes every run with its cell's scenario and its replication's chance, and writes them in order", async () => {
    const plan = coinPlan([50, 100], { kind: "fixed", count: 3 });
    const outcome = await sweep(plan);
    expect(outcome).toMatchObject({ kind: "finished", runs: 6 });
    const expected = plan.cells.flatMap(({ scenario, index, values }) =>
      [0, 1, 2].map((replication) => {
        const { metrics, fingerprint } = runOne(scenario, coins, new RandomChance("9", replication));
        return `${index},${String(values.tosses)},${replication},9,${String(metrics.coin_heads)},holds,${fingerprint}`;
      }),
    );
    expect(rows().map((row) => row.replace("violated", "holds"))).toEqual(expected);
  });

  it("meets the same weather in every cell: the same replication tosses the same coins", async () => {
    await sweep(coinPlan([40, 40], { kind: "fixed", count: 5 }));
    const heads = rows().map((row) => row.split(",")[4]);
    expect(heads.slice(0, 5)).toEqual(heads.slice(5));
    expect(new Set(heads).size).toBeGreaterThan(1);
  });

  it("leaves a replay file of a run that deviates, which makes the same run again", async () => {
    const outcome = await sweep(coinPlan([10, 110], { kind: "fixed", count: 40 }));
    if (outcome.kind !== "finished") throw new Error(outcome.kind);
    expect(outcome.results.outcomes.map(({ asStated }) => asStated)).toEqual([true, false]);
    const name = outcome.results.replayFile(1, 0) ?? "";
    expect(name).toMatch(/^tosses=110-\d+\.json$/);
    expect(outcome.results.replayFile(0, 0)).toBeUndefined();
    const file = parseReplayFile(readFileSync(join(out, "failures", name), "utf8"));
    const again = runOne(file.scenario, coins, new RandomChance(file.seed, file.replication));
    expect(again.fingerprint).toBe(file.fingerprint);
    expect(file).toMatchObject({
      cell: "tosses=110",
      deviating: ["coin_heads < 60"],
      version: "1.2.3",
      decisions: [],
    });
    expect(readdirSync(join(out, "failures")).length).toBeLessThanOrEqual(10);
  });

  it("goes on until the precision is reached, in whole batches", async () => {
    const outcome = await sweep(
      coinPlan([4, 400], { kind: "until", precision: 0.01, of: "coin_heads", max: 1000, batch: 8 }),
    );
    if (outcome.kind !== "finished") throw new Error(outcome.kind);
    const [few = 0, many = 0] = outcome.results.rows.map(({ n }) => n);
    expect(few).toBe(8);
    expect(many).toBeGreaterThan(50);
    expect(many % 8).toBe(0);
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      onceover: "1.2.3",
      seed: "9",
      replications: [few, many],
      digest: "coins",
    });
  });

  it.each([
    ["a fixed number of replications", { kind: "fixed", count: 60 }],
    [
      "replications until a precision",
      { kind: "until", precision: 0.01, of: "coin_heads", max: 1000, batch: 8 },
    ],
  ] as const)("stopped again and again, ends in the same bytes, with %s", async (_, replications) => {
    const plan = coinPlan([90, 400], replications);
    await sweep(plan);
    const whole = files();
    rmSync(out, { recursive: true });
    let interruptions = 0;
    for (;;) {
      const stop = new AbortController();
      let updates = 0;
      const outcome = await sweep(plan, {
        resume: true,
        signal: stop.signal,
        onProgress: () => ++updates > 2 && stop.abort(),
      });
      if (outcome.kind === "finished") break;
      expect(outcome.kind).toBe("interrupted");
      expect(existsSync(out)).toBe(false);
      interruptions++;
    }
    expect(interruptions).toBeGreaterThan(1);
    expect(files()).toEqual(whole);
  });

  it("ends at a run that throws, says which, and keeps what was done", async () => {
    const plan = coinPlan([10, TOSSES_THAT_THROW], { kind: "fixed", count: 4 });
    const outcome = await sweep(plan);
    expect(outcome).toMatchObject({
      kind: "fault",
      fault: { cell: 1, replication: 0, message: "the coin is stuck in a crack" },
    });
    expect(existsSync(out)).toBe(false);
    expect(await sweep(plan, { resume: true })).toMatchObject({ kind: "fault", progress: { finished: 4 } });
  });

  it("reports the runs that had to be broken off, with a replay file of each", async () => {
    const outcome = await sweep(coinPlan([TOSSES_WITHOUT_END], { kind: "fixed", count: 2 }));
    if (outcome.kind !== "finished") throw new Error(outcome.kind);
    expect(outcome.results.brokenOff).toEqual([
      { cell: 0, replication: 0, end: "exhausted", file: "tosses=777-0.json" },
      { cell: 0, replication: 1, end: "exhausted", file: "tosses=777-1.json" },
    ]);
    expect(readdirSync(join(out, "failures"))).toHaveLength(2);
  });

  it("leaves everything as it was when the pictures cannot be drawn, and can be gone on with", async () => {
    const plan = coinPlan([10], { kind: "fixed", count: 4 });
    const broken = sweep(plan, { writeReport: () => Promise.reject(new Error("no ink")) });
    await expect(broken).rejects.toThrow("no ink");
    expect(existsSync(out)).toBe(false);
    expect(await sweep(plan, { resume: true })).toMatchObject({ kind: "finished", runs: 4 });
  });

  it("keeps memory flat over many runs", async () => {
    const plan = coinPlan([3, 4], { kind: "fixed", count: 5000 });
    let most = 0;
    const outcome = await sweep(plan, {
      onProgress: () => (most = Math.max(most, process.memoryUsage().heapUsed)),
    });
    expect(outcome).toMatchObject({ kind: "finished", runs: 10_000 });
    expect(rows()).toHaveLength(10_000);
    expect(most / 2 ** 20).toBeLessThan(200);
  });
});
