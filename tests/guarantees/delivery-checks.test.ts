/** no-creation, at-most-once, at-least-once, exactly-once, acknowledged-durable. */
import { describe, expect, it } from "vitest";
import { DELIVERY_LIVE, Message } from "../../src/trace/index.js";
import { MILLISECOND } from "../../src/kernel/index.js";
import { ANNA, BOB, CARL, Telling, named, told } from "./histories.js";

/** One message that was promised to Bob, acknowledged, and had all the time. */
function acknowledged(options: { faulty?: boolean } = {}): { telling: Telling; message: Message } {
  const telling = new Telling(options);
  telling.subscribe(1);
  const message = telling.publish(10);
  telling.acknowledge(20, message);
  return { telling, message };
}

describe("no-creation", () => {
  it("holds when what arrives was published and asked for", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    expect(telling.check("no-creation")).toEqual({
      check: "no-creation",
      verdict: "holds",
      atRisk: 1,
      violations: 0,
    });
  });

  it("is unknown when nothing arrives", () => {
    expect(acknowledged().telling.check("no-creation").verdict).toBe("unknown");
  });

  it("is violated by a message with a number that was not published yet", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, new Message(message.stream, 1, 25 * MILLISECOND, 64, false));
    const result = telling.check("no-creation");
    expect(result).toMatchObject({ verdict: "violated", violations: 1 });
    expect(result.witness?.what).toBe("bob received anna/t/q1#1, which nobody published.");
    expect(told(result)).toEqual(["30 delivered anna/t/q1#1 to bob"]);
  });

  it("is violated each time somebody gets what they never asked for", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message, CARL);
    telling.deliver(31, message, CARL);
    const result = telling.check("no-creation");
    expect(result).toMatchObject({ verdict: "violated", violations: 2 });
    expect(told(result)).toEqual(["10 published anna/t/q1#0", "30 delivered anna/t/q1#0 to carl"]);
  });

  it("lets pass what was on its way when the application took its request back", () => {
    const { telling, message } = acknowledged();
    telling.history.unsubscribed(BOB, "t", 25 * MILLISECOND);
    telling.deliver(30, message);
    const later = telling.publish(31, CARL);
    telling.deliver(32, later);
    expect(telling.check("no-creation").verdict).toBe("holds");
  });
});

describe("at-most-once", () => {
  it("holds when everything arrives once", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    expect(telling.check("at-most-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
  });

  it("is unknown when nothing arrives", () => {
    expect(acknowledged().telling.check("at-most-once").verdict).toBe("unknown");
  });

  it("is violated by a second delivery, and shows both", () => {
    const { telling, message } = acknowledged();
    telling.deliver(15, message);
    telling.deliver(30, message);
    telling.deliver(40, message);
    const result = telling.check("at-most-once");
    expect(result).toMatchObject({ verdict: "violated", violations: 2, atRisk: 1 });
    expect(result.witness?.what).toBe("bob received anna/t/q1#0 again.");
    expect(told(result)).toEqual([
      "10 published anna/t/q1#0",
      "15 delivered anna/t/q1#0 to bob",
      "20 acknowledged anna/t/q1#0",
      "30 delivered anna/t/q1#0 to bob",
    ]);
  });

  it("shows the first delivery although a thousand others came between", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    for (let i = 0; i < 1_000; i++) telling.deliver(31, telling.publish(31));
    telling.deliver(40, message);
    expect(told(telling.check("at-most-once"))).toContain("30 delivered anna/t/q1#0 to bob");
  });

  it("says so when the first delivery is too long ago to be shown", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    for (let at = 31; at < 5_031; at++) telling.deliver(at, telling.publish(at));
    telling.deliver(6_000, message);
    const result = telling.check("at-most-once");
    expect(result.witness?.what).toContain("more than 4,096 deliveries earlier");
    expect(told(result).filter((line) => line.includes("delivered"))).toEqual([
      "6000 delivered anna/t/q1#0 to bob",
    ]);
  });

  it("keeps deliveries of messages that follow each other, published and delivered at one time, as one", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    for (let i = 0; i < 5_000; i++) telling.deliver(31, telling.publish(31));
    telling.deliver(40, message);
    expect(told(telling.check("at-most-once"))).toContain("30 delivered anna/t/q1#0 to bob");
  });

  it("counts recipients apart", () => {
    const { telling, message } = acknowledged();
    telling.subscribe(5, CARL);
    telling.deliver(30, message);
    telling.deliver(30, message, CARL);
    expect(telling.check("at-most-once")).toMatchObject({ verdict: "holds", atRisk: 2 });
  });

  it("allows a copy for each of two filters that overlap, and no more", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.subscribe(1, BOB, "all");
    const message = telling.publish(10);
    telling.deliver(20, message);
    telling.deliver(21, message);
    const other = telling.publish(30);
    telling.deliver(31, other);
    telling.deliver(32, other);
    telling.deliver(33, other);
    const conclusion = telling.conclude();
    expect(named(conclusion, "at-most-once")).toMatchObject({ verdict: "violated", violations: 1 });
    expect(telling.history.tally.duplicates).toBe(1);
  });

  it("does not count retained copies", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const message = telling.retain(10);
    telling.acknowledge(11, message);
    telling.deliver(20, message);
    telling.subscribe(30);
    telling.deliverRetained(31, message);
    telling.deliverRetained(32, message);
    expect(telling.check("at-most-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
    expect(telling.history.tally.duplicates).toBe(0);
  });
});

