/** The runner of claims, with claims that hold, that do not, and that are never at risk. */
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import {
  BLOCK,
  ClaimAgenda,
  SIDES,
  completeOptions,
  sideOutcome,
  type SideRun,
} from "../../src/claims/index.js";
import { type ClaimCrew, claimCrewOfOne } from "../../src/cli/claim-crew.js";
import { claimsPage } from "../../src/cli/claim-page.js";
import { type ClaimResults, makeClaimRuns } from "../../src/cli/claim-runs.js";
import { claimDetails, claimTable } from "../../src/cli/claim-table.js";
import { claimsJson, claimStatus, replayLine } from "../../src/cli/claim-words.js";
import { clopperPearsonUpper } from "../../src/experiment/index.js";
import { toyClaims } from "./toy-claims.js";

const setting = { model: "toy", seed: "claims", varied: false };

/** As many hands as wanted, which finish in another order than they began. */
function crewOf(size: number): ClaimCrew {
  const one = claimCrewOfOne(toyClaims);
  let turn = 0;
  return {
    size,
    dismiss: () => Promise.resolve(),
    perform: async (task) => {
      const runs = await one.perform(task);
      for (let n = 0; n < (turn++ % size) * 3; n++) await new Promise((resolve) => setImmediate(resolve));
      return runs;
    },
  };
}

function made(ids: readonly string[], runs: number, size = 1, isOver = () => false): Promise<ClaimResults> {
  return makeClaimRuns({
    model: "toy",
    claims: toyClaims.claims.filter(({ id }) => ids.includes(id)),
    sides: SIDES,
    drawing: { seed: "claims", varied: false },
    runs,
    crew: crewOf(size),
    isOver,
    onProgress: () => undefined,
  });
}

const run = (n: number, verdict: SideRun["verdict"]): SideRun => ({ run: n, verdict, fingerprint: "" });

describe("a side", () => {
  it("that is to hold is as stated if it never broke and was at risk", () => {
    expect(sideOutcome("holds", [run(0, "holds"), run(1, "unknown")])).toMatchObject({
      standing: "as-stated",
      runs: 2,
      atRisk: 1,
      violated: 0,
    });
    expect(sideOutcome("holds", [run(0, "unknown")]).standing).toBe("unknown");
    expect(sideOutcome("holds", []).standing).toBe("unknown");
  });

  it("that is to hold and breaks is not, and shows the first run that broke", () => {
    const outcome = sideOutcome("holds", [run(7, "violated"), run(3, "violated"), run(0, "holds")]);
    expect(outcome).toMatchObject({ standing: "not-as-stated", violated: 2, first: { run: 3 } });
  });

  it.each(["breaks", "twin"] as const)("%s is as stated once it broke, and unknown before", (side) => {
    expect(sideOutcome(side, [run(0, "holds"), run(1, "violated")]).standing).toBe("as-stated");
    expect(sideOutcome(side, [run(0, "holds")]).standing).toBe("unknown");
  });
});

describe("claims", () => {
  it("come out as they are: one holds and breaks, one is untrue, one is never at risk", async () => {
    const { outcomes, complete } = await made(["T1", "T2", "T3"], 10);
    expect(complete).toBe(true);
    expect(outcomes.map(({ standing }) => standing)).toEqual(["as-stated", "not-as-stated", "unknown"]);
    expect(outcomes[0]?.sides).toMatchObject([
      { side: "holds", runs: 10, violated: 0 },
      { side: "breaks", runs: BLOCK },
    ]);
    expect(outcomes[2]?.sides.map(({ runs }) => runs)).toEqual([10, 10]);
    const [first, second, third] = outcomes.map((outcome) => claimStatus([outcome], true));
    expect([first, second, third, claimStatus(outcomes, true)]).toEqual([0, 1, 3, 1]);
    expect(claimStatus(outcomes.slice(0, 1), false)).toBe(3);
  });

  it("come to the same however many hands there are", async () => {
    const [one, many] = [await made(["T1", "T2"], 20), await made(["T1", "T2"], 20, 5)];
    expect(claimsJson(many.outcomes, true, setting)).toBe(claimsJson(one.outcomes, true, setting));
  });

  it("end when time is up, with what is done", async () => {
    let begun = 0;
    const { outcomes, complete } = await made(["T1"], Infinity, 1, () => ++begun > 6);
    expect(complete).toBe(false);
    expect(outcomes[0]?.sides[0]?.runs).toBeGreaterThan(BLOCK);
  });
});

