/** Every claim about Kafka in a few runs: it holds, it breaks without its condition, and its twin is caught. */
import { describe, expect, it } from "vitest";
import { type Claim, Draw, judgeSide, runSide, type SideName } from "../../src/claims/index.js";
import { RandomChance } from "../../src/kernel/index.js";
import { Registry, type RunResult, runOne } from "../../src/scenario/index.js";
import { kafkaClaims } from "../../models/kafka/claims.js";
import { kafkaModel } from "../../models/kafka/index.js";
import { SPECIFIED } from "../../models/kafka/rules.js";

const drawing = { seed: "claims", varied: false };
const HOLDING_RUNS = 2;
const RUNS_MAX = 24;

/** The verdict of a run; undefined where the claim has no such side. */
function verdictOf(id: string, side: SideName, run: number, varied = false): string | undefined {
  const claim = kafkaClaims.claims.find((each) => each.id === id);
  const result = claim && runSide(claim, side, run, { ...drawing, varied });
  return claim && result && judgeSide(claim, side, run, result).verdict;
}

const ids = kafkaClaims.claims.map(({ id }) => id);

describe("the register", () => {
  it("has each claim once, with a source and all three sides", () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const { source, sides } of kafkaClaims.claims) {
      expect(source).not.toBe("");
      expect(Object.keys(sides)).toEqual(["holds", "breaks", "twin"]);
    }
  });

  it("breaks rules that there are, in its twins", () => {
    const broken = kafkaClaims.claims.flatMap(({ sides }) =>
      (sides.twin?.under ?? "")
        .split(";")[0]
        ?.split(", ")
        .map((rule) => rule.split(":")[0] ?? ""),
    );
    for (const rule of broken) expect(Object.keys(SPECIFIED)).toContain(rule);
  });
});

describe.each(ids)("%s", (id) => {
  it("holds under its condition", { timeout: 60_000 }, () => {
    for (let run = 0; run < HOLDING_RUNS; run++) expect(verdictOf(id, "holds", run)).not.toBe("violated");
    expect(verdictOf(id, "holds", HOLDING_RUNS, true)).not.toBe("violated");
  });

  it.each(["breaks", "twin"] as const)("is seen to break: %s", { timeout: 120_000 }, (side) => {
    let run = 0;
    while (run < RUNS_MAX && verdictOf(id, side, run) !== "violated") run++;
    expect(run).toBeLessThan(RUNS_MAX);
  });
});

/** As a side of the claim would have it, in the model as specified. */
function asSpecified(claim: Claim, name: SideName, run: number): RunResult | undefined {
  const scenario = claim.sides[name]?.scenario(new Draw(new RandomChance("claims", run)), false);
  return scenario && runOne(scenario, new Registry([kafkaModel()]), new RandomChance("claims", run));
}

describe("a twin that has a test of its own", () => {
  const apart = kafkaClaims.claims.filter(({ sides: { holds, twin } }) => {
    return twin !== undefined && !twin.under.endsWith(`; ${holds.under}`);
  });

  it.each(apart.map((claim) => [claim.id, claim] as const))(
    "is caught by its rule alone: %s",
    (id, claim) => {
      for (let run = 0; run < HOLDING_RUNS; run++) {
        const result = asSpecified(claim, "twin", run);
        expect(result && judgeSide(claim, "twin", run, result).verdict, id).not.toBe("violated");
      }
    },
  );
});

describe("the claims about groups", () => {
  const measured = (id: string, side: SideName, run: number): Readonly<Record<string, number | null>> => {
    const claim = kafkaClaims.claims.find((each) => each.id === id);
    return (claim && runSide(claim, side, run, drawing)?.metrics) ?? {};
  };

  it("lose records by automatic commits where another thread does the work, and only there (K25)", () => {
    const lost = (side: SideName): number =>
      [0, 1, 2].reduce((sum, run) => sum + (measured("K25", side, run)["lost"] ?? 0), 0);
    expect(lost("holds")).toBe(0);
    expect(lost("breaks")).toBeGreaterThan(20);
  });

  it("have two at work on a partition while there is a zombie, whose commits are refused (K26)", () => {
    const metrics = measured("K26", "breaks", 0);
    expect(metrics["owner_overlap_ms"]).toBeGreaterThan(500);
    expect(metrics["kafka_commits_failed"]).toBeGreaterThan(0);
    expect(metrics["kafka_commits_lowered"]).toBe(0);
    expect(metrics["lost"]).toBe(0);
  });

  it("repeat no more than what members had not committed when they lost a partition (K27)", () => {
    const all = [0, 1, 2, 3].map((run) => measured("K27", "holds", run));
    expect(all.some((metrics) => (metrics["duplicates"] ?? 0) > 0)).toBe(true);
    for (const metrics of all) {
      expect(metrics["duplicates"]).toBeLessThanOrEqual(metrics["kafka_records_uncommitted"] ?? 0);
    }
  });
});
