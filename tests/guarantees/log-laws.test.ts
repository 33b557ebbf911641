/** The checkers of logs, which forget, against checkers that keep everything. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERY_LIVE, type Message, POSITION_RESET, POSITION_SOUGHT } from "../../src/trace/index.js";
import { IntervalSet } from "../../src/guarantees/log/interval-set.js";
import { LogOrder } from "../../src/guarantees/log/log-order.js";
import { ANNA, BEN, CARL, DORA, LogTelling, runOf } from "./log-histories.js";
import { named } from "./histories.js";
import { NaiveLog } from "./naive-log.js";

/** What can happen, by number; those that break something are rarer. */
const KINDS = 17;

/** Drives a history and the naive checker through the same events. */
class Both {
  readonly telling = new LogTelling();
  readonly naive = new NaiveLog();
  readonly #open: Message[] = [];
  readonly #log: (Message | undefined)[] = [];
  readonly #position = new Map<number, number>();
  /** Of each message its key, where the partition is compacted. */
  readonly #keys = new Map<Message, string>();
  readonly #compacted: boolean;

  constructor(compacted: boolean) {
    this.#compacted = compacted;
  }

  run(picks: readonly number[]): void {
    for (const consumer of [CARL, DORA]) this.#seek(consumer, 0, -1);
    for (const pick of picks) this.#step(pick % KINDS, Math.floor(pick / KINDS));
  }

  #step(kind: number, pick: number): void {
    const consumer = pick % 2 === 0 ? CARL : DORA;
    if (kind < 4) this.#append(pick % 3 === 0 ? BEN : ANNA, pick);
    else if (kind < 7) this.#acknowledge(pick);
    else if (kind < 11) this.#poll(consumer, 1 + (pick % 3));
    else if (kind === 11) this.#commit(pick);
    else if (kind === 12) this.#own(consumer, pick);
    else if (kind === 16) this.#compact();
    else if (pick % 6 === 0) this.#breakSomething(kind, pick, consumer);
  }

  #append(producer: number, pick: number): void {
    const message = this.telling.send(producer);
    if (this.#compacted) {
      const key = `key ${Math.floor(pick / 7) % 3}`;
      const deletes = Math.floor(pick / 21) % 4 === 0;
      this.telling.history.log.keyed(message, key, deletes);
      this.naive.keyed(message, key, deletes);
      this.#keys.set(message, key);
    }
    this.#log.push(message);
    this.#open.push(message);
  }

  /** Of each key only the last one stays. */
  #compact(): void {
    const keys = this.#log.map((message) => message && this.#keys.get(message));
    keys.forEach((key, offset) => {
      if (key !== undefined && keys.indexOf(key, offset + 1) >= 0) this.#log[offset] = undefined;
    });
  }

  #acknowledge(pick: number): void {
    const [message] = this.#open.splice(pick % 5 === 0 ? pick % Math.max(1, this.#open.length) : 0, 1);
    if (message === undefined) return;
    const offset = this.#log.indexOf(message);
    if (offset < 0 || pick % 11 === 0) {
      this.telling.failed(message);
      this.naive.failed(message);
      if (offset >= 0 && pick % 22 === 0) this.#log[offset] = undefined;
      return;
    }
    this.telling.stored(message, offset);
    this.naive.stored(message, offset);
  }

  #poll(consumer: number, count: number): void {
    const { at } = this.telling;
    let left = count;
    let offset = this.#position.get(consumer) ?? 0;
    for (; offset < this.#log.length && left > 0; offset++) {
      const message = this.#log[offset];
      if (message === undefined) continue;
      left--;
      this.telling.history.log.polled(consumer, "p", runOf(offset, message), at);
      this.naive.polled(consumer, offset, message, at);
      if ((offset + count) % 7 > 0) {
        this.telling.history.delivered(this.telling.group, message, DELIVERY_LIVE, at);
        this.naive.processed(message);
      }
    }
    this.#position.set(consumer, offset);
  }

  #commit(pick: number): void {
    const offset = Math.min(this.#position.get(CARL) ?? 0, pick % 40);
    this.telling.commit(offset);
    this.naive.committed(offset);
  }

  #own(consumer: number, pick: number): void {
    if (pick % 5 > 1) {
      this.telling.revoke(consumer);
      this.naive.revoked(consumer);
    } else {
      this.telling.assign(consumer);
      this.naive.assigned(consumer);
      this.#seek(consumer, this.#position.get(consumer) ?? 0, 0);
    }
  }

  #breakSomething(kind: number, pick: number, consumer: number): void {
    const some = Math.floor(pick / 6) % Math.max(1, this.#log.length);
    if (kind === 13) this.#seek(consumer, some, pick % 4 === 0 ? POSITION_SOUGHT : POSITION_RESET);
    else if (kind === 14) this.#log.splice(some, this.#log.length);
    else if (pick % 4 === 0) this.#log.push(this.#log[some]);
    else if (pick % 4 === 1) this.#position.set(consumer, some);
    else this.#log.reverse();
  }

  /** `why` -1: assigned. */
  #seek(consumer: number, offset: number, why: number): void {
    this.telling.position(consumer, offset, Math.max(why, 0));
    this.naive.positioned(consumer, offset, Math.max(why, 0));
    this.#position.set(consumer, offset);
  }
}

