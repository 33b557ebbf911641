/** Every claim about Kafka in a few runs: it holds, it breaks without its condition, and its twin is caught. */
import { describe, expect, it } from "vitest";
import { judgeSide, runSide, type SideName } from "../../src/claims/index.js";
import { kafkaClaims } from "../../models/kafka/claims.js";
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
