/** Laws: what the machines promise whatever they are told, in whatever order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/trace/index.js";
import { BROKER } from "../../models/mqtt/broker-description.js";
import { brokerConfig } from "../../models/mqtt/broker-options.js";
import { BROKER_TIMER } from "../../models/mqtt/broker-sink.js";
import { Broker } from "../../models/mqtt/broker.js";
import { CLIENT } from "../../models/mqtt/client-description.js";
import { clientConfig } from "../../models/mqtt/client-options.js";
import { CLIENT_TIMER } from "../../models/mqtt/client-sink.js";
import { Client } from "../../models/mqtt/client.js";
import { Acknowledgement } from "../../models/mqtt/packets/acknowledgement.js";
import { Connack, Connect } from "../../models/mqtt/packets/connect.js";
import type { ControlPacket } from "../../models/mqtt/packets/control-packet.js";
import {
  CONNACK,
  CONNECT,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
} from "../../models/mqtt/packets/packet-type.js";
import { Publish, publishFlags } from "../../models/mqtt/packets/publish.js";
import { Subscribe } from "../../models/mqtt/packets/subscribe.js";
import { SPECIFIED } from "../../models/mqtt/rules.js";
import type { SenderSink } from "../../models/mqtt/sender-sink.js";
import type { SenderSnapshot } from "../../models/mqtt/sender-snapshot.js";
import { Sender } from "../../models/mqtt/sender.js";
import { request } from "./support/packet-words.js";
import { RecordingBrokerSink, RecordingClientSink } from "./support/recording-sinks.js";
import { completeOptions } from "../complete-options.js";
import { World } from "./support/world.js";
import type { Fate } from "./support/pipe-network.js";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function message(index: number, qos: number): Message {
  return new Message({ index: 0, publisher: 0, topic: "t", qos }, index, 0, 8, false);
}

describe("a sender", () => {
  type Step =
    | { readonly type: "offer"; readonly qos: number }
    | { readonly type: "acknowledge"; readonly kind: number; readonly identifier: number }
    | { readonly type: "connect"; readonly window: number }
    | { readonly type: "disconnect" }
    | { readonly type: "retry"; readonly after: number }
    | { readonly type: "reserve" };

  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("offer" as const), qos: fc.constantFrom(1, 2) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant("acknowledge" as const),
        kind: fc.constantFrom(PUBACK, PUBREC, PUBCOMP),
        identifier: fc.integer({ min: 1, max: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant("connect" as const), window: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ type: "disconnect" as const }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("retry" as const), after: fc.nat(1_000) }) },
    { weight: 1, arbitrary: fc.constant({ type: "reserve" as const }) },
  );

  interface Seen {
    readonly sent: { readonly packet: ControlPacket; readonly connection: number }[];
    readonly over: Message[];
  }

  /** Tells a sender everything and asks `law` after each step. */
  function tell(steps: readonly Step[], law: (sender: Sender, seen: Seen, connected: boolean) => void): Seen {
    const seen: Seen = { sent: [], over: [] };
    const sink: SenderSink = {
      send: (connection, packet) => void seen.sent.push({ connection, packet }),
      setRetryTimer: () => undefined,
      completed: (publish) => void seen.over.push(publish.message),
      abandoned: (publish) => void seen.over.push(publish.message),
      dropped: () => undefined,
      repeated: () => undefined,
    };
    const config = {
      version: 5,
      retryInterval: 100,
      maxQueued: 5,
      dropsOldest: false,
      queueCountsAll: false,
      resendsOneByOne: false,
      refills: false,
      rules: SPECIFIED,
    } as const;
    const sender = new Sender(sink, config, 0, 1);
    let connected = false;
    let now = 0;
    let offered = 0;
    for (const each of steps) {
      if (each.type === "offer") sender.offer(message(offered++, each.qos), each.qos, 10, undefined, now);
      else if (each.type === "acknowledge" && connected)
        sender.acknowledged(each.kind, each.identifier, 0, now);
      else if (each.type === "connect" && !connected) {
        connected = true;
        sender.connected(7, each.window, true, now);
      } else if (each.type === "disconnect") {
        connected = false;
        sender.disconnected();
      } else if (each.type === "retry") {
        now += each.after;
        sender.retryTimerFired(now);
      } else if (each.type === "reserve") sender.returnIdentifier(sender.reserveIdentifier());
      law(sender, seen, connected);
      seen.sent.length = 0;
    }
    return seen;
  }

  const steps = fc.array(step, { maxLength: 80 });

  it("sends nothing while there is no connection", () => {
    const law = fc.property(steps, (each) => {
      tell(each, (_sender, seen, connected) => {
        if (!connected) expect(seen.sent).toEqual([]);
      });
    });
    fc.assert(law, { seed: 31, numRuns: 500 });
  });

  it("never has more exchanges in flight than the window allows, nor one identifier twice [MQTT-2.2.1-3]", () => {
    const law = fc.property(steps, (each) => {
      let before: SenderSnapshot = new Sender({} as SenderSink, {} as never, 0, 1).snapshot();
      tell(each, (sender, seen) => {
        const now = sender.snapshot();
        const identifiers = now.inflight.map(({ identifier }) => identifier);
        expect(new Set(identifiers).size).toBe(identifiers.length);
        expect(identifiers).not.toContain(0);
        // New messages go out only within the window; PUBRELs that are taken up again may exceed it.
        const published = seen.sent.filter(({ packet }) => packet instanceof Publish && !packet.dup);
        if (published.length > 0) expect(now.outstanding).toBeLessThanOrEqual(now.window);
        for (const { packet } of published) {
          const { identifier } = packet as Publish;
          const was = before.inflight.find((exchange) => exchange.identifier === identifier);
          if (was !== undefined) expect(seen.over.length).toBeGreaterThan(0);
        }
        before = now;
      });
    });
    fc.assert(law, { seed: 32, numRuns: 500 });
  });

  it("sends a PUBLISH without DUP once and with DUP ever after, and none after its PUBREL [MQTT-4.3.3-6]", () => {
    const law = fc.property(steps, (each) => {
      const first = new Set<Message>();
      const released = new Map<number, Message>();
      tell(each, (sender, seen) => {
        for (const { packet } of seen.sent) {
          if (packet instanceof Publish) {
            expect(first.has(packet.message)).toBe(packet.dup);
            first.add(packet.message);
            expect(released.get(packet.identifier)).not.toBe(packet.message);
          }
        }
        for (const { identifier, awaiting, message: name } of sender.snapshot().inflight) {
          const held = [...first].find(({ index }) => `0#${index}` === name);
          if (awaiting === "PUBCOMP" && held !== undefined) released.set(identifier, held);
        }
      });
    });
    fc.assert(law, { seed: 33, numRuns: 300 });
  });

  it("is done with each message exactly once, or still has it", () => {
    const law = fc.property(steps, (each) => {
      const over: Message[] = [];
      let sender: Sender | undefined;
      tell(each, (present, seen) => {
        sender = present;
        over.push(...seen.over.splice(0));
      });
      const held: Message[] = [];
      sender?.eachHeld((publish) => held.push(publish.message));
      const offered = each.filter(({ type }) => type === "offer").length;
      const indices = [...over, ...held].map(({ index }) => index).sort((a, b) => a - b);
      expect(indices).toEqual(numbers(offered));
    });
    fc.assert(law, { seed: 34, numRuns: 500 });
  });

  it("survives the wrap of identifiers with one exchange left behind", () => {
    const used: number[] = [];
    const sink = {
      send: (_c: number, packet: ControlPacket) => void used.push((packet as Publish).identifier),
    };
    const quiet = { setRetryTimer() {}, completed() {}, abandoned() {}, dropped() {}, repeated() {} };
    const config = {
      version: 5,
      retryInterval: 1,
      maxQueued: 10,
      dropsOldest: false,
      queueCountsAll: false,
      resendsOneByOne: false,
      refills: false,
      rules: SPECIFIED,
    } as const;
    const sender = new Sender({ ...sink, ...quiet }, config, 0, 1);
    sender.connected(0, 2, false, 0);
    sender.offer(message(0, 1), 1, 10, undefined, 0);
    for (let n = 1; n <= 64_999; n++) {
      sender.offer(message(n, 1), 1, 10, undefined, 0);
      sender.acknowledged(PUBACK, used.at(-1) ?? 0, 0, 0);
    }
    expect(used).toHaveLength(65_000);
    sender.offer(message(65_000, 1), 1, 10, undefined, 0);
    expect(used).toHaveLength(65_000); // waits rather than lap the oldest
    sender.acknowledged(PUBACK, 1, 0, 0);
    for (let n = 0; n < 1_000; n++) {
      sender.acknowledged(PUBACK, used.at(-1) ?? 0, 0, 0);
      sender.offer(message(70_000 + n, 1), 1, 10, undefined, 0);
    }
    expect(used.slice(65_000)).toContain(65_535);
    expect(used.slice(65_000)).toContain(1);
    expect(used).not.toContain(0);
  });
});

