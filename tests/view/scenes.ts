/** Traces written by hand, as the simulator would keep them: small scenes for the drawings. */
import { MILLISECOND } from "../../src/kernel/index.js";
import type { ContentDescription, LossCause, TraceEvent } from "../../src/trace/index.js";

/** What becomes of a packet: its delay in milliseconds, or why and after how long it is lost. */
export type Fate = number | { readonly lost: LossCause; readonly after?: number };

export function content(name: string, detail = "", again = false, protocol = "mqtt"): ContentDescription {
  return { protocol, name, detail, again };
}

/** Collects events with instants in milliseconds and hands them over in order of time. */
export class Scene {
  readonly #events: TraceEvent[] = [];
  #packets = 0;

  /** A packet with these contents; returns its number. */
  packet(
    at: number,
    from: string,
    to: string,
    contents: readonly ContentDescription[],
    fate: Fate | undefined,
    more: { readonly bytes?: number; readonly copyOf?: number } = {},
  ): number {
    const packet = this.#packets++;
    const copyOf = more.copyOf === undefined ? {} : { copyOf: more.copyOf };
    this.add({ type: "packet-sent", at, packet, from, to, bytes: more.bytes ?? 87, contents, ...copyOf });
    if (typeof fate === "number") this.add({ type: "packet-received", at: at + fate, packet });
    else if (fate !== undefined) {
      this.add({ type: "packet-lost", at: at + (fate.after ?? 0), packet, cause: fate.lost });
    }
    return packet;
  }

  frame(at: number, node: string, peer: string, what: ContentDescription, delay: number | undefined): void {
    this.add({ type: "frame-sent", at, node, peer, content: what, bytes: 40 });
    if (delay !== undefined) {
      this.add({ type: "frame-received", at: at + delay, node: peer, peer: node, content: what, bytes: 40 });
    }
  }

  application(
    at: number,
    type: "published" | "acknowledged" | "failed" | "delivered",
    node: string,
    index: number,
    more: { readonly again?: boolean; readonly topic?: string; readonly qos?: number } = {},
  ): void {
    const topic = more.topic ?? "garden/moisture";
    const qos = more.qos ?? 1;
    const message = `sensor/${topic}/q${qos}#${index}`;
    this.add({ type, at, node, message, topic, qos, again: more.again ?? false });
  }

  timer(at: number, node: string, timer: string): void {
    this.add({ type: "timer-fired", at, node, timer });
  }

  node(
    at: number,
    type: Extract<TraceEvent, { node: string; type: `node-${string}` }>["type"],
    node: string,
  ): void {
    this.add({ type, at, node });
  }

  link(
    at: number,
    type: "link-cut" | "link-mended" | "link-held" | "link-released",
    from: string,
    to: string,
  ): void {
    this.add({ type, at, from, to });
    this.add({ type, at, from: to, to: from });
  }

  add(event: TraceEvent): void {
    this.#events.push(event);
  }

  /** All events with instants in nanoseconds, in order. */
  events(): TraceEvent[] {
    return this.#events
      .map((event) => ({ ...event, at: Math.round(event.at * MILLISECOND) }))
      .sort((a, b) => a.at - b.at);
  }
}

const LOST: Fate = { lost: "loss" };
const tcp = (name: string, detail = "", again = false): ContentDescription =>
  content(name, detail, again, "tcp");

/** One message at each quality of service over datagrams; some packets are lost. */
export function threeQualities(): TraceEvent[] {
  const scene = new Scene();
  const at0 = 5000;
  scene.application(at0, "published", "sensor", 0, { qos: 0 });
  scene.packet(at0, "sensor", "broker", [content("PUBLISH", "q0 #0")], 50.2);
  scene.packet(at0 + 50.2, "broker", "screen", [content("PUBLISH", "q0 #0")], LOST);

  const at1 = 6000;
  scene.application(at1, "published", "sensor", 1);
  scene.packet(at1, "sensor", "broker", [content("PUBLISH", "q1 id 1 #1")], 50.4);
  scene.packet(at1 + 50.4, "broker", "sensor", [content("PUBACK", "id 1")], LOST);
  scene.packet(at1 + 50.4, "broker", "screen", [content("PUBLISH", "q1 id 7 #1")], 49.1);
  scene.application(at1 + 99.5, "delivered", "screen", 1);
  scene.packet(at1 + 99.5, "screen", "broker", [content("PUBACK", "id 7")], 51);
  scene.timer(at1 + 1000, "sensor", "retry");
  scene.packet(at1 + 1000, "sensor", "broker", [content("PUBLISH", "q1 id 1 #1 DUP", true)], 48);
  scene.packet(at1 + 1048, "broker", "sensor", [content("PUBACK", "id 1")], 50);
  scene.application(at1 + 1098, "acknowledged", "sensor", 1);
  scene.packet(at1 + 1048, "broker", "screen", [content("PUBLISH", "q1 id 8 #1")], 50);
  scene.application(at1 + 1098, "delivered", "screen", 1, { again: true });
  scene.packet(at1 + 1098, "screen", "broker", [content("PUBACK", "id 8")], 50);

  const at2 = 8000;
  scene.application(at2, "published", "sensor", 2, { qos: 2 });
  scene.packet(at2, "sensor", "broker", [content("PUBLISH", "q2 id 2 #2")], 50);
  scene.packet(at2 + 50, "broker", "sensor", [content("PUBREC", "id 2")], 50);
  scene.packet(at2 + 50, "broker", "screen", [content("PUBLISH", "q2 id 9 #2")], 50);
  scene.packet(at2 + 100, "sensor", "broker", [content("PUBREL", "id 2")], 50);
  scene.application(at2 + 100, "delivered", "screen", 2, { qos: 2 });
  scene.packet(at2 + 100, "screen", "broker", [content("PUBREC", "id 9")], 50);
  scene.packet(at2 + 150, "broker", "sensor", [content("PUBCOMP", "id 2")], 50);
  scene.packet(at2 + 150, "broker", "screen", [content("PUBREL", "id 9")], 50);
  scene.application(at2 + 200, "acknowledged", "sensor", 2, { qos: 2 });
  scene.packet(at2 + 200, "screen", "broker", [content("PUBCOMP", "id 9")], 50);
  return scene.events();
}

