/** Exchanges as lines of text: who sends what when, what is lost, and what the programs see of it. */
import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { Channel } from "../../../src/network/index.js";
import { Frame, type Program, Rig, drop } from "./rig.js";

const HANDSHAKE = [
  "     0 client >        SYN 0..1",
  "    50        < server SYN-ACK 0..1 ack 1",
  "   100 client opened",
  "   100 client >        ACK 1..1 ack 1",
  "   150 server opened",
];

/** Writes `count` frames F0, F1, … of `bytes`. */
function writing(count: number, bytes: number): (channel: Channel) => void {
  return (channel) => {
    for (let i = 0; i < count; i++) channel.send(new Frame(`F${i}`, bytes));
  };
}

function channelOf(program: Program): Channel {
  if (program.channel === undefined) throw new Error("no channel yet");
  return program.channel;
}

/** A rig whose connection is open, at 200 ms. */
function opened(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig(options);
  rig.connect();
  return rig.until(200);
}

describe("opening", () => {
  test("takes three segments, and data waits for the answer", () => {
    const rig = new Rig();
    rig.connect().send(new Frame("HELLO", 100));
    expect(rig.until(180).transcript()).toEqual([
      ...HANDSHAKE.slice(0, 4),
      "   100 client >        DATA 1..101 ack 1 [HELLO]",
      HANDSHAKE[4],
      "   150        < server ACK 1..1 ack 101",
      "   150 server read HELLO",
    ]);
  });

  test("a lost SYN is sent again after a second", () => {
    const rig = new Rig({ toServer: drop(["SYN", 1]) });
    rig.connect();
    expect(rig.until(2000).transcript()).toEqual([
      "     0 client >        SYN 0..1 (loss)",
      "  1000 client >        SYN 0..1 again",
      "  1050        < server SYN-ACK 0..1 ack 1",
      "  1100 client opened",
      "  1100 client >        ACK 1..1 ack 1",
      "  1150 server opened",
    ]);
  });

  test("a lost SYN-ACK is sent again after a second, or when the SYN comes again", () => {
    const rig = new Rig({ toClient: drop(["SYN-ACK", 1]), delay: 30 * MILLISECOND });
    rig.connect();
    expect(rig.until(2000).transcript()).toEqual([
      "     0 client >        SYN 0..1",
      "    30        < server SYN-ACK 0..1 ack 1 (loss)",
      "  1000 client >        SYN 0..1 again",
      "  1030        < server SYN-ACK 0..1 ack 1 again",
      "  1030        < server SYN-ACK 0..1 ack 1 again",
      "  1060 client opened",
      "  1060 client >        ACK 1..1 ack 1",
      "  1060 client >        ACK 1..1 ack 1",
      "  1090 server opened",
    ]);
  });

  test("SYNs are repeated five times a second apart, then after 2, 4, 8 … seconds, and then given up", () => {
    const rig = new Rig({ toServer: { kind: "periodic", every: 1, offset: 0 }, tcp: { synRetries: 3 } });
    rig.connect();
    const seconds = rig
      .until(60_000)
      .trace.events?.flatMap((event) => (event.type === "packet-sent" ? [event.at / SECOND] : []));
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5, 7, 11]);
    expect(rig.asking.closings).toEqual(["timeout"]);
    expect(rig.transcript().at(-1)).toBe(" 19000 client closed: timeout");
    expect(rig.connections).toBe(0);
  });

  test("without linear timeouts SYNs back off from the first", () => {
    const rig = new Rig({
      toServer: { kind: "periodic", every: 1, offset: 0 },
      tcp: { synRetries: 3, synLinearTimeouts: 0 },
    });
    rig.connect();
    const seconds = rig
      .until(60_000)
      .trace.events?.flatMap((event) => (event.type === "packet-sent" ? [event.at / SECOND] : []));
    expect(seconds).toEqual([0, 1, 3, 7]);
    expect(rig.transcript().at(-1)).toBe(" 15000 client closed: timeout");
  });

  test("a SYN-ACK that nobody answers is given up silently", () => {
    const rig = new Rig({
      toClient: { kind: "periodic", every: 1, offset: 0 },
      tcp: { synRetries: 0, synLinearTimeouts: 0, synAckRetries: 2 },
    });
    rig.connect();
    rig.until(60_000);
    expect(rig.connections).toBe(0);
    expect(rig.serving.openings).toBe(0);
    expect(rig.serving.closings).toEqual([]);
  });

  test("a SYN lost more than once leaves a congestion window of one segment", () => {
    for (const [losses, segments] of [
      [1, 10],
      [2, 1],
    ] as const) {
      const rig = new Rig({ toServer: drop(["SYN", 1], ["SYN", losses]) });
      rig.asking.onOpen = writing(20, 1448);
      rig.connect();
      rig.until(1000 * losses + 120);
      expect(rig.transcript().filter((line) => line.includes("DATA"))).toHaveLength(segments);
    }
  });

  test("a service that nobody offers is refused by a reset", () => {
    const rig = new Rig();
    rig.network.connect(rig.client, rig.server, "nobody", rig.asking);
    expect(rig.until(1000).transcript()).toEqual([
      "     0 client >        SYN 0..1",
      "    50        < server RST 0..0 ack 1",
      "   100 client closed: refused",
    ]);
    expect(rig.asking.closings).toEqual(["refused"]);
    expect(rig.network.statistics.resets).toBe(0);
  });

  test("a program that does not run refuses, and one that is paused accepts", () => {
    const crashed = new Rig();
    crashed.server.crash(0);
    crashed.connect();
    crashed.until(1000);
    expect(crashed.asking.closings).toEqual(["refused"]);

    const paused = new Rig();
    paused.server.pause(0);
    paused.connect();
    paused.until(1000);
    expect(paused.asking.openings).toBe(1);
    expect(paused.serving.openings).toBe(0);
    paused.server.resume(1000 * MILLISECOND);
    expect(paused.serving.openings).toBe(1);
  });

  test("a SYN that the network doubled opens one connection", () => {
    const rig = new Rig({ link: { duplication: 1 } });
    rig.asking.onOpen = writing(2, 100);
    rig.connect();
    rig.until(5000);
    expect(rig.serving.openings).toBe(1);
    expect(rig.serving.received).toEqual(["F0", "F1"]);
    expect(rig.connections).toBe(2);
  });

  test("the smaller of both segment sizes holds", () => {
    const rig = new Rig({ tcp: { mss: 1448 }, serverTcp: { mss: 1000 } });
    rig.connect();
    rig.asking.onOpen = writing(1, 2500);
    rig.serving.onOpen = writing(1, 2500);
    rig.until(180);
    expect(rig.transcript().filter((line) => line.includes("DATA"))).toEqual([
      "   100 client >        DATA 1..1001 ack 1 [F0]",
      "   100 client >        DATA 1001..2001 ack 1",
      "   100 client >        DATA 2001..2501 ack 1",
      "   150        < server DATA 1..1001 ack 1 [F0]",
      "   150        < server DATA 1001..2001 ack 1",
      "   150        < server DATA 2001..2501 ack 1",
    ]);
  });
});

