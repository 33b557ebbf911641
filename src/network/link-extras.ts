/** What few links have: a bandwidth, loss with a memory, packets that are doubled or damaged. */
import type { Chance, ChanceHandle } from "../kernel/index.js";
import type { Content, LossCause } from "../trace/index.js";
import { type LossProcess, lossProcess } from "./loss.js";
import type { LinkSpec } from "./spec.js";
import { Transmitter } from "./transmitter.js";

export const NO_SOURCE: ChanceHandle = -1;

export interface LinkExtras {
  readonly transmitter: Transmitter | undefined;
  readonly loss: LossProcess | undefined;
  /** Of a loss that remembers nothing. */
  readonly independentLoss: ChanceHandle;
  readonly corruption: ChanceHandle;
  readonly corruptionProbability: number;
  readonly duplication: ChanceHandle;
  readonly duplicationProbability: number;
  readonly copyDelay: ChanceHandle;
}

/**
 * Those of a link whose sources of chance begin with `name`; undefined where it has none of them. `independentLoss`
 * is the source of a loss that remembers nothing.
 */
export function extrasOf(
  spec: LinkSpec,
  chance: Chance,
  name: string,
  independentLoss: ChanceHandle,
): LinkExtras | undefined {
  const loss = lossProcess(spec.loss, chance, name);
  const doubles = spec.duplication > 0;
  const damages = spec.corruption > 0;
  if (loss === undefined && spec.bandwidth === undefined && !doubles && !damages) return undefined;
  return {
    transmitter: spec.bandwidth === undefined ? undefined : new Transmitter(spec.bandwidth, spec.queueLimit),
    loss,
    independentLoss,
    corruptionProbability: spec.corruption,
    duplicationProbability: spec.duplication,
    corruption: damages ? chance.source(`${name}/corruption`) : NO_SOURCE,
    duplication: doubles ? chance.source(`${name}/duplication`) : NO_SOURCE,
    copyDelay: doubles && spec.delay.kind !== "constant" ? chance.source(`${name}/copy-delay`) : NO_SOURCE,
  };
}

/** Whether a packet is lost on the way, and why. `probability` is that of a loss that remembers nothing. */
export function drawLoss(
  extras: LinkExtras,
  probability: number,
  content: Content,
  chance: Chance,
): LossCause | undefined {
  const { loss, independentLoss, corruption, corruptionProbability } = extras;
  const lost =
    loss === undefined
      ? independentLoss !== NO_SOURCE && chance.happens(independentLoss, probability)
      : loss.loses(content);
  const damaged = corruption !== NO_SOURCE && chance.happens(corruption, corruptionProbability);
  return lost ? "loss" : damaged ? "corruption" : undefined;
}
