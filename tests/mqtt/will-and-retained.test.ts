/** Wills and retained messages. */
import { describe, expect, it } from "vitest";
import { World } from "./support/world.js";

const SECOND = 1_000_000_000;
const HOUR = 3600 * SECOND;
const SCREEN = 1;
const persistent = { cleanStart: false, sessionExpiry: HOUR };

function withWill(will: Record<string, unknown>, sensor: Record<string, unknown> = {}, broker = {}): World {
  return new World({
    transport: "tcp",
    broker,
    clients: {
      sensor: { will: { topic: "gone/sensor", qos: 1, ...will }, reconnect: false, ...sensor } as never,
      screen: { subscribe: [{ filter: "#", qos: 1 }] },
    },
  }).wait(1);
}

const published = (world: World): string[] =>
  world.application.events.filter((event) => event.includes("will published"));
const due = (world: World): string[] =>
  world.application.events.filter((event) => event.includes("will due"));

describe("a will", () => {
  it("is published when the connection ends without a goodbye [MQTT-3.1.2-8]", () => {
    const world = withWill({});
    world.network.reset("sensor", "broker");
    world.wait(1);
    expect(due(world)).toEqual(["0 will due at 1 s"]);
    expect(published(world)).toEqual(["0 will published at 1 s"]);
    expect(world.application.indices(SCREEN, "gone/sensor")).toEqual([0]);
    expect(world.program("broker").metrics()["mqtt_wills_published"]).toBe(1);
  });

  it("is published when the client falls silent, after one and a half keep alives [MQTT-3.1.2-22]", () => {
    const world = new World({
      transport: "datagram",
      clients: {
        sensor: { will: { topic: "gone/sensor", qos: 1 }, keepAlive: 10 * SECOND, reconnect: false },
        screen: { subscribe: [{ filter: "#", qos: 1 }] },
      },
    }).wait(1);
    world.crash("sensor");
    world.wait(30);
    expect(published(world)).toEqual(["0 will published at 15.01 s"]);
  });

  it("is taken back by DISCONNECT [MQTT-3.1.2-10], and not by DISCONNECT with will", () => {
    const silent = withWill({});
    silent.perform("sensor", "disconnect", {});
    silent.wait(100);
    expect(published(silent)).toEqual([]);
    expect(silent.application.events).toContain("0 will none");
    const loud = withWill({});
    loud.perform("sensor", "disconnect", { withWill: true });
    loud.wait(1);
    expect(published(loud)).toHaveLength(1);
  });

  it.each([
    ["after its delay, if the session lives longer", 10, HOUR, "0 will published at 11 s"],
    ["when the session ends, if that is earlier", 10, 5 * SECOND, "0 will published at 6 s"],
    ["at once, if the session ends with the connection", 10, 0, "0 will published at 1 s"],
  ])("is published %s", (_when, delay, sessionExpiry, expected) => {
    const world = withWill({ delay: delay * SECOND }, { cleanStart: false, sessionExpiry });
    world.network.reset("sensor", "broker");
    world.wait(100);
    expect(published(world)).toEqual([expected]);
    expect(due(world)).toHaveLength(1);
  });

  it("is taken back by a connection within its delay [MQTT-3.1.3-9]", () => {
    const world = withWill(
      { delay: 10 * SECOND },
      { ...persistent, reconnect: true, reconnectDelay: SECOND },
    );
    world.network.reset("sensor", "broker");
    world.wait(100);
    expect(due(world)).toHaveLength(1);
    expect(published(world)).toEqual([]);
  });

  it("is published when another client takes over, unless it waits and the session goes on", () => {
    for (const [delay, session, count] of [
      [0, persistent, 1],
      [10 * SECOND, persistent, 0],
      [10 * SECOND, { cleanStart: true, sessionExpiry: HOUR }, 1],
    ] as const) {
      const world = new World({
        transport: "tcp",
        clients: {
          one: { clientId: "twin", reconnect: false, will: { topic: "w", delay }, ...session },
          two: { clientId: "twin", autoConnect: false, ...session },
        },
      }).wait(1);
      world.perform("two", "connect", {});
      world.wait(100);
      expect(published(world)).toHaveLength(count);
    }
  });

  it("survives a crash of a broker that keeps sessions on disk", () => {
    const world = withWill({}, persistent, { persistence: true });
    world.crash("broker");
    world.wait(1);
    world.start("broker");
    world.wait(1);
    expect(published(world)).toHaveLength(1);
  });

  it("can be retained for those who come later", () => {
    const world = withWill({ retain: true });
    world.network.reset("sensor", "broker");
    world.wait(1);
    world.perform("screen", "subscribe", { filter: "gone/+", qos: 1 });
    world.wait(1);
    expect(world.application.deliveries.filter(({ retained }) => retained)).toHaveLength(1);
  });
});

