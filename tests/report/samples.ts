/** Plans and rows as a sweep would hand them over, with numbers that are made up and plausible. */
import type {
  Cell,
  Expectation,
  ExperimentPlan,
  Factor,
  FactorValue,
  Plot,
} from "../../src/experiment/plan.js";
import type {
  CheckSummary,
  ExpectationOutcome,
  MetricSummary,
  SummaryRow,
} from "../../src/experiment/summary.js";

export function factor(
  name: string,
  values: readonly FactorValue[],
  labels?: readonly string[],
  unit?: string,
): Factor {
  return { name, values, labels: labels ?? values.map(String), ...(unit === undefined ? {} : { unit }) };
}

/** A plan whose cells are all combinations of the factors' values. */
export function planOf(
  name: string,
  question: string,
  factors: readonly Factor[],
  more: {
    readonly metrics: readonly string[];
    readonly plots?: readonly Plot[];
    readonly expectations?: readonly Expectation[];
    readonly replications?: number;
  },
): ExperimentPlan {
  let combinations: Record<string, FactorValue>[] = [{}];
  for (const each of factors) {
    combinations = combinations.flatMap((values) =>
      each.values.map((value) => ({ ...values, [each.name]: value })),
    );
  }
  const cells = combinations.map((values, index): Cell => {
    const label = factors.map(
      (each) => `${each.name}=${each.labels[each.values.indexOf(values[each.name] as FactorValue)] ?? ""}`,
    );
    const scenario = { nodes: [], links: [], workload: [], faults: [], warmup: 0, drain: 0, messages: false };
    return { index, values, label: label.join(","), scenario, expectations: [] };
  });
  return {
    name,
    question,
    factors,
    cells,
    replications: { kind: "fixed", count: more.replications ?? 20 },
    seed: "2026",
    metrics: more.metrics.map((metric) => ({ name: metric })),
    expectations: more.expectations ?? [],
    plots: more.plots ?? [],
    digest: "9c1185a5c5e9fc54612808977ee8f548b2258d31a8b1c6d2e5f0a7c9b3d4e6f1",
  };
}

export function metric(mean: number | null, half: number = 0, n: number = 20): MetricSummary {
  if (mean === null) {
    return { n: 0, mean, sd: null, ci95Low: null, ci95High: null, p50: null, min: null, max: null };
  }
  const interval =
    n < 2 ? { ci95Low: null, ci95High: null } : { ci95Low: mean - half, ci95High: mean + half };
  return {
    n,
    mean,
    sd: n < 2 ? null : half * 2.1,
    ...interval,
    p50: mean,
    min: mean - 2 * half,
    max: mean + 2 * half,
  };
}

function check(
  name: string,
  verdict: "holds" | "violated" | "unknown",
  runs: number,
  of: number = 20,
): CheckSummary {
  const other = of - runs;
  return {
    check: name,
    holds: verdict === "holds" ? runs : verdict === "violated" ? other : 0,
    violated: verdict === "violated" ? runs : 0,
    unknown: verdict === "unknown" ? of : 0,
  };
}

const LOSSES = [0, 0.01, 0.02, 0.05, 0.1, 0.2];

export const underLoss: ExperimentPlan = planOf(
  "mqtt-qos-under-loss",
  "What does each QoS lose, repeat and cost as packet loss grows, and where had TCP already done the work?",
  [
    factor("transport", ["datagram", "tcp"]),
    factor("qos", [0, 1, 2]),
    factor("loss", LOSSES, ["0 %", "1 %", "2 %", "5 %", "10 %", "20 %"]),
  ],
  {
    metrics: [
      "delivered_ratio",
      "duplicates",
      "latency_p50_ms",
      "latency_p99_ms",
      "packets_per_delivered",
      "bytes_per_delivered",
    ],
    plots: [
      {
        title: "What arrives",
        x: "loss",
        y: "delivered_ratio",
        color: "qos",
        facet: "transport",
        scale: "linear",
      },
      {
        title: "What it costs in time (99th percentile)",
        x: "loss",
        y: "latency_p99_ms",
        color: "qos",
        facet: "transport",
        scale: "log",
      },
      {
        title: "What it costs on the wire",
        x: "loss",
        y: "bytes_per_delivered",
        color: "qos",
        facet: "transport",
        scale: "linear",
      },
    ],
    expectations: [
      {
        text: "at-most-once",
        kind: "claim",
        is: "holds",
        scope: "run",
        when: 'qos != 1 or transport == "tcp"',
      },
      { text: "at-least-once", kind: "claim", is: "holds", scope: "run", when: "qos >= 1" },
      {
        text: "at-most-once",
        kind: "claim",
        is: "violated",
        scope: "cell",
        when: 'qos == 1 and transport == "datagram" and loss > 0',
      },
      {
        text: "abs(delivered_ratio - (1 - loss) * (1 - loss)) < 0.02",
        kind: "condition",
        is: "holds",
        scope: "cell",
        when: 'qos == 0 and transport == "datagram"',
      },
      {
        text: "delivered_ratio == 1",
        kind: "condition",
        is: "holds",
        scope: "cell",
        when: 'transport == "tcp"',
      },
    ],
  },
);

