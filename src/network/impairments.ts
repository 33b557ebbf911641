/**
 * What faults do to links and nodes, and how faults that overlap add up: each thing that can be impaired
 * counts the faults that impair it now.
 */
import type { Duration, Instant } from "../kernel/index.js";
import type { SimulatedNode } from "../host/index.js";
import type { SimulatedNetwork } from "./network.js";
import type { FaultSpec } from "./spec.js";

/** What faults strike. */
export interface FaultTargets {
  readonly network: Pick<SimulatedNetwork, "cut" | "mend" | "hold" | "release" | "reset" | "link">;
  /** Throws when there is no such node. */
  readonly nodeNamed: (name: string) => SimulatedNode;
}

/** One fault's doing. `end` gets what the `begin` of the same occurrence returned. */
export interface Effect {
  begin(now: Instant): number;
  end(occurrence: number, now: Instant): void;
}

/** Something that faults impair: down, cut, held or paused while at least one of them lasts. */
class Impairment {
  readonly #onChange: (by: number) => void;
  readonly #cure: (now: Instant) => void;
  #count = 0;
  /** How often everything was cured at once. An occurrence from before the last time has ended already. */
  #cures = 0;

  constructor(onChange: (by: number) => void, cure: (now: Instant) => void) {
    this.#onChange = onChange;
    this.#cure = cure;
  }

  /** Returns a number that `ease` wants back. */
  strike(): number {
    if (this.#count++ === 0) this.#onChange(1);
    return this.#cures;
  }

  ease(cures: number, now: Instant): void {
    if (cures !== this.#cures) return;
    if (--this.#count > 0) return;
    this.#onChange(-1);
    this.#cure(now);
  }

  cureAll(now: Instant): void {
    if (this.#count > 0) this.#onChange(-1);
    this.#count = 0;
    this.#cures++;
    this.#cure(now);
  }
}

export class Impairments {
  /** How many things are impaired now. */
  active = 0;
  readonly #targets: FaultTargets;
  readonly #impairments = new Map<string, Impairment>();

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  /** What the fault does, one effect a thing. Throws when it names a node or a link that does not exist. */
  effectsOf(spec: FaultSpec): readonly Effect[] {
    const { network } = this.#targets;
    switch (spec.verb) {
      case "cut":
      case "hold":
      case "mend":
      case "release":
        return spec.bothWays
          ? [this.#linkEffect(spec.verb, spec.from, spec.to), this.#linkEffect(spec.verb, spec.to, spec.from)]
          : [this.#linkEffect(spec.verb, spec.from, spec.to)];
      case "reset": {
        const one = this.#targets.nodeNamed(spec.between[0]);
        const other = this.#targets.nodeNamed(spec.between[1]);
        return [momentary((now) => network.reset(one, other, now))];
      }
      case "crash":
      case "stop":
      case "restart":
      case "pause":
      case "resume":
        return [this.#nodeEffect(spec)];
      case "skew": {
        const node = this.#targets.nodeNamed(spec.node);
        return [skewing(node, spec.offset)];
      }
    }
  }

  #linkEffect(verb: "cut" | "hold" | "mend" | "release", fromName: string, toName: string): Effect {
    const { network, nodeNamed } = this.#targets;
    const from = nodeNamed(fromName);
    const to = nodeNamed(toName);
    network.link(from, to);
    const place = `${fromName}>${toName}`;
    const cutting = this.#impairment(`cut ${place}`, (now) => network.mend(from, to, now));
    const holding = this.#impairment(`held ${place}`, (now) => network.release(from, to, now));
    switch (verb) {
      case "cut":
        return striking(cutting, (now) => network.cut(from, to, now));
      case "hold":
        return striking(holding, (now) => network.hold(from, to, now));
      case "mend":
        return momentary((now) => cutting.cureAll(now));
      case "release":
        return momentary((now) => holding.cureAll(now));
    }
  }

  #nodeEffect(
    spec: FaultSpec & { readonly verb: "crash" | "stop" | "restart" | "pause" | "resume" },
  ): Effect {
    const node = this.#targets.nodeNamed(spec.node);
    const down = this.#impairment(`down ${node.name}`, (now) => node.restart(now));
    const paused = this.#impairment(`paused ${node.name}`, (now) => node.resume(now));
    switch (spec.verb) {
      case "crash":
        return striking(down, (now) => {
          if (spec.disk === true) node.loseDisk(now);
          else if (spec.power) node.losePower(now);
          else node.crash(now);
        });
      case "stop":
        return striking(down, (now) => node.stop(spec.limit, now));
      case "pause":
        return striking(paused, (now) => node.pause(now));
      case "restart":
        return momentary((now) => down.cureAll(now));
      case "resume":
        return momentary((now) => paused.cureAll(now));
    }
  }

  #impairment(key: string, cure: (now: Instant) => void): Impairment {
    const known = this.#impairments.get(key);
    if (known !== undefined) return known;
    const impairment = new Impairment((by) => (this.active += by), cure);
    this.#impairments.set(key, impairment);
    return impairment;
  }
}

/** An effect that lasts: it strikes what it impairs, and eases it when it ends. */
function striking(impairment: Impairment, strike: (now: Instant) => void): Effect {
  return {
    begin: (now) => {
      const cures = impairment.strike();
      strike(now);
      return cures;
    },
    end: (cures, now) => impairment.ease(cures, now),
  };
}

function skewing(node: SimulatedNode, offset: Duration): Effect {
  return {
    begin: () => {
      node.skew(offset);
      return 0;
    },
    end: () => node.skew(-offset),
  };
}

/** An effect that is over as soon as it has happened. */
function momentary(happen: (now: Instant) => void): Effect {
  return {
    begin: (now) => {
      happen(now);
      return 0;
    },
    end: () => undefined,
  };
}
