/** The network as a whole over TCP: stacks that come up when they are needed, and what nodes do to them. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import { LINUX_TCP } from "../../src/network/index.js";
import { Numbered, Scribe, World, linkSpec } from "./world.js";

function tcpWorld(drops: readonly { name: string; nth: number }[] = []): {
  world: World;
  client: Scribe;
  server: Scribe;
} {
  const loss = drops.length === 0 ? ({ kind: "none" } as const) : ({ kind: "scripted", drops } as const);
  const links = [linkSpec("client", "server", { loss }), linkSpec("server", "client")];
  const world = new World({ links, transport: LINUX_TCP });
  return { world, client: new Scribe(), server: new Scribe() };
}

describe("a network over TCP", () => {
  it("hears who listened before, and after, the node's stack came up", () => {
    const { world, client, server } = tcpWorld();
    const late = new Scribe();
    const [from, to] = [world.node("client"), world.node("server")];
    world.network.listen(to, "early", server);
    world.network.connect(from, to, "early", client);
    world.network.listen(to, "late", late);
    world.network.connect(from, to, "late", client);
    world.run(SECOND);
    expect(server.notes).toEqual(["opened to client"]);
    expect(late.notes).toEqual(["opened to client"]);
    expect(client.notes).toEqual(["opened to server", "opened to server"]);
    expect(world.network.statistics).toMatchObject({ connects: 2, reconnects: 1 });
  });

  it("delivers what a script loses, later", () => {
    const { world, client, server } = tcpWorld([{ name: "TEST", nth: 1 }]);
    world.network.listen(world.node("server"), "echo", server);
    const channel = world.network.connect(world.node("client"), world.node("server"), "echo", client);
    client.onOpened = () => channel.send(new Numbered(1));
    world.run(10 * SECOND);
    expect(world.lossCauses()).toEqual(["loss"]);
    expect(server.notes).toEqual(["opened to client", "received #1"]);
    expect(world.network.statistics.retransmissions).toBe(1);
  });

  it("closes the connections of a process that crashes, and not those of a node that loses its power", () => {
    for (const power of [false, true]) {
      const { world, client, server } = tcpWorld();
      world.network.listen(world.node("server"), "echo", server);
      world.network.connect(world.node("client"), world.node("server"), "echo", client);
      world.at([100 * MILLISECOND], (_, now) =>
        power ? world.node("server").losePower(now) : world.node("server").crash(now),
      );
      world.run(SECOND);
      expect(client.notes.length).toBe(power ? 1 : 2);
      expect(server.notes).toEqual(["opened to client"]);
    }
  });
});
