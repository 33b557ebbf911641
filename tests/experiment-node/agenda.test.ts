import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Agenda, type NextBatch, type Stretch } from "../../src/experiment/node/agenda.js";

const fixed =
  (count: number): NextBatch =>
  (values) =>
    values.length === 0 ? count : 0;

/** Batches of 3 until the last value is at least `enough`. */
const until =
  (enough: number): NextBatch =>
  (values) =>
    values.length > 0 && (values.at(-1) ?? 0) >= enough ? 0 : 3;

const value = (cell: number, replication: number): number => (cell + 1) * replication;

/** Does everything on the agenda, in the order that `choose` gives, and returns which runs were made. */
function work(
  agenda: Agenda,
  chunk: (turn: number) => number,
  choose: (turn: number, of: number) => number,
): string[] {
  const made: string[] = [];
  const underWay: Stretch[] = [];
  for (let turn = 0; ; turn++) {
    underWay.push(...agenda.take(chunk(turn)));
    if (underWay.length === 0) return made.sort();
    const [stretch] = underWay.splice(choose(turn, underWay.length), 1);
    if (stretch === undefined) throw new Error("nothing chosen");
    for (let replication = stretch.from; replication < stretch.to; replication++) {
      made.push(`${stretch.cell}/${replication}`);
      agenda.finish(stretch.cell, replication, value(stretch.cell, replication));
    }
  }
}

describe("the agenda of a sweep", () => {
  it("hands out every run of every cell once, in stretches of no more than asked for", () => {
    const agenda = new Agenda(2, fixed(5), () => undefined);
    expect(agenda.take(3)).toEqual([{ cell: 0, from: 0, to: 3 }]);
    expect(agenda.take(4)).toEqual([
      { cell: 0, from: 3, to: 5 },
      { cell: 1, from: 0, to: 2 },
    ]);
    expect(agenda.take(100)).toEqual([{ cell: 1, from: 2, to: 5 }]);
    expect(agenda.take(100)).toEqual([]);
  });

  it("passes over the runs that an interrupted sweep has made", () => {
    const known = (_: number, replication: number): number | undefined =>
      replication % 3 === 1 ? 0 : undefined;
    const agenda = new Agenda(1, fixed(6), known);
    expect(agenda.finished).toBe(2);
    expect(agenda.take(100)).toEqual([
      { cell: 0, from: 0, to: 1 },
      { cell: 0, from: 2, to: 4 },
      { cell: 0, from: 5, to: 6 },
    ]);
  });

  it("decides on a batch only when the one before has finished", () => {
    const agenda = new Agenda(1, until(4), () => undefined);
    expect(agenda.take(100)).toEqual([{ cell: 0, from: 0, to: 3 }]);
    agenda.finish(0, 2, 2);
    agenda.finish(0, 0, 0);
    expect(agenda.take(100)).toEqual([]);
    agenda.finish(0, 1, 1);
    expect(agenda.take(100)).toEqual([{ cell: 0, from: 3, to: 6 }]);
  });

  it("makes the same runs whatever the size of the tasks, the order of finishing and the point of resuming", () => {
    const order = fc.record({
      chunks: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      choices: fc.array(fc.nat(10), { minLength: 1, maxLength: 10 }),
      known: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    });
    const all = work(
      new Agenda(3, until(10), () => undefined),
      () => 1,
      () => 0,
    );
    fc.assert(
      fc.property(order, ({ chunks, choices, known }) => {
        const before = (cell: number, replication: number): boolean =>
          known[cell * 13 + replication] ?? false;
        const agenda = new Agenda(3, until(10), (cell, replication) =>
          before(cell, replication) ? value(cell, replication) : undefined,
        );
        const made = work(
          agenda,
          (turn) => chunks[turn % chunks.length] ?? 1,
          (turn, of) => (choices[turn % choices.length] ?? 0) % of,
        );
        const expected = all.filter((run) => {
          const [cell, replication] = run.split("/").map(Number);
          return !before(cell ?? 0, replication ?? 0);
        });
        expect(made).toEqual(expected);
        expect(agenda.finished).toBe(all.length);
        expect(agenda.planned).toBe(all.length);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
