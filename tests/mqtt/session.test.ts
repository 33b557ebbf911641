/** Sessions: what is remembered from one connection to the next, and what is not. */
import { describe, expect, it } from "vitest";
import { World } from "./support/world.js";

const SENSOR = 0;
const SCREEN = 1;
const HOUR = 3_600_000_000_000;
const persistent = { cleanStart: false, sessionExpiry: HOUR };
const all = (qos: number): { subscribe: { filter: string; qos: number }[] } => ({
  subscribe: [{ filter: "plant/#", qos }],
});
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);

function publishSome(w: World, count: number, qos: number): void {
  for (let n = 0; n < count; n++) w.publish("sensor", "plant/1", qos);
}

function world(screen: Record<string, unknown>, broker: Record<string, unknown> = {}, sensor = {}): World {
  return new World({
    transport: "tcp",
    broker: broker as never,
    clients: { sensor: sensor as never, screen: screen as never },
  }).wait(1);
}

describe("a subscriber that was away", () => {
  it.each([1, 2])("gets what was published meanwhile at QoS %i, if its session persists", (qos) => {
    const w = world({ ...all(qos), ...persistent });
    w.perform("screen", "disconnect", {});
    w.wait(1);
    publishSome(w, 30, qos);
    w.wait(1);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([]);
    w.perform("screen", "connect", {});
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(30));
    expect(w.application.events.filter((event) => event.includes("lost"))).toEqual([]);
  });

  it("gets nothing of it, and knows that its session is lost, if the session is clean", () => {
    const w = world(all(1));
    w.perform("screen", "disconnect", {});
    w.wait(1);
    w.publish("sensor", "plant/1", 1);
    w.perform("screen", "connect", {});
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([]);
    expect(w.application.events).toContain("1 session lost at 1 s");
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([1]);
  });

  it("keeps the first of what the queue has room for", () => {
    const w = world({ ...all(1), ...persistent }, { maxQueued: 10 });
    w.perform("screen", "disconnect", {});
    w.wait(1);
    publishSome(w, 30, 1);
    w.wait(1);
    w.perform("screen", "connect", {});
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(10));
    expect(w.program("broker").metrics()["mqtt_queue_dropped"]).toBe(20);
    expect(w.application.acknowledgedMessages).toHaveLength(30);
  });

  it("keeps the last of it, if the broker drops the oldest", () => {
    const w = world({ ...all(1), ...persistent }, { maxQueued: 10, whenFull: "drop-oldest" });
    w.perform("screen", "disconnect", {});
    w.wait(1);
    publishSome(w, 30, 1);
    w.wait(1);
    w.perform("screen", "connect", {});
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(10, 20));
  });

  it.each([
    [false, 0],
    [true, 3],
  ])("gets QoS 0 messages only if the broker queues them (%s)", (queueQos0, count) => {
    const w = world({ ...all(0), ...persistent }, { queueQos0 });
    w.perform("screen", "disconnect", {});
    w.wait(1);
    publishSome(w, 3, 0);
    w.perform("screen", "connect", {});
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(count));
  });

  it("finds its session before the expiry and not after it [MQTT-3.1.2-23]", () => {
    const session = { ...all(1), cleanStart: false, sessionExpiry: 10_000_000_000 };
    for (const [away, resumed] of [
      [9, 1],
      [11, 0],
    ] as const) {
      const w = world(session);
      w.perform("screen", "disconnect", {});
      w.wait(1);
      w.publish("sensor", "plant/1", 1);
      w.wait(away - 1);
      w.perform("screen", "connect", {});
      w.wait(1);
      expect(w.program("screen").metrics()["mqtt_sessions_resumed"]).toBe(resumed);
      expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(resumed));
      expect(w.program("broker").metrics()["mqtt_sessions_expired"]).toBe(1 - resumed);
      const lost = w.application.events.filter((event) => event.includes("session lost"));
      expect(lost).toEqual(resumed === 1 ? [] : ["1 session lost at 11 s"]);
    }
  });

  it("gets at most as long an expiry as the broker allows", () => {
    const w = world({ ...all(1), ...persistent }, { sessionExpiryMax: 5_000_000_000 });
    w.perform("screen", "disconnect", {});
    w.wait(6);
    expect(w.program("broker").gauges()["mqtt_sessions"]).toBe(1);
    expect(w.application.events).toContain("1 session lost at 6 s");
  });

  it("keeps its session in 3.1.1 for as long as the broker likes", () => {
    const w = world({ ...all(1), version: "3.1.1", cleanStart: false });
    w.perform("screen", "disconnect", {});
    w.wait(100_000);
    w.publish("sensor", "plant/1", 1);
    w.perform("screen", "connect", {});
    w.wait(1);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0]);
  });

  it("loses the old session by a clean start [MQTT-3.1.2-4]", () => {
    const w = world({ ...all(1), cleanStart: true, sessionExpiry: HOUR });
    w.perform("screen", "disconnect", {});
    w.wait(1);
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    w.perform("screen", "connect", {});
    w.wait(2);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([]);
    expect(w.program("screen").metrics()["mqtt_sessions_resumed"]).toBe(0);
  });
});

