/** What is told of many records at once says the same as if it were told of each. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Message, type RecordRun } from "../../src/trace/index.js";
import { ANNA, BEN, CARL, DORA, LogTelling, runOf } from "./log-histories.js";

type Tell = (run: RecordRun, tell: (run: RecordRun) => void) => void;

const atOnce: Tell = (run, tell) => tell(run);
const apart: Tell = ({ messages, offset }, tell) =>
  messages.forEach((message, n) => tell(runOf(offset + n, message)));

/** Batches that producers write, are told of and poll; now and then in the wrong order, at the wrong place or twice. */
class Telling {
  readonly #telling = new LogTelling();
  readonly #tell: Tell;
  readonly #log: Message[] = [];
  readonly #written: { readonly offset: number; readonly messages: readonly Message[] }[] = [];
  readonly #positions = new Map([CARL, DORA].map((consumer) => [consumer, 0]));
  #transaction = -1;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  run(picks: readonly number[]): unknown {
    for (const consumer of [CARL, DORA]) this.#telling.position(consumer, 0);
    this.#telling.assign(CARL);
    for (const pick of picks) this.#step(pick % 12, Math.floor(pick / 12));
    const { polls, lagMax, realtimeLag } = this.#telling.history.log;
    const lags = [realtimeLag.count, realtimeLag.max, realtimeLag.mean()];
    return { conclusion: this.#telling.conclude(), polls, lagMax, lags };
  }

  #step(kind: number, pick: number): void {
    const consumer = pick % 2 === 0 ? CARL : DORA;
    if (kind < 4) this.#write(pick % 3 === 0 ? BEN : ANNA, 1 + (pick % 7));
    else if (kind < 6) this.#store(pick, 0);
    else if (kind < 10) this.#poll(consumer, 1 + (pick % 9));
    else if (kind === 10 && pick % 3 > 0) this.#transact(pick);
    else if (kind === 10) this.#fail(this.#log.at(-1 - (pick % 4)));
    else if (pick % 5 === 0) this.#break(pick, consumer);
  }

  #write(producer: number, count: number): void {
    const messages = Array.from({ length: count }, () => this.#telling.send(producer));
    this.#written.push({ offset: this.#log.length, messages });
    this.#log.push(...messages);
    const { history } = this.#telling;
    if (this.#transaction < 0 || producer !== ANNA) return;
    for (const message of messages) history.log.transactionSent(this.#transaction, message);
  }

  #store(pick: number, shift: number): void {
    const [batch] = this.#written.splice(pick % Math.max(1, this.#written.length), 1);
    if (batch === undefined) return;
    const { at, history } = this.#telling;
    this.#tell(runOf(batch.offset + shift, ...batch.messages), (run) => history.log.stored(run, at));
    for (const message of batch.messages) history.acknowledged(message, at);
  }

  #poll(consumer: number, most: number): void {
    const offset = this.#positions.get(consumer) ?? 0;
    const messages = this.#log.slice(offset, offset + most);
    const { at, history } = this.#telling;
    this.#tell(runOf(offset, ...messages), (run) => history.log.polled(consumer, "p", run, at));
    this.#positions.set(consumer, offset + messages.length);
    if (consumer === CARL) for (const message of messages) this.#telling.process(message);
  }

  #fail(message: Message | undefined): void {
    if (message !== undefined) this.#telling.failed(message);
  }

  #transact(pick: number): void {
    if (this.#transaction < 0) this.#transaction = this.#telling.begin(ANNA);
    else {
      this.#telling.end(this.#transaction, pick % 3);
      this.#transaction = -1;
    }
  }

  #break(pick: number, consumer: number): void {
    const some = Math.floor(pick / 5) % Math.max(1, this.#log.length);
    if (pick % 4 === 0) this.#positions.set(consumer, some);
    else if (pick % 4 === 1) this.#store(pick, 1 + (pick % 3));
    else if (pick % 4 === 2) this.#log.splice(some, 3, ...this.#log.slice(some, some + 3).reverse());
    else this.#telling.position(consumer, this.#positions.get(consumer) ?? 0);
  }
}

describe("what is told of many records at once", () => {
  it("says the same as if it were told of each", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(fc.nat(0xffffff), { minLength: 5, maxLength: 60, size: "max" }), (picks) => {
        const telling = new Telling(atOnce);
        const found = telling.run(picks);
        expect(found).toEqual(new Telling(apart).run(picks));
        const { conclusion } = found as {
          conclusion: { checks: readonly { check: string; verdict: string }[] };
        };
        for (const { check, verdict } of conclusion.checks) {
          const key = `${check} ${verdict}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
      }),
      { seed: 21, numRuns: 1_000 },
    );
    const all = [
      "duplicate",
      "inconsistent-offsets",
      "poll-skip",
      "nonmonotonic-poll",
      "nonmonotonic-send",
      "aborted-read",
    ];
    for (const check of all) {
      for (const verdict of ["holds", "violated"]) {
        const often = (seen.get(`${check} ${verdict}`) ?? 0) > 20;
        expect({ check, verdict, often }).toEqual({ check, verdict, often: true });
      }
    }
  });
});
