/** What becomes of records that applications make from others, checked in one pass and by keeping everything. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../src/trace/index.js";
import { ANNA, BEN, CARL, DORA, LogTelling, short } from "./log-histories.js";
import { named } from "./histories.js";

const CHECKED = ["processed-once", "processed-at-least-once", "processed-at-most-once"];

/** A copy job on Dora's node that reads for its group; Ben and Carl get what it makes. */
function copying(healed = true): LogTelling {
  const telling = new LogTelling(healed);
  telling.subscribe(telling.group);
  telling.assign(DORA);
  for (const reader of [BEN, CARL]) telling.subscribe(reader, "q");
  return telling;
}

const verdicts = (telling: LogTelling): readonly unknown[] => {
  const conclusion = telling.conclude();
  return CHECKED.map((check) => short(named(conclusion, check)));
};

describe("processed-once", () => {
  it("holds where everybody gets one record of each", () => {
    const telling = copying();
    const inputs = [0, 1, 2].map((offset) => telling.write(offset));
    inputs.forEach((input, offset) => {
      const output = telling.make(input, offset);
      for (const reader of [BEN, CARL]) telling.deliver(reader, output);
    });
    expect(verdicts(telling)).toEqual([
      ["holds", 6, 0],
      ["holds", 6, 0],
      ["holds", 6, 0],
    ]);
  });

  it("is violated by a record of which somebody gets nothing", () => {
    const telling = copying();
    const inputs = [0, 1].map((offset) => telling.write(offset));
    for (const input of inputs) telling.process(input);
    const output = telling.make(inputs[1] as Message, 0);
    for (const reader of [BEN, CARL]) telling.deliver(reader, output);
    expect(verdicts(telling)).toEqual([
      ["violated", 4, 2],
      ["violated", 4, 2],
      ["holds", 2, 0],
    ]);
    const { witness } = telling.check("processed-at-least-once");
    expect(witness?.what).toBe(
      "anna/p/q1#0 was acknowledged, readers was done with it, and carl got nothing that was made from it.",
    );
    expect(witness?.events.map(({ type }) => type)).toEqual(["published", "acknowledged", "ended"]);
  });

  it("is violated by a second record of one that the same recipient gets", () => {
    const telling = copying();
    const input = telling.write(0);
    const [one, two] = [telling.make(input, 0), telling.make(input, 1)];
    telling.deliver(BEN, one);
    telling.deliver(CARL, one);
    telling.deliver(CARL, two);
    telling.deliver(CARL, two);
    expect(verdicts(telling)).toEqual([
      ["violated", 2, 1],
      ["holds", 2, 0],
      ["violated", 2, 1],
    ]);
    const { witness } = telling.check("processed-at-most-once");
    expect(witness?.what).toBe(
      "carl got two records that were made from anna/p/q1#0: dora/q/q1#0 and dora/q/q1#1.",
    );
    expect(witness?.events.map(({ type }) => type)).toEqual([
      "published",
      "acknowledged",
      "published",
      "published",
      "delivered",
    ]);
  });

  it("holds where a first attempt gets to nobody", () => {
    const telling = copying();
    const input = telling.write(0);
    telling.failed(telling.make(input, 0, DORA, false));
    const output = telling.make(input, 1);
    for (const reader of [BEN, CARL]) telling.deliver(reader, output);
    expect(telling.check("processed-once").verdict).toBe("holds");
  });

  it("is unknown where nothing was made, faults last, or the rest is still held", () => {
    expect(copying().check("processed-once").verdict).toBe("unknown");
    const lasting = copying(false);
    lasting.make(lasting.write(0), 0);
    expect(verdicts(lasting)[1]).toEqual(["unknown", 2, 0]);
    const held = copying();
    const [first, second] = [held.write(0), held.write(1)];
    const output = held.make(first, 0);
    held.deliver(BEN, output);
    held.history.held(CARL, output);
    held.history.held(held.group, second);
    expect(verdicts(held)[1]).toEqual(["unknown", 4, 0]);
  });

  it("asks for nothing that the application was not to process, and leaves open what is owed to latecomers", () => {
    const telling = new LogTelling();
    for (const reader of [BEN, CARL]) telling.subscribe(reader, "q");
    telling.write(0);
    telling.subscribe(telling.group);
    telling.assign(DORA);
    const output = telling.make(telling.write(1), 0);
    for (const reader of [BEN, CARL]) telling.deliver(reader, output);
    expect(telling.check("processed-once").verdict).toBe("holds");
    telling.subscribe(ANNA, "q");
    expect(telling.check("processed-once").verdict).toBe("unknown");
  });

  it("keeps apart what two applications make from one record", () => {
    const telling = copying();
    const input = telling.write(0);
    telling.subscribe(ANNA, "p");
    telling.subscribe(BEN, "r");
    telling.deliver(BEN, telling.make(input, 0));
    telling.deliver(BEN, telling.make(input, 0, ANNA, true, "r"));
    expect(telling.check("processed-at-most-once").violations).toBe(0);
  });
});

/** Keeps everything that was sent, made and delivered, and looks at it when all is over. */
class NaiveProcessing {
  readonly inputs: { readonly message: Message; readonly acknowledged: boolean }[] = [];
  readonly made: { readonly output: Message; readonly input: Message }[] = [];
  readonly delivered: { readonly recipient: number; readonly message: Message }[] = [];

  /** How many recipients there are of how many inputs of which something goes wrong. */
  counts(recipients: readonly number[]): { readonly missing: number; readonly repeated: number } {
    let [missing, repeated] = [0, 0];
    for (const { message, acknowledged } of this.inputs) {
      for (const recipient of recipients) {
        const got = this.made.filter(
          ({ input, output }) =>
            input === message &&
            this.delivered.some((each) => each.recipient === recipient && each.message === output),
        ).length;
        if (got === 0 && acknowledged) missing++;
        repeated += Math.max(0, got - 1);
      }
    }
    // A partition of which nothing was ever processed is not the application's.
    return { missing: this.made.length === 0 ? 0 : missing, repeated };
  }
}

describe("whatever an application does", () => {
  it("one pass finds what keeping everything finds", () => {
    const seen = new Set<string>();
    const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(1_000)), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const telling = copying();
        const naive = new NaiveProcessing();
        for (const [kind, pick] of sequence) {
          const input = naive.inputs[pick % Math.max(1, naive.inputs.length)]?.message;
          const output = naive.made[pick % Math.max(1, naive.made.length)]?.output;
          if (kind < 2) {
            const acknowledged = pick % 4 > 0;
            const message = acknowledged ? telling.write(naive.inputs.length) : telling.send();
            naive.inputs.push({ message, acknowledged });
          } else if (kind < 5 && input !== undefined) {
            naive.made.push({ input, output: telling.make(input, naive.made.length, DORA, pick % 5 > 0) });
          } else if (output !== undefined) {
            const recipient = pick % 2 === 0 ? BEN : CARL;
            telling.deliver(recipient, output);
            naive.delivered.push({ recipient, message: output });
          }
        }
        const conclusion = telling.conclude();
        const found = {
          missing: named(conclusion, "processed-at-least-once").violations,
          repeated: named(conclusion, "processed-at-most-once").violations,
        };
        expect(found).toEqual(naive.counts([BEN, CARL]));
        seen.add(`${found.missing > 0} ${found.repeated > 0}`);
      }),
      { seed: 14, numRuns: 500 },
    );
    expect(seen.size).toBe(4);
  });
});
