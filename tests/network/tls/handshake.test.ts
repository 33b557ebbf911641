/** TLS over the simulated TCP: round trips, what arrives, how it ends. One way takes 50 ms. */
import { describe, expect, test } from "vitest";
import { MILLISECOND } from "../../../src/kernel/index.js";
import type { TcpSpec, TlsSpec } from "../../../src/network/index.js";
import { drop, Frame, Rig, type RigOptions } from "../tcp/rig.js";

const tls = (version: TlsSpec["version"], change: Partial<TlsSpec> = {}): TlsSpec => ({
  version,
  resumed: false,
  earlyData: false,
  certificateChain: 2500,
  ...change,
});
const FULL_13 = tls("1.3");
const RESUMED_13 = tls("1.3", { resumed: true });
const EARLY_13 = tls("1.3", { resumed: true, earlyData: true });
const FULL_12 = tls("1.2");
const RESUMED_12 = tls("1.2", { resumed: true });

const MODES: readonly (readonly [name: string, spec: TlsSpec | "none", roundTrips: number])[] = [
  ["no TLS", "none", 0],
  ["TLS 1.3", FULL_13, 1],
  ["TLS 1.3, resumed", RESUMED_13, 1],
  ["TLS 1.3, resumed with early data", EARLY_13, 0],
  ["TLS 1.2", FULL_12, 2],
  ["TLS 1.2, resumed", RESUMED_12, 1],
];

interface Times {
  opened: number;
  accepted: number;
  requested: number;
  answered: number;
}

/** A client that asks as soon as it may, and a server that answers at once. In milliseconds. */
function exchange(spec: TlsSpec | "none", options: RigOptions = {}): Times & { readonly rig: Rig } {
  const rig = new Rig({ ...options, tcp: { tls: spec, ...options.tcp } });
  const times: Times = { opened: -1, accepted: -1, requested: -1, answered: -1 };
  const now = (): number => rig.simulation.now / MILLISECOND;
  rig.asking.onOpen = (channel) => {
    times.opened = now();
    channel.send(new Frame("ASK", 100));
  };
  rig.serving.onOpen = () => (times.accepted = now());
  rig.serving.onReceive = (channel) => {
    times.requested = now();
    channel.send(new Frame("ANSWER", 100));
  };
  rig.asking.onReceive = () => (times.answered = now());
  rig.connect();
  rig.until(10_000);
  return { ...times, rig };
}

describe.each(MODES)("%s", (_name, spec, roundTrips) => {
  test("opens after TCP's round trip and its own, on both sides", () => {
    const { opened, accepted, requested, answered } = exchange(spec);
    expect(opened).toBe(100 + 100 * roundTrips);
    expect(accepted).toBeLessThanOrEqual(requested);
    expect(requested).toBe(opened + 50);
    expect(answered).toBe(opened + 100);
  });

  test("takes as long without Nagle's algorithm: what is said at once goes out at once", () => {
    expect(exchange(spec, { tcp: { nagle: false } }).answered).toBe(200 + 100 * roundTrips);
  });

  test("counts as payload what the programs sent, and puts all of it on the wire", () => {
    const { rig } = exchange(spec);
    const { statistics } = rig.network;
    expect(statistics.payloadBytes).toBe(200);
    const segments = 52 * statistics.packetsSent;
    const handshakeOptions = 16; // SYN and SYN-ACK have 60 bytes
    expect(statistics.bytesSent - segments - handshakeOptions).toBe(STREAM_BYTES[_name] ?? -1);
  });

  test("delivers in order what was sent before it was open", () => {
    const rig = new Rig({ tcp: { tls: spec } });
    const channel = rig.connect();
    for (const name of ["A", "B", "C"]) channel.send(new Frame(name, 5000));
    if (spec !== "none") expect(channel.unsentBytes).toBe(15_000);
    rig.until(10_000);
    expect(rig.serving.received).toEqual(["A", "B", "C"]);
    expect(channel.unsentBytes).toBe(0);
  });

  test("delivers nothing more to a program that has had enough", () => {
    const rig = new Rig({ tcp: { tls: spec } });
    rig.asking.onOpen = (channel) => {
      channel.send(new Frame("A", 10));
      channel.send(new Frame("B", 10));
    };
    rig.serving.onReceive = (channel) => channel.abort();
    rig.connect();
    rig.until(10_000);
    expect(rig.serving.received).toEqual(["A"]);
    expect(rig.asking.closings).toEqual(["reset"]);
  });

  test("delivers what was sent before the end, and tells the other side of it once", () => {
    const rig = new Rig({ tcp: { tls: spec } });
    rig.asking.onOpen = (channel) => {
      channel.send(new Frame("LAST WORDS", 40_000));
      channel.close();
      channel.send(new Frame("AFTERTHOUGHT", 1));
    };
    rig.connect();
    rig.until(10_000);
    expect(rig.serving.received).toEqual(["LAST WORDS"]);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });
});

