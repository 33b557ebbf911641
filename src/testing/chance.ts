/** Chance as a fast-check arbitrary: a property is tried against many lucks, and a failing one is shrunk. */
import fc from "fast-check";
import { type Chance, PropertyChance } from "../kernel/index.js";

/** How much luck is drawn. */
export interface ChanceConstraints {
  /** Decisions that may differ from the benign one, at most. Default 16. */
  readonly deviationsMax?: number;
  /** Only the first so many draws of a source may deviate. Default 32. */
  readonly drawsMax?: number;
}

/** A deviation from the benign decision, at a place that is found when the run asks. */
interface Deviation {
  /** Which source, counted round and round through those that there are. */
  readonly source: number;
  readonly draw: number;
  readonly value: number;
}

const SOURCES_MAX = 256;

/**
 * An arbitrary source of decisions: benign but for a few deviations. It shrinks to as few of them as still make
 * the property fail, and prints those that were asked for as decisions, ready for a replay file.
 */
export function chance(constraints: ChanceConstraints = {}): fc.Arbitrary<Chance> {
  const { deviationsMax = 16, drawsMax = 32 } = constraints;
  const deviation = fc.record({
    source: fc.nat(SOURCES_MAX - 1),
    draw: fc.nat(drawsMax - 1),
    value: fc.nat(999_999),
  });
  return fc.array(deviation, { maxLength: deviationsMax }).map(deviating);
}

function deviating(deviations: readonly Deviation[]): Chance {
  let sources = 0;
  const property = new PropertyChance((source, draw, _kind, bound) => {
    const deviation = deviations.find((one) => one.draw === draw && one.source % sources === source);
    return deviation === undefined ? 0 : 1 + (deviation.value % (bound - 1));
  });
  return {
    source(name) {
      const handle = property.source(name);
      sources = Math.max(sources, handle + 1);
      return handle;
    },
    happens: (source, probability) => property.happens(source, probability),
    choose: (source, count) => property.choose(source, count),
    duration: (source, distribution) => property.duration(source, distribution),
    [fc.toStringMethod]: () => `Chance(${JSON.stringify(property.decisions)})`,
  } as Chance;
}