/** A TCP connection is opened, a publish is lost and retransmitted. Frames are traced too. */
export function tcpRetransmission(): TraceEvent[] {
  const scene = new Scene();
  scene.packet(0, "sensor", "broker", [tcp("SYN", "0..1 win 64240")], 20, { bytes: 60 });
  scene.packet(20, "broker", "sensor", [tcp("SYN-ACK")], 20, { bytes: 60 });
  scene.add({ type: "connection-opened", at: 40, node: "sensor", peer: "broker" });
  scene.packet(40, "sensor", "broker", [tcp("ACK", "1..1 ack 1 win 64240")], 20, { bytes: 52 });
  scene.packet(40, "sensor", "broker", [tcp("DATA", "1:24"), content("CONNECT", "clean")], 20.1);
  scene.frame(40, "sensor", "broker", content("CONNECT", "clean"), 20.1);
  scene.add({ type: "connection-opened", at: 60, node: "broker", peer: "sensor" });
  scene.packet(60.1, "broker", "sensor", [tcp("DATA", "1:5"), content("CONNACK", "")], 20);
  scene.frame(60.1, "broker", "sensor", content("CONNACK", ""), 20);
  scene.packet(80.1, "sensor", "broker", [tcp("ACK", "5")], 20, { bytes: 52 });
  scene.application(100, "published", "sensor", 0);
  scene.frame(100, "sensor", "broker", content("PUBLISH", "q1 id 1 #0"), 265);
  scene.packet(
    100,
    "sensor",
    "broker",
    [tcp("DATA", "24..110 ack 5 win 64240"), content("PUBLISH", "q1 id 1 #0")],
    LOST,
  );
  scene.application(120, "published", "sensor", 1);
  scene.frame(120, "sensor", "broker", content("PUBLISH", "q1 id 2 #1"), 245);
  scene.packet(120, "sensor", "broker", [tcp("DATA", "110:196"), content("PUBLISH", "q1 id 2 #1")], 20);
  scene.packet(140, "broker", "sensor", [tcp("ACK", "24")], 20, { bytes: 64 });
  scene.timer(345, "sensor", "retransmission timeout");
  scene.packet(
    345,
    "sensor",
    "broker",
    [tcp("DATA", "24..110 ack 5 win 64240", true), content("PUBLISH", "q1 id 1 #0")],
    20,
  );
  scene.packet(
    365,
    "broker",
    "sensor",
    [tcp("DATA", "5:13"), content("PUBACK", "id 1"), content("PUBACK", "id 2")],
    20,
  );
  scene.frame(365, "broker", "sensor", content("PUBACK", "id 1"), 20);
  scene.frame(365, "broker", "sensor", content("PUBACK", "id 2"), 20);
  scene.application(385, "acknowledged", "sensor", 0);
  scene.application(385, "acknowledged", "sensor", 1);
  scene.packet(425, "sensor", "broker", [tcp("ACK", "13")], 20, { bytes: 52 });
  return scene.events();
}

