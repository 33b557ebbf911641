/** Producer ids: no two producers get the same one, whoever of the brokers and controllers dies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import { runToEnd } from "../../src/scenario/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import { ProducerIds } from "../../models/kafka/transaction/producer-ids.js";
import { BROKERS, assembled, controllersOf, paced } from "./support/clusters.js";

const granted = (producerIdStart: number) =>
  ({ error: "NONE", producerIdStart, producerIdLen: 1_000 }) as const;
const refused = { error: "STALE_BROKER_EPOCH", producerIdStart: 0, producerIdLen: 0 } as const;

describe("a broker's producer ids", () => {
  it("come by blocks: the next one is asked for when nine tenths of one are used up", () => {
    let asked = 0;
    const ids = new ProducerIds(() => asked++);
    expect([ids.next(0), asked]).toEqual([undefined, 1]);
    expect([ids.next(0), asked]).toEqual([undefined, 1]);
    ids.allocated(granted(5_000), 0);
    const first = Array.from({ length: 900 }, () => ids.next(0));
    expect([first[0], first.at(-1), asked]).toEqual([5_000, 5_899, 1]);
    expect([ids.next(0), asked]).toEqual([5_900, 2]);
    for (let n = 0; n < 99; n++) ids.next(0);
    expect(ids.next(0)).toBe(undefined);
    ids.allocated(granted(9_000), 0);
    expect([ids.next(0), asked]).toEqual([9_000, 2]);
  });

  it("are asked for again 50 ms after a refusal, when somebody needs one", () => {
    let asked = 0;
    const ids = new ProducerIds(() => asked++);
    ids.next(0);
    ids.allocated(refused, 0);
    expect([ids.next(49 * MILLISECOND), asked]).toEqual([undefined, 1]);
    expect([ids.next(50 * MILLISECOND), asked]).toEqual([undefined, 2]);
  });

  it("are not used twice by the next process", () => {
    const ids = new ProducerIds(() => undefined);
    ids.next(0);
    ids.allocated(granted(0), 0);
    ids.next(0);
    ids.forget();
    expect(ids.next(0)).toBe(undefined);
  });

  it("rise within a block and never repeat, however blocks and requests for ids follow each other", () => {
    const law = fc.property(fc.array(fc.nat(1_500), { maxLength: 6 }), (uses) => {
      let blocks = 0;
      let pending = 0;
      const ids = new ProducerIds(() => pending++);
      const seen: number[] = [];
      for (const count of uses) {
        for (let n = 0; n < count; n++) {
          const id = ids.next(0);
          if (id !== undefined) seen.push(id);
        }
        if (pending > 0) ids.allocated(granted(7_000 * blocks++), 0);
        expect(pending--).toBeLessThanOrEqual(1);
        pending = 0;
      }
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    });
    fc.assert(law, { seed: 67, numRuns: 50 });
  });
});

const at = (node: string, every: number, lasting: number): FaultSpec => ({
  verb: "crash",
  node,
  power: false,
  when: { kind: "random", meanEvery: every * SECOND, from: 5 * SECOND, until: 60 * SECOND },
  lasting: lasting * SECOND,
});

/** What brokers have answered to a producer that starts again and again, while they and the controllers do. */
function idsGiven(run: number, broken: Partial<KafkaRules> = {}): readonly string[] {
  const spec = {
    controllers: 3,
    controller: { sessionTimeout: 2 * SECOND },
    broker: { sessionTimeout: 2 * SECOND, heartbeatInterval: SECOND / 2 },
    pace: paced(4, 100, 500),
    drain: 10,
    faults: [
      at("producer", 1, 0.2),
      ...BROKERS.map((broker) => at(broker, 15, 4)),
      ...controllersOf({ controllers: 3 }).map((controller) => at(controller, 15, 4)),
    ],
  };
  const assembly = assembled(spec, broken, new RandomChance("producer ids", run), { trace: true });
  runToEnd(assembly);
  return (assembly.trace.events ?? []).flatMap((event) => {
    if (event.type !== "frame-sent" || event.content.name !== "InitProducerIdResponse") return [];
    const [, id] = /^producer (\d+)/.exec(event.content.detail) ?? [];
    return id === undefined ? [] : [id];
  });
}

const repeated = (ids: readonly string[]): number => ids.length - new Set(ids).size;

describe("producers that come and go while brokers and controllers do", () => {
  it("have ids of their own", () => {
    const all = [0, 1, 2, 3].map((run) => idsGiven(run));
    expect(all.map(repeated)).toEqual([0, 0, 0, 0]);
    // Of several blocks, some of them by later controllers.
    for (const ids of all) {
      expect(ids.length).toBeGreaterThan(20);
      expect(new Set(ids.map((id) => Math.floor(Number(id) / 1_000))).size).toBeGreaterThan(3);
    }
  });

  it("share some where controllers forget what the one before has given (remembersProducerIds)", () => {
    const all = [0, 1, 2, 3].map((run) => idsGiven(run, { remembersProducerIds: false }));
    expect(all.some((ids) => repeated(ids) > 0)).toBe(true);
  });
});
