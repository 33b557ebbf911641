import { describe, expect, it } from "vitest";
import { type Distribution, MILLISECOND, SECOND, Timers } from "../../src/kernel/index.js";
import { DATAGRAM_HEADER_BYTES, type LinkSpec } from "../../src/network/index.js";
import { Numbered, Scribe, World, linkSpec } from "./world.js";

const SERVICE = "echo";

function both(change: Partial<LinkSpec> = {}): LinkSpec[] {
  return [linkSpec("client", "server", change), linkSpec("server", "client", change)];
}

function pair(world: World): { client: Scribe; server: Scribe } {
  const server = new Scribe();
  world.network.listen(world.node("server"), SERVICE, server);
  return { client: new Scribe(), server };
}

const open = (world: World, user: Scribe): ReturnType<World["network"]["connect"]> =>
  world.network.connect(world.node("client"), world.node("server"), SERVICE, user);

describe("a datagram channel", () => {
  it("opens at once, as an input of its own, and on the other side with its first datagram", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    const channel = open(world, client);
    expect(client.notes).toEqual([]);
    world.run(MILLISECOND);
    expect(client.notes).toEqual(["opened to server"]);
    channel.send(new Numbered(1));
    channel.send(new Numbered(2));
    world.run();
    expect(server.notes).toEqual(["opened to client", "received #1", "received #2"]);
    expect(server.channels).toHaveLength(1);
    expect([channel.transport, channel.local.name, channel.remote.name, channel.unsentBytes]).toEqual([
      "datagram",
      "client",
      "server",
      0,
    ]);
  });

  it("costs 28 bytes of headers a packet", () => {
    expect(DATAGRAM_HEADER_BYTES).toBe(28);
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    server.onReceived = (channel) => channel.send(new Numbered(0, 4));
    open(world, client).send(new Numbered(0, 100));
    world.run();
    expect(world.events("packet-sent").map(({ bytes }) => bytes)).toEqual([128, 32]);
    expect(world.network.statistics).toMatchObject({
      packetsSent: 2,
      bytesSent: 160,
      payloadBytes: 104,
      connects: 1,
    });
  });

  it("keeps two channels between the same nodes apart", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    server.onReceived = (channel, { number }) => channel.send(new Numbered(number + 100));
    const other = new Scribe();
    open(world, client).send(new Numbered(1));
    open(world, other).send(new Numbered(2));
    world.run();
    expect(client.notes).toEqual(["opened to server", "received #101"]);
    expect(other.notes).toEqual(["opened to server", "received #102"]);
    expect(world.network.statistics).toMatchObject({ connects: 2, reconnects: 1 });
  });

  it("counts a channel that is opened again between the same nodes as a reconnect, others not", () => {
    const links = [...both(), linkSpec("client", "other"), linkSpec("other", "client")];
    const world = new World({ links });
    for (const target of ["server", "other", "server"]) {
      world.network.connect(world.node("client"), world.node(target), SERVICE, new Scribe());
    }
    world.network.connect(world.node("server"), world.node("client"), SERVICE, new Scribe());
    expect(world.network.statistics).toMatchObject({ connects: 4, reconnects: 1 });
  });

  it("cannot be opened to its own node or without links both ways", () => {
    const world = new World({ links: [linkSpec("client", "server")] });
    const connect = (from: string, to: string) => () =>
      world.network.connect(world.node(from), world.node(to), SERVICE, new Scribe());
    expect(connect("client", "client")).toThrow("client cannot connect to itself");
    expect(connect("client", "server")).toThrow("there is no link from server to client");
    expect(connect("server", "client")).toThrow("there is no link from server to client");
  });

  it("loses what nobody listens to", () => {
    const world = new World({ links: both() });
    open(world, new Scribe()).send(new Numbered(1));
    world.run();
    expect(world.lossCauses()).toEqual(["no-listener"]);
  });

  it("that was closed sends nothing, hears nothing, and loses what still arrives", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    server.onReceived = (channel, { number }) => channel.send(new Numbered(number));
    const channel = open(world, client);
    channel.send(new Numbered(1));
    world.run(MILLISECOND);
    channel.close();
    channel.send(new Numbered(2));
    world.run();
    expect(server.notes).toEqual(["opened to client", "received #1"]);
    expect(client.notes).toEqual(["opened to server"]);
    expect(world.lossCauses()).toEqual(["no-listener"]);
  });

  it("that the far side has closed is opened anew by the next datagram", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    server.onReceived = (channel) => channel.close();
    const channel = open(world, client);
    channel.send(new Numbered(1));
    channel.send(new Numbered(2));
    world.run();
    expect(server.notes).toEqual(["opened to client", "received #1", "opened to client", "received #2"]);
    expect(server.channels[0]).not.toBe(server.channels[1]);
  });

  it("is heard again after its peer has crashed and restarted, as a new channel", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    const channel = open(world, client);
    world.at(
      [0, 20, 40, 60, 80].map((ms) => ms * MILLISECOND),
      (index) => channel.send(new Numbered(index)),
    );
    world.at([15 * MILLISECOND], (_, now) => world.node("server").crash(now));
    world.at([55 * MILLISECOND], (_, now) => world.node("server").restart(now));
    world.run();
    expect(server.notes).toEqual([
      "opened to client",
      "received #0",
      "opened to client",
      "received #3",
      "received #4",
    ]);
    expect(world.lossCauses()).toEqual(["node-down", "node-down"]);
    server.channels[0]?.send(new Numbered(9));
    expect(world.network.statistics.packetsSent).toBe(5);
  });

  it("of a process that has crashed is dead, also after the restart", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    server.onReceived = (channel) => channel.send(new Numbered(5));
    const channel = open(world, client);
    channel.send(new Numbered(1));
    world.at([12 * MILLISECOND], (_, now) => world.node("client").restart(now));
    world.at([13 * MILLISECOND], () => channel.send(new Numbered(2)));
    world.run();
    expect(client.notes).toEqual(["opened to server"]);
    expect(world.lossCauses()).toEqual(["no-listener"]);
    expect(world.network.statistics.packetsSent).toBe(2);
  });

  it("to a paused node waits in its socket and arrives in order", () => {
    const world = new World({ links: both() });
    const { client, server } = pair(world);
    world.at([0], (_, now) => world.node("server").pause(now));
    world.at([SECOND], (_, now) => world.node("server").resume(now));
    const channel = open(world, client);
    [1, 2, 3].forEach((number) => channel.send(new Numbered(number)));
    world.run(SECOND - 1);
    expect(server.notes).toEqual([]);
    world.run();
    expect(server.notes).toEqual(["opened to client", "received #1", "received #2", "received #3"]);
  });

  it("tells a server with several cores of the channel before its first content", () => {
    const service: Distribution = { kind: "uniform", min: 1, max: 50 * MILLISECOND };
    const world = new World({
      nodes: [{ name: "server", cpu: { cores: 8, service } }, "client"],
      links: both(),
    });
    const { client, server } = pair(world);
    const channel = open(world, client);
    for (let number = 0; number < 20; number++) channel.send(new Numbered(number));
    world.run();
    expect(server.notes[0]).toBe("opened to client");
    expect(server.notes.filter((note) => note === "opened to client")).toHaveLength(1);
    expect(server.notes).toHaveLength(21);
  });

  it("gives its addresses back when both sides are done, so that reconnecting for ever costs nothing", () => {
    const world = new World({ links: both({ loss: { kind: "bernoulli", probability: 0.3 } }), trace: false });
    const { client, server } = pair(world);
    server.onReceived = (channel) => channel.close();
    let highest = 0;
    world.at(
      Array.from({ length: 3_000 }, (_, i) => i * 5 * MILLISECOND),
      () => {
        const channel = open(world, client);
        channel.send(new Numbered(0));
        channel.close();
        // Two new addresses: the first takes the place of the channel that was just closed.
        const probes = [world.listenOn("client"), world.listenOn("client")];
        for (const { id } of probes) {
          highest = Math.max(highest, id & 0xffffff);
          world.network.detach(id);
        }
      },
    );
    world.run();
    expect(highest).toBeLessThan(40);
    expect(server.channels.length).toBeGreaterThan(2_000);
  });
});