describe("a client, whatever it is told", () => {
  const input = fc.oneof(
    fc.constantFrom("connect", "disconnect", "opened", "closed", "crash", "subscribe"),
    fc.constantFrom("life", "controlRetry", "retry"),
    fc.constantFrom("connack present", "connack new", "pingresp", "publish in"),
    fc.record({ qos: fc.constantFrom(0, 1, 2) }),
    fc.record({
      kind: fc.constantFrom(PUBACK, PUBREC, PUBREL, PUBCOMP),
      identifier: fc.integer({ min: 1, max: 5 }),
    }),
  );
  const configurations = fc.record({
    cleanStart: fc.boolean(),
    sessionExpiry: fc.constantFrom(0, 3600e9),
    version: fc.constantFrom("3.1.1", 5),
    republish: fc.boolean(),
    persistence: fc.boolean(),
    receiveMaximum: fc.constantFrom(1, 65_535),
  });

  function tell(client: Client, each: unknown, n: number, now: number): void {
    if (typeof each === "object" && each !== null && "qos" in each) {
      const { qos } = each as { qos: number };
      client.publish(message(n, qos), publishFlags(qos, false, false), 20, undefined, now);
    } else if (typeof each === "object" && each !== null && "kind" in each) {
      const { kind, identifier } = each as { kind: number; identifier: number };
      client.received(new Acknowledgement(kind, identifier, 0), now);
    } else tellWord(client, each as string, n, now);
  }

  function tellWord(client: Client, word: string, n: number, now: number): void {
    const connack = { version: 5, reasonCode: 0, sessionExpiry: undefined, receiveMaximum: 3 } as const;
    if (word === "connect") client.connect(now);
    else if (word === "disconnect") client.disconnect(false, now);
    else if (word === "opened") client.channelOpened(n % 2 === 0, now);
    else if (word === "closed") client.channelClosed(now);
    else if (word === "crash") client.crashed(now);
    else if (word === "subscribe") client.subscribe(request("a", 1), undefined, now);
    else if (word === "connack present")
      client.received(new Connack({ ...connack, sessionPresent: true }), now);
    else if (word === "connack new") client.received(new Connack({ ...connack, sessionPresent: false }), now);
    else if (word === "publish in") client.received(new Publish(message(n, 2), 3, 2, 20, undefined), now);
    else if (word !== "pingresp") client.timerFired(CLIENT_TIMER[word as keyof typeof CLIENT_TIMER], now);
  }

  it("sends CONNECT first, nothing before CONNACK, and nothing after the channel has closed [MQTT-3.1.0-1]", () => {
    const law = fc.property(configurations, fc.array(input, { maxLength: 60 }), (options, inputs) => {
      const sink = new RecordingClientSink();
      const config = clientConfig(completeOptions(CLIENT.options, { broker: "b", ...options }), SPECIFIED);
      const client = new Client(sink, config, [request("a", 1)]);
      inputs.forEach((each, n) => {
        const phase = client.phase;
        tell(client, each, n, n * 1e9);
        const sent = sink.packets.splice(0).map(({ type }) => type);
        if (phase === "opening") expect(sent.filter((type) => type !== CONNECT)).toEqual([]);
        if (phase === "connecting" && client.phase !== "connected") {
          expect(sent.filter((type) => type !== CONNECT)).toEqual([]);
        }
        if (phase === "disconnected" || phase === "waiting") expect(sent).toEqual([]);
      });
    });
    fc.assert(law, { seed: 41, numRuns: 500 });
  });

  it("comes to the same state, and to the same digest of it, by the same way", () => {
    const law = fc.property(configurations, fc.array(input, { maxLength: 40 }), (options, inputs) => {
      const config = clientConfig(completeOptions(CLIENT.options, { broker: "b", ...options }), SPECIFIED);
      const [one, other] = numbers(2).map(() => {
        const client = new Client(new RecordingClientSink(), config, []);
        const digests = inputs.map((each, n) => {
          tell(client, each, n, n * 1e9);
          return client.stateDigest();
        });
        return { snapshot: client.snapshot(), digests };
      });
      expect(one).toEqual(other);
      expect(structuredClone(one)).toEqual(one);
    });
    fc.assert(law, { seed: 43, numRuns: 200 });
    const digests = new Set<number>();
    const config = clientConfig(completeOptions(CLIENT.options, {}), SPECIFIED);
    const client = new Client(new RecordingClientSink(), config, []);
    for (const word of ["connect", "opened", "connack new", "subscribe"]) {
      tellWord(client, word, 1, 0);
      digests.add(client.stateDigest());
    }
    expect(digests.size).toBe(4);
  });

  it("tells of each of its messages at most once that it is over", () => {
    const law = fc.property(configurations, fc.array(input, { maxLength: 60 }), (options, inputs) => {
      const sink = new RecordingClientSink();
      const config = clientConfig(completeOptions(CLIENT.options, { broker: "b", ...options }), SPECIFIED);
      const client = new Client(sink, config, []);
      inputs.forEach((each, n) => tell(client, each, n, n * 1e9));
      const over = sink.lines
        .filter((line) => /^(completed|abandoned)/.test(line))
        .map((line) => line.split(" ")[2]);
      expect(new Set(over).size).toBe(over.length);
    });
    fc.assert(law, { seed: 42, numRuns: 500 });
  });
});

