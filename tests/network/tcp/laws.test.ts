/** What TCP promises whatever the network does, and that the laws notice a TCP that breaks them. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type Instant, MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { TcpSpec } from "../../../src/network/index.js";
import { Connection } from "../../../src/network/tcp/connection.js";
import { AckPolicy } from "../../../src/network/tcp/ack-policy.js";
import { LossRecovery } from "../../../src/network/tcp/loss-recovery.js";
import { RetransmissionTimer } from "../../../src/network/tcp/retransmission-timer.js";
import { Receiver } from "../../../src/network/tcp/receiver.js";
import { RST, Segment } from "../../../src/network/tcp/segment.js";
import { Sender } from "../../../src/network/tcp/sender.js";
import { SentSegments } from "../../../src/network/tcp/sent-segments.js";
import { audit, readOf } from "./audit.js";
import { Frame, Rig } from "./rig.js";

interface Weather {
  readonly toServer: readonly boolean[];
  readonly toClient: readonly boolean[];
  readonly doubling: number;
  readonly reordering: boolean;
  readonly seed: number;
}

interface Setting {
  readonly weather: Weather;
  readonly nagle: boolean;
  readonly mss: number;
  readonly receiveBuffer: number;
  readonly delayedAck: number;
  readonly congestion: TcpSpec["congestion"];
  readonly sack: boolean;
  readonly timerGranularity: number;
  readonly initialWindow: number;
  /** What each side writes: milliseconds after the opening, bytes. */
  readonly asked: readonly (readonly [number, number])[];
  readonly answered: readonly (readonly [number, number])[];
  /** The server's program does not run for a while. */
  readonly pause: readonly [from: number, lasting: number] | null;
  readonly ending: readonly ["close" | "abort", number] | null;
}

/** Milliseconds: more than 120 losses in a row cost. */
const LONG_AFTER = 1_000_000;

const losses = fc.array(
  fc.integer({ min: 0, max: 9 }).map((draw) => draw >= 7),
  { maxLength: 60 },
);
const writes = fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 6000 })), {
  maxLength: 12,
});

const settings: fc.Arbitrary<Setting> = fc.record({
  weather: fc.record({
    toServer: losses,
    toClient: losses,
    doubling: fc.constantFrom(0, 0, 0.2),
    reordering: fc.boolean(),
    seed: fc.nat(1000),
  }),
  nagle: fc.boolean(),
  mss: fc.constantFrom(100, 536, 1448),
  receiveBuffer: fc.constantFrom(500, 3000, 65_535),
  delayedAck: fc.constantFrom(0, 40 * MILLISECOND),
  congestion: fc.constantFrom("cubic", "reno", "none"),
  sack: fc.boolean(),
  timerGranularity: fc.constantFrom(0, 4 * MILLISECOND),
  initialWindow: fc.constantFrom(1, 10),
  asked: writes,
  answered: writes,
  pause: fc.option(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 5000 }))),
  ending: fc.constant(null),
});

const endings: fc.Arbitrary<Setting> = fc
  .tuple(settings, fc.constantFrom("close", "abort"), fc.integer({ min: 0, max: 6000 }))
  .map(([setting, verb, at]) => ({ ...setting, ending: [verb, at] as const }));

/** The rig of the latest run. */
let latest: Rig | undefined;

function play(setting: Setting): Rig {
  const { weather } = setting;
  const rig = new Rig({
    seed: `law ${weather.seed}`,
    tcp: {
      nagle: setting.nagle,
      mss: setting.mss,
      receiveBuffer: setting.receiveBuffer,
      delayedAck: setting.delayedAck,
      congestion: setting.congestion,
      sack: setting.sack,
      timerGranularity: setting.timerGranularity,
      initialWindow: setting.initialWindow,
      // No finite run of losses is to end a connection here.
      rtoMax: 5 * SECOND,
      retries: 500,
      synRetries: 500,
      synAckRetries: 500,
    },
    link: {
      duplication: weather.doubling,
      reorder: weather.reordering,
      delay: weather.reordering
        ? { kind: "uniform", min: 10 * MILLISECOND, max: 60 * MILLISECOND }
        : { kind: "constant", value: 30 * MILLISECOND },
    },
    toServer: finite(weather.toServer),
    toClient: finite(weather.toClient),
  });
  latest = rig;
  rig.asking.onOpen = (channel) => {
    write(rig, setting.asked, "A");
    if (setting.ending !== null) {
      const [verb, after] = setting.ending;
      later(rig, after, () => channel[verb]());
    }
  };
  rig.serving.onOpen = () => write(rig, setting.answered, "B");
  rig.connect();
  if (setting.pause !== null) {
    const [from, lasting] = setting.pause;
    later(rig, from, (now) => rig.server.pause(now));
    later(rig, from + lasting, (now) => rig.server.resume(now));
  }
  return rig.until(LONG_AFTER);
}

