/** One run, from the assembled scenario to its result. Synchronous and pure: no clock, no promise, no I/O. */
import { type Chance, type Instant, NEVER, type RunEnd, after } from "../kernel/index.js";
import type { MetricDescription } from "../model/index.js";
import { type AssembleOptions, type Assembly, assemble } from "./assemble.js";
import type { Resident } from "./home.js";
import { type MetricValue, measure } from "./metrics.js";
import type { Registry } from "./registry.js";
import type { RunResult } from "./run.js";
import type { Scenario } from "./scenario.js";

/** The latest exact instant. */
const LATEST: Instant = NEVER - 1;

/** Runs `scenario` with the decisions of `chance`. Throws what `assemble` throws. */
export function runOne(
  scenario: Scenario,
  registry: Registry,
  chance: Chance,
  options: AssembleOptions = {},
): RunResult {
  const assembly = assemble(scenario, registry, chance, options);
  const end = runToEnd(assembly);
  return collect(assembly, end);
}

/**
 * Runs to the horizon, or until `drain` after the last operation and the last fault. `horizon`: the run came to
 * that end, whether or not something was still pending there.
 */
export function runToEnd(assembly: Assembly): RunEnd {
  const { scenario, simulation, workload, milestones } = assembly;
  for (;;) {
    const until = scenario.horizon ?? nextStop(assembly);
    milestones.stopWhenDrained = workload.expecting;
    const end = simulation.run(until);
    if (end === "livelock" || end === "exhausted") return end;
    if (end === "stopped") continue;
    if (scenario.horizon !== undefined || until >= LATEST || nextStop(assembly) <= until) return "horizon";
  }
}

/**
 * How far the run goes as far as is known now: to the next instant at which operations or faults may be over,
 * or to the end when they are.
 */
function nextStop({ scenario, workload, faults, milestones, simulation }: Assembly): Instant {
  if (workload.expecting) return LATEST;
  const { healedAt } = milestones;
  if (healedAt === undefined && simulation.now < faults.lastChange)
    return Math.min(faults.lastChange, LATEST);
  const over = Math.max(workload.lastAt, healedAt ?? faults.lastChange);
  return Math.min(after(over, scenario.drain), LATEST);
}

/** Everything that a run leaves behind. To be asked once, at the end. */
export function collect(assembly: Assembly, end: RunEnd): RunResult {
  const { history, residents, simulation, trace, meter } = assembly;
  for (const { program } of residents) program.reportHeld(history);
  const { checks, pairs, messages } = history.conclude(simulation.now, end === "horizon");
  const log = residents.some(({ role }) => role.model.logs === true) ? { log: history.log } : {};
  const builtIn = measure({ tally: history.tally, pairs, network: meter.counted(), ...log });
  return {
    end,
    fingerprint: trace.fingerprint.hex(),
    eventsProcessed: simulation.eventsProcessed,
    endedAt: simulation.now,
    metrics: { ...builtIn, ...modelMetrics(residents) },
    checks,
    series: meter.series,
    messages,
    ...(trace.events === undefined ? {} : { trace: trace.events }),
  };
}

/** The models' own metrics over all nodes, in the order of roles and of their descriptions. */
function modelMetrics(residents: readonly Resident[]): Record<string, MetricValue> {
  const described = new Map<string, MetricDescription>();
  for (const { role } of residents)
    for (const metric of role.role.metrics) described.set(metric.name, metric);
  const values: Record<string, MetricValue> = {};
  for (const name of described.keys()) values[name] = 0;
  for (const { program } of residents) {
    for (const [name, value] of Object.entries(program.metrics())) {
      const over = described.get(name)?.over;
      if (over === undefined) continue;
      const before = values[name] ?? 0;
      values[name] = over === "sum" ? before + value : Math.max(before, value);
    }
  }
  return values;
}
