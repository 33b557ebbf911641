/** Keep alive on both sides, attempts to connect, and what is repeated over datagrams. */
import { describe, expect, it } from "vitest";
import { World } from "./support/world.js";

const SECOND = 1_000_000_000;

function alone(transport: "tcp" | "datagram", options: Record<string, number | string | boolean>): World {
  return new World({ transport, clients: { sensor: options } });
}

/** From now on nothing gets through. */
function silence(world: World): void {
  world.network.fate = () => "lost";
}

describe("keep alive", () => {
  it("has an idle client ping, and the broker answer [MQTT-3.1.2-20] [MQTT-3.12.4-1]", () => {
    const world = alone("tcp", { keepAlive: 10 * SECOND }).wait(100);
    expect(world.program("sensor").metrics()["mqtt_pings"]).toBe(9);
    expect(world.packets("broker", "sensor").filter((packet) => packet === "PINGRESP")).toHaveLength(9);
    expect(world.program("sensor").metrics()["mqtt_connects"]).toBe(1);
  });

  it("does not ping a broker that it talks to anyway", () => {
    const world = alone("tcp", { keepAlive: 10 * SECOND }).wait(1);
    for (let n = 0; n < 20; n++) {
      world.publish("sensor", "plant/1", 1);
      world.wait(5);
    }
    expect(world.program("sensor").metrics()["mqtt_pings"]).toBe(0);
  });

  it("pings a broker that takes everything and says nothing", () => {
    const world = alone("tcp", { keepAlive: 10 * SECOND }).wait(1);
    for (let n = 0; n < 20; n++) {
      world.publish("sensor", "plant/1", 0);
      world.wait(5);
    }
    expect(world.program("sensor").metrics()["mqtt_pings"]).toBeGreaterThan(5);
  });

  it("is off at 0", () => {
    const world = alone("tcp", { keepAlive: 0 }).wait(10_000);
    expect(world.program("sensor").metrics()["mqtt_pings"]).toBe(0);
    expect(world.program("broker").metrics()["mqtt_keep_alive_timeouts"]).toBe(0);
    expect(world.program("sensor").metrics()["mqtt_connects"]).toBe(1);
  });

  it("has the client give up after the ping timeout and connect again", () => {
    const world = alone("datagram", { keepAlive: 10 * SECOND }).wait(1);
    silence(world);
    world.until(14_900);
    expect(world.program("sensor").snapshot()).toMatchObject({ phase: "connected" });
    world.until(15_100);
    expect(world.program("sensor").snapshot()).toMatchObject({ phase: "waiting" });
    world.network.fate = () => "arrives";
    world.wait(5);
    expect(world.program("sensor").metrics()["mqtt_connects"]).toBe(2);
  });

  it.each([
    [10, 15],
    [4, 6],
  ])("of %i s has the broker close after %i s of silence [MQTT-3.1.2-22]", (keepAlive, closes) => {
    const world = alone("datagram", { keepAlive: keepAlive * SECOND });
    silence(world);
    world.network.fate = (_content, _from, _to, n) => (n < 1 ? "arrives" : "lost");
    world.until(closes * 1_000);
    expect(world.program("broker").metrics()["mqtt_keep_alive_timeouts"]).toBe(0);
    world.until(closes * 1_000 + 20);
    expect(world.program("broker").metrics()["mqtt_keep_alive_timeouts"]).toBe(1);
  });
});

