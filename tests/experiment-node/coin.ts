/** The smallest model: a node that tosses coins when it starts. And plans of such nodes, with their judge. */
import type { Model, OptionValues, Place, Program } from "../../src/model/index.js";
import { Registry, type Scenario } from "../../src/scenario/index.js";
import type { Cell, ExperimentPlan, Replications } from "../../src/experiment/plan.js";
import type { Judge, JudgedRun } from "../../src/experiment/node/judge.js";
import type { MetricSummary } from "../../src/experiment/summary.js";

/** Tosses that make the model fail: a fault to be found by the sweep. */
export const TOSSES_THAT_THROW = 666;
/** Tosses that never end. */
export const TOSSES_WITHOUT_END = 777;

const coin: Model = {
  name: "coin",
  summary: "Coins.",
  roles: [
    {
      name: "tosser",
      summary: "Tosses coins.",
      options: [],
      activities: [],
      metrics: [{ name: "coin_heads", unit: "", summary: "Heads.", over: "sum" }],
      gauges: [],
      build: (place, options) => tosser(place, options),
    },
  ],
  matches: () => false,
};

function tosser({ chance, simulation }: Place, options: OptionValues): Program {
  const tosses = Number(options.tosses);
  const source = chance.source("coin");
  const forever = simulation.register({ fire: (_, now) => simulation.schedule(now, forever, 0) });
  let heads = 0;
  return {
    start: (now) => {
      if (tosses === TOSSES_THAT_THROW) throw new Error("the coin is stuck in a crack");
      if (tosses === TOSSES_WITHOUT_END) simulation.schedule(now, forever, 0);
      for (let toss = 0; toss < tosses; toss++) heads += chance.choose(source, 2);
    },
    crashed: () => undefined,
    operation: () => ({ perform: () => undefined }),
    reportHeld: () => undefined,
    metrics: () => ({ coin_heads: heads }),
    gauges: () => ({}),
    snapshot: () => ({ heads }),
  };
}

export const coins: Registry = new Registry([coin]);

export function coinPlan(
  tosses: readonly number[],
  replications: Replications,
  digest = "coins",
): ExperimentPlan {
  const cells = tosses.map((value, index): Cell => ({
    index,
    values: { tosses: value },
    label: `tosses=${value}`,
    scenario: scenario(value),
    expectations: [0],
  }));
  return {
    name: "coins",
    question: "How many heads?",
    factors: [{ name: "tosses", values: tosses, labels: tosses.map(String) }],
    cells,
    replications,
    seed: "9",
    metrics: [{ name: "coin_heads" }],
    expectations: [{ text: "coin_heads < 60", kind: "condition", is: "holds", scope: "run" }],
    plots: [],
    digest,
  };
}

function scenario(tosses: number): Scenario {
  const transport = { kind: "datagram" } as const;
  return {
    nodes: [{ name: "hand", role: "coin.tosser", options: { tosses }, transport }],
    links: [],
    workload: [],
    faults: [],
    warmup: 0,
    drain: 0,
    horizon: 1,
    messages: false,
    eventsMax: 5000,
  };
}

/** Expects fewer than 60 heads of every run; batches of 8 until the mean is known to a head. */
export function coinJudge(plan: ExperimentPlan): Judge {
  return {
    run: (_, record): JudgedRun => {
      const asStated = (record.metrics.coin_heads ?? 0) < 60;
      return {
        replication: record.replication,
        metrics: record.metrics,
        checks: record.checks,
        verdict: asStated ? "holds" : "violated",
        deviating: asStated ? [] : [0],
      };
    },
    cell: (cell, runs) => {
      const deviating = runs.filter((run) => run.deviating.length > 0).length;
      const found = deviating > 0 ? "violated" : "holds";
      const outcome = { expectation: 0, cell: cell.index, found, asStated: deviating === 0 } as const;
      return {
        summary: {
          cell: cell.index,
          n: runs.length,
          metrics: { coin_heads: summaryOf(runs.map((run) => run.metrics.coin_heads ?? 0)) },
          checks: [],
        },
        outcomes: [{ ...outcome, runs: runs.length, deviating }],
      };
    },
    nextBatch: (values) => {
      if (plan.replications.kind === "fixed") return values.length === 0 ? plan.replications.count : 0;
      const { sd, n } = summaryOf(values.map((value) => value ?? 0));
      return n > 0 && (sd ?? 0) / Math.sqrt(n) < 1 ? 0 : plan.replications.batch;
    },
  };
}

function summaryOf(values: readonly number[]): MetricSummary {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(n, 1);
  const sd = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / Math.max(n - 1, 1),
  );
  return {
    n,
    mean,
    sd,
    ci95Low: mean,
    ci95High: mean,
    p50: mean,
    min: Math.min(...values),
    max: Math.max(...values),
  };
}
