/**
 * Loss that depends on what went before: one object a link, asked once for each packet that enters it.
 * (Bernoulli loss remembers nothing and is judged by the link itself.)
 */
import type { Chance, ChanceHandle } from "../kernel/index.js";
import { type Content, describeAll } from "../trace/index.js";
import type { LossSpec } from "./spec.js";

export interface LossProcess {
  /** Whether the next packet, which carries `content`, is lost. */
  loses(content: Content): boolean;
}

/** The process of a link whose sources of chance begin with `name`; undefined where nothing is remembered. */
export function lossProcess(spec: LossSpec, chance: Chance, name: string): LossProcess | undefined {
  switch (spec.kind) {
    case "none":
    case "bernoulli":
      return undefined;
    case "gilbert-elliott":
      return new GilbertElliott(spec, chance, name);
    case "periodic":
      return new Periodic(spec.every, spec.offset);
    case "scripted":
      return new Scripted(spec.drops);
    case "pattern":
      return new Pattern(spec.pattern);
  }
}

/**
 * Two states with a loss probability each; the link may change state before each packet. It begins in the
 * good state. Stationary share of the bad one: toBad / (toBad + toGood); mean stay there: 1 / toGood packets.
 * (Gilbert 1960, Elliott 1963.)
 */
class GilbertElliott implements LossProcess {
  readonly #spec: LossSpec & { readonly kind: "gilbert-elliott" };
  readonly #chance: Chance;
  readonly #state: ChanceHandle;
  readonly #loss: ChanceHandle;
  /** The state alone decides: nothing is left to chance within it. */
  readonly #determined: boolean;
  #bad = false;

  constructor(spec: LossSpec & { readonly kind: "gilbert-elliott" }, chance: Chance, name: string) {
    this.#spec = spec;
    this.#chance = chance;
    this.#state = chance.source(`${name}/state`);
    this.#determined = isCertain(spec.lossGood) && isCertain(spec.lossBad);
    this.#loss = this.#determined ? -1 : chance.source(`${name}/loss`);
  }

  loses(): boolean {
    const { toBad, toGood, lossGood, lossBad } = this.#spec;
    if (this.#chance.happens(this.#state, this.#bad ? toGood : toBad)) this.#bad = !this.#bad;
    const probability = this.#bad ? lossBad : lossGood;
    return this.#determined ? probability === 1 : this.#chance.happens(this.#loss, probability);
  }
}

function isCertain(probability: number): boolean {
  return probability === 0 || probability === 1;
}

class Periodic implements LossProcess {
  readonly #every: number;
  #until: number;

  constructor(every: number, offset: number) {
    if (!(every >= 1)) throw new Error(`periodic loss needs a period of at least one packet, not ${every}`);
    this.#every = every;
    this.#until = offset;
  }

  loses(): boolean {
    if (this.#until-- > 0) return false;
    this.#until = this.#every - 1;
    return true;
  }
}

class Pattern implements LossProcess {
  readonly #pattern: readonly boolean[];
  #place = 0;

  constructor(pattern: readonly boolean[]) {
    if (pattern.length === 0) throw new Error("a pattern of losses needs at least one packet");
    this.#pattern = pattern;
  }

  loses(): boolean {
    const lost = this.#pattern[this.#place] === true;
    this.#place = (this.#place + 1) % this.#pattern.length;
    return lost;
  }
}

/** Counts the packets that carry each name of the script; a packet that carries a name twice counts once. */
class Scripted implements LossProcess {
  readonly #drops = new Map<string, { readonly nths: ReadonlySet<number>; seen: number }>();

  constructor(drops: readonly { readonly name: string; readonly nth: number }[]) {
    for (const { name } of drops) {
      const nths = new Set(drops.filter((drop) => drop.name === name).map((drop) => drop.nth));
      this.#drops.set(name, { nths, seen: 0 });
    }
  }

  loses(content: Content): boolean {
    let lost = false;
    for (const name of namesIn(content)) {
      const drop = this.#drops.get(name);
      if (drop !== undefined && drop.nths.has(++drop.seen)) lost = true;
    }
    return lost;
  }
}

function namesIn(content: Content): ReadonlySet<string> {
  return new Set(describeAll(content).map(({ name }) => name));
}
