/** Throughput against what the theory of TCP says. */
import { describe, expect, test } from "vitest";
import { MILLISECOND } from "../../../src/kernel/index.js";
import type { TcpSpec } from "../../../src/network/index.js";
import { Frame, Rig, type RigOptions } from "./rig.js";

/** Keeps the client's channel filled; the bytes read by the server are its frames times their size. */
function bulk(options: RigOptions & { readonly tcp: Partial<TcpSpec> }, frameBytes: number): Rig {
  const rig = new Rig({ ...options, keepTrace: options.keepTrace ?? false });
  const frame = new Frame("BULK", frameBytes);
  const fill = (): void => {
    const { channel } = rig.asking;
    while (channel !== undefined && channel.unsentBytes < 400_000) channel.send(frame);
  };
  rig.asking.onOpen = fill;
  const actor = rig.simulation.register({
    fire: (_code, now) => {
      fill();
      rig.simulation.schedule(now + 10 * MILLISECOND, actor, 0);
    },
  });
  rig.simulation.schedule(200 * MILLISECOND, actor, 0);
  rig.connect();
  return rig;
}

/** Bytes read by the server between two instants in milliseconds. */
function readBetween(rig: Rig, from: number, to: number, frameBytes: number): number {
  const { receivedAt } = rig.serving;
  return frameBytes * receivedAt.filter((at) => at >= from * MILLISECOND && at < to * MILLISECOND).length;
}

describe("a long flow", () => {
  test("fills a link of 10 Mbit/s and 100 ms to 95 %, once slow start is over", () => {
    const rig = bulk({ bandwidth: 10e6, tcp: { receiveBuffer: 400_000 } }, 1448);
    rig.until(10_000);
    const bits = 8 * readBetween(rig, 2_000, 10_000, 1448) * (1500 / 1448);
    expect(bits / 8 / 10e6).toBeGreaterThan(0.95);
    expect(bits / 8 / 10e6).toBeLessThanOrEqual(1);
    expect(rig.network.statistics.retransmissions).toBe(0);
  });

  test("fills it to 95 % also where the queue overflows, with a queue as large as the pipe", () => {
    const rig = bulk(
      { bandwidth: 10e6, link: { queueLimit: 125_000 }, tcp: { receiveBuffer: 1_000_000 } },
      1448,
    );
    // Slow start overshoots by a whole pipe, and NewReno repairs one loss per round trip: that takes a while.
    rig.until(120_000);
    const bits = 8 * readBetween(rig, 60_000, 120_000, 1448) * (1500 / 1448);
    expect(bits / 60 / 10e6).toBeGreaterThan(0.95);
    expect(rig.network.statistics.packetsLost).toBeGreaterThan(0);
  });

  test("is limited to the receive window per round trip", () => {
    const rig = bulk(
      { tcp: { receiveBuffer: 10 * 1448, receiveBufferMax: 10 * 1448, congestion: "none" } },
      1448,
    );
    rig.until(10_200);
    // The window opens as acknowledgments come back: ten segments each 100 ms.
    expect(readBetween(rig, 200, 10_200, 1448) / (100 * 10 * 1448)).toBeCloseTo(1, 1);
  });

  test("doubles its window each round trip in slow start", () => {
    const rig = bulk({ tcp: { receiveBuffer: 4_000_000 } }, 1448);
    rig.until(700);
    const rounds = [0, 1, 2, 3, 4].map(
      (round) => readBetween(rig, 149 + 100 * round, 249 + 100 * round, 1448) / 1448,
    );
    expect(rounds).toEqual([10, 20, 40, 80, 160]);
  });

  /** Mathis et al. 1997: 1.22 · MSS / (RTT · √p), where every segment is acknowledged and losses are repaired. */
  test.each([0.0001, 0.001, 0.01])("at a loss of %f comes within 15 % of the square-root law", (loss) => {
    const mss = 1448;
    const seconds = 200;
    let sum = 0;
    const seeds = ["a", "b", "c"];
    for (const seed of seeds) {
      const rig = bulk(
        {
          seed,
          toServer: { kind: "bernoulli", probability: loss },
          tcp: { mss, receiveBuffer: 4_000_000, congestion: "reno", quickAck: true },
        },
        mss,
      );
      rig.until(1000 * seconds);
      sum += readBetween(rig, 10_000, 1000 * seconds, mss) / (seconds - 10);
    }
    const ratio = sum / seeds.length / ((1.22 * mss) / (0.1 * Math.sqrt(loss)));
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  });

  /**
   * Padhye, Firoiu, Towsley and Kurose 1998, with p as the rate of loss events and T0 as the timeout, both as they
   * were in the run; b = 2 segments an acknowledgment, where the window grows by acknowledgments. (Linux counts
   * segments, so that b is 1 for the growth of the window whatever is acknowledged when.)
   */
  test.each([0.005, 0.02, 0.05])("at a loss of %f comes within 25 % of the PFTK formula", (loss) => {
    const seconds = 200;
    const rig = bulk(
      {
        seed: "pftk",
        keepTrace: true,
        toServer: { kind: "bernoulli", probability: loss },
        tcp: {
          receiveBuffer: 4_000_000,
          congestion: "reno",
          byteCounting: false,
          sack: false,
          tailLossProbe: false,
        },
      },
      1448,
    );
    rig.until(1000 * seconds);
    let segments = 0;
    let events = 0;
    let state = "open";
    const timeouts: number[] = [];
    for (const event of rig.trace.events ?? []) {
      if (event.type === "packet-sent" && event.from === "client") segments++;
      if (event.type !== "congestion" || event.node !== "client") continue;
      // A timeout after another is the same event; so is one in a recovery.
      if (event.state !== state && (event.state === "recovery" || state === "open" || state === "disorder")) {
        if (event.state === "recovery" || event.state === "loss") events++;
      }
      if (event.state === "open") timeouts.push(event.timeout / 1e9);
      state = event.state;
    }
    const p = events / segments;
    const rtt = 0.1;
    const b = 2;
    const timeout = timeouts.reduce((sum, value) => sum + value, 0) / timeouts.length;
    const perSecond =
      1 /
      (rtt * Math.sqrt((2 * b * p) / 3) +
        timeout * Math.min(1, 3 * Math.sqrt((3 * b * p) / 8)) * p * (1 + 32 * p * p));
    const ratio = segments / seconds / perSecond;
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.25);
  });
});
