/** The parts of TCP, each on its own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MILLISECOND, NEVER, SECOND, Simulation, Timers } from "../../../src/kernel/index.js";
import { ByteStream } from "../../../src/network/tcp/byte-stream.js";
import { congestionWindow } from "../../../src/network/tcp/congestion-controls.js";
import type { CongestionWindow } from "../../../src/network/tcp/congestion-window.js";
import { Keepalive } from "../../../src/network/tcp/keepalive.js";
import { LINUX_TCP } from "../../../src/network/tcp/index.js";
import { Reassembly } from "../../../src/network/tcp/reassembly.js";
import { Receiver } from "../../../src/network/tcp/receiver.js";
import { ReceiveWindow } from "../../../src/network/tcp/receive-window.js";
import { RttEstimator } from "../../../src/network/tcp/rtt-estimator.js";
import { ACK, AGAIN, FIN, type Origin, PSH, RST, Segment, SYN } from "../../../src/network/tcp/segment.js";
import { NO_SLOT } from "../../../src/network/tcp/sending-order.js";
import { CARRIES_FIN, SentSegments } from "../../../src/network/tcp/sent-segments.js";
import { expiry } from "../../../src/network/tcp/timer-wheel.js";
import type { TcpSpec } from "../../../src/network/index.js";
import { Frame } from "./rig.js";

const LAW = { seed: 2026, numRuns: 300 };

function origin(outgoing?: ByteStream): Origin {
  return { endpoint: 0, number: 1, service: "", spec: undefined, outgoing, timestamps: true };
}

function segment(
  flags: number,
  sequence: number,
  length: number,
  outgoing?: ByteStream,
  timestamp = 0,
  blocks: readonly number[] = [],
): Segment {
  return new Segment(origin(outgoing), 1, flags, sequence, length, 7, 1000, timestamp, 0, blocks);
}

describe("a segment", () => {
  test("costs 52 bytes and its payload on the wire, a SYN 60", () => {
    expect(segment(ACK, 1, 0).wireBytes).toBe(52);
    expect(segment(ACK, 1, 1448).wireBytes).toBe(1500);
    expect(segment(ACK, 1, 1448).bytes).toBe(1480);
    expect(segment(SYN, 0, 0).wireBytes).toBe(60);
    expect(segment(SYN | ACK, 0, 0).wireBytes).toBe(60);
    expect(segment(ACK, 1, 0, undefined, 0, [3, 5, 7, 9]).wireBytes).toBe(52 + 4 + 16);
  });

  test("takes a number for its SYN or FIN beside those of its payload", () => {
    expect(segment(SYN, 0, 0).end).toBe(1);
    expect(segment(ACK, 5, 10).end).toBe(15);
    expect(segment(ACK | FIN, 5, 10).end).toBe(16);
  });

  test("describes itself in the protocol's words", () => {
    expect(segment(SYN, 0, 0).describe()).toEqual({
      protocol: "tcp",
      name: "SYN",
      detail: "0..1 win 1000",
      again: false,
      segment: {
        connection: 1,
        sequence: 0,
        length: 0,
        acknowledgment: null,
        window: 1000,
        flags: ["SYN"],
        sack: [],
      },
    });
    expect(segment(ACK | PSH | AGAIN, 5, 10, undefined, 0, [20, 30, 40, 41]).describe()).toEqual({
      protocol: "tcp",
      name: "DATA",
      detail: "5..15 ack 7 sack 20..30 40..41 win 1000",
      again: true,
      segment: {
        connection: 1,
        sequence: 5,
        length: 10,
        acknowledgment: 7,
        window: 1000,
        flags: ["ACK", "PSH"],
        sack: [
          [20, 30],
          [40, 41],
        ],
      },
    });
    const names = [SYN | ACK, ACK, ACK | FIN, RST, RST | ACK].map((f) => segment(f, 1, 0).describe().name);
    expect(names).toEqual(["SYN-ACK", "ACK", "FIN", "RST", "RST"]);
  });

  test("carries the contents whose first byte it holds", () => {
    const stream = new ByteStream();
    for (const [name, bytes] of [
      ["A", 3],
      ["B", 10],
      ["C", 1],
    ] as const) {
      stream.write(new Frame(name, bytes));
    }
    const names = (sequence: number, length: number): string[] =>
      segment(ACK, sequence, length, stream)
        .carried()
        .map((content) => content.describe().name);
    expect(names(1, 3)).toEqual(["A"]);
    expect(names(1, 4)).toEqual(["A", "B"]);
    expect(names(5, 9)).toEqual([]);
    expect(names(5, 10)).toEqual(["C"]);
    expect(names(1, 0)).toEqual([]);
  });
});

describe("a byte stream", () => {
  test("gives contents whole, in order, once their last byte is within the limit", () => {
    const stream = new ByteStream();
    stream.write(new Frame("A", 3));
    stream.write(new Frame("B", 2));
    expect(stream.end).toBe(6);
    expect(stream.read(3)).toBeUndefined();
    expect(stream.read(4)?.describe().name).toBe("A");
    expect(stream.read(4)).toBeUndefined();
    expect(stream.read(6)?.describe().name).toBe("B");
    expect(stream.readEnd).toBe(6);
  });

  test("never gives what lies beyond its end after it was cut", () => {
    const stream = new ByteStream();
    stream.write(new Frame("A", 3));
    stream.write(new Frame("B", 3));
    stream.truncate(6);
    expect(stream.read(100)?.describe().name).toBe("A");
    expect(stream.read(100)).toBeUndefined();
  });

  test("has no place for a content without bytes", () => {
    expect(() => new ByteStream().write(new Frame("NOTHING", 0))).toThrow("0 bytes");
  });

  test("behaves as a plain list would, however reading, writing and releasing alternate", () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom("write", "read", "release"), fc.integer({ min: 1, max: 9 })),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(steps, (actions) => {
        const stream = new ByteStream();
        const list: Frame[] = [];
        let read = 0;
        for (const [action, size] of actions) {
          if (action === "write") {
            list.push(new Frame(`F${list.length}`, size));
            stream.write(list.at(-1) as Frame);
          } else if (action === "read") {
            const got = stream.read(stream.end);
            expect(got).toBe(list[read]);
            if (got !== undefined) read++;
          } else {
            stream.release(stream.readEnd);
          }
        }
        while (read < list.length) expect(stream.read(stream.end)).toBe(list[read++]);
      }),
      LAW,
    );
  });
});

describe("reassembly", () => {
  test("joins ranges as a set of numbers would", () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 })), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(ranges, (arrivals) => {
        const reassembly = new Reassembly();
        const numbers = new Set<number>();
        let next = 1;
        for (const [start, length] of arrivals) {
          const end = start + length;
          for (let number = start; number < end; number++) numbers.add(number);
          if (start > next) reassembly.add(start, end);
          else next = reassembly.advance(Math.max(next, end));
          let expected = next;
          while (numbers.has(expected)) expected++;
          expect(next).toBe(expected);
          const kept = reassembly.ranges();
          kept.forEach(([from, to], index) => {
            expect(from).toBeGreaterThan(index === 0 ? next : (kept[index - 1]?.[1] as number));
            expect(to).toBeGreaterThan(from);
          });
        }
      }),
      LAW,
    );
  });
});

describe("the scoreboard", () => {
  /** Segments of 100 bytes, the n-th sent at n. */
  function sentSegments(count: number): SentSegments {
    const sent = new SentSegments();
    sent.start = 1;
    for (let i = 1; i <= count; i++) sent.push(1 + 100 * i, i, 0);
    return sent;
  }

  /** The places of the segments under way in all that was ever sent, in the order of their sending. */
  function listed(sent: SentSegments): number[] {
    const ranks: number[] = [];
    for (let slot = sent.oldestListed; slot !== NO_SLOT; slot = sent.listedAfter(slot)) {
      ranks.push(sent.rankOf(slot));
    }
    return ranks;
  }

  test("counts what is in flight, lost and sent again", () => {
    const sent = sentSegments(20);
    expect([sent.size, sent.inFlight]).toEqual([20, 20]);
    sent.markLostBefore(20);
    expect([sent.lost, sent.inFlight, sent.nextLost(), sent.losses]).toEqual([20, 0, 0, 20]);
    sent.markResent(0, 50);
    expect([sent.resent, sent.inFlight, sent.nextLost()]).toEqual([1, 1, 1]);
    sent.acknowledge(301, Infinity, 60);
    expect([sent.size, sent.lost, sent.resent, sent.acknowledged]).toEqual([17, 17, 0, 3]);
    expect([sent.ambiguous, sent.delivered]).toEqual([true, 3]);
    expect([sent.nextLost(), sent.startOf(0), sent.endOf(0), sent.oldestSentAt]).toEqual([0, 301, 401, 4]);
  });

  test("after a timeout keeps those sent too lately to be overdue, but never the oldest", () => {
    const sent = sentSegments(6);
    sent.markLostBefore(3);
    expect([sent.lost, sent.inFlight]).toEqual([3, 3]);
    const late = sentSegments(2);
    late.markLostBefore(0);
    expect(late.lost).toBe(1);
  });

  test("a copy thought lost counts as lost again", () => {
    const sent = new SentSegments();
    sent.push(10, 1, CARRIES_FIN);
    sent.markOldestLost();
    sent.markResent(0, 2);
    expect([sent.inFlight, sent.nextLost(), sent.losses]).toEqual([1, -1, 1]);
    sent.markOldestLost();
    expect([sent.inFlight, sent.nextLost(), sent.carriesOf(0), sent.losses]).toEqual([0, 0, CARRIES_FIN, 2]);
  });

  test("times the oldest and the youngest segment of those acknowledged", () => {
    const sent = new SentSegments();
    sent.push(10, 100, 0);
    sent.push(20, 200, 0);
    sent.push(30, 300, 0);
    sent.acknowledge(20, Infinity, 400);
    expect([sent.firstSentAt, sent.lastSentAt, sent.ambiguous]).toEqual([100, 200, false]);
    sent.acknowledge(25, Infinity, 400);
    expect([sent.acknowledged, sent.size, sent.start]).toEqual([0, 1, 25]);
  });

  test("takes what has arrived beyond a hole out of what is in flight, and out of the order of sending", () => {
    const sent = sentSegments(5);
    sent.beginSelection();
    sent.select(201, 401, 10);
    expect([sent.sacked, sent.inFlight, sent.selected, sent.highest]).toEqual([2, 3, 2, 401]);
    expect([sent.firstSelectedAt, sent.lastSelectedAt]).toEqual([3, 4]);
    expect([sent.latestRank, sent.latestRoundTrip]).toEqual([3, 6]);
    expect(listed(sent)).toEqual([0, 1, 4]);
    sent.markOldestLost();
    sent.markResent(0, 20);
    expect(listed(sent)).toEqual([1, 4, 5]);
    sent.acknowledge(501, Infinity, 30);
    expect([sent.size, sent.sacked, sent.resent, sent.delivered]).toEqual([0, 0, 0, 5]);
    expect(listed(sent)).toEqual([]);
  });

  test("sees reordering in what arrives below the highest without having been sent again", () => {
    const sent = sentSegments(4);
    sent.beginSelection();
    sent.select(301, 401, 10);
    expect(sent.overtaken).toBe(Infinity);
    sent.beginSelection();
    sent.select(101, 201, 11);
    expect(sent.overtaken).toBe(101);
    sent.beginSelection();
    sent.acknowledge(201, Infinity, 12);
    expect(sent.overtaken).toBe(1);
    const repaired = sentSegments(3);
    repaired.beginSelection();
    repaired.select(201, 301, 10);
    repaired.markOldestLost();
    repaired.markResent(0, 11);
    repaired.beginSelection();
    repaired.acknowledge(101, Infinity, 12);
    expect(repaired.overtaken).toBe(Infinity);
  });

  test("does not take the answer to an earlier copy for that to the last one", () => {
    const sent = sentSegments(2);
    sent.markOldestLost();
    sent.markResent(0, 500 * MILLISECOND);
    sent.acknowledge(101, 400, 501 * MILLISECOND); // returns a clock from before the copy was sent
    expect(sent.advanced).toBe(false);
    const later = sentSegments(2);
    later.shortest = 50 * MILLISECOND;
    later.markOldestLost();
    later.markResent(0, 500 * MILLISECOND);
    later.acknowledge(101, 500, 501 * MILLISECOND); // came faster than any round trip
    expect(later.advanced).toBe(false);
    later.acknowledge(201, 500, 600 * MILLISECOND);
    expect(later.advanced).toBe(true);
  });

  test("joins small segments that go again, up to what is known to have arrived", () => {
    const sent = sentSegments(6);
    sent.beginSelection();
    sent.select(501, 601, 10);
    sent.markLostBefore(5);
    sent.join(1, 250);
    expect([sent.size, sent.startOf(1), sent.endOf(1), sent.lost]).toEqual([5, 101, 301, 4]);
    sent.join(0, 10_000);
    expect([sent.size, sent.start, sent.endOf(0), sent.lost, sent.nextLost()]).toEqual([2, 1, 501, 1, 0]);
    sent.markResent(0, 20);
    expect(listed(sent)).toEqual([6]);
    sent.acknowledge(301, Infinity, 30); // a part of it had arrived before
    expect([sent.size, sent.start]).toEqual([2, 301]);
  });

  test("keeps its order however it grows and wherever its ring begins", () => {
    const sent = sentSegments(3);
    sent.acknowledge(201, Infinity, 5);
    for (let i = 4; i <= 12; i++) sent.push(1 + 100 * i, i, 0);
    expect(listed(sent)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe("timers", () => {
  test("fire at the tick after the one they fall into, long ones at the next eighth tick", () => {
    const tick = 4 * MILLISECOND;
    expect(expiry(0, 40 * MILLISECOND, tick)).toBe(44 * MILLISECOND);
    expect(expiry(3 * MILLISECOND, 40 * MILLISECOND, tick)).toBe(44 * MILLISECOND);
    expect(expiry(0, 248 * MILLISECOND, tick)).toBe(252 * MILLISECOND);
    expect(expiry(0, 300 * MILLISECOND, tick)).toBe(320 * MILLISECOND);
    expect(expiry(20 * MILLISECOND, 300 * MILLISECOND, tick)).toBe(352 * MILLISECOND);
    expect(expiry(7, 300, 0)).toBe(307);
  });

  test("are never early, and late by at most an eighth of the delay and two ticks", () => {
    const tick = 4 * MILLISECOND;
    fc.assert(
      fc.property(fc.nat(1e10), fc.integer({ min: 1, max: 2e9 }), (now, delay) => {
        const late = expiry(now, delay, tick) - now - delay;
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(delay / 7 + 2 * tick);
      }),
      LAW,
    );
  });
});

describe("the round-trip estimator", () => {
  const estimator = (): RttEstimator => new RttEstimator(SECOND, 200 * MILLISECOND, 120 * SECOND, 0);

  test("waits a second before the first sample, then srtt + max(4 rttvar, 200 ms)", () => {
    const rtt = estimator();
    expect(rtt.timeout).toBe(SECOND);
    rtt.sample(100 * MILLISECOND, 100 * MILLISECOND, 1, 2);
    expect(rtt.timeout).toBe(300 * MILLISECOND); // 4 · 50 ms is 200 ms
    const far = estimator();
    far.sample(600 * MILLISECOND, 600 * MILLISECOND, 1, 2);
    expect(far.timeout).toBe(1800 * MILLISECOND); // 600 + 4 · 300
  });

  test("comes down to srtt + 200 ms when the round trip is steady", () => {
    const rtt = estimator();
    for (let i = 1; i < 200; i++) rtt.sample(600 * MILLISECOND, 600 * MILLISECOND, i, i + 1);
    expect(rtt.smoothed).toBe(600 * MILLISECOND);
    expect(rtt.timeout / MILLISECOND).toBeCloseTo(800, 0);
    expect(rtt.shortest).toBe(600 * MILLISECOND);
  });

  test("does not rise when the round trip falls", () => {
    const rtt = estimator();
    for (let i = 1; i < 200; i++) rtt.sample(600 * MILLISECOND, 600 * MILLISECOND, i, i + 1);
    rtt.sample(100 * MILLISECOND, 100 * MILLISECOND, 200, 201);
    expect(rtt.timeout).toBeLessThan(800 * MILLISECOND);
  });

  test("rises at once when the round trip does, and never beyond its maximum", () => {
    const rtt = estimator();
    for (let i = 1; i < 50; i++) rtt.sample(100 * MILLISECOND, 100 * MILLISECOND, i, i + 1);
    rtt.sample(500 * MILLISECOND, 500 * MILLISECOND, 50, 51);
    expect(rtt.timeout).toBeGreaterThan(500 * MILLISECOND);
    rtt.sample(300 * SECOND, 300 * SECOND, 51, 52);
    expect(rtt.timeout).toBe(120 * SECOND);
  });
});

describe("the congestion window", () => {
  /** A window of `size` that is always full. */
  function full(control: "reno" | "cubic", size: number): CongestionWindow {
    const window = congestionWindow({ ...LINUX_TCP, congestion: control, hystart: false });
    window.begin(size, 10, 0);
    fill(window, 0);
    return window;
  }
  function fill(window: CongestionWindow, now: number): void {
    window.used(true, { unacknowledged: 1, next: 1, recovery: { state: "open" } }, window.size, SECOND, now);
  }

  test("of Reno doubles per window acknowledged in slow start, then grows by one per window", () => {
    const window = full("reno", 10);
    window.arrived(10, 0);
    expect(window.size).toBe(20);
    window.reduce();
    window.set(window.threshold);
    expect([window.size, window.threshold]).toEqual([10, 10]);
    for (let i = 0; i < 9; i++) window.arrived(1, 0);
    expect(window.size).toBe(10);
    window.arrived(1, 0);
    expect(window.size).toBe(11);
    window.arrived(10, 0);
    expect(window.size).toBe(11);
  });

  test("goes from slow start to avoidance within one acknowledgment", () => {
    const window = full("reno", 16);
    window.timedOut(true, 0);
    expect([window.size, window.threshold]).toEqual([1, 8]);
    window.arrived(15, 0); // 7 to the threshold, 8 more for one
    expect(window.size).toBe(9);
  });

  test("halves once for a timeout that repeats, and never below two", () => {
    const window = full("reno", 16);
    window.timedOut(true, 0);
    window.timedOut(false, 3);
    expect([window.size, window.threshold]).toEqual([4, 8]);
    window.timedOut(true, 0);
    window.timedOut(true, 0);
    expect(window.threshold).toBe(2);
  });

  test("halves for each timeout of silence, down to where it began", () => {
    const window = full("reno", 10);
    window.arrived(70, 0);
    window.idled(250, 100, 0);
    expect(window.size).toBe(20);
    window.idled(10_000, 100, 0);
    expect([window.size, window.threshold]).toEqual([10, Infinity]);
  });

  test("does not grow while the application does not fill it, and decays half-way to what is used", () => {
    const window = full("reno", 40);
    window.reduce();
    const little = { unacknowledged: 2, next: 3, recovery: { state: "open" } };
    window.used(false, little, 4, SECOND, 1);
    window.arrived(1000, 1);
    expect(window.size).toBe(40);
    window.used(false, little, 4, SECOND, SECOND + 1);
    expect([window.size, window.threshold]).toEqual([25, 30]);
  });

  test("in slow start may grow to twice what is in use", () => {
    const window = congestionWindow({ ...LINUX_TCP, congestion: "reno" });
    window.begin(10, 10, 0);
    window.used(false, { unacknowledged: 1, next: 1, recovery: { state: "open" } }, 6, SECOND, 0);
    for (let i = 0; i < 20; i++) window.arrived(1, 0);
    expect(window.size).toBe(12);
  });

  test("of CUBIC falls to 0.7, with fast convergence, and is back where it was after K seconds", () => {
    const window = full("cubic", 1000);
    window.reduce();
    window.set(window.threshold);
    expect(window.size).toBe(700);
    // K is the cube root of (1000 - 700) / 0.4, 9.09 s; one window is acknowledged per 100 ms.
    const sizeAfter = (from: number, seconds: number): void => {
      for (let now = from; now < from + seconds * SECOND; now += 1e6) {
        fill(window, now);
        window.arrived(window.size / 100, now);
      }
    };
    sizeAfter(SECOND, 4.5);
    expect(window.size).toBeGreaterThan(920);
    expect(window.size).toBeLessThan(970);
    sizeAfter(5.5 * SECOND, 4.5);
    expect(window.size).toBeGreaterThan(985);
    expect(window.size).toBeLessThan(1005);
    sizeAfter(10 * SECOND, 4.5);
    expect(window.size).toBeGreaterThan(1020);
    window.set(800); // below where it was: it makes room
    window.reduce();
    expect(window.threshold).toBe(560);
  });

  test("of CUBIC is never slower than Reno in a small pipe", () => {
    const cubic = full("cubic", 20);
    const reno = full("reno", 20);
    for (const window of [cubic, reno]) {
      window.reduce();
      window.set(10);
      for (let now = 0; now < 2 * SECOND; now += MILLISECOND) {
        fill(window, now);
        if (now % (10 * MILLISECOND) === 0) window.arrived(window.size, now);
      }
    }
    // Reno gains one segment a window; CUBIC's model of it, 8/15 of one, from a reduction to 0.7.
    expect(cubic.size - 10).toBeGreaterThan(0.5 * (reno.size - 10));
  });

  test("without congestion control has no limit, whatever happens", () => {
    const window = congestionWindow({ ...LINUX_TCP, congestion: "none" });
    window.begin(10, 10, 0);
    window.used(false, { unacknowledged: 1, next: 1, recovery: { state: "open" } }, 6, SECOND, 1e12);
    window.timedOut(true, 0);
    window.reduce();
    window.idled(1e12, 1, 1e12);
    expect([window.size, window.threshold]).toEqual([Infinity, Infinity]);
  });
});

describe("slow start", () => {
  function measured(roundTrips: readonly (readonly [roundTrip: number, now: number])[]): CongestionWindow {
    const window = congestionWindow(LINUX_TCP);
    window.begin(20, 10, 0);
    for (const [roundTrip, now] of roundTrips) {
      window.measured(roundTrip * MILLISECOND, 100, 200, now * MILLISECOND);
    }
    return window;
  }

  test("ends when round trips have grown by an eighth", () => {
    const steady = Array.from({ length: 12 }, (_, i) => [100, 100 + 10 * i] as const);
    expect(measured(steady).threshold).toBe(Infinity);
    const risen = Array.from({ length: 12 }, (_, i) => [i === 0 ? 100 : 120, 100 + 10 * i] as const);
    const window = congestionWindow(LINUX_TCP);
    window.begin(20, 10, 0);
    window.measured(100 * MILLISECOND, 100, 200, 100 * MILLISECOND);
    for (const [roundTrip, now] of risen.slice(1)) {
      window.measured(roundTrip * MILLISECOND, 300, 400, (now + 100) * MILLISECOND);
    }
    expect(window.threshold).toBe(20);
  });

  test("ends when acknowledgments come closely for half a round trip", () => {
    const train = Array.from({ length: 60 }, (_, i) => [100, 100 + i] as const);
    expect(measured(train).threshold).toBe(20);
    expect(measured(train.slice(0, 50)).threshold).toBe(Infinity);
  });
});

describe("the receiver", () => {
  function receiver(
    buffer = 10_000,
    options: Partial<TcpSpec> = {},
  ): { receiver: Receiver; stream: ByteStream; rtt: RttEstimator } {
    const stream = new ByteStream();
    const rtt = new RttEstimator(SECOND, 200 * MILLISECOND, 120 * SECOND, 0);
    rtt.sample(100 * MILLISECOND, 100 * MILLISECOND, 1, 1);
    const spec = { ...LINUX_TCP, mss: 1000, receiveBuffer: buffer, receiveBufferMax: buffer, ...options };
    const made = new Receiver(spec, rtt);
    made.begin(segment(SYN, 0, 0, stream), stream, 1000, true);
    made.acknowledgmentSent();
    return { receiver: made, stream, rtt };
  }

  /** Uses up the acknowledgments that are sent at once at the beginning. */
  function settled(buffer = 40_000, options: Partial<TcpSpec> = {}): { receiver: Receiver; next: number } {
    const { receiver: it } = receiver(buffer, options);
    let next = 1;
    for (let i = 0; i < 16; i++) {
      it.accept(segment(ACK, next, 1000), i * MILLISECOND);
      next += 1000;
      expect(it.owed).toBe("now");
      it.acknowledgmentSent();
    }
    return { receiver: it, next };
  }

  test("acknowledges the first sixteen segments at once, then every second full one", () => {
    const { receiver: it, next } = settled();
    it.accept(segment(ACK, next, 1000), 16 * MILLISECOND);
    expect([it.owed, it.acknowledgesOnceRead(false)]).toEqual(["later", false]);
    it.accept(segment(ACK, next + 1000, 1000), 16 * MILLISECOND);
    expect(it.owed).toBe("now");
  });

  test("acknowledges a small segment once the program has read everything, not before", () => {
    const { receiver: it, next } = settled();
    it.accept(segment(ACK, next, 10), 16 * MILLISECOND);
    expect([it.owed, it.acknowledgesOnceRead(false), it.acknowledgesOnceRead(true)]).toEqual([
      "later",
      true,
      false, // the program does not read, and a content is there in part
    ]);
  });

  test("lets the acknowledgment wait for an answer where it has answered before", () => {
    const { receiver: it, next } = settled();
    it.policy.answered(20 * MILLISECOND);
    it.accept(segment(ACK, next, 10), 30 * MILLISECOND);
    expect([it.owed, it.acknowledgesOnceRead(false), it.policy.delay() / MILLISECOND]).toEqual([
      "later",
      false,
      40,
    ]);
    it.policy.waited(); // in vain
    it.acknowledgmentSent();
    it.accept(segment(ACK, next + 10, 10), 90 * MILLISECOND);
    expect(it.acknowledgesOnceRead(false)).toBe(true);
  });

  test("does not take data sent long after for an answer", () => {
    const { receiver: it, next } = settled();
    it.policy.answered(200 * MILLISECOND);
    it.accept(segment(ACK, next, 10), 210 * MILLISECOND);
    expect(it.acknowledgesOnceRead(false)).toBe(true);
  });

  test("waits longer where segments come in longer gaps, up to a round trip", () => {
    const { receiver: it, next } = settled();
    it.policy.answered(16 * MILLISECOND);
    const delays: number[] = [];
    for (let i = 0; i < 4; i++) {
      it.accept(segment(ACK, next + 10 * i, 10), (55 + 39 * i) * MILLISECOND);
      delays.push(it.policy.delay() / MILLISECOND);
      it.acknowledgmentSent();
      it.policy.answered((55 + 39 * i) * MILLISECOND);
    }
    expect(delays).toEqual([40, 59, 68.5, 73.25]);
  });

  test("acknowledges at once again after a silence of a retransmission timeout, and after what comes twice", () => {
    const { receiver: it, next } = settled();
    it.accept(segment(ACK, next, 10), 10 * SECOND);
    expect(it.owed).toBe("now");
    const twice = settled();
    twice.receiver.policy.answered(16 * MILLISECOND);
    twice.receiver.accept(segment(ACK, 1, 1000), 17 * MILLISECOND);
    expect(twice.receiver.blocks).toEqual([1, 1001]);
    twice.receiver.acknowledgmentSent();
    expect(twice.receiver.blocks).toEqual([]);
    twice.receiver.accept(segment(ACK, twice.next, 10), 18 * MILLISECOND);
    expect(twice.receiver.owed).toBe("now");
  });

  test("always acknowledges at once where it is told to", () => {
    for (const options of [{ quickAck: true }, { delayedAck: 0 }]) {
      const { receiver: it, next } = settled(40_000, options);
      it.policy.answered(16 * MILLISECOND);
      it.accept(segment(ACK, next, 10), 16 * MILLISECOND);
      expect(it.owed).toBe("now");
    }
  });

  test("owes one now for what comes again, out of order, into a hole, or beyond the window", () => {
    const { receiver: it, next } = settled();
    const owed = (sequence: number, length: number, flags = ACK): string => {
      it.acknowledgmentSent();
      it.accept(segment(flags, next - 1 + sequence, length), 16 * MILLISECOND);
      return `${it.owed} ${it.next - next + 1}`;
    };
    it.policy.answered(16 * MILLISECOND); // interactive: only these reasons count
    expect(owed(1001, 1000)).toBe("now 1");
    expect(owed(1, 500)).toBe("now 501");
    expect(owed(501, 500)).toBe("now 2001");
    expect(owed(900, 100)).toBe("now 2001");
    it.policy.answered(16 * MILLISECOND);
    expect(owed(24_000, 1000)).toBe("now 2001");
    expect(owed(2001, 10)).toBe("later 2011");
    expect(owed(2011, 0, ACK | FIN)).toBe("now 2012");
    expect(it.finished).toBe(true);
  });

  test("tells of what lies beyond holes, the latest change first, three ranges at most", () => {
    const { receiver: it } = receiver();
    it.accept(segment(ACK, 101, 100), 0);
    expect(it.blocks).toEqual([101, 201]);
    it.accept(segment(ACK, 301, 100), 0);
    it.accept(segment(ACK, 501, 100), 0);
    it.accept(segment(ACK, 701, 100), 0);
    expect(it.blocks).toEqual([701, 801, 501, 601, 301, 401]);
    it.accept(segment(ACK, 201, 100), 0); // joins two ranges
    expect(it.blocks).toEqual([101, 401, 701, 801, 501, 601]);
    it.accept(segment(ACK, 1, 100), 0);
    expect(it.blocks).toEqual([701, 801, 501, 601]);
    it.accept(segment(ACK, 1, 100), 0);
    expect(it.blocks).toEqual([1, 101, 701, 801, 501, 601]); // the first has come twice
  });

  test("offers what the program has not filled, and never takes an offer back", () => {
    const { receiver: it, stream } = receiver(4000);
    const frame = new Frame("A", 3000);
    stream.write(frame);
    expect(it.window(false)).toBe(4000);
    it.accept(segment(ACK, 1, 1500), 0);
    expect(it.window(false)).toBe(4000); // the program takes parts as they come
    expect(it.window(true)).toBe(4000); // offered before
    it.accept(segment(ACK, 1501, 1500), 0);
    expect(it.nextContent()?.bytes).toBe(3000);
    expect(it.window(false)).toBe(2500);
    expect(it.windowOpened(false)).toBe(false);
    it.take(frame);
    expect(it.unreadBytes).toBe(0);
    expect(it.window(false)).toBe(4000);
  });

  test("tells of room when the window at least doubles", () => {
    const { receiver: it, stream } = receiver(4000);
    const frames = Array.from({ length: 8 }, (_, i) => new Frame(`F${i}`, 500));
    for (const frame of frames) stream.write(frame);
    it.accept(segment(ACK, 1, 4000), 0);
    while (it.nextContent() !== undefined);
    expect(it.window(false)).toBe(0);
    it.take(frames[0] as Frame);
    expect(it.windowOpened(false)).toBe(false); // less than a segment: silly window
    expect(it.window(false)).toBe(0);
    it.take(frames[1] as Frame);
    expect(it.windowOpened(false)).toBe(true);
    it.window(false);
    expect(it.windowOpened(false)).toBe(false);
    for (const frame of frames.slice(2)) it.take(frame);
    expect(it.unreadBytes).toBe(0);
  });

  test("lets its window grow to more than twice what is read in a round trip, up to its limit", () => {
    const window = new ReceiveWindow(60_000, 500_000, 1000);
    window.begin(1000);
    window.adapt(1, 100, 100);
    window.adapt(40_001, 100, 150); // within the round trip: not yet looked at
    expect(window.offer(40_001, 0)).toBe(60_000);
    window.adapt(40_001, 100, 200);
    expect(window.offer(40_001, 0)).toBe(500_000); // 2 · 40,000 + 16,000, and a rise to four times before
    const small = new ReceiveWindow(60_000, 60_000, 1000);
    small.begin(1000);
    small.adapt(1, 100, 100);
    small.adapt(40_001, 100, 200);
    expect(small.offer(40_001, 0)).toBe(60_000);
  });
});

describe("the clock that is returned", () => {
  test("is that of the first segment not yet acknowledged, so that the delay counts", () => {
    const rtt = new RttEstimator(SECOND, 200 * MILLISECOND, 120 * SECOND, 0);
    const it = new Receiver(LINUX_TCP, rtt);
    const stream = new ByteStream();
    it.begin(segment(SYN, 0, 0, stream, 5), stream, 1000, true);
    expect(it.echo).toBe(5);
    it.acknowledgmentSent();
    it.accept(segment(ACK, 1, 100, stream, 10), 0);
    it.accept(segment(ACK, 101, 100, stream, 20), 0);
    expect(it.echo).toBe(10);
    it.acknowledgmentSent();
    it.accept(segment(ACK, 301, 100, stream, 30), 0); // beyond a hole
    expect(it.echo).toBe(10);
    it.accept(segment(ACK, 201, 100, stream, 40), 0);
    expect(it.echo).toBe(40);
  });
});

describe("keepalive", () => {
  const KEEPALIVE = { keepaliveInterval: 10, keepaliveProbes: 2, timerGranularity: 0 };

  test("gives up after the user timeout instead, where there is one", () => {
    const timers = new Timers(new Simulation());
    const timer = timers.create({ timerFired: () => {} }, 0, 0);
    const keepalive = new Keepalive(timers, timer, 100, { ...KEEPALIVE, userTimeout: 135 }, 0);
    const steps = [100, 110, 120, 130, 140].map((now) => keepalive.due(false, now));
    expect(steps).toEqual(["probe", "probe", "probe", "probe", "dead"]);
  });

  test("probes after silence, at intervals, and gives up after the last", () => {
    const simulation = new Simulation();
    const timers = new Timers(simulation);
    const timer = timers.create({ timerFired: () => {} }, 0, 0);
    const keepalive = new Keepalive(timers, timer, 100, KEEPALIVE, 0);
    expect(timers.deadline(timer)).toBe(100);
    keepalive.heard(70);
    expect([keepalive.due(false, 100), timers.deadline(timer)]).toEqual(["wait", 170]);
    expect([keepalive.due(true, 170), timers.deadline(timer)]).toEqual(["wait", 270]);
    expect([keepalive.due(false, 270), timers.deadline(timer)]).toEqual(["probe", 280]);
    expect(keepalive.due(false, 280)).toBe("probe");
    expect(keepalive.due(false, 290)).toBe("dead");
    timers.cancel(timer);
    expect(timers.deadline(timer)).toBe(NEVER);
  });
});
