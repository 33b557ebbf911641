/** The three qualities of service, end to end: what arrives over a network that loses packets or connections. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fate } from "./support/pipe-network.js";
import { World } from "./support/world.js";

const SCREEN = 1;

function pair(transport: "tcp" | "datagram", qos: number, more: Record<string, number | string> = {}): World {
  return new World({
    transport,
    clients: {
      sensor: more,
      screen: { subscribe: [{ filter: "plant/#", qos }], ...more },
    },
  });
}

describe("QoS 0, 1 and 2 without loss", () => {
  it.each([0, 1, 2])("delivers each QoS %i message once, in order, over a connection", (qos) => {
    const world = pair("tcp", qos).wait(1);
    const outcomes = Array.from({ length: 50 }, () => world.publish("sensor", "plant/1", qos));
    world.wait(10);
    expect(world.application.indices(SCREEN, "plant/1")).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(outcomes.every(({ finished }) => finished === 1)).toBe(true);
    expect(world.application.acknowledgedMessages).toHaveLength(qos === 0 ? 0 : 50);
  });

  it("is sent once at QoS 0, without identifier and DUP", () => {
    const world = pair("tcp", 0).wait(1);
    world.publish("sensor", "plant/1", 0);
    world.until(1_005);
    world.network.reset("sensor", "broker");
    world.wait(10);
    const sent = world.packets("sensor", "broker").filter((packet) => packet.startsWith("PUBLISH"));
    expect(sent).toEqual(["PUBLISH q0 plant/1"]);
  });

  it("takes two packets at QoS 1 and four at QoS 2 on each hop", () => {
    const world = pair("tcp", 2).wait(1);
    world.publish("sensor", "plant/1", 1);
    world.wait(1);
    world.publish("sensor", "plant/1", 2);
    world.wait(1);
    const own = world.packets("sensor", "broker").filter((packet) => packet.startsWith("PUB"));
    expect(own).toEqual(["PUBLISH q1 #1 plant/1", "PUBLISH q2 #2 plant/1", "PUBREL #2"]);
    const answers = world.packets("broker", "sensor").filter((packet) => packet.startsWith("PUB"));
    expect(answers).toEqual(["PUBACK #1", "PUBREC #2", "PUBCOMP #2"]);
  });
});

describe("over datagrams that get lost and come twice", () => {
  const fates = fc.array(fc.constantFrom<Fate>("arrives", "arrives", "arrives", "lost", "twice"), {
    minLength: 1,
    maxLength: 60,
  });

  function lossy(qos: number, pattern: readonly Fate[], count: number): World {
    const world = pair("datagram", qos);
    world.wait(1);
    const from = world.network.sent.length;
    world.network.fate = (_content, _from, _to, n) => pattern[n - from] ?? "arrives";
    for (let n = 0; n < count; n++) world.publish("sensor", "plant/1", qos);
    return world.wait(60);
  }

  it("QoS 1 delivers everything at least once", () => {
    const law = fc.property(fates, fc.integer({ min: 1, max: 30 }), (pattern, count) => {
      const world = lossy(1, pattern, count);
      const delivered = new Set(world.application.indices(SCREEN, "plant/1"));
      expect(delivered.size).toBe(count);
      expect(world.application.acknowledgedMessages).toHaveLength(count);
    });
    fc.assert(law, { seed: 11, numRuns: 200 });
  });

  it("QoS 2 delivers everything exactly once", () => {
    const law = fc.property(fates, fc.integer({ min: 1, max: 30 }), (pattern, count) => {
      const world = lossy(2, pattern, count);
      const delivered = world.application.indices(SCREEN, "plant/1");
      expect([...delivered].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
      expect(world.application.acknowledgedMessages).toHaveLength(count);
    });
    fc.assert(law, { seed: 12, numRuns: 200 });
  });
});