function underLossRow(cell: Cell): SummaryRow {
  const loss = Number(cell.values.loss);
  const qos = Number(cell.values.qos);
  const tcp = cell.values.transport === "tcp";
  const through = (1 - loss) * (1 - loss);
  const delivered = tcp || qos > 0 ? 1 : through;
  const tries = 1 / (1 - loss);
  const handshake = [1, 2, 4][qos] ?? 1;
  const late = tcp
    ? 102 + 1400 * loss + 9000 * loss * loss
    : qos === 0
      ? 108
      : 108 + (loss > 0.004 ? 1000 : 0) * Math.ceil(loss * 18 - 0.01);
  const packets = tcp ? 3.1 * handshake * tries : 2 * handshake * tries - (qos === 0 ? loss : 0);
  const duplicates = !tcp && qos === 1 ? 600 * loss * (1 + loss) : 0;
  return {
    cell: cell.index,
    n: 20,
    metrics: {
      delivered_ratio: metric(delivered, delivered === 1 ? 0 : 0.004 + loss / 40),
      duplicates: metric(duplicates, duplicates / 18),
      latency_p50_ms: metric(100.1 + (tcp ? 30 * loss : qos > 0 ? 4 * loss : 0), 0.12),
      latency_p99_ms: metric(late, late * (loss > 0 ? 0.02 : 0.002)),
      packets_per_delivered: metric(packets / (tcp || qos > 0 ? 1 : 1 - loss), 0.02 + loss / 5),
      bytes_per_delivered: metric(tcp ? packets * 97 : packets * 71 + 90, 3 + 60 * loss),
    },
    checks: [
      check("no-creation", "holds", 20),
      qos === 0 && loss > 0 ? check("at-least-once", "unknown", 20) : check("at-least-once", "holds", 20),
      duplicates > 0
        ? check("at-most-once", "violated", Math.min(20, Math.ceil(duplicates)))
        : check("at-most-once", "holds", 20),
      duplicates > 0
        ? check("exactly-once", "violated", 20)
        : qos === 0
          ? check("exactly-once", "unknown", 20)
          : check("exactly-once", "holds", 20),
      check("ordered", "holds", 20),
    ],
  };
}

export const underLossRows: readonly SummaryRow[] = underLoss.cells.map(underLossRow);

function stated(
  expectation: number,
  plan: ExperimentPlan,
  where: (cell: Cell) => boolean,
  runs: number,
): ExpectationOutcome[] {
  const found = plan.expectations[expectation]?.is ?? "holds";
  return plan.cells
    .filter(where)
    .map((cell) => ({ expectation, cell: cell.index, found, asStated: true, runs, deviating: 0 }));
}

export const underLossOutcomes: readonly ExpectationOutcome[] = [
  ...stated(0, underLoss, ({ values }) => values.qos !== 1 || values.transport === "tcp", 20),
  ...stated(1, underLoss, ({ values }) => Number(values.qos) >= 1, 20),
  ...stated(
    2,
    underLoss,
    ({ values }) => values.qos === 1 && values.transport === "datagram" && values.loss !== 0,
    1,
  ),
  ...stated(3, underLoss, ({ values }) => values.qos === 0 && values.transport === "datagram", 1),
  ...stated(4, underLoss, ({ values }) => values.transport === "tcp", 1),
];

/** The same with an expectation that two cells deviate from, and one that could not be shown in one. */
export const deviatingOutcomes: readonly ExpectationOutcome[] = underLossOutcomes.map((outcome) => {
  if (outcome.expectation === 1 && (outcome.cell === 11 || outcome.cell === 17)) {
    const replay = `onceover replay results/mqtt-qos-under-loss/failures/qos-1-loss-20-7.json`;
    return { ...outcome, found: "violated", asStated: false, deviating: 3, replay };
  }
  return outcome.expectation === 2 && outcome.cell === 7
    ? { ...outcome, found: "unknown", asStated: false, deviating: 1 }
    : outcome;
});

export const chance: ExperimentPlan = planOf(
  "chance-of-delivery",
  "What is the chance that a message arrives, if every tenth packet is lost?",
  [factor("qos", [0, 1, 2])],
  {
    metrics: ["delivered_ratio", "duplicates", "latency_p50_ms", "latency_p99_ms"],
    expectations: [
      {
        text: "abs(delivered_ratio - 0.81) < 0.02",
        kind: "condition",
        is: "holds",
        scope: "cell",
        when: "qos == 0",
      },
      { text: "at-least-once", kind: "claim", is: "holds", scope: "run", when: "qos >= 1" },
      { text: "at-most-once", kind: "claim", is: "violated", scope: "cell", when: "qos == 1" },
      { text: "exactly-once", kind: "claim", is: "holds", scope: "run", when: "qos == 2" },
    ],
  },
);

export const chanceRows: readonly SummaryRow[] = chance.cells.map((cell) => ({
  cell: cell.index,
  n: 20,
  metrics: {
    delivered_ratio: cell.index === 0 ? metric(0.8123, 0.0121) : metric(1),
    duplicates: cell.index === 1 ? metric(23.4, 2.1) : metric(0),
    latency_p50_ms: metric(100 + cell.index * 0.02, 0.01),
    latency_p99_ms: cell.index === 0 ? metric(100, 0.1) : metric(2100.2, 310),
  },
  checks: [
    cell.index === 0 ? check("at-least-once", "unknown", 20) : check("at-least-once", "holds", 20),
    cell.index === 1 ? check("at-most-once", "violated", 20) : check("at-most-once", "holds", 20),
  ],
}));

export const chanceOutcomes: readonly ExpectationOutcome[] = [
  ...stated(0, chance, ({ index }) => index === 0, 1),
  ...stated(1, chance, ({ index }) => index >= 1, 20),
  ...stated(2, chance, ({ index }) => index === 1, 1),
  ...stated(3, chance, ({ index }) => index === 2, 20),
];
