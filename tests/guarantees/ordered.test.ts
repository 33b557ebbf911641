import { describe, expect, it } from "vitest";
import { ANNA, BOB, CARL, Telling, told } from "./histories.js";

describe("ordered", () => {
  it("holds when first deliveries follow publication, whatever is repeated or lost", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const [first, , third] = [telling.publish(10), telling.publish(11), telling.publish(12)];
    for (const message of [first, first, third, first, third]) telling.deliver(20, message);
    expect(telling.check("ordered")).toMatchObject({ verdict: "holds", atRisk: 1, violations: 0 });
  });

  it("is unknown when no two messages of a stream arrive at one recipient", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliver(20, telling.publish(10));
    telling.deliver(21, telling.publish(11, CARL));
    expect(telling.check("ordered")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("is violated by a message that arrives first after a later one, and shows both", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const [first, second, third] = [telling.publish(10), telling.publish(11), telling.publish(12)];
    telling.deliver(20, third);
    telling.deliver(21, first);
    telling.deliver(22, second);
    const result = telling.check("ordered");
    expect(result).toMatchObject({ verdict: "violated", atRisk: 2, violations: 2 });
    expect(result.witness?.what).toBe("bob received anna/t/q1#0 after anna/t/q1#2.");
    expect(told(result)).toEqual([
      "10 published anna/t/q1#0",
      "12 published anna/t/q1#2",
      "20 delivered anna/t/q1#2 to bob",
      "21 delivered anna/t/q1#0 to bob",
    ]);
    expect(telling.history.tally.outOfOrder).toBe(2);
  });

  it("promises nothing between topics, qualities, publishers and recipients", () => {
    const telling = new Telling();
    telling.subscribe(1, BOB, "all");
    telling.subscribe(1, CARL, "all");
    const earlier = [
      telling.publish(10, ANNA, "t", 1),
      telling.publish(11, ANNA, "t", 2),
      telling.publish(12, ANNA, "u", 1),
      telling.publish(13, CARL, "t", 1),
    ];
    for (const message of [...earlier].reverse()) telling.deliver(20, message);
    telling.deliver(21, telling.publish(14), BOB);
    telling.deliver(22, earlier[0] as (typeof earlier)[0], CARL);
    expect(telling.check("ordered").violations).toBe(0);
  });

  it("starts anew when the quality granted changes", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const [first, second] = [telling.publish(10), telling.publish(11)];
    telling.deliver(20, second);
    telling.subscribe(25, BOB, "t", 0);
    telling.deliver(30, first);
    expect(telling.check("ordered").violations).toBe(0);
  });

  it("starts anew with a new session", () => {
    const telling = new Telling();
    telling.subscribe(1);
    const [first, second] = [telling.publish(10), telling.publish(11)];
    telling.deliver(20, second);
    telling.history.sessionLost(BOB, 25);
    telling.subscribe(30);
    telling.deliver(31, first);
    expect(telling.check("ordered").violations).toBe(0);
  });
});