describe("a retained message", () => {
  function sensorAndScreen(screen: Record<string, unknown> = {}): World {
    return new World({ transport: "tcp", clients: { sensor: {}, screen: screen as never } }).wait(1);
  }
  const retained = (world: World): number[] =>
    world.application.deliveries.filter((each) => each.retained).map(({ message }) => message.index);

  it("is sent to a new subscriber, with RETAIN, and only the newest [MQTT-3.3.1-5] [MQTT-3.3.1-8]", () => {
    const world = sensorAndScreen();
    for (let n = 0; n < 3; n++) world.publish("sensor", "plant/1", 1, { retain: true });
    world.publish("sensor", "plant/1", 1);
    world.wait(1);
    world.perform("screen", "subscribe", { filter: "plant/+", qos: 1 });
    world.wait(1);
    expect(retained(world)).toEqual([2]);
    expect(world.packets("broker", "screen")).toContain("PUBLISH q1 #1 plant/1 retained");
  });

  it("goes to present subscribers without RETAIN [MQTT-3.3.1-12], or as published [MQTT-3.3.1-13]", () => {
    for (const retainAsPublished of [false, true]) {
      const world = sensorAndScreen({ subscribe: [{ filter: "#", qos: 0, retainAsPublished }] });
      world.publish("sensor", "plant/1", 0, { retain: true });
      world.wait(1);
      expect(retained(world)).toEqual([]);
      const expected = retainAsPublished ? "PUBLISH q0 plant/1 retained" : "PUBLISH q0 plant/1";
      expect(world.packets("broker", "screen")).toContain(expected);
    }
  });

  it("is cleared by one without bytes [MQTT-3.3.1-6]", () => {
    const world = sensorAndScreen();
    world.publish("sensor", "plant/1", 1, { retain: true });
    world.publish("sensor", "plant/2", 1, { retain: true });
    world.publish("sensor", "plant/1", 1, { retain: true, payload: 0 });
    world.wait(1);
    world.perform("screen", "subscribe", { filter: "plant/#", qos: 1 });
    world.wait(1);
    expect(world.application.deliveries.map(({ message }) => message.stream.topic)).toEqual(["plant/2"]);
    expect(world.program("broker").gauges()["mqtt_retained"]).toBe(1);
  });

  it("is sent at the smaller quality of service [MQTT-3.8.4-8]", () => {
    const world = sensorAndScreen();
    world.publish("sensor", "plant/1", 2, { retain: true });
    world.wait(1);
    world.perform("screen", "subscribe", { filter: "plant/1", qos: 0 });
    world.wait(1);
    expect(world.packets("broker", "screen")).toContain("PUBLISH q0 plant/1 retained");
  });

  it.each([
    [0, [2]], // always [MQTT-3.3.1-9]
    [1, [1]], // for a new subscription [MQTT-3.3.1-10]
    [2, [0]], // never [MQTT-3.3.1-11]
  ])("heeds retain handling %i", (retainHandling, [count]) => {
    const world = sensorAndScreen();
    world.publish("sensor", "plant/1", 1, { retain: true });
    world.wait(1);
    for (let n = 0; n < 2; n++) {
      world.perform("screen", "subscribe", { filter: "plant/1", qos: 1, retainHandling });
      world.wait(1);
    }
    expect(retained(world)).toHaveLength(count ?? 0);
  });
});

