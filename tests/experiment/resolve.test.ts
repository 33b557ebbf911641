import { describe, expect, it } from "vitest";
import { NEVER } from "../../src/kernel/index.js";
import { LINK_PRESETS } from "../../src/network/index.js";
import type { Scenario } from "../../src/scenario/index.js";
import { PAIR, planOf, refusalOfText } from "./load.js";

const MS = 1_000_000;
const S = 1000 * MS;

async function scenarioOf(text: string): Promise<Scenario> {
  const plan = await planOf(text);
  return plan.cells[0]?.scenario as Scenario;
}

/** The pair with more lines for its link. */
const linked = (lines: string): string => `${PAIR}${lines}\n`;

describe("links", () => {
  it("between two nodes are two, the same each way", async () => {
    const { links } = await scenarioOf(
      linked("    loss: 10 %\n    bandwidth: 1 Mbit/s\n    queueLimit: 64 kB"),
    );
    const common = {
      delay: { kind: "constant", value: 50 * MS },
      bandwidth: 1_000_000,
      queueLimit: 64_000,
      loss: { kind: "bernoulli", probability: 0.1 },
      duplication: 0,
      corruption: 0,
      reorder: false,
    };
    expect(links).toEqual([
      { from: "broker", to: "sensor", ...common },
      { from: "sensor", to: "broker", ...common },
    ]);
  });

  it.each<[string, unknown]>([
    ["7 ms", { kind: "constant", value: 7 * MS }],
    ["uniform(45 ms, 55 ms)", { kind: "uniform", min: 45 * MS, max: 55 * MS }],
    ["exponential(20 ms, min = 5 ms)", { kind: "exponential", mean: 20 * MS, min: 5 * MS }],
    ["'exponential(mean: 20 ms)'", { kind: "exponential", mean: 20 * MS, min: 0 }],
    ["normal(20 ms, sd = 2 ms)", { kind: "normal", mean: 20 * MS, sd: 2 * MS, min: 0 }],
    ["lognormal(20 ms, 0.5)", { kind: "lognormal", median: 20 * MS, sigma: 0.5, min: 0 }],
    ["pareto(5 ms, shape = 1.5)", { kind: "pareto", min: 5 * MS, shape: 1.5 }],
    ["weibull(20 ms, 0.8, 1 ms)", { kind: "weibull", scale: 20 * MS, shape: 0.8, min: MS }],
    ["empirical(1 ms, 2 ms, 2 ms)", { kind: "empirical", values: [MS, 2 * MS, 2 * MS] }],
  ])("take the delay %s", async (text, expected) => {
    const { links } = await scenarioOf(PAIR.replace("50 ms", text));
    expect(links[0]?.delay).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ["0 %", { kind: "none" }],
    ["0.25", { kind: "bernoulli", probability: 0.25 }],
    [
      "{ burst: { loss: 20 %, length: 4 } }",
      { kind: "gilbert-elliott", toBad: 0.0625, toGood: 0.25, lossGood: 0, lossBad: 1 },
    ],
    [
      "{ gilbertElliott: { toBad: 1 %, toGood: 25 %, lossBad: 80 % } }",
      { kind: "gilbert-elliott", toBad: 0.01, toGood: 0.25, lossGood: 0, lossBad: 0.8 },
    ],
    ["{ every: 10, offset: 3 }", { kind: "periodic", every: 10, offset: 3 }],
    [
      "{ drop: [{ name: PUBACK, nth: 2 }, { name: PUBREC }] }",
      {
        kind: "scripted",
        drops: [
          { name: "PUBACK", nth: 2 },
          { name: "PUBREC", nth: 1 },
        ],
      },
    ],
    ['{ pattern: "0010" }', { kind: "pattern", pattern: [false, false, true, false] }],
    ["{ pattern: [true, false] }", { kind: "pattern", pattern: [true, false] }],
  ])("lose %s", async (text, expected) => {
    const { links } = await scenarioOf(linked(`    loss: ${text}`));
    expect(links[0]?.loss).toEqual(expected);
  });

  it("take what a preset says, and what is said beside it", async () => {
    const preset = LINK_PRESETS.find(({ name }) => name === "lte");
    const { links } = await scenarioOf(PAIR.replace("delay: 50 ms", "preset: lte\n    loss: 1 %"));
    expect(links[0]).toMatchObject({
      delay: preset?.delay,
      bandwidth: preset?.bandwidth,
      loss: { kind: "bernoulli", probability: 0.01 },
    });
  });

  it("join each member of a group, or one with one", async () => {
    const groups = (pairing: string): string => `
nodes:
  sensor: { role: mqtt.client, count: 2, broker: broker }
  broker: { role: mqtt.broker, count: 2 }
links:
  - between: [sensor, broker]
    delay: 1 ms
    pairing: ${pairing}
`;
    const joined = async (text: string): Promise<string[]> =>
      (await scenarioOf(text)).links.map(({ from, to }) => `${from}>${to}`);
    expect(await joined(groups("all"))).toHaveLength(8);
    expect(await joined(groups("one-to-one"))).toEqual([
      "broker-1>sensor-1",
      "broker-2>sensor-2",
      "sensor-1>broker-1",
      "sensor-2>broker-2",
    ]);
  });

  it("between a group and itself join each pair once, both ways", async () => {
    const { links } = await scenarioOf(`
nodes:
  broker: { role: mqtt.broker, count: 3 }
links:
  - between: [broker, broker]
    delay: 1 ms
`);
    expect(links).toHaveLength(6);
  });
});