/** A pattern that, within any run here, loses nothing after its beginning. */
function finite(beginning: readonly boolean[]): { kind: "pattern"; pattern: readonly boolean[] } {
  return { kind: "pattern", pattern: [...beginning, ...NO_LOSS] };
}
const NO_LOSS = new Array<boolean>(5000).fill(false);

function write(rig: Rig, frames: Setting["asked"], prefix: string): void {
  const program = prefix === "A" ? rig.asking : rig.serving;
  frames.forEach(([after, bytes], index) => {
    later(rig, after, () => program.channel?.send(new Frame(`${prefix}${index}`, bytes)));
  });
}

function later(rig: Rig, milliseconds: number, act: (now: Instant) => void): void {
  const actor = rig.simulation.register({ fire: (_code, now) => act(now) });
  rig.simulation.schedule(rig.simulation.now + milliseconds * MILLISECOND, actor, 0);
}

/** The violations of a run in which nobody ends the connection. */
function undisturbed(setting: Setting): string[] {
  const rig = play(setting);
  const events = rig.trace.events ?? [];
  const violations = audit(events);
  for (const [writer, frames] of [
    ["client", setting.asked],
    ["server", setting.answered],
  ] as const) {
    const { written, read } = readOf(events, writer);
    if (written !== frames.length || read !== frames.length) {
      violations.push(`${writer} wrote ${written} of ${frames.length}, ${read} were read`);
    }
  }
  if (rig.connections !== 2) violations.push(`${rig.connections} ends of a connection are left`);
  return violations;
}

/** The violations of a run in which the client ends it. */
function ended(setting: Setting): string[] {
  const rig = play(setting);
  const events = rig.trace.events ?? [];
  const violations = audit(events);
  const { written, read } = readOf(events, "client");
  if (setting.ending?.[0] === "abort") return violations; // a lost reset leaves the other side half open
  if (read !== written) violations.push(`client wrote ${written} before closing, ${read} were read`);
  if (rig.connections !== 0) violations.push(`${rig.connections} ends of a connection are left`);
  return violations;
}

const RUNS = { seed: 2026, numRuns: 150 };

describe("whatever is lost, doubled or overtaken, and however small the buffers", () => {
  test("every content is read once, whole and in order, within windows and acknowledgments", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        expect(undisturbed(setting)).toEqual([]);
      }),
      RUNS,
    );
  });

  test("what was written before closing arrives, nothing is sent afterwards, and nothing is left over", () => {
    fc.assert(
      fc.property(endings, (setting) => {
        expect(ended(setting)).toEqual([]);
      }),
      RUNS,
    );
  });

  test("the same run twice gives the same fingerprint", () => {
    fc.assert(
      fc.property(settings, (setting) => {
        expect(play(setting).trace.fingerprint.hex()).toBe(play(setting).trace.fingerprint.hex());
      }),
      { seed: 2026, numRuns: 20 },
    );
  });
});

/** Replaces a method until the test is over: a TCP that is broken in one place. */
const restorations: (() => void)[] = [];
function breakMethod<Name extends string, Type extends Record<Name, unknown>>(
  prototype: Type,
  name: Name,
  broken: (this: Type, ...parameters: never[]) => unknown,
): void {
  const whole = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  Object.defineProperty(prototype, name, { ...whole, value: broken });
  restorations.push(() => Object.defineProperty(prototype, name, whole));
}

