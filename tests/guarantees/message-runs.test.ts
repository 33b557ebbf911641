/** Messages that are published, acknowledged or delivered at once: the same is said as if each were told of alone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { History } from "../../src/guarantees/index.js";
import { PublishedMessage, type Stream } from "../../src/guarantees/stream.js";
import { DELIVERY_LIVE, DELIVERY_RETAINED, Message, Trace } from "../../src/trace/index.js";

const NAMES = ["anna", "ben", "carl", "dora"] as const;
const [ANNA, BEN, CARL, DORA] = [0, 1, 2, 3] as const;
const WARMUP = 12 * MILLISECOND;

/** The message after another one in its stream, made up as the history itself would make it. */
function notYetPublished({ stream, index, publishedAt }: Message): Message {
  return new PublishedMessage(stream as Stream, index + 1, publishedAt, 10, false);
}

/** Two publishers and two recipients; runs of what was published, in order, with gaps, mixed up or made up. */
class Telling {
  readonly #trace: Trace;
  readonly #history: History;
  readonly #atOnce: boolean;
  readonly #published: Message[] = [];
  #now = 0;

  /** `messages`: rows of them are kept; `traced`: events are. */
  constructor(atOnce: boolean, messages: boolean, traced: boolean) {
    this.#trace = new Trace(NAMES, traced);
    this.#atOnce = atOnce;
    const options = { trace: this.#trace, warmup: WARMUP, messages, logs: true };
    this.#history = new History(NAMES, (filter, topic) => filter === topic, options);
    this.#history.faultsHealed(0);
  }

  run(picks: readonly number[]): unknown {
    for (const topic of ["s", "t"]) this.#subscribe(CARL, topic, 0);
    for (const pick of picks) this.#step(pick % 10, Math.floor(pick / 10));
    const { tally } = this.#history;
    const { latency, acknowledgementLatency, ...counts } = tally;
    const latencies = [latency, acknowledgementLatency].map((each) => [each.count, each.max, each.mean()]);
    const conclusion = this.#history.conclude(++this.#now * MILLISECOND);
    return {
      conclusion,
      counts,
      latencies,
      fingerprint: this.#trace.fingerprint.hex(),
      events: this.#trace.events,
    };
  }

  #step(kind: number, pick: number): void {
    const now = ++this.#now * MILLISECOND;
    if (kind < 3) this.#publish(pick, now);
    else if (kind < 6) this.#acknowledge(this.#some(pick), now);
    else if (kind < 9) this.#deliver(pick % 7 === 0 ? DORA : CARL, this.#some(pick), now);
    else if (pick % 4 === 0) this.#deliverRetained(pick, now);
    else if (pick % 4 === 1)
      this.#history.log.polled(DORA, "s", { ...this.#some(pick), offset: pick % 9 }, now);
    else if (pick % 4 === 2) this.#history.sessionLost(CARL, now);
    else this.#subscribeAnew(pick % 8 === 3 ? "s" : "t", pick % 3, now);
  }

  /** Somebody who subscribes is sent the latest of the topic's retained messages, or gets it live, or not at all. */
  #subscribeAnew(topic: string, how: number, now: number): void {
    this.#subscribe(CARL, topic, now);
    const retained = this.#published.findLast(({ retain, stream }) => retain && stream.topic === topic);
    if (retained === undefined) return;
    if (how === 0) this.#history.delivered(CARL, retained, DELIVERY_RETAINED, now);
    else if (how === 1) this.#deliver(CARL, { messages: [retained], from: 0, to: 1 }, now);
  }

  #subscribe(recipient: number, topic: string, now: number): void {
    this.#history.subscribing(recipient, topic, 1, now);
    this.#history.subscribed(recipient, topic, 1, now);
  }

  #publish(pick: number, now: number): void {
    const topic = pick % 4 === 0 ? "t" : "s";
    const publisher = pick % 5 === 0 ? BEN : ANNA;
    const retain = pick % 11 === 0;
    const count = (pick % 13 === 0 ? 40 : 1) + (pick % 6);
    this.#publishSome(publisher, topic, retain, count, now);
    if (pick % 9 > 1) return;
    // Somebody subscribes between messages of one instant.
    this.#subscribe(pick % 9 === 0 ? CARL : DORA, topic, now);
    this.#publishSome(publisher, topic, retain, count, now);
  }

  #publishSome(publisher: number, topic: string, retain: boolean, count: number, now: number): void {
    if (this.#atOnce && !retain) {
      this.#published.push(...this.#history.publishAll(publisher, topic, 1, 10, count, now));
      return;
    }
    for (let each = 0; each < count; each++) {
      this.#published.push(this.#history.publish(publisher, topic, 1, 10, retain, now));
    }
  }

  /** A stretch of one stream, mostly; sometimes of everything, with a message that nobody published. */
  #some(pick: number): { messages: Message[]; from: number; to: number } {
    const topic = pick % 6 === 0 ? "t" : "s";
    const of = this.#published.filter(({ stream }) => pick % 8 === 0 || stream.topic === topic);
    const begin = pick % Math.max(1, of.length);
    const messages = of.slice(begin, begin + 2 + (Math.floor(pick / 8) % 9));
    const made = messages[pick % 3];
    if (made !== undefined && pick % 13 === 0) {
      messages[pick % 3] = new Message(made.stream, made.index, made.publishedAt, 10, false);
    }
    const last = messages.at(-1);
    if (last !== undefined && pick % 19 === 0) messages.push(notYetPublished(last));
    if (pick % 17 === 0) messages.reverse();
    return { messages, from: Math.min(pick % 2, messages.length), to: messages.length };
  }

  #acknowledge({ messages }: { messages: Message[] }, now: number): void {
    if (this.#atOnce) this.#history.acknowledgedAll(messages, now);
    else for (const message of messages) this.#history.acknowledged(message, now);
  }

  #deliver(recipient: number, run: { messages: Message[]; from: number; to: number }, now: number): void {
    if (this.#atOnce) return this.#history.deliveredAll(recipient, run, now);
    for (const message of run.messages.slice(run.from, run.to)) {
      this.#history.delivered(recipient, message, DELIVERY_LIVE, now);
    }
  }

  #deliverRetained(pick: number, now: number): void {
    const message = this.#published[pick % Math.max(1, this.#published.length)];
    if (message !== undefined) this.#history.delivered(CARL, message, DELIVERY_RETAINED, now);
  }
}

const AT_STAKE = [
  "no-creation",
  "at-most-once",
  "ordered",
  "at-least-once",
  "acknowledged-durable",
  "retained",
] as const;

describe("messages told of at once", () => {
  it("come to the same as each alone", () => {
    const seen = new Map<string, number>();
    const picks = fc.array(fc.nat(0xffffff), { minLength: 5, maxLength: 60, size: "max" });
    fc.assert(
      fc.property(picks, fc.boolean(), fc.boolean(), (steps, messages, traced) => {
        const found = new Telling(true, messages, traced).run(steps);
        expect(found).toEqual(new Telling(false, messages, traced).run(steps));
        const { conclusion } = found as {
          conclusion: { checks: readonly { check: string; verdict: string }[] };
        };
        for (const { check, verdict } of conclusion.checks) {
          const key = `${check} ${verdict}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
      }),
      { seed: 22, numRuns: 1_000 },
    );
    for (const check of AT_STAKE) {
      for (const verdict of ["holds", "violated"]) {
        const often = (seen.get(`${check} ${verdict}`) ?? 0) > 20;
        expect({ check, verdict, often }).toEqual({ check, verdict, often: true });
      }
    }
  });
});