describe("a connection that breaks", () => {
  function broken(qos: number, sensor: Record<string, unknown>): World {
    const w = world(all(qos), {}, sensor);
    publishSome(w, 3, qos);
    w.until(1_015); // the messages have arrived, their acknowledgements not
    w.network.reset("sensor", "broker");
    return w.wait(10);
  }

  it("has unacknowledged QoS 1 messages sent again, with DUP, in order, once [MQTT-4.4.0-1]", () => {
    const w = broken(1, persistent);
    const sent = w.packets("sensor", "broker").filter((packet) => packet.startsWith("PUBLISH"));
    expect(sent).toEqual([
      "PUBLISH q1 #1 plant/1",
      "PUBLISH q1 #2 plant/1",
      "PUBLISH q1 #3 plant/1",
      "PUBLISH again q1 #1 plant/1",
      "PUBLISH again q1 #2 plant/1",
      "PUBLISH again q1 #3 plant/1",
    ]);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0, 1, 2, 0, 1, 2]);
    expect(w.program("sensor").metrics()["mqtt_packets_dup"]).toBe(3);
  });

  it("repeats no QoS 2 message while both sides remember [MQTT-4.3.3-10]", () => {
    const w = broken(2, persistent);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0, 1, 2]);
    expect(w.application.acknowledgedMessages).toHaveLength(3);
  });

  it("has the PUBREL sent again when the message is known to have arrived", () => {
    const w = world(all(2), {}, persistent);
    w.publish("sensor", "plant/1", 2);
    w.until(1_035); // PUBREL has arrived, PUBCOMP not
    w.network.reset("sensor", "broker");
    w.wait(10);
    const own = w.packets("sensor", "broker").filter((packet) => packet.startsWith("PUB"));
    expect(own).toEqual(["PUBLISH q2 #1 plant/1", "PUBREL #1", "PUBREL again #1"]);
    expect(w.packets("broker", "sensor")).toContain("PUBCOMP #1 0x92");
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0]);
    expect(w.application.acknowledgedMessages).toHaveLength(1);
  });

  it("repeats a QoS 2 message that is published anew after the session was lost", () => {
    const w = broken(2, {});
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0, 1, 2, 0, 1, 2]);
    expect(w.packets("sensor", "broker").filter((packet) => packet.includes("again"))).toEqual([]);
  });

  it("makes in-flight messages fail, if the client does not publish them anew", () => {
    const w = broken(2, { republish: false });
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0, 1, 2]);
    expect(w.application.failedMessages.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(w.application.acknowledgedMessages).toEqual([]);
  });

  it("keeps to a window that became smaller, also with what is sent again", () => {
    const w = world(all(1), { receiveMaximum: 65_535 }, { ...persistent, maxInflight: 4 });
    publishSome(w, 12, 1);
    w.until(1_005);
    w.network.reset("sensor", "broker");
    const before = w.network.sent.length;
    w.until(2_045);
    const first = w.network.sent.slice(before).filter(({ content }) => content.describe().name === "PUBLISH");
    expect(first.filter(({ from }) => from === "sensor")).toHaveLength(4);
    w.wait(20);
    expect(new Set(w.application.indices(SCREEN, "plant/1")).size).toBe(12);
  });
});

describe("a client without a connection", () => {
  it("queues QoS 1 and 2 up to its limit and reports what it drops", () => {
    const w = world(all(1), {}, { autoConnect: false, maxQueued: 5 });
    const outcomes = numbers(8).map(() => w.publish("sensor", "plant/1", 1));
    expect(w.application.failedMessages.map(({ index }) => index)).toEqual([5, 6, 7]);
    w.perform("sensor", "connect", {});
    w.wait(2);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(5));
    expect(outcomes.map(({ finished }) => finished)).toEqual(numbers(8).map(() => 1));
    expect(w.program("sensor").metrics()["mqtt_queue_dropped"]).toBe(3);
  });

  it("drops the oldest, if it is told to", () => {
    const w = world(all(1), {}, { autoConnect: false, maxQueued: 5, whenFull: "drop-oldest" });
    publishSome(w, 8, 1);
    w.perform("sensor", "connect", {});
    w.wait(2);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(numbers(5, 3));
  });

  it.each([
    [false, []],
    [true, [0, 1]],
  ])("fails QoS 0 messages unless it queues them (%s)", (queueQos0, delivered) => {
    const w = world(all(0), {}, { autoConnect: false, queueQos0 });
    w.publish("sensor", "plant/1", 0);
    w.publish("sensor", "plant/1", 0);
    expect(w.application.failedMessages).toHaveLength(queueQos0 ? 0 : 2);
    w.perform("sensor", "connect", {});
    w.wait(2);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual(delivered);
  });

  it("tells what it still holds at the end", () => {
    const w = world(all(1), {}, { autoConnect: false });
    w.publish("sensor", "plant/1", 1);
    w.program("sensor").reportHeld(w.application);
    expect(w.application.heldMessages.map(({ recipient, message }) => [recipient, message.index])).toEqual([
      [-1, 0],
    ]);
  });
});

