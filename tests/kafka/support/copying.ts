/** Runs of copy jobs, and what they come to. */
import { RandomChance } from "../../../src/kernel/index.js";
import { Draw } from "../../../src/claims/index.js";
import { Registry, type RunResult, runOne } from "../../../src/scenario/index.js";
import { type KafkaRules, kafkaModel } from "../../../models/kafka/index.js";
import { clusterScenario } from "../../../models/kafka/claims/cluster.js";
import { type CopySpec, copyCluster } from "../../../models/kafka/claims/copying.js";

export function runCopying(
  spec: CopySpec | ((draw: Draw) => CopySpec),
  broken: Partial<KafkaRules> = {},
  run = 0,
): RunResult {
  const model = kafkaModel(broken);
  const draw = new Draw(new RandomChance("copying", run));
  const cluster = copyCluster(typeof spec === "function" ? spec(draw) : spec);
  const scenario = clusterScenario(model, cluster, draw, false);
  return runOne(scenario, new Registry([model]), new RandomChance("copying", run));
}

/** Verdict and violations of a check. */
export function verdictOf({ checks }: RunResult, name: string): string {
  return checks.find(({ check }) => check === name)?.verdict ?? "";
}
