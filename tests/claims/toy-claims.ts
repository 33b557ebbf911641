/** Claims about the toy model, whose sender repeats what was not acknowledged at quality 1. */
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { Claim, ClaimRegister, Draw } from "../../src/claims/index.js";
import type { Scenario } from "../../src/scenario/index.js";
import { pair, scenario, send } from "../scenario/scenarios.js";
import { toy } from "../scenario/toy-model.js";

/** Messages at a quality over a link that loses so many percent of its packets. */
function sending(draw: Draw, quality: number, loss: readonly [least: number, most: number]): Scenario {
  const pace = { kind: "fixed", start: SECOND, every: 50 * MILLISECOND, count: draw.whole(5, 10) } as const;
  return scenario({
    ...pair("ann", "bob", draw.whole(...loss) / 100),
    workload: [send("ann", pace, quality)],
    drain: 20 * SECOND,
  });
}

const arrives: Claim = {
  id: "T1",
  sentence: "A message of quality 1 arrives.",
  source: "the toy model",
  property: { checks: ["at-least-once"], atRisk: ({ metrics }) => (metrics["toy_sent"] ?? 0) > 10 },
  sides: {
    holds: { under: "packets get lost", model: toy, scenario: (draw) => sending(draw, 1, [20, 40]) },
    breaks: {
      under: "quality 0",
      model: toy,
      scenario: (draw) => sending(draw, 0, [5, 40]),
      property: {
        checks: [],
        breach: ({ metrics }) => ((metrics["lost"] ?? 0) > 0 ? "A message was lost." : undefined),
      },
    },
  },
};

const untrue: Claim = {
  ...arrives,
  id: "T2",
  sentence: "A message of quality 1 arrives once.",
  property: { checks: ["at-most-once"] },
  sides: { holds: arrives.sides.holds },
};

const neverAtRisk: Claim = {
  ...arrives,
  id: "T3",
  sentence: "A will is published.",
  property: { checks: ["will"] },
  sides: {
    holds: { under: "nothing happens", model: toy, scenario: (draw) => sending(draw, 1, [0, 0]) },
    twin: { under: "nothing is broken", model: toy, scenario: (draw) => sending(draw, 1, [0, 0]) },
  },
};

export const toyClaims: ClaimRegister = { model: "toy", claims: [arrives, untrue, neverAtRisk] };