describe("at-least-once", () => {
  it("holds when what was acknowledged arrives", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "holds", atRisk: 1, violations: 0 });
  });

  it("is violated by an acknowledged message that never arrives, and shows it", () => {
    const { telling } = acknowledged();
    for (let i = 0; i < 10_000; i++) {
      const message = telling.publish(100 + i);
      telling.acknowledge(101 + i, message);
      telling.deliver(102 + i, message);
    }
    const result = telling.check("at-least-once", 20_000);
    expect(result).toMatchObject({ verdict: "violated", atRisk: 10_001, violations: 1 });
    expect(result.witness?.what).toBe(
      "anna/t/q1#0 was acknowledged, was never delivered to bob and is held nowhere.",
    );
    expect(told(result)).toEqual([
      "1 subscribed bob",
      "10 published anna/t/q1#0",
      "20 acknowledged anna/t/q1#0",
      "20000 ended",
    ]);
  });

  it.each([1, 100, 5_000])("shows the first of a tail of %i lost messages", (tail) => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    for (let i = 0; i < tail; i++) telling.acknowledge(101 + i, telling.publish(100 + i));
    const result = telling.check("at-least-once", 20_000);
    expect(result).toMatchObject({ verdict: "violated", violations: tail });
    expect(told(result)).toContain("100 published anna/t/q1#1");
    expect(told(result)).toContain("101 acknowledged anna/t/q1#1");
  });

  it("shows a lost message among hundreds in flight, and one of several recipients", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.subscribe(1, CARL);
    const messages = Array.from({ length: 3_000 }, (_, i) => telling.publish(10 + i));
    for (const message of messages) telling.acknowledge(4_000, message);
    for (const message of messages) telling.deliver(4_100, message);
    for (const message of messages) if (message.index !== 1_234) telling.deliver(4_200, message, CARL);
    const result = telling.check("at-least-once", 20_000);
    expect(result).toMatchObject({ violations: 1, atRisk: 6_000 });
    expect(result.witness?.what).toContain("anna/t/q1#1234 was acknowledged, was never delivered to carl");
    expect(told(result)).toContain("1244 published anna/t/q1#1234");
  });

  it("is unknown while the message is held for its recipient", () => {
    const { telling, message } = acknowledged();
    telling.history.held(BOB, message);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "unknown", atRisk: 1, violations: 0 });
  });

  it("is unknown while a publisher holds the message for everybody", () => {
    const { telling, message } = acknowledged();
    telling.history.held(-1, message);
    expect(telling.check("at-least-once").verdict).toBe("unknown");
  });

  it("is unknown while faults last", () => {
    const { telling } = acknowledged({ faulty: true });
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "unknown", violations: 0 });
  });

  it("is unknown when the history was cut short", () => {
    const { telling } = acknowledged();
    const result = named(telling.history.conclude(50 * MILLISECOND, false), "at-least-once");
    expect(result).toMatchObject({ verdict: "unknown", violations: 0 });
  });

  it("asks nothing for a message that was not acknowledged", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.publish(10);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("asks nothing at quality 0, published or granted", () => {
    const telling = new Telling();
    telling.subscribe(1, BOB, "t", 0);
    telling.acknowledge(11, telling.publish(10));
    telling.deliver(11, telling.publish(10, ANNA, "t", 0));
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("promises nothing before the subscription is confirmed", () => {
    const telling = new Telling();
    telling.history.subscribing(BOB, "t", 1, MILLISECOND);
    telling.acknowledge(11, telling.publish(10));
    telling.history.subscribed(BOB, "t", 1, 12 * MILLISECOND);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("promises nothing of what was not delivered when the session was lost", () => {
    const { telling } = acknowledged();
    telling.history.sessionLost(BOB, 30 * MILLISECOND);
    telling.acknowledge(41, telling.publish(40));
    telling.subscribe(50);
    const message = telling.publish(60);
    telling.acknowledge(61, message);
    telling.deliver(62, message);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
  });

  it("counts what a promise kept before it ended as having been at risk", () => {
    const { telling, message } = acknowledged();
    telling.deliver(25, message);
    telling.history.unsubscribed(BOB, "t", 30 * MILLISECOND);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
  });

  it("keeps the promise for what was published before the quality granted changed", () => {
    const { telling } = acknowledged();
    telling.subscribe(30, BOB, "t", 0);
    telling.acknowledge(41, telling.publish(40));
    const result = telling.check("at-least-once");
    expect(result).toMatchObject({ verdict: "violated", atRisk: 1, violations: 1 });
    expect(result.witness?.what).toContain("anna/t/q1#0");
  });

  it("is kept by a retained copy that comes instead", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const message = telling.retain(10);
    telling.acknowledge(11, message);
    telling.subscribe(12);
    telling.deliverRetained(13, message);
    expect(telling.check("at-least-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
  });
});

describe("exactly-once", () => {
  it("holds when both halves hold", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    expect(telling.check("exactly-once")).toMatchObject({ verdict: "holds", atRisk: 1 });
  });

  it("is violated by a repetition, and by a loss", () => {
    const repeated = acknowledged();
    repeated.telling.deliver(30, repeated.message);
    repeated.telling.deliver(31, repeated.message);
    expect(repeated.telling.check("exactly-once")).toMatchObject({ verdict: "violated", violations: 1 });
    const lost = acknowledged().telling.check("exactly-once");
    expect(lost).toMatchObject({ verdict: "violated", violations: 1 });
    expect(told(lost)).toContain("20 acknowledged anna/t/q1#0");
  });

  it("is unknown when only one half was at risk", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliver(12, telling.publish(10, ANNA, "t", 0));
    expect(telling.check("exactly-once")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });
});

describe("acknowledged-durable", () => {
  it("holds when what was acknowledged arrived or is still held", () => {
    const { telling, message } = acknowledged();
    telling.deliver(30, message);
    const waiting = telling.publish(40);
    telling.acknowledge(41, waiting);
    telling.history.held(BOB, waiting);
    expect(telling.check("acknowledged-durable")).toMatchObject({ verdict: "holds", atRisk: 2 });
  });

  it("is unknown when nothing was acknowledged", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliver(11, telling.publish(10));
    expect(telling.check("acknowledged-durable").verdict).toBe("unknown");
  });

  it("is violated also while faults last", () => {
    const { telling } = acknowledged({ faulty: true });
    const result = telling.check("acknowledged-durable");
    expect(result).toMatchObject({ verdict: "violated", violations: 1, atRisk: 1 });
    expect(told(result)).toEqual([
      "1 subscribed bob",
      "10 published anna/t/q1#0",
      "20 acknowledged anna/t/q1#0",
      "1000 ended",
    ]);
  });

  it("is violated by what a forgotten session took with it, at-least-once is not", () => {
    const { telling } = acknowledged();
    telling.history.sessionLost(BOB, 30 * MILLISECOND, true);
    const conclusion = telling.conclude();
    expect(named(conclusion, "acknowledged-durable")).toMatchObject({ verdict: "violated", violations: 1 });
    expect(named(conclusion, "at-least-once").verdict).toBe("unknown");
    expect(told(named(conclusion, "acknowledged-durable"))).toContain("10 published anna/t/q1#0");
  });

  it("is not violated by a session that ended by the rules", () => {
    const { telling } = acknowledged();
    telling.history.sessionLost(BOB, 30 * MILLISECOND);
    expect(telling.check("acknowledged-durable").violations).toBe(0);
  });
});

describe("a delivery of another run's message", () => {
  it("is one that nobody published", () => {
    const { telling } = acknowledged();
    const foreign = new Telling().publish(1);
    telling.history.delivered(BOB, foreign, DELIVERY_LIVE, 5);
    expect(telling.check("no-creation").verdict).toBe("violated");
  });
});