describe("data", () => {
  test("a frame is not a segment: large ones are cut, small ones share", () => {
    const rig = opened();
    rig.asking.channel?.send(new Frame("LARGE", 3000));
    rig.asking.channel?.send(new Frame("A", 10));
    rig.asking.channel?.send(new Frame("B", 10));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..1449 ack 1 [LARGE]",
      "   200 client >        DATA 1449..2897 ack 1",
      "   200 client >        DATA 2897..3001 ack 1",
      "   250        < server ACK 1..1 ack 1449",
      "   250        < server ACK 1..1 ack 2897",
      "   250        < server ACK 1..1 ack 3001",
      "   250 server read LARGE",
      "   300 client >        DATA 3001..3021 ack 1 [A B]",
      "   350        < server ACK 1..1 ack 3021",
      "   350 server read A",
      "   350 server read B",
    ]);
  });

  test("with Nagle's rule small frames wait for the acknowledgment of the one before", () => {
    const rig = opened();
    writing(3, 10)(channelOf(rig.asking));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..11 ack 1 [F0]",
      "   250        < server ACK 1..1 ack 11",
      "   250 server read F0",
      "   300 client >        DATA 11..31 ack 1 [F1 F2]",
      "   350        < server ACK 1..1 ack 31",
      "   350 server read F1",
      "   350 server read F2",
    ]);
  });

  test("a small frame behind full segments does not wait for them", () => {
    const rig = opened();
    rig.asking.channel?.send(new Frame("LARGE", 1448));
    rig.asking.channel?.send(new Frame("SMALL", 10));
    expect(rig.until(201).transcript(200)).toEqual([
      "   200 client >        DATA 1..1449 ack 1 [LARGE]",
      "   200 client >        DATA 1449..1459 ack 1 [SMALL]",
    ]);
  });

  test("after an answer acknowledgments wait for the next one, 40 ms at most", () => {
    const rig = opened({ tcp: { nagle: false } });
    let answers = 2;
    rig.serving.onReceive = (channel) => {
      if (answers-- > 0) channel.send(new Frame("ANSWER", 20));
    };
    for (let i = 0; i < 4; i++) {
      rig.asking.channel?.send(new Frame("ASK", 20));
      rig.until(400 + 200 * i);
    }
    expect(rig.transcript(200).filter((line) => line.includes("< server"))).toEqual([
      "   250        < server ACK 1..1 ack 21",
      "   250        < server DATA 1..21 ack 21 [ANSWER]",
      "   450        < server DATA 21..41 ack 41 [ANSWER]",
      "   690        < server ACK 41..41 ack 61", // in vain: the next is not waited for
      "   850        < server ACK 41..41 ack 81",
    ]);
  });

  test("without Nagle's rule each goes at once", () => {
    const rig = opened({ tcp: { nagle: false } });
    writing(3, 10)(channelOf(rig.asking));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..11 ack 1 [F0]",
      "   200 client >        DATA 11..21 ack 1 [F1]",
      "   200 client >        DATA 21..31 ack 1 [F2]",
      "   250        < server ACK 1..1 ack 11",
      "   250 server read F0",
      "   250        < server ACK 1..1 ack 21",
      "   250 server read F1",
      "   250        < server ACK 1..1 ack 31",
      "   250 server read F2",
    ]);
  });

  test("an answer carries the acknowledgment, and every second full segment is acknowledged at once", () => {
    const rig = opened();
    rig.serving.onReceive = (channel, frame) => {
      if (frame.name === "ASK") channel.send(new Frame("ANSWER", 20));
    };
    rig.asking.channel?.send(new Frame("ASK", 20));
    rig.until(500);
    rig.asking.channel?.send(new Frame("LONG", 4 * 1448));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..21 ack 1 [ASK]",
      "   250        < server ACK 1..1 ack 21",
      "   250 server read ASK",
      "   250        < server DATA 1..21 ack 21 [ANSWER]",
      "   300 client >        ACK 21..21 ack 21",
      "   300 client read ANSWER",
      "   500 client >        DATA 21..1469 ack 21 [LONG]",
      "   500 client >        DATA 1469..2917 ack 21",
      "   500 client >        DATA 2917..4365 ack 21",
      "   500 client >        DATA 4365..5813 ack 21",
      "   550        < server ACK 21..21 ack 2917",
      "   550        < server ACK 21..21 ack 5813",
      "   550 server read LONG",
    ]);
  });

  test("a delayed acknowledgment is counted from the segment that it is for", () => {
    const rig = opened({ tcp: { nagle: false } });
    rig.asking.channel?.send(new Frame("A", 10));
    rig.until(220);
    rig.serving.channel?.send(new Frame("B", 10)); // not yet: A is under way
    rig.until(260);
    rig.serving.channel?.send(new Frame("C", 10)); // takes the acknowledgment of A along
    rig.until(270);
    rig.asking.channel?.send(new Frame("D", 10));
    rig.until(1000);
    expect(rig.transcript(200).filter((line) => line.includes("ack") && line.includes("server"))).toEqual([
      "   220        < server DATA 1..11 ack 1 [B]",
      "   250        < server ACK 11..11 ack 11",
      "   260        < server DATA 11..21 ack 11 [C]",
      "   360        < server ACK 21..21 ack 21", // 40 ms after D, which arrived at 320
    ]);
  });

  test("without delay each segment is acknowledged at once, before the program reads", () => {
    const rig = opened({ tcp: { delayedAck: 0 } });
    rig.serving.onReceive = (channel) => channel.send(new Frame("ANSWER", 20));
    rig.asking.channel?.send(new Frame("ASK", 20));
    expect(rig.until(280).transcript(240)).toEqual([
      "   250        < server ACK 1..1 ack 21",
      "   250 server read ASK",
      "   250        < server DATA 1..21 ack 21 [ANSWER]",
    ]);
  });

  test("a lost segment with nothing behind it is sent again after 300, 600, 1200 ms", () => {
    const tcp = { tailLossProbe: false };
    const rig = opened({ tcp, toServer: drop(["DATA", 1], ["DATA", 2], ["DATA", 3]) });
    rig.asking.channel?.send(new Frame("HELLO", 100));
    expect(rig.until(5000).transcript(200)).toEqual([
      "   200 client >        DATA 1..101 ack 1 [HELLO] (loss)",
      "   500 client >        DATA 1..101 ack 1 [HELLO] again (loss)",
      "  1100 client >        DATA 1..101 ack 1 [HELLO] again (loss)",
      "  2300 client >        DATA 1..101 ack 1 [HELLO] again",
      "  2350        < server ACK 1..1 ack 101",
      "  2350 server read HELLO",
    ]);
    expect(rig.network.statistics.retransmissions).toBe(3);
  });

  test("the timeout returns to normal after a round trip that worked", () => {
    const rig = opened({ toServer: drop(["DATA", 1], ["DATA", 2], ["DATA", 4]) });
    rig.asking.channel?.send(new Frame("A", 100));
    rig.until(3000);
    rig.asking.channel?.send(new Frame("B", 100));
    rig.until(6000);
    expect(rig.transcript(3000).filter((line) => line.includes("again"))).toEqual([
      "  3300 client >        DATA 101..201 ack 1 [B] again",
    ]);
  });

  test("three duplicate acknowledgments bring a fast retransmit, without a timeout", () => {
    const rig = opened({ tcp: { sack: false }, toServer: drop(["DATA", 2]) });
    writing(6, 1448)(channelOf(rig.asking));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..1449 ack 1 [F0]",
      "   200 client >        DATA 1449..2897 ack 1 [F1] (loss)",
      "   200 client >        DATA 2897..4345 ack 1 [F2]",
      "   200 client >        DATA 4345..5793 ack 1 [F3]",
      "   200 client >        DATA 5793..7241 ack 1 [F4]",
      "   200 client >        DATA 7241..8689 ack 1 [F5]",
      "   250        < server ACK 1..1 ack 1449",
      "   250 server read F0",
      "   250        < server ACK 1..1 ack 1449",
      "   250        < server ACK 1..1 ack 1449",
      "   250        < server ACK 1..1 ack 1449",
      "   250        < server ACK 1..1 ack 1449",
      "   300 client >        DATA 1449..2897 ack 1 [F1] again",
      "   350        < server ACK 1..1 ack 8689",
      "   350 server read F1",
      "   350 server read F2",
      "   350 server read F3",
      "   350 server read F4",
      "   350 server read F5",
    ]);
    const timers = rig.trace.events?.filter((event) => event.type === "timer-fired");
    expect(timers).toEqual([]);
  });

  test("without selective acknowledgments a partial one reveals the second hole, a round trip later", () => {
    const rig = opened({ tcp: { sack: false }, toServer: drop(["DATA", 2], ["DATA", 4]) });
    writing(8, 1448)(channelOf(rig.asking));
    const again = rig
      .until(2000)
      .transcript()
      .filter((line) => line.includes("again"));
    expect(again).toEqual([
      "   300 client >        DATA 1449..2897 ack 1 [F1] again",
      "   400 client >        DATA 4345..5793 ack 1 [F3] again",
    ]);
    expect(rig.serving.received).toHaveLength(8);
  });

  test("after a timeout everything lost goes again as acknowledgments come in, from a window of one", () => {
    const tcp = { tailLossProbe: false };
    const rig = opened({ tcp, toServer: drop(["DATA", 1], ["DATA", 2], ["DATA", 3], ["DATA", 4]) });
    writing(4, 1448)(channelOf(rig.asking));
    expect(
      rig
        .until(3000)
        .transcript(201)
        .filter((line) => line.includes("DATA")),
    ).toEqual([
      "   500 client >        DATA 1..1449 ack 1 [F0] again",
      "   600 client >        DATA 1449..2897 ack 1 [F1] again",
      "   600 client >        DATA 2897..4345 ack 1 [F2] again",
      "   700 client >        DATA 4345..5793 ack 1 [F3] again",
    ]);
    expect(rig.serving.received).toEqual(["F0", "F1", "F2", "F3"]);
  });

  test("a paused program closes the window; probes find out when it opens", () => {
    const rig = new Rig({ tcp: { receiveBuffer: 4000, nagle: false } });
    rig.asking.onOpen = writing(6, 1000);
    rig.connect();
    rig.until(120);
    rig.server.pause(120 * MILLISECOND);
    rig.until(3000);
    expect(rig.asking.channel?.unsentBytes).toBe(2000);
    rig.server.resume(3000 * MILLISECOND);
    expect(rig.until(3200).transcript(140)).toEqual([
      "   150 server opened",
      "   150        < server ACK 1..1 ack 1001",
      "   150        < server ACK 1..1 ack 2001",
      "   150        < server ACK 1..1 ack 4001",
      "   500 client >        ACK 4000..4000 ack 1",
      "   550        < server ACK 1..1 ack 4001",
      "  1100 client >        ACK 4000..4000 ack 1",
      "  1150        < server ACK 1..1 ack 4001",
      "  2300 client >        ACK 4000..4000 ack 1",
      "  2350        < server ACK 1..1 ack 4001",
      "  3000 server read F0",
      "  3000 server read F1",
      "  3000        < server ACK 1..1 ack 4001",
      "  3000 server read F2",
      "  3000 server read F3",
      "  3000        < server ACK 1..1 ack 4001",
      "  3050 client >        DATA 4001..5449 ack 1 [F4 F5]",
      "  3050 client >        DATA 5449..6001 ack 1",
      "  3100        < server ACK 1..1 ack 5449",
      "  3100 server read F4",
      "  3100        < server ACK 1..1 ack 6001",
      "  3100 server read F5",
    ]);
  });

  test("a frame larger than the receive buffer passes, and waits while the program is paused in its midst", () => {
    const rig = new Rig({ tcp: { receiveBuffer: 4000 } });
    rig.asking.onOpen = writing(1, 20_000);
    rig.connect();
    rig.until(120);
    rig.server.pause(120 * MILLISECOND);
    rig.until(2000);
    expect(rig.asking.channel?.unsentBytes).toBe(16_000);
    rig.server.resume(2000 * MILLISECOND);
    rig.until(4000);
    expect(rig.serving.received).toEqual(["F0"]);
  });

  test("a busy program slows its sender down to what it can take", () => {
    const rig = new Rig({
      tcp: { receiveBuffer: 10_000 },
      serverCpu: { cores: 1, service: { kind: "constant", value: 100 * MILLISECOND } },
    });
    rig.asking.onOpen = writing(100, 1000);
    rig.connect();
    rig.until(5150);
    // 51 turns of 100 ms since the connection opened, the first of them for the opening itself.
    expect(rig.serving.received).toHaveLength(49);
    expect(rig.asking.channel?.unsentBytes).toBeGreaterThan(100_000 - 60_000 - 1448);
    rig.until(11_000);
    expect(rig.serving.received).toHaveLength(100);
  });

  test("the remainder of a window is not used for a small segment while others are under way", () => {
    const rig = new Rig({ tcp: { receiveBuffer: 4000, nagle: false } });
    rig.asking.onOpen = writing(1, 20_000);
    rig.connect();
    expect(
      rig
        .until(180)
        .transcript()
        .filter((line) => line.includes("DATA")),
    ).toEqual([
      "   100 client >        DATA 1..1449 ack 1 [F0]",
      "   100 client >        DATA 1449..2897 ack 1",
    ]);
  });

  test("once the window is open the timeout is no longer that of the probes", () => {
    const rig = new Rig({
      tcp: { receiveBuffer: 4000, nagle: false, tailLossProbe: false },
      toServer: drop(["DATA", 5], ["DATA", 6]),
    });
    rig.asking.onOpen = writing(6, 1000);
    rig.connect();
    rig.until(120);
    rig.server.pause(120 * MILLISECOND);
    rig.until(3000);
    rig.server.resume(3000 * MILLISECOND);
    rig.until(10_000);
    expect(rig.transcript(3000).filter((line) => line.includes("again"))[0]).toBe(
      "  3350 client >        DATA 4001..5449 ack 1 [F4 F5] again",
    );
  });

  test("a window that the application does not use does not grow", () => {
    const rig = opened({ tcp: { nagle: false } });
    for (let i = 0; i < 300; i++) {
      rig.asking.channel?.send(new Frame("SMALL", 10));
      rig.until(200 + 20 * i);
    }
    const start = rig.simulation.now / MILLISECOND + 1000;
    rig.until(start);
    writing(40, 1448)(channelOf(rig.asking));
    const burst = rig.transcript(start).filter((line) => line.includes("DATA"));
    expect(burst).toHaveLength(10);
  });

  test("after silence the window is the initial one again", () => {
    const rig = opened({ tcp: { receiveBuffer: 500_000 } });
    writing(120, 1448)(channelOf(rig.asking));
    rig.until(700);
    const burst = (): number => {
      const start = rig.simulation.now / MILLISECOND;
      writing(120, 1448)(channelOf(rig.asking));
      return rig.transcript(start).filter((line) => line.includes("DATA")).length;
    };
    expect(burst()).toBeGreaterThan(60);
    rig.until(10_000);
    expect(burst()).toBe(10);
  });

  test("a window probe that is never answered ends the connection", () => {
    const rig = new Rig({ tcp: { receiveBuffer: 1000, retries: 3 } });
    rig.asking.onOpen = writing(3, 1000);
    rig.connect();
    rig.until(120);
    rig.server.pause(120 * MILLISECOND);
    rig.until(400);
    rig.server.losePower(400 * MILLISECOND);
    rig.until(60_000);
    expect(rig.asking.closings).toEqual(["timeout"]);
  });
});