/** Bytes of the streams of `exchange`, both ways, by the sizes of `sizes.test.ts`. */
const STREAM_BYTES: Readonly<Record<string, number>> = {
  "no TLS": 200,
  "TLS 1.3": 252 + (1357 + 5 + 2500 - 801) + 80 + 2 * 255 + 2 * 122,
  "TLS 1.3, resumed": 523 + 241 + 80 + 255 + 2 * 122,
  "TLS 1.3, resumed with early data": 533 + 245 + 100 + 255 + 2 * 122,
  "TLS 1.2": 271 + (1200 + 3 + 2500 - 801) + 93 + 226 + 2 * 129,
  "TLS 1.2, resumed": 463 + 141 + 51 + 2 * 129,
};

describe("in the trace", () => {
  const names = (spec: TlsSpec): string[] =>
    (exchange(spec).rig.trace.events ?? []).flatMap((event) =>
      event.type === "packet-sent" && event.contents.length > 1
        ? [
            `${event.from} ${event.contents
              .slice(1)
              .map(({ name }) => name)
              .join(" + ")}`,
          ]
        : [],
    );

  test("the flights of TLS 1.3 stand in their packets", () => {
    expect(names(FULL_13)).toEqual([
      "client ClientHello",
      "server ServerHello",
      "client Finished + ASK",
      "server NewSessionTicket + NewSessionTicket + ANSWER",
    ]);
  });

  test("the flights of TLS 1.2 stand in their packets", () => {
    expect(names(FULL_12)).toEqual([
      "client ClientHello",
      "server ServerHello",
      "client ClientKeyExchange",
      "server NewSessionTicket",
      "client ASK",
      "server ANSWER",
    ]);
  });

  test("early data stands beside the ClientHello", () => {
    expect(names(EARLY_13)).toEqual([
      "client ClientHello + ASK",
      "server ServerHello + ANSWER",
      "client EndOfEarlyData",
      "server NewSessionTicket",
    ]);
  });

  test("frames are those of the programs, and the flights", () => {
    const { rig } = exchange(RESUMED_12);
    const read = (rig.trace.events ?? []).flatMap((event) =>
      event.type === "frame-received" ? [`${event.node} ${event.content.name} ${event.bytes}`] : [],
    );
    expect(read).toEqual([
      "server ClientHello 463",
      "client ServerHello 141",
      "server Finished 51",
      "server ASK 100",
      "client ANSWER 100",
    ]);
  });

  test("a close_notify goes before the FIN, each way", () => {
    const rig = new Rig({ tcp: { tls: FULL_13 } });
    rig.asking.onOpen = (channel) => channel.close();
    rig.connect();
    rig.until(10_000);
    const alerts = (rig.trace.events ?? []).flatMap((event) =>
      event.type === "frame-sent" && event.content.name === "close_notify" ? [event.node] : [],
    );
    expect(alerts).toEqual(["client", "server"]);
    const fin = rig.transcript().findIndex((line) => line.includes("FIN"));
    const alert = rig.transcript().findIndex((line) => line.includes("close_notify"));
    expect(alert).toBeGreaterThan(-1);
    expect(alert).toBeLessThanOrEqual(fin);
  });
});

test("certificates beyond the initial window of ten segments cost a round trip more", () => {
  expect(exchange(tls("1.3", { certificateChain: 13_000 })).opened).toBe(200);
  expect(exchange(tls("1.3", { certificateChain: 20_000 })).opened).toBe(300);
});

describe("early data", () => {
  test("beyond 16,384 bytes waits for the handshake, and keeps its order", () => {
    const rig = new Rig({ tcp: { tls: EARLY_13 } });
    rig.asking.onOpen = (channel) => {
      channel.send(new Frame("EARLY", 10_000));
      channel.send(new Frame("HELD", 10_000));
      channel.send(new Frame("BEHIND IT", 1));
      channel.close();
    };
    rig.connect();
    rig.until(10_000);
    expect(rig.serving.received).toEqual(["EARLY", "HELD", "BEHIND IT"]);
    const [early = 0, held = 0] = rig.serving.receivedAt;
    expect(early).toBe(150 * MILLISECOND);
    expect(held).toBe(250 * MILLISECOND);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.connections).toBe(0);
  });

  test("of just 16,384 bytes does not wait", () => {
    const rig = new Rig({ tcp: { tls: EARLY_13, initialWindow: 100 } });
    rig.asking.onOpen = (channel) => channel.send(new Frame("EARLY", 16_384));
    rig.connect();
    rig.until(10_000);
    expect(rig.serving.receivedAt).toEqual([150 * MILLISECOND]);
  });
});

