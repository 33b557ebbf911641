/** The parts of TCP, each on its own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MILLISECOND, NEVER, SECOND, Simulation, Timers } from "../../../src/kernel/index.js";
import { ByteStream } from "../../../src/network/tcp/byte-stream.js";
import { Keepalive } from "../../../src/network/tcp/keepalive.js";
import { LossRecovery } from "../../../src/network/tcp/loss-recovery.js";
import { Reassembly } from "../../../src/network/tcp/reassembly.js";
import { Receiver } from "../../../src/network/tcp/receiver.js";
import { Reno } from "../../../src/network/tcp/reno.js";
import { RttEstimator } from "../../../src/network/tcp/rtt-estimator.js";
import { ACK, AGAIN, FIN, type Origin, RST, Segment, SYN } from "../../../src/network/tcp/segment.js";
import { CARRIES_FIN, SentSegments } from "../../../src/network/tcp/sent-segments.js";
import { Frame } from "./rig.js";

const LAW = { seed: 2026, numRuns: 300 };

function origin(outgoing?: ByteStream): Origin {
  return { endpoint: 0, number: 1, service: "", spec: undefined, outgoing };
}

function segment(
  flags: number,
  sequence: number,
  length: number,
  outgoing?: ByteStream,
  timestamp = 0,
): Segment {
  return new Segment(origin(outgoing), 1, flags, sequence, length, 7, 1000, timestamp, 0);
}

describe("a segment", () => {
  test("costs 52 bytes and its payload on the wire, a SYN 60", () => {
    expect(segment(ACK, 1, 0).wireBytes).toBe(52);
    expect(segment(ACK, 1, 1448).wireBytes).toBe(1500);
    expect(segment(ACK, 1, 1448).bytes).toBe(1480);
    expect(segment(SYN, 0, 0).wireBytes).toBe(60);
    expect(segment(SYN | ACK, 0, 0).wireBytes).toBe(60);
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
    });
    expect(segment(ACK | AGAIN, 5, 10).describe()).toEqual({
      protocol: "tcp",
      name: "DATA",
      detail: "5..15 ack 7 win 1000",
      again: true,
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
  test("counts what is in flight, lost and sent again", () => {
    const sent = new SentSegments();
    sent.start = 1;
    for (let i = 1; i <= 20; i++) sent.push(1 + 100 * i, i, 0);
    expect([sent.size, sent.inFlight]).toEqual([20, 20]);
    sent.markAllLost();
    expect([sent.lost, sent.inFlight, sent.nextLost()]).toEqual([20, 0, 0]);
    sent.markResent(0, 50);
    expect([sent.resent, sent.inFlight, sent.nextLost()]).toEqual([1, 1, 1]);
    sent.acknowledge(301);
    expect([sent.size, sent.lost, sent.resent, sent.acknowledged]).toEqual([17, 17, 0, 3]);
    expect(sent.acknowledgedSentAt).toBe(-1); // one of them was sent twice
    expect([sent.nextLost(), sent.startOf(0), sent.endOf(0), sent.sentAtOf(0)]).toEqual([0, 301, 401, 4]);
  });

  test("a copy thought lost counts as lost again", () => {
    const sent = new SentSegments();
    sent.push(10, 1, CARRIES_FIN);
    sent.markOldestLost();
    sent.markResent(0, 2);
    expect([sent.inFlight, sent.nextLost()]).toEqual([1, -1]);
    sent.markOldestLost();
    expect([sent.inFlight, sent.nextLost(), sent.carriesOf(0)]).toEqual([0, 0, CARRIES_FIN]);
  });

  test("times the oldest segment of those acknowledged, when none was ambiguous", () => {
    const sent = new SentSegments();
    sent.push(10, 100, 0);
    sent.push(20, 200, 0);
    sent.push(30, 300, 0);
    sent.acknowledge(20);
    expect(sent.acknowledgedSentAt).toBe(100);
    sent.acknowledge(25);
    expect([sent.acknowledged, sent.size]).toEqual([0, 1]);
  });
});

describe("the round-trip estimator", () => {
  const estimator = (): RttEstimator => new RttEstimator(SECOND, 200 * MILLISECOND, 120 * SECOND);

  test("waits a second before the first sample, then srtt + max(4 rttvar, 200 ms)", () => {
    const rtt = estimator();
    expect(rtt.timeout).toBe(SECOND);
    rtt.sample(100 * MILLISECOND, 1, 2);
    expect(rtt.timeout).toBe(300 * MILLISECOND); // 4 · 50 ms is 200 ms
    const far = estimator();
    far.sample(600 * MILLISECOND, 1, 2);
    expect(far.timeout).toBe(1800 * MILLISECOND); // 600 + 4 · 300
  });

  test("comes down to srtt + 200 ms when the round trip is steady", () => {
    const rtt = estimator();
    for (let i = 1; i < 200; i++) rtt.sample(600 * MILLISECOND, i, i + 1);
    expect(rtt.smoothed).toBe(600 * MILLISECOND);
    expect(rtt.timeout / MILLISECOND).toBeCloseTo(800, 0);
    expect(rtt.smallest).toBe(600 * MILLISECOND);
  });

  test("does not rise when the round trip falls", () => {
    const rtt = estimator();
    for (let i = 1; i < 200; i++) rtt.sample(600 * MILLISECOND, i, i + 1);
    rtt.sample(100 * MILLISECOND, 200, 201);
    expect(rtt.timeout).toBeLessThan(800 * MILLISECOND);
  });

  test("rises at once when the round trip does, and never beyond its maximum", () => {
    const rtt = estimator();
    for (let i = 1; i < 50; i++) rtt.sample(100 * MILLISECOND, i, i + 1);
    rtt.sample(500 * MILLISECOND, 50, 51);
    expect(rtt.timeout).toBeGreaterThan(500 * MILLISECOND);
    rtt.sample(300 * SECOND, 51, 52);
    expect(rtt.timeout).toBe(120 * SECOND);
  });
});

describe("reno", () => {
  test("doubles per window acknowledged in slow start, then grows by one per window", () => {
    const reno = new Reno();
    reno.begin(10);
    reno.acknowledged(10);
    expect(reno.window).toBe(20);
    reno.lossDetected();
    expect([reno.window, reno.threshold]).toEqual([10, 10]);
    for (let i = 0; i < 9; i++) reno.acknowledged(1);
    expect(reno.window).toBe(10);
    reno.acknowledged(1);
    expect(reno.window).toBe(11);
    reno.acknowledged(10);
    expect(reno.window).toBe(11);
  });

  test("goes from slow start to avoidance within one acknowledgment", () => {
    const reno = new Reno();
    reno.begin(16);
    reno.timedOut(true);
    expect([reno.window, reno.threshold]).toEqual([1, 8]);
    reno.acknowledged(15); // 7 to the threshold, 8 more for one
    expect(reno.window).toBe(9);
  });

  test("halves once for a timeout that repeats, and never below two", () => {
    const reno = new Reno();
    reno.begin(16);
    reno.timedOut(true);
    reno.timedOut(false);
    expect([reno.window, reno.threshold]).toEqual([1, 8]);
    reno.timedOut(true);
    expect(reno.threshold).toBe(2);
  });

  test("halves for each timeout of silence, down to where it began", () => {
    const reno = new Reno();
    reno.begin(10);
    reno.acknowledged(70);
    reno.idled(250, 100);
    expect(reno.window).toBe(20);
    reno.idled(10_000, 100);
    expect(reno.window).toBe(10);
  });
});

describe("the receiver", () => {
  function receiver(buffer = 10_000): { receiver: Receiver; stream: ByteStream } {
    const stream = new ByteStream();
    const made = new Receiver(buffer, 1000);
    made.begin(segment(SYN, 0, 0, stream), stream, 1000);
    made.acknowledgmentSent();
    return { receiver: made, stream };
  }

  test("owes an acknowledgment later for a segment, now for more than one full one", () => {
    const { receiver: it } = receiver();
    it.accept(segment(ACK, 1, 1000));
    expect(it.owed).toBe("later");
    it.accept(segment(ACK, 1001, 1));
    expect(it.owed).toBe("now");
  });

  test("owes one now for what comes again, out of order, into a hole, or beyond the window", () => {
    const { receiver: it } = receiver();
    const owed = (sequence: number, length: number, flags = ACK): string => {
      it.acknowledgmentSent();
      it.accept(segment(flags, sequence, length));
      return `${it.owed} ${it.next}`;
    };
    expect(owed(101, 100)).toBe("now 1");
    expect(owed(1, 50)).toBe("now 51");
    expect(owed(51, 50)).toBe("now 201");
    expect(owed(1, 100)).toBe("now 201");
    expect(owed(9_900, 200)).toBe("now 201");
    expect(owed(201, 10)).toBe("later 211");
    expect(owed(211, 0, ACK | FIN)).toBe("now 212");
    expect(it.finished).toBe(true);
  });

  test("offers what the program has not filled, and never takes an offer back", () => {
    const { receiver: it, stream } = receiver(4000);
    stream.write(new Frame("A", 3000));
    expect(it.window(false)).toBe(4000);
    it.accept(segment(ACK, 1, 1500));
    expect(it.window(false)).toBe(4000); // the program takes parts as they come
    expect(it.window(true)).toBe(4000); // offered before
    it.accept(segment(ACK, 1501, 1500));
    expect(it.nextContent()?.bytes).toBe(3000);
    expect(it.window(false)).toBe(2500);
    expect(it.windowOpened(false)).toBe(false);
    it.take(3000);
    expect(it.unreadBytes).toBe(0);
    expect(it.window(false)).toBe(4000);
  });

  test("tells of room when the window at least doubles", () => {
    const { receiver: it, stream } = receiver(4000);
    for (let i = 0; i < 4; i++) stream.write(new Frame(`F${i}`, 1000));
    it.accept(segment(ACK, 1, 4000));
    while (it.nextContent() !== undefined);
    expect(it.window(false)).toBe(0);
    it.take(500);
    expect(it.windowOpened(false)).toBe(false); // less than a segment: silly window
    expect(it.window(false)).toBe(0);
    it.take(500);
    expect(it.windowOpened(false)).toBe(true);
    it.window(false);
    expect(it.windowOpened(false)).toBe(false);
  });
});

describe("the clock that is returned", () => {
  test("is that of the first segment not yet acknowledged, so that the delay counts", () => {
    const it = new Receiver(10_000, 1000);
    const stream = new ByteStream();
    it.begin(segment(SYN, 0, 0, stream, 5), stream, 1000);
    expect(it.echo).toBe(5);
    it.acknowledgmentSent();
    it.accept(segment(ACK, 1, 100, stream, 10));
    it.accept(segment(ACK, 101, 100, stream, 20));
    expect(it.echo).toBe(10);
    it.acknowledgmentSent();
    it.accept(segment(ACK, 301, 100, stream, 30)); // beyond a hole
    expect(it.echo).toBe(10);
    it.accept(segment(ACK, 201, 100, stream, 40));
    expect(it.echo).toBe(40);
  });
});

describe("loss recovery", () => {
  function recovering(segments: number): { recovery: LossRecovery; sent: SentSegments; reno: Reno } {
    const sent = new SentSegments();
    sent.start = 1;
    for (let i = 1; i <= segments; i++) sent.push(1 + i, 0, 0);
    const reno = new Reno();
    reno.begin(segments);
    return { recovery: new LossRecovery(sent, reno), sent, reno };
  }

  test("begins with the third duplicate, halves the window once and counts duplicates as arrived", () => {
    const { recovery, sent, reno } = recovering(10);
    expect([1, 2, 3, 4].map(() => recovery.duplicate(1, 11, 0))).toEqual([false, false, true, false]);
    expect([recovery.state, reno.window, sent.sacked, sent.lost]).toEqual(["recovery", 5, 4, 1]);
    expect(sent.inFlight).toBe(5);
  });

  test("sends the next hole again on a partial acknowledgment, and ends with a full one", () => {
    const { recovery, sent } = recovering(10);
    for (let i = 0; i < 8; i++) recovery.duplicate(1, 11, 0);
    sent.markResent(0, 0);
    sent.acknowledge(5);
    expect(recovery.advanced(5)).toBe(true);
    expect([sent.sacked, sent.lost, recovery.state]).toEqual([5, 1, "recovery"]);
    sent.acknowledge(11);
    expect(recovery.advanced(11)).toBe(false);
    expect([sent.sacked, recovery.state]).toEqual([0, "open"]);
  });

  test("does not begin again for duplicates of what the last recovery covered", () => {
    const { recovery, sent, reno } = recovering(4);
    for (let i = 0; i < 3; i++) recovery.duplicate(1, 5, 0);
    sent.acknowledge(5);
    recovery.advanced(5);
    for (let i = 6; i <= 9; i++) sent.push(i, 0, 0);
    expect([1, 2, 3, 4].map(() => recovery.duplicate(5, 9, 0))).toEqual([false, false, false, false]);
    expect(reno.window).toBe(2);
    sent.acknowledge(6);
    recovery.advanced(6);
    expect([1, 2, 3].map(() => recovery.duplicate(6, 9, 0))).toEqual([false, false, true]);
  });

  test("ignores duplicates after a timeout, and halves once for timeouts of the same segment", () => {
    const { recovery, sent, reno } = recovering(16);
    recovery.timedOut(1, 17, 0);
    expect([sent.lost, sent.inFlight, reno.window, reno.threshold]).toEqual([16, 0, 1, 8]);
    recovery.timedOut(1, 17, 0);
    expect(reno.threshold).toBe(8);
    expect([1, 2, 3, 4].map(() => recovery.duplicate(1, 17, 0))).toEqual([false, false, false, false]);
    sent.acknowledge(9);
    recovery.advanced(9);
    for (let i = 18; i <= 20; i++) sent.push(i, 0, 0);
    recovery.duplicate(9, 20, 0);
    expect(sent.sacked).toBe(0);
  });
});

describe("keepalive", () => {
  test("probes after silence, at intervals, and gives up after the last", () => {
    const simulation = new Simulation();
    const timers = new Timers(simulation);
    const timer = timers.create({ timerFired: () => {} }, 0, 0);
    const keepalive = new Keepalive(timers, timer, 100, 10, 2, 0);
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