describe("recovery", () => {
  const data = (rig: Rig, from = 0): string[] => rig.transcript(from).filter((line) => line.includes("DATA"));

  test("a tail-loss probe carries new data, even what Nagle's rule holds; its answer reveals the loss", () => {
    const rig = opened({ toServer: drop(["DATA", 1]) });
    writing(3, 10)(channelOf(rig.asking));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..11 ack 1 [F0] (loss)",
      "   500 client >        DATA 11..31 ack 1 [F1 F2]",
      "   550        < server ACK 1..1 ack 1 sack 11..31",
      "   600 client >        DATA 1..11 ack 1 [F0] again",
      "   650        < server ACK 1..1 ack 31",
      "   650 server read F0",
      "   650 server read F1",
      "   650 server read F2",
    ]);
  });

  test("without new data it carries the last segment again, and waits less where several are under way", () => {
    const one = opened({ toServer: drop(["DATA", 1]) });
    writing(1, 10)(channelOf(one.asking));
    expect(data(one.until(1000), 201)).toEqual(["   500 client >        DATA 1..11 ack 1 [F0] again"]);
    const four = opened({ toServer: drop(["DATA", 3], ["DATA", 4]) });
    writing(4, 1448)(channelOf(four.asking));
    // 200 ms after the acknowledgment at 300; its answer tells of the other loss.
    expect(data(four.until(2000), 201)).toEqual([
      "   500 client >        DATA 4345..5793 ack 1 [F3] again",
      "   600 client >        DATA 2897..4345 ack 1 [F2] again",
    ]);
  });

  test("after one probe comes the retransmission timeout, which doubles", () => {
    const rig = opened({ toServer: drop(["DATA", 1], ["DATA", 2], ["DATA", 3], ["DATA", 4]) });
    writing(1, 10)(channelOf(rig.asking));
    const timers = rig
      .until(5000)
      .trace.events?.flatMap((event) =>
        event.type === "timer-fired" ? [`${event.at / 1e6} ${event.timer}`] : [],
      );
    expect(timers).toEqual([
      "500 tail-loss probe",
      "800 retransmission timeout",
      "1400 retransmission timeout",
      "2600 retransmission timeout",
    ]);
  });

  test("a probe that repaired a loss lowers the window", () => {
    const rig = opened({ toServer: drop(["DATA", 4]) });
    writing(4, 1448)(channelOf(rig.asking));
    rig.until(550);
    writing(2, 1448)(channelOf(rig.asking));
    rig.until(2000);
    const windows = rig.trace.events?.flatMap((event) =>
      event.type === "congestion" && event.node === "client" ? [event.window] : [],
    );
    expect(windows?.at(-1)).toBeLessThan(10);
  });

  test("a segment overtaken by one later one is given a quarter of a round trip", () => {
    const rig = opened({ tcp: { nagle: false }, toServer: drop(["DATA", 1]) });
    writing(1, 10)(channelOf(rig.asking));
    rig.until(210);
    rig.asking.channel?.send(new Frame("LATER", 10));
    // 25 ms after it would have been acknowledged.
    expect(data(rig.until(1000), 211)).toEqual(["   325 client >        DATA 1..11 ack 1 [F0] again"]);
    expect(rig.trace.events?.filter(({ type }) => type === "timer-fired")).toHaveLength(1);
  });

  test("acknowledgments that come later than that find it lost", () => {
    const rig = opened({ tcp: { nagle: false }, toServer: drop(["DATA", 1]) });
    writing(1, 10)(channelOf(rig.asking));
    rig.until(240);
    rig.asking.channel?.send(new Frame("LATER", 10));
    expect(data(rig.until(1000), 241)).toEqual(["   340 client >        DATA 1..11 ack 1 [F0] again"]);
  });

  test("a segment overtaken by three is lost at once, and every hole is repaired in one round trip", () => {
    const rig = opened({ toServer: drop(["DATA", 2], ["DATA", 4]) });
    writing(8, 1448)(channelOf(rig.asking));
    expect(data(rig.until(2000), 201)).toEqual([
      "   300 client >        DATA 1449..2897 ack 1 [F1] again",
      "   300 client >        DATA 4345..5793 ack 1 [F3] again",
    ]);
    expect(
      rig
        .transcript()
        .filter((line) => line.includes("sack"))
        .at(-1),
    ).toBe("   350        < server ACK 1..1 ack 4345 sack 5793..11585");
  });

  test("a copy that is lost is found by what was sent after it", () => {
    const rig = opened({ tcp: { receiveBuffer: 1_000_000 }, toServer: drop(["DATA", 2], ["DATA", 15]) });
    writing(40, 1448)(channelOf(rig.asking));
    const again = data(rig.until(3000)).filter((line) => line.includes("again"));
    expect(again.map((line) => line.trim().split(" ")[0])).toEqual(["300", "400"]);
    expect(rig.serving.received).toHaveLength(40);
  });

  test("small segments that are sent again after a timeout go as one", () => {
    const tcp = { nagle: false, tailLossProbe: false };
    const rig = opened({ tcp, toServer: drop(["DATA", 1], ["DATA", 2], ["DATA", 3]) });
    writing(3, 100)(channelOf(rig.asking));
    expect(data(rig.until(2000), 201)).toEqual(["   500 client >        DATA 1..301 ack 1 [F0 F1 F2] again"]);
  });

  test("a network that reorders is waited for once that was seen", () => {
    const rig = opened({
      tcp: { receiveBuffer: 1_000_000 },
      link: { reorder: true, delay: { kind: "uniform", min: 40 * MILLISECOND, max: 60 * MILLISECOND } },
    });
    writing(300, 1448)(channelOf(rig.asking));
    rig.until(20_000);
    expect(rig.serving.received).toHaveLength(300);
    expect(rig.network.statistics.retransmissions).toBeLessThan(30);
  });

  test("while losses are repaired, what is sent follows what arrives, down to 0.7 of the window", () => {
    const rig = opened({ tcp: { receiveBuffer: 1_000_000 }, toServer: drop(["DATA", 11]) });
    writing(100, 1448)(channelOf(rig.asking));
    rig.until(500);
    const flight = (from: number, to: number): number[] =>
      (rig.trace.events ?? []).flatMap((event) =>
        event.type === "congestion" && event.node === "client" && event.state === "recovery"
          ? event.at >= from * MILLISECOND && event.at < to * MILLISECOND
            ? [event.segmentsInFlight]
            : []
          : [],
      );
    const during = flight(400, 500);
    expect(during.length).toBeGreaterThan(5);
    expect(Math.min(...during)).toBeGreaterThanOrEqual(14); // 0.7 · 20: never a silence, never a burst
    expect(during.at(-1)).toBeLessThanOrEqual(15);
  });

  test("a user timeout ends the connection when data stays unacknowledged for so long", () => {
    const rig = opened({ tcp: { userTimeout: 5 * SECOND } });
    rig.server.losePower(200 * MILLISECOND);
    writing(1, 10)(channelOf(rig.asking));
    rig.until(60_000);
    // Counted from the first retransmission by the timer, at 800 ms.
    expect(rig.transcript().at(-1)).toBe("  5800 client closed: timeout");
  });

  test("a closed connection gives up earlier than one that a program holds", () => {
    for (const [closes, seconds] of [
      [false, 924.6],
      [true, 102.2],
    ] as const) {
      const rig = opened();
      rig.server.losePower(200 * MILLISECOND);
      writing(1, 10)(channelOf(rig.asking));
      if (closes) rig.asking.channel?.close();
      rig.until(900 * seconds);
      expect(rig.connections).toBe(1);
      rig.until(1600 * seconds);
      expect(rig.connections).toBe(0);
    }
  });

  test("timers wait for a tick, and long ones for the next eighth", () => {
    const rig = opened({ tcp: { timerGranularity: 4 * MILLISECOND }, toServer: drop(["DATA", 1]) });
    writing(2, 10)(channelOf(rig.asking));
    // 300 ms are 75 ticks from tick 50; the wheel's next slot on its second level is that of tick 128.
    expect(data(rig.until(1000), 201)[0]).toBe("   512 client >        DATA 11..21 ack 1 [F1]");
  });

  test("where one side cannot, neither uses selective acknowledgments or timestamps", () => {
    const rig = opened({ serverTcp: { sack: false, timestamps: false }, toServer: drop(["DATA", 2]) });
    writing(6, 1448)(channelOf(rig.asking));
    rig.until(1000);
    expect(rig.transcript().filter((line) => line.includes("sack"))).toEqual([]);
    const sizes = rig.trace.events?.flatMap((event) =>
      event.type === "packet-sent" && event.contents[0]?.name === "ACK" ? [event.bytes] : [],
    );
    expect(new Set(sizes)).toEqual(new Set([40]));
    expect(rig.serving.received).toHaveLength(6);
  });
});