describe("a crash", () => {
  it("of the broker loses sessions, queues and retained messages in memory", () => {
    const w = world({ ...all(1), ...persistent });
    w.publish("sensor", "plant/1", 1, { retain: true });
    w.wait(1);
    w.crash("broker");
    w.wait(1);
    w.start("broker");
    w.wait(10);
    expect(w.program("screen").metrics()).toMatchObject({ mqtt_connects: 2, mqtt_sessions_resumed: 0 });
    expect(w.application.events.filter((event) => event.startsWith("1 session lost"))).toHaveLength(1);
    expect(w.program("broker").gauges()["mqtt_retained"]).toBe(0);
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0, 1]);
  });

  it("of the broker loses nothing that is kept on disk", () => {
    const w = world({ ...all(1), ...persistent }, { persistence: true });
    w.perform("screen", "disconnect", {});
    w.publish("sensor", "plant/1", 1, { retain: true });
    w.wait(1);
    w.crash("broker");
    w.wait(1);
    w.start("broker");
    w.wait(1);
    w.perform("screen", "connect", {});
    w.wait(10);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0]);
    expect(w.program("broker").gauges()["mqtt_retained"]).toBe(1);
    expect(w.application.events.filter((event) => event.includes("session lost"))).toEqual([]);
  });

  it("of a subscriber leaves its persistent session to be taken up again", () => {
    const w = world({ ...all(1), ...persistent });
    w.crash("screen");
    w.wait(1);
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    w.start("screen");
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0]);
    expect(w.program("screen").metrics()["mqtt_sessions_resumed"]).toBe(1);
  });

  it("of a subscriber that starts over ends that session, where 5.0 is taken at its word [MQTT-3.2.2-4]", () => {
    const w = world({ ...all(1), ...persistent, unknownSession: "restart" });
    w.crash("screen");
    w.wait(1);
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    w.start("screen");
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([]);
    expect(w.packets("screen", "broker").filter((packet) => packet.startsWith("CONNECT"))).toEqual([
      "CONNECT screen",
      "CONNECT screen",
      "CONNECT screen clean",
    ]);
  });

  it("of a publisher forgets what was in flight, told to nobody", () => {
    const w = world(all(1), {}, persistent);
    const outcome = w.publish("sensor", "plant/1", 1);
    w.until(1_005);
    w.crash("sensor");
    expect(outcome.finished).toBe(1);
    w.wait(1);
    w.start("sensor");
    w.wait(5);
    expect(w.application.acknowledgedMessages).toEqual([]);
    expect(w.application.failedMessages).toEqual([]);
  });

  it("of a publisher that keeps its session on disk has it sent again", () => {
    const w = world(all(2), {}, { ...persistent, persistence: true });
    const outcome = w.publish("sensor", "plant/1", 2);
    w.until(1_015);
    w.crash("sensor");
    w.wait(1);
    w.start("sensor");
    w.wait(5);
    expect(w.application.indices(SCREEN, "plant/1")).toEqual([0]);
    expect(w.application.acknowledgedMessages).toHaveLength(1);
    expect(outcome.finished).toBe(1);
  });
});

describe("two connections with one client identifier", () => {
  it("leave the newer one [MQTT-3.1.4-3]", () => {
    const w = new World({
      transport: "tcp",
      clients: {
        one: { clientId: "twin", reconnect: false },
        two: { clientId: "twin", autoConnect: false, reconnect: false },
      },
    }).wait(1);
    w.perform("two", "connect", {});
    w.wait(1);
    expect(w.packets("broker", "one")).toContain("DISCONNECT 0x8e");
    expect(w.program("broker").metrics()["mqtt_take_overs"]).toBe(1);
    expect(w.program("broker").gauges()["mqtt_sessions"]).toBe(1);
    expect(w.program("one").snapshot()).toMatchObject({ phase: "disconnected" });
    expect(w.program("two").snapshot()).toMatchObject({ phase: "connected" });
  });

  it("fight for it, if both reconnect", () => {
    const w = new World({
      transport: "tcp",
      clients: { one: { clientId: "twin" }, two: { clientId: "twin" } },
    }).wait(20);
    expect(w.program("broker").metrics()["mqtt_take_overs"]).toBeGreaterThan(10);
  });

  it("hand the session over with what waits in it", () => {
    const w = new World({
      transport: "tcp",
      clients: {
        sensor: {},
        one: { ...all(1), ...persistent, clientId: "twin", reconnect: false },
        two: { ...all(1), ...persistent, clientId: "twin", autoConnect: false },
      },
    }).wait(1);
    w.perform("one", "disconnect", {});
    w.publish("sensor", "plant/1", 1);
    w.wait(1);
    w.perform("two", "connect", {});
    w.wait(1);
    expect(w.application.indices(2, "plant/1")).toEqual([0]);
    expect(w.application.indices(SENSOR, "plant/1")).toEqual([]);
  });
});