const picks = fc.array(fc.nat(0xffffff), { minLength: 10, maxLength: 120, size: "max" });

describe("whatever happens to a log", () => {
  it("what is kept says the same as everything", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(picks, fc.boolean(), (sequence, compacted) => {
        const both = new Both(compacted);
        both.run(sequence);
        const conclusion = both.telling.conclude();
        for (const [check, violated] of both.naive.violated()) {
          const result = named(conclusion, check);
          expect({ check, violated: result.violations > 0 }).toEqual({ check, violated });
          const key = `${check} ${result.verdict}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
        if (!both.naive.replaced) {
          const { violations } = named(conclusion, "nonmonotonic-send");
          expect(violations > 0).toBe(both.naive.sendsOutOfOrder());
        }
      }),
      { seed: 11, numRuns: 2_500 },
    );
    for (const check of new NaiveLog().violated().keys()) {
      for (const verdict of ["holds", "violated"]) {
        expect({ check, verdict, often: (seen.get(`${check} ${verdict}`) ?? 0) > 20 }).toEqual({
          check,
          verdict,
          often: true,
        });
      }
    }
  });
});

describe("the runs of a log", () => {
  it("are what was placed and replaced, at every offset", () => {
    const steps = fc.array(fc.tuple(fc.nat(40), fc.nat(2), fc.nat(20), fc.boolean()), { maxLength: 150 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const order = new LogOrder(() => undefined);
        const plain = new Map<number, string>();
        for (const [offset, stream, shift, replaces] of sequence) {
          const index = offset + shift * 100;
          const before = plain.get(offset);
          const record = `${stream} ${index}`;
          const placed = order.place(offset, stream, index);
          expect(placed).toBe(before === undefined ? 0 : before === record ? 1 : 2);
          if (before === undefined) plain.set(offset, record);
          else if (replaces) {
            order.replace(offset, stream, index);
            plain.set(offset, record);
          }
        }
        const found: [number, string][] = [];
        order.some(0, 100, (run) => {
          for (let n = 0; n < run.length; n++) found.push([run.offset + n, `${run.stream} ${run.index + n}`]);
          return false;
        });
        expect(found).toEqual([...plain].sort(([a], [b]) => a - b));
        for (let offset = 0; offset <= 40; offset++) {
          const run = order.find(offset);
          expect(run && `${run.stream} ${run.index}`).toBe(plain.get(offset));
        }
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});

describe("a set of intervals", () => {
  it("has what was added", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(8)), { maxLength: 30 }), (added) => {
        const set = new IntervalSet();
        const plain = new Set<number>();
        for (const [from, length] of added) {
          set.add(from, from + length);
          for (let n = from; n < from + length; n++) plain.add(n);
        }
        for (let n = 0; n < 80; n++) expect(set.has(n)).toBe(plain.has(n));
        expect(set.least).toBe(plain.size === 0 ? undefined : Math.min(...plain));
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});