describe("nodes", () => {
  it("have every option of their role, defaults filled in", async () => {
    const { nodes } = await scenarioOf(PAIR);
    expect(nodes.map(({ name }) => name)).toEqual(["broker", "sensor"]);
    expect(nodes[1]?.options).toMatchObject({
      broker: "broker",
      keepAlive: 60 * S,
      subscribe: [],
      cleanStart: true,
    });
    expect(nodes[1]?.options).not.toHaveProperty("role");
    expect(nodes[1]?.options).not.toHaveProperty("will");
  });

  it("of a group are numbered so that their names sort as their numbers do, each with its broker and its name", async () => {
    const { nodes } = await scenarioOf(`
nodes:
  sensor:
    role: mqtt.client
    count: 12
    broker: broker
    clientId: thing/\${node}/\${2 * index}
  broker: { role: mqtt.broker, count: 12 }
links:
  - between: [sensor, broker]
    pairing: one-to-one
    delay: 1 ms
`);
    const sensors = nodes.filter(({ role }) => role === "mqtt.client");
    expect(sensors.map(({ name }) => name)).toEqual(
      [...sensors.map(({ name }) => name)].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(sensors[1]?.name).toBe("sensor-02");
    expect(sensors[1]?.options).toMatchObject({ broker: "broker-02", clientId: "thing/sensor-02/4" });
    expect(sensors[11]?.options).toMatchObject({ broker: "broker-12" });
  });

  it("are all members of a group where a list names the group", async () => {
    const { nodes } = await scenarioOf(`
nodes:
  controller: { role: kafka.controller, brokers: [broker], topics: [{ name: orders }] }
  broker: { role: kafka.broker, count: 3, controller: controller }
  shop: { role: kafka.producer, bootstrap: [broker-2, broker], topics: [orders] }
links:
  - { between: [broker, controller], delay: 1 ms }
  - { between: [broker, shop], delay: 1 ms }
`);
    const brokers = ["broker-1", "broker-2", "broker-3"];
    const options = (name: string): unknown => nodes.find((node) => node.name === name)?.options;
    expect(options("controller")).toMatchObject({ brokers });
    expect(options("shop")).toMatchObject({ bootstrap: ["broker-2", ...brokers] });
  });

  it("have the transport of the experiment, or one of their own", async () => {
    const text = `transport: datagram\n${PAIR}`.replace(
      "role: mqtt.client,",
      "role: mqtt.client, transport: { kind: tcp, nagle: false, keepaliveIdle: 10 s },",
    );
    const { nodes } = await scenarioOf(text);
    expect(nodes[0]?.transport).toEqual({ kind: "datagram" });
    expect(nodes[1]?.transport).toMatchObject({
      kind: "tcp",
      nagle: false,
      mss: 1448,
      keepaliveIdle: 10 * S,
    });
  });

  it.each([
    ["none", "none"],
    ['"1.3"', { version: "1.3", resumed: false, earlyData: false, certificateChain: 2560 }],
    ["1.2", { version: "1.2", resumed: false, earlyData: false, certificateChain: 2560 }],
    ["1.2-resumed", { version: "1.2", resumed: true, earlyData: false, certificateChain: 2560 }],
    ["1.3-early-data", { version: "1.3", resumed: true, earlyData: true, certificateChain: 2560 }],
    ["{}", { version: "1.3", resumed: false, earlyData: false, certificateChain: 2560 }],
    [
      "{ version: 1.2, certificateChain: 4 KiB, resumed: true }",
      { version: "1.2", resumed: true, earlyData: false, certificateChain: 4096 },
    ],
  ])("speak TLS where the transport says %s", async (said, tls) => {
    const { nodes } = await scenarioOf(`transport: { kind: tcp, tls: ${said} }\n${PAIR}`);
    expect(nodes[1]?.transport).toMatchObject({ kind: "tcp", nagle: true, tls });
  });

  it.each([
    ["false", "none"],
    ["true", { path: "/", host: "server.example.com" }],
    ["{ path: /feed, frameMax: 1 KiB }", { path: "/feed", host: "server.example.com", frameMax: 1024 }],
    ["{ subprotocol: chat, host: h }", { path: "/", host: "h", subprotocol: "chat" }],
  ])("speak WebSocket where the transport says %s", async (said, webSocket) => {
    const { nodes } = await scenarioOf(`transport: { kind: tcp, webSocket: ${said} }\n${PAIR}`);
    expect(nodes[1]?.transport).toMatchObject({ kind: "tcp", webSocket });
  });

  it("say nothing of TLS and WebSocket by default, so that the other end may", async () => {
    const { nodes } = await scenarioOf(
      PAIR.replace("role: mqtt.broker", "role: mqtt.broker, transport: { kind: tcp, tls: 1.3 }"),
    );
    expect(nodes[0]?.transport).toHaveProperty("tls");
    expect(nodes[1]?.transport).not.toHaveProperty("tls");
    expect(nodes[1]?.transport).not.toHaveProperty("webSocket");
  });

  it("have a processor and a clock where these are given", async () => {
    const { nodes } = await scenarioOf(
      PAIR.replace(
        "role: mqtt.broker",
        "role: mqtt.broker, cpu: { service: exponential(1 ms) }, clock: { offset: -2 s, drift: 50 }",
      ),
    );
    expect(nodes[0]).toMatchObject({
      cpu: { cores: 1, service: { kind: "exponential", mean: MS, min: 0 } },
      clock: { offset: -2 * S, drift: 50 },
    });
    expect(nodes[1]).not.toHaveProperty("cpu");
  });
});

describe("the workload", () => {
  it.each<[string, unknown]>([
    ["", { kind: "once", start: 0 }],
    ["start: 5 s", { kind: "once", start: 5 * S }],
    ["every: 1 s, count: 3", { kind: "fixed", start: 0, every: S, count: 3 }],
    ["every: 3 s, start: 1 s", { kind: "fixed", start: S, every: 3 * S, count: 4 }],
    ["every: 1 s, arrival: poisson", { kind: "poisson", start: 0, every: S, count: NEVER }],
    ["every: 2 s, arrival: uniform-slot", { kind: "uniform-slot", start: 0, every: 2 * S, count: 6 }],
    ["window: 4, count: 9", { kind: "closed", start: 0, window: 4, count: 9 }],
  ])("with { %s } has that pace", async (pace, expected) => {
    const { workload } = await scenarioOf(
      `${PAIR}horizon: 10 s\nworkload:\n  - node: sensor\n    publish: { topic: a${pace === "" ? "" : `, ${pace}`} }\n`,
    );
    expect(workload).toEqual([
      {
        node: "sensor",
        activity: "publish",
        options: { topic: "a", qos: 0, payload: 16, retain: false },
        pace: expected,
      },
    ]);
  });

  it("of a group is one for each member, under its own name", async () => {
    const { workload } = await scenarioOf(
      `${PAIR.replace("mqtt.client,", "mqtt.client, count: 2,")}workload:\n  - node: sensor\n    publish: { topic: "plant/\${node}" }\n`,
    );
    expect(workload.map(({ node, options }) => [node, options["topic"]])).toEqual([
      ["sensor-1", "plant/sensor-1"],
      ["sensor-2", "plant/sensor-2"],
    ]);
  });
});

describe("an entry with a condition", () => {
  it("is there in the cells where it is true, even if nothing else refers to a factor", async () => {
    const plan = await planOf(
      `factors:\n  qos: [0, 1]\n${PAIR}workload:\n  - node: sensor\n    publish: { topic: a }\n    when: qos > 0\n`,
    );
    expect(plan.cells.map(({ scenario }) => scenario.workload.length)).toEqual([0, 1]);
  });
});

describe("faults", () => {
  const faultsOf = async (text: string, before = ""): Promise<unknown> =>
    (await scenarioOf(`${before}${PAIR}faults:\n${text}`)).faults;

  it("happen at an instant, at several, and are undone", async () => {
    expect(
      await faultsOf("  - cut: { between: [sensor, broker] }\n    at: [10 s, 20 s]\n    lasting: 5 s\n"),
    ).toEqual(
      [10, 20].map((at) => ({
        when: { kind: "at", at: at * S },
        lasting: 5 * S,
        verb: "cut",
        from: "sensor",
        to: "broker",
        bothWays: true,
      })),
    );
  });

  it("happen again and again, exactly or at random", async () => {
    const text =
      "  - crash: broker\n    every: 30 s\n    until: 5 min\n    lasting: 2 s\n" +
      "  - pause: { node: sensor }\n    every: 1 min\n    arrival: poisson\n    lasting: 1 s\n" +
      "  - hold: { from: sensor, to: broker }\n    every: 1 min\n    start: 5 s\n";
    expect(await faultsOf(text, "horizon: 10 min")).toMatchObject([
      {
        verb: "crash",
        node: "broker",
        power: false,
        when: { kind: "periodic", first: 30 * S, every: 30 * S, until: 300 * S },
      },
      { verb: "pause", node: "sensor", when: { kind: "random", meanEvery: 60 * S, from: 0, until: 600 * S } },
      {
        verb: "hold",
        bothWays: false,
        when: { kind: "periodic", first: 5 * S, every: 60 * S, until: 600 * S },
      },
    ]);
  });

  it("have every verb", async () => {
    const text = `
  - mend: { between: [sensor, broker] }
    at: 1 s
  - release: { from: broker, to: sensor }
    at: 1 s
  - reset: { between: [sensor, broker] }
    at: 1 s
  - crash: { node: broker, power: true }
    at: 1 s
  - crash: { node: sensor, disk: true }
    at: 1 s
  - stop: sensor
    at: 1 s
  - stop: { node: sensor, limit: 5 s }
    at: 1 s
  - restart: broker
    at: 1 s
  - resume: sensor
    at: 1 s
  - skew: { node: sensor, offset: -3 s }
    at: 1 s
`;
    expect(await faultsOf(text)).toMatchObject([
      { verb: "mend", bothWays: true },
      { verb: "release", from: "broker", to: "sensor", bothWays: false },
      { verb: "reset", between: ["sensor", "broker"] },
      { verb: "crash", power: true },
      { verb: "crash", node: "sensor", power: true, disk: true },
      { verb: "stop", node: "sensor", limit: 30 * S },
      { verb: "stop", node: "sensor", limit: 5 * S },
      { verb: "restart", node: "broker" },
      { verb: "resume", node: "sensor" },
      { verb: "skew", offset: -3 * S },
    ]);
  });

  it("on a group are one for each member", async () => {
    const { faults } = await scenarioOf(
      `${PAIR.replace("mqtt.client,", "mqtt.client, count: 3,")}faults:\n  - crash: sensor\n    at: 1 s\n`,
    );
    expect(faults).toHaveLength(3);
  });
});

describe("a scenario", () => {
  it("does not depend on the order in which nodes, links and options are written", async () => {
    const one = await planOf(`${PAIR}drain: 5 s\n`);
    const other = await planOf(`
drain: 5 s
links:
  - delay: 50 ms
    between: [sensor, broker]
nodes:
  broker: { role: mqtt.broker }
  sensor: { broker: broker, role: mqtt.client }
`);
    expect(other).toEqual(one);
    expect(other.digest).toBe(one.digest);
  });

  it("may use anchors and comments", async () => {
    const { links } = await scenarioOf(`
nodes: # who takes part
  sensor: { role: mqtt.client, broker: broker }
  broker: { role: mqtt.broker }
links:
  - from: sensor
    to: broker
    delay: &delay uniform(45 ms, 55 ms)
  - { from: broker, to: sensor, delay: *delay }
`);
    expect(links[0]?.delay).toEqual(links[1]?.delay);
  });

  it("samples gauges and keeps messages when told to", async () => {
    const scenario = await scenarioOf(
      `${PAIR}series: { every: 100 ms, of: [link_in_flight, mqtt_inflight] }\nmessages: true\nwarmup: 1 s\neventsMax: 1000\n`,
    );
    expect(scenario).toMatchObject({
      series: { every: 100 * MS, of: ["link_in_flight", "mqtt_inflight"] },
      messages: true,
      warmup: S,
      eventsMax: 1000,
      drain: 60 * S,
    });
  });

  it("is refused with every mistake at once, in order of position", async () => {
    const refusal = await refusalOfText(
      `${PAIR.replace("50 ms", "50")}workload:\n  - node: sensr\n    publish: {}\nwarmup: soon\n`,
    );
    const places = [...refusal.matchAll(/^x\.yaml:(\d+):/gm)].map(([, line]) => Number(line));
    expect(places).toEqual([8, 10, 12]);
  });
});