describe("a broker, whatever it is told", () => {
  const input = fc.record({
    connection: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom(
      "open",
      "close",
      "connect",
      "connect clean",
      "subscribe",
      "publish",
      "ack",
      "disconnect",
    ),
    identifier: fc.integer({ min: 1, max: 4 }),
    qos: fc.constantFrom(0, 1, 2),
    client: fc.constantFrom("a", "b"),
  });

  it("answers CONNECT first with CONNACK, and says nothing on a connection that is closed [MQTT-3.2.0-1]", () => {
    const law = fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
      const said: { connection: number; type: number }[] = [];
      const open = new Set<number>();
      const greeted = new Set<number>();
      const sink = new (class extends RecordingBrokerSink {
        override send(connection: number, packet: ControlPacket): void {
          expect(open.has(connection)).toBe(true);
          if (!greeted.has(connection)) expect([CONNACK, DISCONNECT]).toContain(packet.type);
          if (packet.type === CONNACK) greeted.add(connection);
          said.push({ connection, type: packet.type });
        }
        override close(connection: number): void {
          open.delete(connection);
          greeted.delete(connection);
        }
      })();
      const broker = new Broker(
        sink,
        brokerConfig(completeOptions(BROKER.options, { maxQueued: 3 }), SPECIFIED),
      );
      inputs.forEach(({ connection, what, identifier, qos, client }, n) => {
        const now = n * 1e9;
        if (what === "open" && !open.has(connection)) {
          open.add(connection);
          broker.connectionOpened(connection, connection, n % 2 === 0, now);
        }
        if (!open.has(connection)) return;
        if (what === "close") {
          open.delete(connection);
          greeted.delete(connection);
          broker.connectionClosed(connection, now);
        } else tell(broker, connection, what, identifier, qos, client, n);
        broker.timerFired(BROKER_TIMER.retry, n % 3, now);
      });
    });
    fc.assert(law, { seed: 51, numRuns: 500 });
  });

  function tell(
    broker: Broker,
    connection: number,
    what: string,
    identifier: number,
    qos: number,
    client: string,
    n: number,
  ): void {
    const now = n * 1e9;
    const connect = {
      version: 5,
      clientId: client,
      keepAlive: 0,
      sessionExpiry: 60,
      receiveMaximum: 2,
    } as const;
    const will = { topic: "w", qos: 1, retain: false, payloadBytes: 1 };
    if (what.startsWith("connect")) {
      const cleanStart = what.endsWith("clean");
      broker.received(connection, new Connect({ ...connect, cleanStart, will, willDelay: n % 2 }), now);
    } else if (what === "subscribe") {
      broker.received(connection, new Subscribe(5, identifier, [request("t", qos)]), now);
    } else if (what === "publish") {
      const publish = new Publish(message(n, qos), qos === 0 ? 0 : identifier, qos, 10, undefined);
      broker.received(connection, publish, now);
    } else {
      const kinds = [PUBACK, PUBREC, PUBREL, PUBCOMP];
      broker.received(connection, new Acknowledgement(kinds[n % 4] ?? PUBACK, identifier, 0), now);
    }
  }
});