/** The broker crashes and comes back, a link is cut, a will is published. */
export function crashAndWill(): TraceEvent[] {
  const scene = new Scene();
  scene.application(1000, "published", "sensor", 0);
  scene.packet(1000, "sensor", "broker", [content("PUBLISH", "q1 id 1 #0")], 40);
  scene.packet(1040, "broker", "sensor", [content("PUBACK", "id 1")], 40);
  scene.packet(1040, "broker", "screen", [content("PUBLISH", "q1 id 1 #0")], 40);
  scene.application(1080, "acknowledged", "sensor", 0);
  scene.application(1080, "delivered", "screen", 0);
  scene.packet(1080, "screen", "broker", [content("PUBACK", "id 1")], 40);
  scene.node(1150, "node-crashed", "broker");
  scene.application(1200, "published", "sensor", 1);
  scene.packet(1200, "sensor", "broker", [content("PUBLISH", "q1 id 2 #1")], {
    lost: "node-down",
    after: 40,
  });
  scene.node(1900, "node-restarted", "broker");
  scene.timer(2200, "sensor", "retry");
  scene.packet(2200, "sensor", "broker", [content("PUBLISH", "q1 id 2 #1 DUP", true)], 40);
  scene.packet(2240, "broker", "sensor", [content("DISCONNECT", "no session")], 40);
  scene.packet(2280, "sensor", "broker", [content("CONNECT", "will")], 40);
  scene.packet(2320, "broker", "sensor", [content("CONNACK", "session lost")], 40);
  scene.packet(2360, "sensor", "broker", [content("PUBLISH", "q1 id 1 #1")], 40);
  scene.packet(2400, "broker", "sensor", [content("PUBACK", "id 1")], 40);
  scene.application(2440, "acknowledged", "sensor", 1);
  scene.link(2600, "link-cut", "sensor", "broker");
  scene.application(2650, "published", "sensor", 2);
  scene.packet(2650, "sensor", "broker", [content("PUBLISH", "q1 id 2 #2")], { lost: "cut" });
  scene.node(3000, "node-paused", "screen");
  scene.node(3300, "node-resumed", "screen");
  scene.timer(92_600, "broker", "keep alive of sensor");
  scene.application(92_600, "published", "sensor", 0, { topic: "garden/status" });
  scene.packet(92_600, "broker", "screen", [content("PUBLISH", "q1 id 2 will")], 40);
  scene.application(92_640, "delivered", "screen", 0, { topic: "garden/status" });
  scene.packet(92_640, "screen", "broker", [content("PUBACK", "id 2")], 40);
  scene.link(95_000, "link-mended", "sensor", "broker");
  return scene.events();
}

/** A little generator for scenes, so that they look irregular and are the same every time. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** `count` publishes at quality of service 1 to `screens` subscribers, with loss, retries and copies. */
export function flow(count: number, every: number, loss: number, seed = 1, screens = 1): TraceEvent[] {
  const scene = new Scene();
  const next = dice(seed);
  const delay = (): number => 45 + Math.floor(next() * 10_000) / 1000;
  const send = (
    at: number,
    from: string,
    to: string,
    name: string,
    detail: string,
    again: boolean,
  ): number | undefined => {
    const lost = next() < loss;
    const takes = delay();
    const packet = scene.packet(at, from, to, [content(name, detail, again)], lost ? LOST : takes);
    if (!lost && next() < 0.04) {
      scene.packet(at, from, to, [content(name, detail, again)], takes + 6, { copyOf: packet });
    }
    return lost ? undefined : at + takes;
  };
  for (let index = 0; index < count; index++) {
    const at = 1000 + index * every;
    scene.application(at, "published", "sensor", index);
    for (let attempt = 0; attempt < 3; attempt++) {
      const sent = at + attempt * 1000;
      if (attempt > 0) scene.timer(sent, "sensor", "retry");
      const again = attempt > 0;
      const arrived = send(sent, "sensor", "broker", "PUBLISH", `q1 id ${index + 1} #${index}`, again);
      if (arrived === undefined) continue;
      const acknowledged = send(arrived, "broker", "sensor", "PUBACK", `id ${index + 1}`, false);
      for (let screen = 0; screen < screens; screen++) {
        const name = screens === 1 ? "screen" : `screen-${screen + 1}`;
        const delivered = send(arrived, "broker", name, "PUBLISH", `q1 id ${index + 1} #${index}`, false);
        if (delivered === undefined) continue;
        scene.application(delivered, "delivered", name, index, { again });
        send(delivered, name, "broker", "PUBACK", `id ${index + 1}`, false);
      }
      if (acknowledged === undefined) continue;
      scene.application(acknowledged, "acknowledged", "sensor", index);
      break;
    }
  }
  return scene.events();
}

/** A window of segments sent at one instant, one of them lost, over TCP. */
export function segmentBurst(): TraceEvent[] {
  const scene = new Scene();
  for (let index = 0; index < 10; index++) {
    const frames =
      index % 3 === 0 ? [content("PUBLISH", `q0 #${index}`), content("PUBLISH", `q0 #${index + 20}`)] : [];
    scene.packet(
      100,
      "sensor",
      "broker",
      [tcp("DATA", `${index * 1448}`), ...frames],
      index === 4 ? LOST : 25,
      { bytes: 1500 },
    );
    if (index !== 4)
      scene.packet(125, "broker", "sensor", [tcp("ACK", `${(index < 4 ? index + 1 : 4) * 1448}`)], 25, {
        bytes: 52,
      });
  }
  scene.packet(150, "sensor", "broker", [tcp("DATA", "5792", true)], 25, { bytes: 1500 });
  scene.packet(175, "broker", "sensor", [tcp("ACK", "14480")], 25, { bytes: 52 });
  return scene.events();
}