describe("a kept trace", () => {
  test("has the congestion window and what is in flight whenever they change", () => {
    const rig = opened({ tcp: { quickAck: true } });
    writing(12, 1448)(channelOf(rig.asking));
    rig.until(310);
    const events = (rig.trace.events ?? []).flatMap((event) =>
      event.type === "congestion" && event.node === "client" && event.at >= 200 * MILLISECOND
        ? [[event.at / MILLISECOND, event.window, event.segmentsInFlight, event.bytesInFlight]]
        : [],
    );
    expect(events.slice(0, 2)).toEqual([
      [200, 10, 1, 1448],
      [200, 10, 2, 2 * 1448],
    ]);
    expect(events.slice(9, 12)).toEqual([
      [200, 10, 10, 10 * 1448],
      [300, 11, 11, 11 * 1448],
      [300, 12, 10, 10 * 1448],
    ]);
  });

  test("has the header fields of every segment", () => {
    const rig = opened();
    writing(1, 10)(channelOf(rig.asking));
    rig.until(300);
    const [sent] = (rig.trace.events ?? []).filter(
      (event) => event.type === "packet-sent" && event.contents[0]?.name === "DATA",
    );
    expect(sent?.type === "packet-sent" && sent.contents[0]?.segment).toEqual({
      connection: 1,
      sequence: 1,
      length: 10,
      acknowledgment: 1,
      window: 65_535,
      flags: ["ACK", "PSH"],
      sack: [],
    });
  });
});