describe("when the handshake fails", () => {
  const opening = (options: RigOptions = {}): Rig =>
    new Rig({ ...options, tcp: { tls: FULL_13, ...options.tcp } });

  test("by a reset, the client hears of it and the server of nothing", () => {
    const rig = opening();
    rig.connect();
    rig.until(120);
    rig.network.reset(rig.client, rig.server, rig.simulation.now);
    rig.until(10_000);
    expect(rig.asking.closings).toEqual(["reset"]);
    expect(rig.serving.closings).toEqual([]);
    expect(rig.serving.openings).toBe(0);
  });

  test("because the server's process dies, the client hears that it has ended", () => {
    const rig = opening({ tcp: { tls: FULL_12 } });
    rig.connect();
    rig.until(160);
    rig.server.crash(rig.simulation.now);
    rig.until(10_000);
    expect(rig.asking.closings).toEqual(["peer-closed"]);
    expect(rig.asking.openings).toBe(0);
  });

  test("because the server's power fails, the client waits as long as TCP does", () => {
    const rig = opening({ tcp: { retries: 3 } });
    rig.connect();
    rig.until(110);
    rig.server.losePower(rig.simulation.now);
    rig.until(600_000);
    expect(rig.asking.closings).toEqual(["timeout"]);
    expect(rig.serving.closings).toEqual([]);
  });

  test("because nobody listens, the client is refused", () => {
    const rig = opening();
    rig.network.connect(rig.client, rig.server, "nothing", rig.asking);
    rig.until(10_000);
    expect(rig.asking.closings).toEqual(["refused"]);
  });

  test("because the client gives up, nobody is told of anything", () => {
    const rig = opening();
    const channel = rig.connect();
    channel.send(new Frame("NEVER SAID", 10));
    rig.until(120);
    channel.close();
    rig.until(10_000);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.serving.received).toEqual([]);
    expect(rig.serving.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });

  test("because a flight is lost, TCP sends it again", () => {
    const { opened } = exchange(FULL_13, { toServer: drop(["ClientHello", 1]) });
    expect(opened).toBeGreaterThan(200);
    expect(opened).toBeLessThan(1500);
  });

  test("by an abort, a reset goes out in place of what was still to be said", () => {
    const rig = opening();
    rig.asking.onOpen = (channel) => {
      channel.send(new Frame("UNSAID", 1));
      channel.abort();
    };
    rig.connect();
    rig.until(10_000);
    expect(rig.transcript().some((line) => line.includes("RST"))).toBe(true);
    expect(rig.serving.openings).toBe(0);
    expect(rig.serving.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });
});

describe("a crash", () => {
  test("of the server's process reaches the client as an end", () => {
    const rig = new Rig({ tcp: { tls: FULL_12 } });
    rig.connect();
    rig.until(1000);
    rig.server.crash(rig.simulation.now);
    rig.until(10_000);
    expect(rig.asking.closings).toEqual(["peer-closed"]);
  });

  test("while the server is paused, the handshake waits for it", () => {
    const rig = new Rig({ tcp: { tls: FULL_13 } });
    rig.server.pause(0);
    let opened = -1;
    rig.asking.onOpen = () => (opened = rig.simulation.now / MILLISECOND);
    rig.connect();
    rig.until(1000);
    rig.server.resume(rig.simulation.now);
    rig.until(10_000);
    expect(opened).toBe(1050);
  });
});

describe("what the two ends say of TLS", () => {
  /** Undefined: it says nothing. */
  const both = (client: TcpSpec["tls"], server: TcpSpec["tls"]): Rig =>
    new Rig({ tcp: { tls: client } as Partial<TcpSpec>, serverTcp: { tls: server } as Partial<TcpSpec> });

  test("may be said by the server alone", () => {
    const { opened } = exchangeWith(both(undefined, FULL_12));
    expect(opened).toBe(300);
  });

  test("may be said by the client alone", () => {
    const { opened } = exchangeWith(both(FULL_12, undefined));
    expect(opened).toBe(300);
  });

  test("may be said by both, in the same words", () => {
    expect(exchangeWith(both(FULL_12, { ...FULL_12 })).opened).toBe(300);
  });

  test.each([
    ["another version", FULL_13, FULL_12],
    ["another length", FULL_13, tls("1.3", { certificateChain: 9 })],
    ["none", FULL_13, "none"],
  ] as const)("must not contradict each other: %s", (_name, client, server) => {
    const rig = new Rig({ tcp: { tls: client }, serverTcp: { tls: server } });
    expect(() => rig.connect()).toThrow("the two ends of a channel disagree about tls");
  });

  function exchangeWith(rig: Rig): { readonly opened: number } {
    let opened = -1;
    rig.asking.onOpen = () => (opened = rig.simulation.now / MILLISECOND);
    rig.connect();
    rig.until(10_000);
    return { opened };
  }
});