describe("two machines on a connection that breaks", () => {
  it.each([1, 2])("keep the promise of QoS %i while both remember", (qos) => {
    const breaks = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8 });
    const law = fc.property(breaks, fc.integer({ min: 1, max: 20 }), (gaps, count) => {
      const persistent = {
        cleanStart: false,
        sessionExpiry: 3600e9,
        reconnectDelay: 20e6,
        reconnectDelayMax: 20e6,
      };
      const world = new World({
        transport: "tcp",
        clients: { sensor: persistent, screen: { ...persistent, subscribe: [{ filter: "#", qos }] } },
      }).wait(1);
      for (let n = 0; n < count; n++) world.publish("sensor", "t", qos);
      gaps.forEach((gap, n) => {
        world.simulation.run(world.now + gap * 1e6);
        world.network.reset(n % 2 === 0 ? "sensor" : "screen", "broker");
      });
      world.wait(30);
      const delivered = world.application.indices(1, "t");
      expect([...new Set(delivered)].sort((a, b) => a - b)).toEqual(numbers(count));
      if (qos === 2) expect(delivered).toHaveLength(count);
      expect(world.application.acknowledgedMessages).toHaveLength(count);
    });
    fc.assert(law, { seed: 60 + qos, numRuns: 200 });
  });

  it("deliver QoS 2 messages of one topic in order over lossy FIFO datagrams with a window of one", () => {
    const fates = fc.array(fc.constantFrom<Fate>("arrives", "lost", "twice"), { maxLength: 60 });
    const law = fc.property(fates, (pattern) => {
      const world = new World({
        transport: "datagram",
        broker: { maxInflight: 1 },
        clients: { sensor: { maxInflight: 1 }, screen: { subscribe: [{ filter: "#", qos: 2 }] } },
      }).wait(1);
      const from = world.network.sent.length;
      world.network.fate = (_content, _from, _to, n) => pattern[n - from] ?? "arrives";
      for (let n = 0; n < 10; n++) world.publish("sensor", "t", 2);
      world.wait(60);
      expect(world.application.indices(1, "t")).toEqual(numbers(10));
    });
    fc.assert(law, { seed: 63, numRuns: 200 });
  });
});