describe("ending", () => {
  test("closing sends what was written, then a FIN each way", () => {
    const rig = opened();
    writing(2, 1000)(channelOf(rig.asking));
    rig.asking.channel?.close();
    rig.asking.channel?.send(new Frame("LATE", 10));
    expect(rig.until(1000).transcript(200)).toEqual([
      "   200 client >        DATA 1..1001 ack 1 [F0]",
      "   200 client closed: closed",
      "   200 client >        FIN 1001..2002 ack 1 [F1]",
      "   250        < server ACK 1..1 ack 1001",
      "   250 server read F0",
      "   250        < server ACK 1..1 ack 2002",
      "   250 server read F1",
      "   250 server closed: peer-closed",
      "   250        < server FIN 1..2 ack 2002",
      "   300 client >        ACK 2002..2002 ack 2",
    ]);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });

  test("what arrives after closing is acknowledged and dropped", () => {
    const rig = opened();
    rig.serving.channel?.send(new Frame("ON ITS WAY", 500));
    rig.asking.channel?.close();
    rig.until(2000);
    expect(rig.asking.received).toEqual([]);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.network.statistics.resets).toBe(0);
    expect(rig.connections).toBe(0);
  });

  test("both sides may close at once", () => {
    const rig = opened();
    rig.asking.channel?.close();
    rig.serving.channel?.close();
    expect(rig.until(2000).transcript(200)).toEqual([
      "   200 client closed: closed",
      "   200 client >        FIN 1..2 ack 1",
      "   200 server closed: closed",
      "   200        < server FIN 1..2 ack 1",
      "   250        < server ACK 2..2 ack 2",
      "   250 client >        ACK 2..2 ack 2",
    ]);
    expect(rig.connections).toBe(0);
  });

  test("a lost FIN is sent again; when the last acknowledgment is lost a reset stands in for it", () => {
    const lostFin = opened({ toServer: drop(["FIN", 1]) });
    lostFin.asking.channel?.close();
    lostFin.until(3000);
    expect(lostFin.serving.closings).toEqual(["peer-closed"]);
    expect(lostFin.connections).toBe(0);

    const lostAck = opened({ toServer: drop(["ACK", 2]) });
    lostAck.asking.channel?.close();
    expect(lostAck.until(3000).transcript(240)).toEqual([
      "   250        < server ACK 1..1 ack 2",
      "   250 server closed: peer-closed",
      "   250        < server FIN 1..2 ack 2",
      "   300 client >        ACK 2..2 ack 2 (loss)",
      "   550        < server FIN 1..2 ack 2 again",
      "   600 client >        RST 2..2",
    ]);
    expect(lostAck.serving.closings).toEqual(["peer-closed"]);
    expect(lostAck.connections).toBe(0);
    expect(lostAck.network.statistics.resets).toBe(0);
  });

  test("aborting resets the other side, also when data before the reset was lost", () => {
    const rig = opened({ toServer: drop(["DATA", 1]) });
    rig.asking.channel?.send(new Frame("A", 5));
    rig.asking.channel?.abort();
    expect(rig.until(3000).transcript(200)).toEqual([
      "   200 client >        DATA 1..6 ack 1 [A] (loss)",
      "   200 client >        RST 6..6 ack 1",
      "   200 client closed: reset",
      "   250        < server ACK 1..1 ack 1",
      "   300 client >        RST 1..1",
      "   350 server closed: reset",
    ]);
    expect(rig.serving.closings).toEqual(["reset"]);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.network.statistics.resets).toBe(2);
  });

  test("closing or aborting before the connection is open sends nothing more", () => {
    for (const end of ["close", "abort"] as const) {
      const rig = new Rig();
      const channel = rig.connect();
      rig.until(20);
      channel[end]();
      expect(rig.until(3000).transcript()).toEqual([
        "     0 client >        SYN 0..1",
        "    50        < server SYN-ACK 0..1 ack 1",
        "   100 client >        RST 1..1",
      ]);
      expect(rig.serving.openings).toBe(0);
      expect(rig.connections).toBe(0);
    }
  });

  test("a program may end the channel in the very call that opens it", () => {
    for (const end of ["close", "abort"] as const) {
      const rig = new Rig();
      rig.serving.onOpen = (channel) => {
        channel.send(new Frame("BYE", 5));
        channel[end]();
      };
      rig.connect().send(new Frame("HELLO", 5));
      rig.until(3000);
      expect(rig.serving.received).toEqual([]);
      expect(rig.asking.closings).toEqual([end === "close" ? "peer-closed" : "reset"]);
      expect(rig.connections).toBe(0);
    }
  });

  test("nothing is sent after the end, whatever the program still reads", () => {
    const early = new Rig({ toServer: drop(["ACK", 1]), tcp: { delayedAck: 0 } });
    early.serving.onOpen = (channel) => channel.abort();
    early.connect().send(new Frame("HELLO", 5)); // opens the connection and carries data at once
    expect(early.until(3000).transcript(150)).toEqual([
      "   150 server opened",
      "   150        < server RST 1..1 ack 1",
      "   150 server closed: reset",
      "   200 client closed: reset",
    ]);

    const late = new Rig({ tcp: { receiveBuffer: 2000 } });
    late.asking.onOpen = writing(1, 1000);
    late.connect();
    late.until(160);
    late.asking.channel?.send(new Frame("F1", 1000));
    late.server.pause(160 * MILLISECOND);
    late.until(400);
    late.asking.channel?.abort();
    late.until(500);
    late.server.resume(500 * MILLISECOND);
    expect(late.until(1000).transcript(500)).toEqual(["   500 server read F1"]);
    expect(late.serving.closings).toEqual(["reset"]);
  });

  test("the fault `reset` ends both sides at once without a segment", () => {
    const rig = opened();
    rig.network.reset(rig.client, rig.server, 200 * MILLISECOND);
    expect(rig.until(3000).transcript(200)).toEqual([
      "   200 client closed: reset",
      "   200 server closed: reset",
    ]);
    expect(rig.asking.closings).toEqual(["reset"]);
    expect(rig.serving.closings).toEqual(["reset"]);
    expect(rig.connections).toBe(0);
  });

  test("a program may connect again in the call that tells it of the end", () => {
    const rig = opened();
    rig.asking.onClose = () => {
      rig.connect();
    };
    rig.network.reset(rig.client, rig.server, 200 * MILLISECOND);
    rig.until(1000);
    expect(rig.asking.openings).toBe(2);
    expect(rig.connections).toBe(2);
  });
});

