/** Traces of TCP written by hand, with what segments and congestion windows leave in them. */
import fc from "fast-check";
import type { SegmentDescription, TraceEvent } from "../../src/trace/index.js";
import { content, type Fate, Scene } from "./scenes.js";

type Congestion = Extract<TraceEvent, { type: "congestion" }>;

interface SegmentOptions extends Partial<SegmentDescription> {
  readonly again?: boolean;
  readonly frames?: readonly string[];
}

/** A scene whose packets are segments. Bytes, sequence and acknowledgment are what the caller says. */
export class SegmentScene extends Scene {
  segment(
    at: number,
    from: string,
    to: string,
    fate: Fate | undefined,
    options: SegmentOptions = {},
  ): number {
    const { again = false, frames = [], ...given } = options;
    const segment: SegmentDescription = {
      connection: 1,
      sequence: 1,
      length: 0,
      acknowledgment: 1,
      window: 65_535,
      flags: ["ACK"],
      sack: [],
      ...given,
    };
    const name = segment.length > 0 ? "DATA" : "ACK";
    const own = { ...content(name, `${segment.sequence}..`, again, "tcp"), segment };
    return this.packet(at, from, to, [own, ...frames.map((frame) => content(frame))], fate, {
      bytes: 52 + segment.length,
    });
  }

  congestion(at: number, node: string, peer: string, values: Partial<Congestion> = {}): void {
    this.add({
      type: "congestion",
      at,
      node,
      peer,
      connection: 1,
      state: "open",
      window: 10,
      threshold: null,
      segmentsInFlight: 0,
      bytesInFlight: 0,
      receiveWindow: 65_535,
      roundTrip: 40_000_000,
      timeout: 240_000_000,
      ...values,
    });
  }
}

/** A publish is lost, probed for, and sent again after a timeout; then everything is acknowledged. */
export function lossAndRepair(): TraceEvent[] {
  const scene = new SegmentScene();
  const [a, b] = ["sensor", "broker"] as const;
  scene.segment(0, a, b, 20, { flags: ["SYN"], sequence: 0, acknowledgment: null });
  scene.segment(20, b, a, 20, { connection: 2, flags: ["SYN", "ACK"], sequence: 0 });
  scene.add({ type: "connection-opened", at: 40, node: a, peer: b });
  scene.segment(40, a, b, 20);
  scene.frame(100, a, b, content("PUBLISH", "#0"), 360);
  scene.segment(100, a, b, { lost: "loss" }, { length: 64, frames: ["PUBLISH"] });
  scene.congestion(100, a, b, { segmentsInFlight: 1, bytesInFlight: 64 });
  scene.frame(110, a, b, content("PUBLISH", "#1"), 350);
  scene.segment(110, a, b, 20, { sequence: 65, length: 64, frames: ["PUBLISH"] });
  scene.congestion(110, a, b, { segmentsInFlight: 2, bytesInFlight: 128 });
  scene.segment(130, b, a, 20, { connection: 2, acknowledgment: 1, sack: [[65, 129]] });
  scene.congestion(150, a, b, { state: "disorder", segmentsInFlight: 1, bytesInFlight: 128 });
  scene.timer(200, a, "tail-loss probe");
  scene.segment(200, a, b, { lost: "loss" }, { sequence: 65, length: 64, again: true });
  scene.timer(440, a, "retransmission timeout");
  scene.segment(440, a, b, 20, { length: 64, again: true });
  scene.congestion(440, a, b, {
    state: "loss",
    window: 1,
    threshold: 5,
    segmentsInFlight: 1,
    bytesInFlight: 128,
  });
  scene.segment(460, b, a, 20, { connection: 2, acknowledgment: 129, window: 0 });
  scene.congestion(480, a, b, { window: 2, threshold: 5 });
  scene.segment(600, a, b, 20, { sequence: 129, flags: ["FIN", "ACK"] });
  scene.segment(620, b, a, 20, { connection: 2, flags: ["RST"], acknowledgment: null });
  scene.add({ type: "connection-closed", at: 640, node: a, peer: b, reason: "reset" });
  return scene.events();
}

/** `count` publishes over one connection and on over another, all acknowledged. Only two of the ends send data. */
export function twoConnections(count: number): TraceEvent[] {
  const scene = new SegmentScene();
  const legs = [
    ["sensor", "broker", 1, 2],
    ["broker", "screen", 3, 4],
  ] as const;
  for (let index = 0; index < count; index++) {
    legs.forEach(([from, to, connection, other], leg) => {
      const at = 100 + index * 50 + leg * 20;
      const sequence = 1 + index * 64;
      scene.frame(at, from, to, content("PUBLISH", `#${index}`), 20);
      scene.segment(at, from, to, 20, { connection, sequence, length: 64, frames: [`PUBLISH #${index}`] });
      scene.congestion(at, from, to, { connection, segmentsInFlight: 1, bytesInFlight: 64 });
      scene.segment(at + 20, to, from, 20, { connection: other, acknowledgment: sequence + 64 });
      scene.congestion(at + 20, to, from, { connection: other });
      scene.congestion(at + 40, from, to, { connection });
    });
  }
  return scene.events();
}

const NAMES = ["sensor", "broker", "screen"];
const STATES: readonly Congestion["state"][] = ["open", "disorder", "recovery", "loss"];
const FLAGS: readonly SegmentDescription["flags"][] = [
  ["ACK"],
  ["SYN"],
  ["FIN", "ACK"],
  ["RST"],
  ["ACK", "PSH"],
];

/** TCP of any kind: frames, segments with any fate, windows of any size, in any order. */
export const segmentScenes: fc.Arbitrary<TraceEvent[]> = fc
  .array(
    fc.record({
      what: fc.nat(7),
      at: fc.oneof(fc.nat(400), fc.constantFrom(50, 100, 5000, 900_000)),
      takes: fc.oneof(fc.constant(20), fc.nat(300)),
      from: fc.nat(2),
      on: fc.integer({ min: 1, max: 2 }),
      again: fc.boolean(),
      size: fc.constantFrom(0, 1, 64, 1448, 90_000, 40_000_000),
      which: fc.nat(4),
    }),
    { maxLength: 45 },
  )
  .map((steps) => {
    const scene = new SegmentScene();
    for (const { what, at, takes, from, on, again, size, which } of steps) {
      const a = NAMES[from] as string;
      const b = NAMES[(from + on) % 3] as string;
      const connection = 1 + (which % 3);
      const fate = which === 0 ? { lost: "loss" as const } : which === 1 ? undefined : takes;
      if (what <= 2) {
        scene.segment(at, a, b, fate, {
          connection,
          sequence: size,
          length: what === 0 ? 0 : size,
          flags: FLAGS[which] ?? [],
          again,
          sack: again ? [[size, size + 64]] : [],
        });
      } else if (what === 3)
        scene.frame(at, a, b, content("PUBLISH", `#${which}`), again ? takes : undefined);
      else if (what === 4) scene.timer(at, a, again ? "tail-loss probe" : "keepalive");
      else if (what === 5) scene.add({ type: "connection-closed", at, node: a, peer: b, reason: "reset" });
      else {
        scene.congestion(at, a, b, {
          connection,
          state: STATES[which % 4] ?? "open",
          window: which === 4 ? null : size,
          threshold: again ? size * 2 : null,
          segmentsInFlight: takes,
          bytesInFlight: size,
          receiveWindow: which === 2 ? size : 65_535,
        });
      }
    }
    return scene.events();
  });
