/**
 * What links of one kind do to each of their packets. Links that are specified alike share it, so that in a run
 * with many of them it stays in the processor's cache.
 */
import type { Distribution, Duration } from "../kernel/index.js";
import type { LinkSpec, LossSpec } from "./spec.js";

export class LinkKind {
  readonly delay: Distribution;
  /** The delay where nothing is drawn. */
  readonly constantDelay: Duration;
  readonly loss: LossSpec;
  /** Of a loss that remembers nothing; 0 for every other. */
  readonly lossProbability: number;

  constructor({ delay, loss }: LinkSpec) {
    this.delay = delay;
    this.constantDelay = delay.kind === "constant" ? delay.value : 0;
    this.loss = loss;
    this.lossProbability = loss.kind === "bernoulli" ? loss.probability : 0;
  }
}

export class LinkKinds {
  #latest: LinkKind | undefined;

  /** The kind of a link; that of the link before it if they are alike. */
  of(spec: LinkSpec): LinkKind {
    const latest = this.#latest;
    if (latest !== undefined && isSame(latest.delay, spec.delay) && isSame(latest.loss, spec.loss)) {
      return latest;
    }
    return (this.#latest = new LinkKind(spec));
  }
}

/** Whether two objects have the same fields with identical values. */
function isSame(one: object, other: object): boolean {
  if (one === other) return true;
  const fields = Object.entries(one);
  const others = Object.entries(other);
  return (
    fields.length === others.length &&
    fields.every(([name, value], n) => others[n]?.[0] === name && others[n]?.[1] === value)
  );
}
