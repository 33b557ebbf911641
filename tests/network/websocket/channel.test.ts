/** WebSocket as a layer of channels, over TCP and over TLS. One way takes 50 ms. */
import { describe, expect, test } from "vitest";
import { MILLISECOND } from "../../../src/kernel/index.js";
import {
  LINUX_TCP,
  type TcpSpec,
  type UpgradeRequest,
  UpgradeResponse,
  type WebSocketSpec,
} from "../../../src/network/index.js";
import { WebSocketProtocol } from "../../../src/network/websocket/index.js";
import { Frame, Rig } from "../tcp/rig.js";

const WEB_SOCKET: WebSocketSpec = { path: "/", host: "example.com", subprotocol: "mqtt" };
const TLS = { version: "1.3", resumed: false, earlyData: false, certificateChain: 2500 } as const;

const REQUEST = [
  "GET / HTTP/1.1",
  "Host: example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${"k".repeat(24)}`,
  "Sec-WebSocket-Protocol: mqtt",
  "Sec-WebSocket-Version: 13",
  "",
  "",
].join("\r\n").length;
const RESPONSE = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${"a".repeat(28)}`,
  "Sec-WebSocket-Protocol: mqtt",
  "",
  "",
].join("\r\n").length;

const MODES: readonly (readonly [name: string, tcp: Partial<TcpSpec>, roundTrips: number])[] = [
  ["over TCP", { webSocket: WEB_SOCKET }, 1],
  ["over TLS", { webSocket: WEB_SOCKET, tls: TLS }, 2],
  ["over TLS 1.2", { webSocket: WEB_SOCKET, tls: { ...TLS, version: "1.2" } }, 3],
  ["over TLS with early data", { webSocket: WEB_SOCKET, tls: { ...TLS, resumed: true, earlyData: true } }, 1],
  ["over TCP in fragments", { webSocket: { ...WEB_SOCKET, frameMax: 30 } }, 1],
];

describe.each(MODES)("%s", (_name, tcp, roundTrips) => {
  test("opens after its own round trip and those below", () => {
    const rig = new Rig({ tcp: { ...tcp, nagle: false } });
    let opened = -1;
    rig.asking.onOpen = (channel) => {
      opened = rig.simulation.now / MILLISECOND;
      channel.send(new Frame("ASK", 100));
    };
    rig.serving.onReceive = (channel) => channel.send(new Frame("ANSWER", 100));
    rig.connect();
    rig.until(10_000);
    expect(opened).toBe(100 + 100 * roundTrips);
    expect(rig.asking.received).toEqual(["ANSWER"]);
    expect(rig.asking.receivedAt).toEqual([(200 + 100 * roundTrips) * MILLISECOND]);
    expect(rig.network.statistics.payloadBytes).toBe(200);
  });

  test("delivers what was sent before the end, says so in both directions, and leaves nothing over", () => {
    const rig = new Rig({ tcp });
    rig.asking.onOpen = (channel) => {
      channel.send(new Frame("LAST WORDS", 3000));
      channel.close();
      channel.send(new Frame("AFTERTHOUGHT", 1));
    };
    rig.connect();
    rig.until(10_000);
    expect(rig.serving.received).toEqual(["LAST WORDS"]);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.asking.closings).toEqual([]);
    expect(closes(rig)).toEqual(["client 1000", "server 1000"]);
    expect(rig.connections).toBe(0);
  });

  test("a server that closes is answered, and the client is told once", () => {
    const rig = new Rig({ tcp });
    rig.serving.onReceive = (channel) => channel.close();
    rig.asking.onOpen = (channel) => channel.send(new Frame("ASK", 100));
    rig.connect();
    rig.until(10_000);
    expect(rig.asking.closings).toEqual(["peer-closed"]);
    expect(rig.serving.closings).toEqual([]);
    expect(closes(rig)).toEqual(["server 1000", "client 1000"]);
    expect(rig.connections).toBe(0);
  });

  test("both ends may close at once", () => {
    const rig = new Rig({ tcp });
    rig.connect();
    rig.until(2000);
    rig.asking.channel?.close();
    rig.serving.channel?.close();
    rig.until(10_000);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.serving.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });

  test("a reset reaches both programs", () => {
    const rig = new Rig({ tcp });
    rig.connect();
    rig.until(2000);
    rig.network.reset(rig.client, rig.server, rig.simulation.now);
    expect(rig.asking.closings).toEqual(["reset"]);
    expect(rig.serving.closings).toEqual(["reset"]);
  });
});

function closes(rig: Rig): string[] {
  return (rig.trace.events ?? []).flatMap((event) =>
    event.type === "frame-sent" && event.content.name === "Close"
      ? [`${event.node} ${event.content.detail}`]
      : [],
  );
}

test("puts the handshake and the headers of its frames on the wire, masked only by the client", () => {
  const rig = new Rig({ tcp: { webSocket: WEB_SOCKET } });
  rig.asking.onOpen = (channel) => channel.send(new Frame("ASK", 100));
  rig.serving.onReceive = (channel) => channel.send(new Frame("ANSWER", 200));
  rig.connect();
  rig.until(10_000);
  const { bytesSent, packetsSent } = rig.network.statistics;
  const headers = 52 * packetsSent + 16; // SYN and SYN-ACK have 60 bytes
  expect(bytesSent - headers).toBe(REQUEST + RESPONSE + (2 + 4 + 100) + (4 + 200));
});

test("in the trace, its handshake stands in packets of its own", () => {
  const rig = new Rig({ tcp: { webSocket: WEB_SOCKET, tls: TLS } });
  rig.asking.onOpen = (channel) => channel.send(new Frame("ASK", 100));
  rig.connect();
  rig.until(10_000);
  const names = (rig.trace.events ?? []).flatMap((event) =>
    event.type === "packet-sent" && event.contents.length > 1
      ? [
          event.contents
            .slice(1)
            .map(({ name }) => name)
            .join(" + "),
        ]
      : [],
  );
  expect(names).toEqual([
    "ClientHello",
    "ServerHello",
    "Finished + GET",
    "NewSessionTicket + NewSessionTicket + 101",
    "ASK",
  ]);
});

test("the two ends must not say different things of it", () => {
  const contradiction = new Rig({ tcp: { webSocket: WEB_SOCKET }, serverTcp: { webSocket: "none" } });
  expect(() => contradiction.connect()).toThrow("the two ends of a channel disagree about webSocket");
  const { path, host } = WEB_SOCKET;
  const shorter = new Rig({ tcp: { webSocket: WEB_SOCKET }, serverTcp: { webSocket: { path, host } } });
  expect(() => shorter.connect()).toThrow("the two ends of a channel disagree about webSocket");
  const longer = new Rig({ tcp: { webSocket: { path, host } }, serverTcp: { webSocket: WEB_SOCKET } });
  expect(() => longer.connect()).toThrow("the two ends of a channel disagree about webSocket");
});

test("a client hears of the server's end when the connection below has ended, not before", () => {
  const rig = new Rig({ tcp: { webSocket: WEB_SOCKET } });
  let closed = -1;
  rig.asking.onClose = () => (closed = rig.simulation.now / MILLISECOND);
  rig.connect();
  rig.until(1000);
  rig.serving.channel?.close();
  rig.until(10_000);
  expect(closed).toBe(1150); // Close there, Close back, FIN there
});

test("a client that is not let in is refused, and ends the connection below", () => {
  const told: string[] = [];
  let asked: UpgradeRequest | undefined;
  const client = new WebSocketProtocol("client", WEB_SOCKET, {
    write: (content) => (asked = content as UpgradeRequest),
    opened: () => told.push("opened"),
    deliver: () => told.push("delivered"),
    finish: () => told.push("finished"),
    ended: (reason) => told.push(reason),
  });
  client.begin(0);
  client.received(new UpgradeResponse(asked as UpgradeRequest, 403, "Forbidden", [], undefined), 0);
  expect(told).toEqual(["finished", "refused"]);
});

test("is no part of TCP as Linux ships it", () => {
  expect(LINUX_TCP).not.toHaveProperty("webSocket");
  expect(LINUX_TCP).not.toHaveProperty("tls");
});