describe("machines that fail", () => {
  test("a crashed process's connection is closed for it; what it had written still arrives", () => {
    const rig = opened();
    writing(3, 10)(channelOf(rig.asking));
    rig.client.crash(200 * MILLISECOND);
    expect(rig.until(3000).transcript(200)).toEqual([
      "   200 client >        DATA 1..11 ack 1 [F0]",
      "   200 client closed: closed",
      "   200 client >        FIN 11..32 ack 1 [F1 F2]",
      "   250        < server ACK 1..1 ack 11",
      "   250 server read F0",
      "   250        < server ACK 1..1 ack 32",
      "   250 server read F1",
      "   250 server read F2",
      "   250 server closed: peer-closed",
      "   250        < server FIN 1..2 ack 32",
      "   300 client >        ACK 32..32 ack 2",
    ]);
    expect(rig.connections).toBe(0);
  });

  test("what exceeds the send buffer dies with the process", () => {
    const rig = opened({ tcp: { sendBuffer: 20_000 } });
    writing(30, 1000)(channelOf(rig.asking));
    rig.client.crash(200 * MILLISECOND);
    rig.until(3000);
    expect(rig.serving.received).toHaveLength(20);
    expect(rig.serving.closings).toEqual(["peer-closed"]);
    expect(rig.connections).toBe(0);
  });

  test("with data unread a crash sends a reset", () => {
    const rig = opened();
    rig.client.pause(200 * MILLISECOND);
    rig.serving.channel?.send(new Frame("NEVER READ", 1000));
    rig.until(280);
    rig.client.crash(280 * MILLISECOND);
    expect(rig.until(3000).transcript(280)).toEqual([
      "   280 client closed: closed",
      "   280 client >        RST 1..1 ack 1001",
      "   330 server closed: reset",
    ]);
    expect(rig.asking.received).toEqual([]);
    expect(rig.connections).toBe(0);
  });

  test("data for a process that has died is answered by a reset", () => {
    const rig = opened();
    rig.client.crash(200 * MILLISECOND);
    rig.serving.channel?.send(new Frame("LATE", 100));
    expect(rig.until(1000).transcript(250)).toEqual([
      "   250        < server ACK 101..101 ack 2",
      "   250 server closed: peer-closed",
      "   250        < server FIN 101..102 ack 2",
      "   250 client >        RST 2..2 ack 1",
      "   300 client >        RST 2..2",
      "   300 client >        RST 2..2",
    ]);
    expect(rig.connections).toBe(0);
  });

  test("a dead process's connection does not wait for ever for the other side to close", () => {
    const rig = opened();
    rig.server.pause(200 * MILLISECOND);
    rig.client.crash(200 * MILLISECOND);
    rig.until(60_000);
    expect(rig.connections).toBe(2);
    rig.until(61_000);
    expect(rig.connections).toBe(1);

    const closedBefore = opened();
    closedBefore.server.pause(200 * MILLISECOND);
    closedBefore.asking.channel?.close();
    closedBefore.until(100_000);
    closedBefore.client.crash(100 * SECOND);
    closedBefore.until(159_000);
    expect(closedBefore.connections).toBe(2);
    closedBefore.until(161_000);
    expect(closedBefore.connections).toBe(1);
  });

  test("half-open: a machine that lost its power and came back resets who still believes", () => {
    const rig = opened();
    rig.server.losePower(200 * MILLISECOND);
    rig.until(300);
    rig.server.start(300 * MILLISECOND);
    rig.asking.channel?.send(new Frame("ANYBODY?", 5));
    expect(rig.until(1000).transcript(300)).toEqual([
      "   300 client >        DATA 1..6 ack 1 [ANYBODY?]",
      "   350        < server RST 1..1",
      "   400 client closed: reset",
    ]);
    expect(rig.asking.closings).toEqual(["reset"]);
    expect(rig.serving.closings).toEqual([]);
    expect(rig.connections).toBe(0);
  });

  test("a connection of after the power loss is not taken for one of before", () => {
    const rig = opened();
    rig.server.losePower(200 * MILLISECOND);
    rig.until(300);
    rig.server.start(300 * MILLISECOND);
    const older = channelOf(rig.asking);
    rig.connect().send(new Frame("NEW", 10));
    rig.until(600);
    older.send(new Frame("OLD", 10));
    rig.until(2000);
    expect(rig.serving.received).toEqual(["NEW"]);
    expect(rig.asking.closings).toEqual(["reset"]);
    expect(rig.connections).toBe(2);
  });

  test("a machine that is gone is noticed when the retransmissions are used up", () => {
    const rig = opened({ tcp: { retries: 4, tailLossProbe: false } });
    rig.server.losePower(200 * MILLISECOND);
    rig.asking.channel?.send(new Frame("PING", 5));
    expect(rig.until(60_000).transcript(200)).toEqual([
      "   200 client >        DATA 1..6 ack 1 [PING] (node-down)",
      "   500 client >        DATA 1..6 ack 1 [PING] again (node-down)",
      "  1100 client >        DATA 1..6 ack 1 [PING] again (node-down)",
      "  2300 client >        DATA 1..6 ack 1 [PING] again (node-down)",
      "  4700 client >        DATA 1..6 ack 1 [PING] again (node-down)",
      "  9500 client closed: timeout",
    ]);
    expect(rig.connections).toBe(0);
  });

  test("without keepalive an idle connection to a machine that is gone stays open for ever", () => {
    const rig = opened();
    rig.server.losePower(200 * MILLISECOND);
    rig.until(10_000_000);
    expect(rig.asking.closings).toEqual([]);
    expect(rig.connections).toBe(1);
  });

  test("keepalive probes a silent connection and ends it when they stay unanswered", () => {
    const rig = opened({
      tcp: { keepaliveIdle: 10 * SECOND, keepaliveInterval: SECOND, keepaliveProbes: 3 },
    });
    rig.until(12_000);
    rig.server.losePower(12 * SECOND);
    expect(rig.until(60_000).transcript(200)).toEqual([
      " 10100 client >        ACK 0..0 ack 1",
      " 10150        < server ACK 0..0 ack 1",
      " 10150        < server ACK 1..1 ack 1",
      " 10200 client >        ACK 1..1 ack 1",
      " 20200 client >        ACK 0..0 ack 1 (node-down)",
      " 21200 client >        ACK 0..0 ack 1 (node-down)",
      " 22200 client >        ACK 0..0 ack 1 (node-down)",
      " 23200 client >        RST 1..1 ack 1 (node-down)",
      " 23200 client closed: timeout",
    ]);
    expect(rig.asking.closings).toEqual(["timeout"]);
    expect(rig.connections).toBe(0);
  });
});