describe("the agenda", () => {
  it("does not begin a block of a side that is to break before the one before it has shown nothing", () => {
    const agenda = new ClaimAgenda(toyClaims.claims.slice(0, 1), 20, ["breaks"]);
    expect(agenda.planned).toBe(BLOCK);
    const first = agenda.take();
    expect(first).toEqual({ claim: "T1", side: "breaks", from: 0, to: BLOCK });
    expect([agenda.take(), agenda.done, agenda.planned]).toEqual([undefined, false, BLOCK]);
    if (first === undefined) return;
    agenda.finish(first, [run(0, "holds")].concat(Array.from({ length: 7 }, (_, n) => run(n + 1, "holds"))));
    const second = agenda.take();
    expect(second).toMatchObject({ from: BLOCK, to: 2 * BLOCK });
    if (second === undefined) return;
    agenda.finish(
      second,
      Array.from({ length: 8 }, (_, n) => run(BLOCK + n, "violated")),
    );
    expect([agenda.take(), agenda.done, agenda.planned]).toEqual([undefined, true, 16]);
  });
});

describe("what is printed", () => {
  const colors = createColors(false);

  it("fits the terminal, and keeps the line to paste whole", async () => {
    const { outcomes } = await made(["T1", "T2"], 10);
    const table = claimTable(outcomes, 60, colors);
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    expect(table).toContain("broken");
    expect(claimTable(outcomes, undefined, colors)).toContain("packets get lost");
    const details = claimDetails(outcomes, setting, 40, colors);
    expect(details).toContain("onceover claims --model toy --claim T2 --side holds --run");
  });

  it("says how often a claim breaks at most, by the runs in which it was at risk", async () => {
    const { outcomes } = await made(["T1"], 10);
    const [holds] = outcomes[0]?.sides ?? [];
    const percent = Number((100 * clopperPearsonUpper(0, holds?.atRisk ?? 0)).toPrecision(3));
    expect(claimTable(outcomes, undefined, colors)).toContain(`≤ ${percent} %`);
  });

  it("replays with what the runs were made with", async () => {
    const { outcomes } = await made(["T2"], 10);
    const [outcome] = outcomes;
    const [side] = outcome?.sides ?? [];
    if (outcome === undefined || side === undefined) throw new Error("nothing came of T2");
    const other = { model: "toy", seed: "my seed", varied: true };
    expect(replayLine(outcome, side, other)).toMatch(/--side holds --seed 'my seed' --swarm --run \d+$/);
  });

  it("as a page needs nothing but itself, and escapes what it shows", async () => {
    const { outcomes } = await made(["T1"], 4);
    const [first] = outcomes;
    if (first === undefined) throw new Error("nothing came of T1");
    const sly = { ...first, claim: { ...first.claim, sentence: "<script>" } };
    const page = claimsPage([sly], false, setting, "onceover claims");
    expect(page).not.toContain("<script>");
    expect(page).not.toMatch(/(src|href)=/);
    expect(page).toContain("Time was up");
  });
});

describe("options", () => {
  it("are completed with defaults, in lists and records too, and refused where there are none of that name", () => {
    const described = [
      { name: "a", kind: "count", default: 1, summary: "" },
      {
        name: "b",
        kind: "list",
        summary: "",
        of: {
          name: "c",
          kind: "record",
          summary: "",
          fields: [{ name: "d", kind: "count", default: 2, summary: "" }],
        },
      },
    ] as const;
    expect(completeOptions(described, { b: [{}, { d: 3 }] })).toEqual({ a: 1, b: [{ d: 2 }, { d: 3 }] });
    expect(() => completeOptions(described, { e: 1 })).toThrow("there is no option e");
  });
});
