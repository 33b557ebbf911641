import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { ANNA, BOB, CARL, Telling, told } from "./histories.js";

/** A retained message, acknowledged at 11 ms. */
function withRetained(): { telling: Telling; first: ReturnType<Telling["retain"]> } {
  const telling = new Telling();
  const first = telling.retain(10);
  telling.acknowledge(11, first);
  return { telling, first };
}

describe("retained", () => {
  it("holds when the newest comes", () => {
    const { telling, first } = withRetained();
    telling.subscribe(20);
    telling.deliverRetained(21, first);
    expect(telling.check("retained")).toMatchObject({ verdict: "holds", atRisk: 1, violations: 0 });
  });

  it("is unknown when nobody subscribes after a retained message was acknowledged", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.acknowledge(11, telling.retain(10));
    expect(telling.check("retained")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("is violated by an older one: stale-retained", () => {
    const { telling, first } = withRetained();
    const second = telling.retain(12);
    telling.acknowledge(13, second);
    telling.subscribe(20);
    telling.deliverRetained(21, first);
    telling.deliverRetained(22, second);
    const result = telling.check("retained");
    expect(result).toMatchObject({ verdict: "violated", violations: 1, atRisk: 2 });
    expect(result.witness?.what).toBe(
      "stale-retained: bob received anna/t/q1#0, which anna/t/q1#1 had replaced before it subscribed.",
    );
    expect(told(result)).toEqual([
      "10 published anna/t/q1#0 retain",
      "11 acknowledged anna/t/q1#0",
      "12 published anna/t/q1#1 retain",
      "13 acknowledged anna/t/q1#1",
      "20 subscribing bob t",
      "21 delivered anna/t/q1#0 to bob retained",
    ]);
  });

  it("is violated by a cleared one: ghost-retained", () => {
    const { telling, first } = withRetained();
    telling.acknowledge(13, telling.retain(12, 0));
    telling.subscribe(20);
    telling.deliverRetained(21, first);
    const result = telling.check("retained");
    expect(result).toMatchObject({ verdict: "violated", violations: 1 });
    expect(result.witness?.what).toMatch(/^ghost-retained: bob received anna\/t\/q1#0, which .* had cleared/);
  });

  it("is violated by one that was never to be retained, or is the clearing itself", () => {
    const telling = new Telling();
    telling.subscribe(1);
    telling.deliverRetained(11, telling.publish(10));
    telling.deliverRetained(13, telling.retain(12, 0));
    const result = telling.check("retained");
    expect(result).toMatchObject({ verdict: "violated", violations: 2 });
    expect(result.witness?.what).toContain("ghost-retained");
  });

  it("is violated when nothing comes: missing-retained", () => {
    const { telling } = withRetained();
    telling.subscribe(20);
    const result = telling.check("retained");
    expect(result).toMatchObject({ verdict: "violated", violations: 1, atRisk: 1 });
    expect(told(result)).toEqual([
      "10 published anna/t/q1#0 retain",
      "11 acknowledged anna/t/q1#0",
      "20 subscribing bob t",
      "20 subscribed bob t",
      "1000 ended",
    ]);
  });

  it("is unknown when what is missing is still held, or faults last", () => {
    const held = withRetained();
    held.telling.subscribe(20);
    held.telling.history.held(BOB, held.first);
    expect(held.telling.check("retained").verdict).toBe("unknown");
    const faulty = new Telling({ faulty: true });
    faulty.acknowledge(11, faulty.retain(10));
    faulty.subscribe(20);
    expect(faulty.check("retained").verdict).toBe("unknown");
  });

  it("asks for nothing at quality 0, published or granted", () => {
    const granted = withRetained();
    granted.telling.subscribe(20, BOB, "t", 0);
    expect(granted.telling.check("retained")).toMatchObject({ verdict: "unknown", violations: 0 });
    const published = new Telling();
    published.retain(10, 64, 0);
    published.subscribe(20);
    expect(published.check("retained")).toMatchObject({ verdict: "unknown", violations: 0 });
  });

  it("asks for nothing after a clearing that overlaps or follows", () => {
    for (const acknowledgedAt of [undefined, 15]) {
      const { telling } = withRetained();
      const clearing = telling.retain(12, 0);
      if (acknowledgedAt !== undefined) telling.acknowledge(acknowledgedAt, clearing);
      telling.subscribe(20);
      expect(telling.check("retained").violations).toBe(0);
    }
  });

  it("accepts either of two publications that overlap, and a newer one that comes live", () => {
    for (const winner of [0, 1]) {
      const telling = new Telling();
      const both = [telling.retain(10), telling.retain(10, 64, 1, CARL)] as const;
      telling.acknowledge(15, both[0]);
      telling.acknowledge(16, both[1]);
      telling.subscribe(20);
      telling.deliverRetained(21, both[winner] as (typeof both)[0]);
      expect(telling.check("retained").verdict).toBe("holds");
    }
    const { telling } = withRetained();
    telling.subscribe(20);
    telling.deliver(22, telling.retain(20));
    expect(telling.check("retained").verdict).toBe("holds");
  });

  it("lets an old copy pass that a former request explains", () => {
    const { telling, first } = withRetained();
    telling.subscribe(12);
    const second = telling.retain(13);
    telling.acknowledge(14, second);
    telling.subscribe(15);
    telling.deliverRetained(16, first);
    telling.deliverRetained(17, second);
    expect(telling.check("retained")).toMatchObject({ verdict: "holds", violations: 0 });
  });

  it("ends with the subscription and with the session", () => {
    const left = withRetained().telling;
    left.subscribe(20);
    left.history.unsubscribed(BOB, "t", 21 * MILLISECOND);
    expect(left.check("retained").violations).toBe(0);
    const lost = withRetained().telling;
    lost.subscribe(20);
    lost.history.sessionLost(BOB, 21 * MILLISECOND);
    expect(lost.check("retained").violations).toBe(0);
  });

  it("counts a will as in force where it is published", () => {
    const { telling, first } = withRetained();
    const will = { topic: "t", qos: 1, retain: true, payloadBytes: 8 };
    telling.history.willPublished(ANNA, will, 15 * MILLISECOND);
    telling.subscribe(20);
    telling.deliverRetained(21, first);
    expect(telling.check("retained").witness?.what).toContain("stale-retained");
  });
});