describe("connecting", () => {
  it("is given up after the CONNACK timeout and tried again after the delay", () => {
    const world = alone("datagram", { connackTimeout: 5 * SECOND, retryInterval: 100 * SECOND });
    silence(world);
    world.until(20_000);
    const connects = world.network.sent.map(({ at }) => at / SECOND);
    expect(connects).toEqual([0, 6, 12, 18]);
  });

  it("waits twice as long after each failure, up to the limit", () => {
    const world = alone("datagram", {
      connackTimeout: SECOND,
      retryInterval: 100 * SECOND,
      reconnectDelay: SECOND,
      reconnectDelayMax: 8 * SECOND,
    });
    silence(world);
    world.until(40_000);
    const connects = world.network.sent.map(({ at }) => at / SECOND);
    expect(connects.map((at, n) => at - (connects[n - 1] ?? 0))).toEqual([0, 2, 3, 5, 9, 9, 9]);
  });

  it("draws the delay from its last part with jitter", () => {
    const world = alone("datagram", {
      connackTimeout: SECOND,
      retryInterval: 100 * SECOND,
      reconnectDelay: 10 * SECOND,
      reconnectDelayMax: 10 * SECOND,
      reconnectJitter: 0.5,
    });
    silence(world);
    world.until(300_000);
    const connects = world.network.sent.map(({ at }) => at / SECOND);
    const waits = connects.slice(1).map((at, n) => at - (connects[n] ?? 0) - 1);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10);
    expect(new Set(waits).size).toBeGreaterThan(10);
  });

  it("goes on after the broker was down", () => {
    const world = alone("tcp", {}).wait(1);
    world.crash("broker");
    world.wait(5);
    world.start("broker");
    world.wait(5);
    expect(world.program("sensor").metrics()["mqtt_connects"]).toBe(2);
  });

  it("is not repeated where reconnecting is off", () => {
    const world = alone("tcp", { reconnect: false }).wait(1);
    world.network.reset("sensor", "broker");
    world.wait(100);
    expect(world.program("sensor").snapshot()).toMatchObject({ phase: "disconnected" });
  });
});

describe("over datagrams", () => {
  it("CONNECT, SUBSCRIBE and PINGREQ are sent again until they are answered", () => {
    const world = new World({
      transport: "datagram",
      clients: { screen: { subscribe: [{ filter: "plant/#", qos: 1 }], keepAlive: 10 * SECOND } },
    });
    const lost: string[] = [];
    world.network.fate = (content) => {
      const { name } = content.describe();
      const first = lost.filter((each) => each === name).length < 2;
      if (first) lost.push(name);
      return first ? "lost" : "arrives";
    };
    world.wait(14);
    const sent = world.packets("screen", "broker").map((packet) => packet.split(" ")[0]);
    expect(sent).toEqual([
      ...["CONNECT", "CONNECT", "CONNECT", "CONNECT", "CONNECT"],
      ...["SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE"],
      ...["PINGREQ", "PINGREQ", "PINGREQ", "PINGREQ", "PINGREQ"],
    ]);
    expect(world.program("screen").metrics()["mqtt_connects"]).toBe(1);
    expect(world.application.events).toContain("0 subscribed plant/# q1");
  });

  it("a broker that was restarted tells strangers to connect again", () => {
    const world = new World({
      transport: "datagram",
      clients: { sensor: {}, screen: { subscribe: [{ filter: "plant/#", qos: 1 }] } },
    }).wait(1);
    world.crash("broker");
    world.start("broker");
    world.publish("sensor", "plant/1", 1);
    world.wait(5);
    expect(world.packets("broker", "sensor")).toContain("DISCONNECT 0x82");
    expect(world.program("sensor").metrics()["mqtt_connects"]).toBe(2);
    expect(world.application.acknowledgedMessages).toHaveLength(1);
  });

  it("nothing is sent again on a connection that loses nothing", () => {
    const world = new World({
      transport: "tcp",
      clients: {
        sensor: { retryInterval: 1_000_000 },
        screen: { retryInterval: 1_000_000, subscribe: [{ filter: "plant/#", qos: 2 }] },
      },
    }).wait(1);
    for (let n = 0; n < 20; n++) world.publish("sensor", "plant/1", 2);
    world.wait(10);
    expect(world.program("sensor").metrics()["mqtt_packets_dup"]).toBe(0);
    expect(world.packets("sensor", "broker").filter((packet) => packet.startsWith("PUBREL"))).toHaveLength(
      20,
    );
  });
});