describe("subscribing", () => {
  it("is confirmed with the quality granted, and messages come at the smaller one [MQTT-3.8.4-8]", () => {
    const world = new World({
      transport: "tcp",
      clients: { sensor: {}, screen: { subscribe: [{ filter: "a", qos: 1 }] } },
    }).wait(1);
    expect(world.application.events).toContain("1 subscribed a q1");
    world.publish("sensor", "a", 2);
    world.publish("sensor", "a", 0);
    world.wait(1);
    const received = world.packets("broker", "screen").filter((packet) => packet.startsWith("PUBLISH"));
    expect(received).toEqual(["PUBLISH q1 #1 a", "PUBLISH q0 a"]);
  });

  it("twice to overlapping filters brings one copy, at the higher quality [MQTT-3.3.4-2]", () => {
    const world = new World({
      transport: "tcp",
      clients: {
        sensor: {},
        screen: {
          subscribe: [
            { filter: "a/#", qos: 0 },
            { filter: "a/+", qos: 2 },
            { filter: "a/b", qos: 1 },
          ],
        },
      },
    }).wait(1);
    world.publish("sensor", "a/b", 2);
    world.wait(1);
    const received = world.packets("broker", "screen").filter((packet) => packet.startsWith("PUBLISH"));
    expect(received).toEqual(["PUBLISH q2 #1 a/b"]);
  });

  it("to the same filter again replaces it [MQTT-3.8.4-3]", () => {
    const world = new World({ transport: "tcp", clients: { sensor: {}, screen: {} } }).wait(1);
    world.perform("screen", "subscribe", { filter: "a", qos: 0 });
    world.perform("screen", "subscribe", { filter: "a", qos: 1 });
    world.wait(1);
    world.publish("sensor", "a", 1);
    world.wait(1);
    const received = world.packets("broker", "screen").filter((packet) => packet.startsWith("PUBLISH"));
    expect(received).toEqual(["PUBLISH q1 #1 a"]);
  });

  it("without local messages does not bring one's own back [MQTT-3.8.3-3]", () => {
    const world = new World({
      transport: "tcp",
      clients: {
        sensor: { subscribe: [{ filter: "a", qos: 0, noLocal: true }] },
        screen: { subscribe: [{ filter: "a", qos: 0, noLocal: true }] },
      },
    }).wait(1);
    world.publish("sensor", "a", 0);
    world.wait(1);
    expect(world.application.deliveries.map(({ recipient }) => recipient)).toEqual([1]);
  });

  it("ends with UNSUBSCRIBE, also when asked for without a connection [MQTT-3.10.4-2]", () => {
    const world = new World({
      transport: "tcp",
      clients: {
        sensor: {},
        screen: { ...persistent, subscribe: [{ filter: "a", qos: 1 }] },
        other: { ...persistent, subscribe: [{ filter: "a", qos: 1 }] },
      },
    }).wait(1);
    const outcome = world.perform("screen", "unsubscribe", { filter: "a" });
    world.perform("other", "disconnect", {});
    world.perform("other", "unsubscribe", { filter: "a" });
    world.perform("other", "connect", {});
    world.wait(1);
    world.publish("sensor", "a", 1);
    world.wait(1);
    expect(world.application.deliveries).toEqual([]);
    expect(outcome.finished).toBe(1);
    expect(world.packets("other", "broker")).toContain("UNSUBSCRIBE #2 a");
  });

  it("to a shared subscription is refused, because the broker has none", () => {
    const world = new World({ transport: "tcp", trace: true, clients: { screen: {} } }).wait(1);
    world.perform("screen", "subscribe", { filter: "$share/g/a", qos: 1 });
    world.wait(1);
    expect(world.packets("broker", "screen")).toContain("SUBACK #1 0x9e");
    const notes = world.trace.events?.filter(({ type }) => type === "note");
    expect(notes).toMatchObject([{ text: "subscription to $share/g/a refused: 0x9e" }]);
  });
});