describe("the laws notice a TCP that", () => {
  afterEach(() => {
    for (const restore of restorations.splice(0)) restore();
  });

  /** The kinds of violations that a number of random settings reveal. */
  function revealed(judge: (setting: Setting) => string[], from: fc.Arbitrary<Setting>): string {
    return fc
      .sample(from, { seed: 2026, numRuns: 25 })
      .flatMap((setting) => judge(setting))
      .join("\n");
  }

  test("reads past a hole", () => {
    const { accept } = Receiver.prototype;
    breakMethod(Receiver.prototype, "accept", function (this: Receiver, segment: Segment, now: Instant) {
      if (segment.sequence > this.next) this.next = segment.sequence;
      accept.call(this, segment, now);
    } as never);
    expect(revealed(undisturbed, settings)).toMatch(/before it had arrived whole/);
    expect(revealed(undisturbed, settings)).toMatch(/acknowledges \d+, has \d+/);
  });

  test("never sends again", () => {
    breakMethod(Sender.prototype, "timerFired", (() => true) as never);
    expect(revealed(undisturbed, settings)).toMatch(/wrote \d+ of \d+, \d+ were read/);
  });

  test("takes a partial acknowledgment for a whole one", () => {
    const { acknowledge } = SentSegments.prototype;
    breakMethod(SentSegments.prototype, "acknowledge", function (
      this: SentSegments,
      upTo: number,
      echo: number,
      now: Instant,
    ) {
      acknowledge.call(this, upTo > 1 ? Infinity : upTo, echo, now);
    } as never);
    expect(revealed(undisturbed, settings)).toMatch(/wrote \d+ of \d+, \d+ were read/);
  });

  test("believes in a larger window than it was offered", () => {
    const { acknowledge } = Sender.prototype;
    breakMethod(Sender.prototype, "acknowledge", function (this: Sender, segment: Segment, now: Instant) {
      const {
        origin,
        destination,
        flags,
        sequence,
        length,
        acknowledgment,
        window,
        timestamp,
        echo,
        blocks,
      } = segment;
      const wide = window + 1000;
      acknowledge.call(
        this,
        new Segment(
          origin,
          destination,
          flags,
          sequence,
          length,
          acknowledgment,
          wide,
          timestamp,
          echo,
          blocks,
        ),
        now,
      );
    } as never);
    expect(revealed(undisturbed, settings)).toMatch(/sends up to \d+, may up to \d+/);
  });

  test("goes on after a reset", () => {
    breakMethod(Connection.prototype, "abortedByUser", function (this: Connection) {
      this.transmit(this.sender.next, 0, RST, latest?.simulation.now ?? 0);
    } as never);
    expect(revealed(ended, endings)).toMatch(/after a reset/);
  });

  test("sends again without ever waiting longer", () => {
    breakMethod(RetransmissionTimer.prototype, "double", (() => undefined) as never);
    const rig = new Rig({ tcp: { tailLossProbe: false } });
    rig.asking.onOpen = (channel) => {
      rig.server.losePower(rig.simulation.now);
      channel.send(new Frame("ANYBODY?", 5));
    };
    rig.connect();
    rig.until(3200);
    expect(gapsOf(rig)).toEqual([300, 300, 300, 300, 300, 300, 300, 300, 300, 300]);
  });

  test("does not slow down in a recovery", () => {
    breakMethod(LossRecovery.prototype, "reduce", function (this: LossRecovery) {
      return undefined;
    } as never);
    expect(fewestInRecovery()).toBeGreaterThan(fewestWhole);
  });

  test("acknowledges early", () => {
    breakMethod(AckPolicy.prototype, "atOnce", (() => true) as never);
    expect(acknowledgments()).toBeGreaterThan(1.5 * acknowledgmentsWhole);
  });

  /** Milliseconds between the copies of the client's data. */
  function gapsOf(rig: Rig): number[] {
    const sent = (rig.trace.events ?? []).flatMap((event) =>
      event.type === "packet-sent" && event.contents[0]?.name === "DATA" ? [event.at / MILLISECOND] : [],
    );
    return sent.slice(1).map((at, index) => at - (sent[index] as number));
  }

  /** A long flow in which the thirtieth segment is lost. */
  function flow(): Rig {
    const rig = new Rig({
      tcp: { receiveBuffer: 1_000_000 },
      toServer: { kind: "scripted", drops: [{ name: "DATA", nth: 30 }] },
    });
    rig.asking.onOpen = (channel) => {
      for (let i = 0; i < 200; i++) channel.send(new Frame(`F${i}`, 1448));
    };
    rig.connect();
    return rig.until(3000);
  }

  function fewestInRecovery(): number {
    const flights = (flow().trace.events ?? []).flatMap((event) =>
      event.type === "congestion" && event.state === "recovery" ? [event.segmentsInFlight] : [],
    );
    return Math.min(...flights);
  }

  function acknowledgments(): number {
    return (flow().trace.events ?? []).filter(
      (event) => event.type === "packet-sent" && event.contents[0]?.name === "ACK",
    ).length;
  }

  const fewestWhole = fewestInRecovery();
  const acknowledgmentsWhole = acknowledgments();
});
