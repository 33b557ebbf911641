/** What is wanted, entitled, delivered, lost, late and missed. */
import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { combine } from "../../src/guarantees/index.js";
import { ANNA, BOB, CARL, Telling } from "./histories.js";

function withRequests(): {
  readonly history: Telling["history"];
  readonly publish: (at: number) => void;
  readonly entitled: () => number;
} {
  const telling = new Telling();
  return {
    history: telling.history,
    publish: (at) => void telling.publish(at),
    entitled: () => telling.conclude().pairs.entitled,
  };
}

describe("the tally of pairs", () => {
  it("splits entitled pairs into delivered, lost and late", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.subscribe(1, CARL, "all");
    const [a, b, c] = [telling.publish(10), telling.publish(11), telling.publish(12)];
    telling.deliver(20, a);
    telling.deliver(20, a);
    telling.deliver(20, a, CARL);
    telling.deliver(21, b, CARL);
    telling.acknowledge(22, b);
    telling.history.held(BOB, c);
    expect(telling.conclude().pairs).toEqual({
      entitled: 6,
      delivered: 3,
      lost: 2,
      late: 1,
      acknowledgedLost: 1,
      wanted: 6,
      missed: 0,
    });
    expect(telling.history.tally).toMatchObject({ published: 3, acknowledged: 1, duplicates: 1 });
  });

  it("counts what was wanted and not promised as missed, unless it came", () => {
    const telling = new Telling();
    telling.history.subscribing(BOB, "t", 1, MILLISECOND);
    telling.publish(10);
    telling.deliver(12, telling.publish(11));
    telling.history.subscribed(BOB, "t", 1, 15 * MILLISECOND);
    telling.deliver(21, telling.publish(20));
    expect(telling.conclude().pairs).toMatchObject({
      entitled: 1,
      delivered: 1,
      lost: 0,
      wanted: 3,
      missed: 1,
    });
  });

  it("turns what a lost session owed, and what follows, into missed", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliver(11, telling.publish(10));
    telling.publish(12);
    telling.history.sessionLost(BOB, 15 * MILLISECOND);
    telling.publish(16);
    telling.subscribe(20);
    telling.publish(21);
    expect(telling.conclude().pairs).toMatchObject({
      entitled: 2,
      delivered: 1,
      lost: 1,
      wanted: 4,
      missed: 2,
    });
  });

  it("forgets the wish for what had not come when the application took it back", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliver(11, telling.publish(10));
    telling.publish(12);
    telling.history.unsubscribed(BOB, "t", 15 * MILLISECOND);
    telling.publish(16);
    expect(telling.conclude().pairs).toMatchObject({
      entitled: 1,
      delivered: 1,
      lost: 0,
      wanted: 1,
      missed: 0,
    });
  });

  it("gives no promise for the answer to a request that was taken back, though it was made again", () => {
    const { history, ...telling } = withRequests();
    history.subscribing(BOB, "t", 1, 1);
    history.unsubscribed(BOB, "t", 2);
    history.subscribing(BOB, "t", 1, 3);
    history.subscribed(BOB, "t", 1, 4);
    telling.publish(5);
    expect(telling.entitled()).toBe(0);
    history.subscribed(BOB, "t", 1, 6);
    telling.publish(7);
    expect(telling.entitled()).toBe(1);
  });

  it("expects no more answers from a session that was lost", () => {
    const { history, ...telling } = withRequests();
    history.subscribing(BOB, "t", 1, 1);
    history.sessionLost(BOB, 2);
    history.unsubscribed(BOB, "t", 3);
    history.subscribing(BOB, "t", 1, 4);
    history.subscribed(BOB, "t", 1, 5);
    telling.publish(6);
    expect(telling.entitled()).toBe(1);
  });

  it("holds on to a subscription as long as one of several filters stands", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.subscribe(1, BOB, "all");
    telling.publish(10);
    telling.history.unsubscribed(BOB, "t", 15 * MILLISECOND);
    telling.publish(16);
    expect(telling.conclude().pairs).toMatchObject({ entitled: 2, lost: 2, wanted: 2 });
  });

  it("entitles who subscribed before the first message of a stream", () => {
    const telling = new Telling();
    telling.subscribe(1, BOB, "all");
    telling.publish(10, ANNA, "new");
    telling.publish(11, CARL, "newer", 0);
    expect(telling.conclude().pairs).toMatchObject({ entitled: 2, lost: 2 });
  });

  it("leaves out what was published before the warm-up ended, and the checkers do not", () => {
    const telling = new Telling({ warmup: 100 * MILLISECOND });
    telling.subscribe(1);
    const before = [telling.publish(10), telling.publish(11), telling.publish(99)];
    const after = [telling.publish(100), telling.publish(101)];
    for (const message of [...before.slice(1), ...after]) {
      telling.acknowledge(110, message);
      telling.deliver(110, message);
      telling.deliver(111, message);
    }
    telling.acknowledge(110, before[0] as (typeof before)[0]);
    const { pairs, checks } = telling.conclude();
    expect(pairs).toMatchObject({ entitled: 2, delivered: 2, lost: 0, wanted: 2 });
    expect(telling.history.tally).toMatchObject({ published: 2, acknowledged: 2, duplicates: 2 });
    expect(telling.history.tally.latency.count).toBe(2);
    expect(checks.find(({ check }) => check === "at-least-once")).toMatchObject({ violations: 1, atRisk: 5 });
    expect(checks.find(({ check }) => check === "at-most-once")).toMatchObject({ violations: 4, atRisk: 4 });
  });

  it("takes latencies from live deliveries to the entitled, not from retained copies", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const message = telling.retain(10);
    telling.deliverRetained(15, message);
    telling.deliver(17, message);
    telling.deliver(18, message);
    expect(telling.history.tally.latency).toMatchObject({ count: 1, max: 7 * MILLISECOND });
    expect(telling.conclude().pairs).toMatchObject({ delivered: 1, entitled: 1, wanted: 1 });
  });

  it("times acknowledgements, and counts each message once as acknowledged or failed", () => {
    const telling = new Telling();
    const [a, b] = [telling.publish(10), telling.publish(10)];
    telling.acknowledge(14, a);
    telling.acknowledge(20, a);
    telling.history.failed(a, 21);
    telling.history.failed(b, 22);
    telling.history.failed(b, 23);
    expect(telling.history.tally).toMatchObject({ acknowledged: 1, failed: 1 });
    expect(telling.history.tally.acknowledgementLatency.max).toBe(4 * MILLISECOND);
  });
});

describe("rows of messages", () => {
  it("have one for each recipient that wanted the message or got it", () => {
    const telling = new Telling({ messages: true });
    telling.subscribe(1, CARL);
    telling.subscribe(1);
    const message = telling.publish(10);
    telling.acknowledge(12, message);
    telling.deliver(15, message);
    telling.deliver(16, message);
    const row = {
      message: "anna/t/q1#0",
      publisher: "anna",
      topic: "t",
      qos: 1,
      publishedAt: 10 * MILLISECOND,
      acknowledgedAt: 12 * MILLISECOND,
    };
    expect(telling.conclude().messages).toEqual([
      { ...row, recipient: "bob", deliveredAt: 15 * MILLISECOND, deliveries: 2 },
      { ...row, recipient: "carl", deliveredAt: null, deliveries: 0 },
    ]);
  });
});

describe("verdicts of several runs", () => {
  it("are violated if one is, else hold if one was at risk", () => {
    expect(combine(["holds", "unknown", "violated", "holds"])).toBe("violated");
    expect(combine(["unknown", "holds", "unknown"])).toBe("holds");
    expect(combine(["unknown", "unknown"])).toBe("unknown");
    expect(combine([])).toBe("unknown");
  });
});
