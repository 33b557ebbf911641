/** Laws of the assignors: everything is assigned, to one member each, evenly, and stays where it was if it can. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ASSIGNORS,
  type AssignorMember,
  type AssignorName,
  revokingFirst,
} from "../../models/kafka/group/assignors.js";

const SEED = 848;
const NAMES: readonly AssignorName[] = ["range", "roundrobin", "sticky", "uniform"];

const member = (id: string, owned: readonly number[] = [], generation = 1): AssignorMember => ({
  id,
  instanceId: undefined,
  topics: ["t"],
  owned,
  generation,
});
const topic = (count: number): Map<string, number[]> =>
  new Map([["t", Array.from({ length: count }, (_, n) => n)]]);
const flat = (assignment: ReadonlyMap<string, readonly number[]>): number[] =>
  [...assignment.values()].flat().sort((a, b) => a - b);

/** Members that own disjoint parts of a topic, and perhaps some that own nothing. */
const groups = fc
  .record({
    members: fc.integer({ min: 1, max: 8 }),
    partitions: fc.integer({ min: 0, max: 30 }),
    salt: fc.nat(),
  })
  .map(({ members, partitions, salt }) => {
    const owned = Array.from({ length: members }, (): number[] => []);
    for (let partition = 0; partition < partitions; partition++) {
      const owner = (partition * 7 + salt) % (members + 2);
      owned[owner]?.push(partition);
    }
    return { all: owned.map((each, place) => member(`m${place}`, each)), partitions };
  });

describe.each(NAMES)("%s", (name) => {
  it("assigns every partition to one member, and no member has two more than another", () => {
    fc.assert(
      fc.property(groups, ({ all, partitions }) => {
        const assignment = ASSIGNORS[name](all, topic(partitions));
        expect(flat(assignment)).toEqual(Array.from({ length: partitions }, (_, n) => n));
        const sizes = [...assignment.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { seed: SEED },
    );
  });

  it("assigns nothing of a topic to who does not want it", () => {
    const other = { ...member("b"), topics: ["u"] };
    const assignment = ASSIGNORS[name]([member("a"), other], topic(5));
    expect([assignment.get("a")?.length, assignment.get("b")]).toEqual([5, []]);
  });
});

describe("sticky assignors", () => {
  it("move no more than they must", () => {
    fc.assert(
      fc.property(groups, ({ all, partitions }) => {
        const assignment = ASSIGNORS.sticky(all, topic(partitions));
        const quota = Math.ceil(partitions / all.length);
        for (const { id, owned } of all) {
          const kept = owned.filter((partition) => assignment.get(id)?.includes(partition) === true);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(owned.length, quota) - 1);
        }
      }),
      { seed: SEED },
    );
  });

  it("believe the latest generation, and nobody where two claim one partition of the same", () => {
    const assignment = ASSIGNORS.sticky([member("a", [0, 1, 2], 1), member("b", [1, 2, 3], 2)], topic(4));
    expect(assignment.get("b")?.every((partition) => [1, 2, 3].includes(partition))).toBe(true);
    const disputed = revokingFirst(new Map([["c", [0]]]), [
      member("a", [0], 1),
      member("b", [0], 1),
      member("c"),
    ]);
    expect(disputed.get("c")).toEqual([0]);
  });

  it("leave what another member still has to nobody, when they cooperate", () => {
    const all = [member("a", [0, 1, 2, 3]), member("b")];
    const balanced = ASSIGNORS["cooperative-sticky"](all, topic(4));
    expect(balanced.get("b")?.length).toBe(2);
    const free = revokingFirst(balanced, all);
    expect([free.get("a")?.length, free.get("b")]).toEqual([2, []]);
  });
});

it("range gives the first members one partition more", () => {
  const assignment = ASSIGNORS.range([member("c"), member("a"), member("b")], topic(7));
  expect([...assignment].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ["a", [0, 1, 2]],
    ["b", [3, 4]],
    ["c", [5, 6]],
  ]);
});