describe("stop-and-wait over datagrams against theory", () => {
  /** Sends `count` contents, each again after `timeout` until it is acknowledged. */
  function stopAndWait(loss: number, count: number): { transmissions: number; duration: number } {
    const timeout = 30 * MILLISECOND;
    const world = new World({
      links: both({ loss: { kind: "bernoulli", probability: loss } }),
      trace: false,
      seed: "stop-and-wait",
    });
    const { client, server } = pair(world);
    server.onReceived = (channel, content) => channel.send(content);
    const channel = open(world, client);
    const timers = new Timers(world.simulation);
    let number = 0;
    let transmissions = 0;
    let finishedAt = 0;
    const transmit = (now: number): void => {
      transmissions++;
      channel.send(new Numbered(number));
      timers.set(timer, now + timeout);
    };
    const timer = timers.create({ timerFired: (_kind, _id, now) => transmit(now) }, 0, 0);
    client.onOpened = (_, now) => transmit(now);
    client.onReceived = (_, acknowledged, now) => {
      if (acknowledged.number !== number) return;
      finishedAt = now;
      if (++number < count) transmit(now);
      else timers.cancel(timer);
    };
    world.run();
    expect(number).toBe(count);
    return { transmissions, duration: finishedAt };
  }

  it.each([0, 0.1, 0.3])(
    "needs 1 / (1 - p)² transmissions a message, and the time they take (loss %s)",
    (loss) => {
      const count = 30_000;
      const { transmissions, duration } = stopAndWait(loss, count);
      const success = (1 - loss) * (1 - loss);
      const spread = Math.sqrt(1 - success) / success / Math.sqrt(count);
      expect(Math.abs(transmissions / count - 1 / success)).toBeLessThanOrEqual(5 * spread);
      // Each failure costs a timeout of 30 ms, each success a round trip of 20 ms.
      const perMessage = (20 + (1 / success - 1) * 30) * MILLISECOND;
      expect(Math.abs(duration / count / perMessage - 1)).toBeLessThan(0.03);
    },
  );
});
