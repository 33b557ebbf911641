import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, loadExperiment } from "../../src/experiment/index.js";
import { filesOf, PAIR, planOf, refusalOfText, registry } from "./load.js";

const EXPERIMENTS = new URL("../../experiments/", import.meta.url).pathname;

describe("cells", () => {
  it("are all combinations, the last factor varying fastest", async () => {
    const plan = await planOf(
      `factors:\n  qos: [0, 1]\n  loss: [0 %, 5 %]\n${PAIR}    loss: \${loss}\nworkload:\n  - node: sensor\n    publish: { topic: a, qos: "\${qos}" }\n`,
    );
    expect(plan.cells.map(({ label }) => label)).toEqual([
      "qos=0,loss=0 %",
      "qos=0,loss=5 %",
      "qos=1,loss=0 %",
      "qos=1,loss=5 %",
    ]);
    expect(plan.cells.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(plan.cells[3]?.values).toEqual({ qos: 1, loss: 0.05 });
    expect(plan.cells[3]?.scenario.workload[0]?.options["qos"]).toBe(1);
    expect(plan.cells[1]?.scenario.links[0]?.loss).toEqual({ kind: "bernoulli", probability: 0.05 });
  });

  it("are one without factors", async () => {
    const plan = await planOf(PAIR);
    expect(plan.cells.map(({ label, values }) => ({ label, values }))).toEqual([{ label: "", values: {} }]);
  });

  it("are as many as the product of the numbers of values, each once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        async (sizes) => {
          const factors = sizes.map(
            (size, index) => `  f${index}: [${Array.from({ length: size }, (_, i) => `w${i}`).join(", ")}]`,
          );
          const uses = sizes.map((_, index) => `\${f${index}}`).join("-");
          const { cells } = await planOf(
            `factors:\n${factors.join("\n")}\n${PAIR}workload:\n  - node: sensor\n    publish:\n      topic: ${uses}\n`,
          );
          const topics = cells.map(({ scenario }) => scenario.workload[0]?.options["topic"]);
          expect(cells).toHaveLength(sizes.reduce((product, size) => product * size, 1));
          expect(new Set(topics).size).toBe(cells.length);
          expect(topics).toEqual([...topics].sort((a, b) => (String(a) < String(b) ? -1 : 1)));
        },
      ),
      { seed: 5, numRuns: 20 },
    );
  });
});

describe("the values of a factor", () => {
  const factorOf = async (values: string, delay = "${x}"): Promise<unknown> =>
    (await planOf(`factors:\n  x: ${values}\n${PAIR.replace("50 ms", delay)}`)).factors[0];

  it("with units are numbers in the smallest unit written", async () => {
    expect(await factorOf("[1 s, 500 ms, 0.25 s]")).toEqual({
      name: "x",
      unit: "ms",
      values: [1000, 500, 250],
      labels: ["1 s", "500 ms", "0.25 s"],
    });
  });

  it("in percent are fractions", async () => {
    expect(await factorOf("[0 %, 0.1 %, 33.3 %]", "${x * 1 s}")).toEqual({
      name: "x",
      values: [0, 0.001, 0.333],
      labels: ["0 %", "0.1 %", "33.3 %"],
    });
  });

  it("keep the author's way of writing them as labels", async () => {
    expect(await factorOf("[1.50, 2e0, 0x10]", "${x * 1 s}")).toEqual({
      name: "x",
      values: [1.5, 2, 16],
      labels: ["1.50", "2e0", "0x10"],
    });
  });

  it("may be words and numbers, and whole values of any kind", async () => {
    const plan = await planOf(
      `factors:\n  transport: [datagram, tcp]\n  clean: [true, false]\n  preset: [lte, ethernet]\ntransport: \${transport}\n` +
        `${PAIR.replace("delay: 50 ms", "preset: ${preset}").replace("broker: broker }", 'broker: broker, cleanStart: "${clean}" }')}`,
    );
    expect(plan.cells).toHaveLength(8);
    expect(plan.cells[0]?.scenario.nodes[1]?.transport.kind).toBe("datagram");
    expect(plan.cells[7]?.scenario.nodes[1]?.transport.kind).toBe("tcp");
    expect(plan.cells[7]?.scenario.nodes[1]?.options["cleanStart"]).toBe(false);
  });

  it("keep their unit inside a text and in arithmetic", async () => {
    const plan = await planOf(
      `factors:\n  rtt: [20 ms, 1 s]\n${PAIR.replace("50 ms", "uniform(${rtt / 2}, ${0.5 * rtt + 1 ms})")}`,
    );
    expect(plan.cells.map(({ scenario }) => scenario.links[0]?.delay)).toEqual([
      { kind: "uniform", min: 10_000_000, max: 11_000_000 },
      { kind: "uniform", min: 500_000_000, max: 501_000_000 },
    ]);
  });
});

describe("expectations", () => {
  it("belong to the cells of which their condition is true", async () => {
    const plan = await planOf(
      `factors:\n  rtt: [10 ms, 50 ms]\n${PAIR.replace("50 ms", "${rtt}")}expect:\n  - claim: ordered\n    when: rtt > 20 ms\n  - that: lost == 0\n`,
    );
    expect(plan.cells.map(({ expectations }) => expectations)).toEqual([[1], [0, 1]]);
    expect(plan.expectations).toMatchObject([
      { text: "ordered", kind: "claim", is: "holds", scope: "cell", when: "rtt > 20 ms" },
      { text: "lost == 0", kind: "condition", is: "holds", scope: "cell" },
    ]);
  });
});

describe("the digest", () => {
  it("is the same for the same experiment, however it is written", async () => {
    const one = await planOf(`seed: 7\n${PAIR}`);
    const other = await planOf(`# a comment\n${PAIR.replace("50 ms", "0.05 s")}seed: '7'\n`);
    expect(other.digest).toBe(one.digest);
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    "seed: 8",
    "replications: 2",
    "drain: 61 s",
    "metrics: [lost]",
    "expect: [{ claim: ordered }]",
    "question: Why?",
  ])("is another with %s", async (line) => {
    expect((await planOf(`${line}\n${PAIR}`)).digest).not.toBe((await planOf(PAIR)).digest);
  });
});

describe("canonical JSON", () => {
  it("does not depend on the order of keys, but on that of items", () => {
    expect(canonicalJson({ b: [2, { d: null, c: "x" }], a: true, none: undefined })).toBe(
      '{"a":true,"b":[2,{"c":"x","d":null}]}',
    );
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});

describe("overrides", () => {
  const TEXT = `factors:\n  loss: [0 %, 5 %]\nseed: 1\nreplications: 3\n${PAIR}    loss: \${loss}\n`;

  it("replace the seed, the replications and the values of factors", async () => {
    const plan = await planOf(TEXT, { seed: "abc", replications: 9, factors: { loss: ["1%", "2 %"] } });
    expect(plan.seed).toBe("abc");
    expect(plan.replications).toEqual({ kind: "fixed", count: 9 });
    expect(plan.factors[0]).toMatchObject({ values: [0.01, 0.02], labels: ["1%", "2 %"] });
  });

  it("fix a factor, or any value of the file", async () => {
    expect((await planOf(TEXT, { set: { loss: "20 %" } })).cells).toHaveLength(1);
    const plan = await planOf(TEXT, { set: { "links[0].delay": "uniform(1 ms, 2 ms)", drain: "5 s" } });
    expect(plan.cells[0]?.scenario.links[0]?.delay.kind).toBe("uniform");
    expect(plan.cells[0]?.scenario.drain).toBe(5_000_000_000);
  });

  it("may narrow a factor that an expectation names", async () => {
    const text = `factors:\n  transport: [datagram, tcp]\ntransport: \${transport}\n${PAIR}expect:\n  - claim: ordered\n    when: transport == "tcp"\n`;
    const plan = await planOf(text, { set: { transport: "datagram" } });
    expect(plan.cells.map(({ expectations }) => expectations)).toEqual([[]]);
  });

  it.each<[string, Parameters<typeof refusalOfText>[1], string]>([
    [
      "an unknown factor",
      { factors: { los: ["1 %"] } },
      "--factor los=1 %: the experiment has no factor `los`; expected `loss`; did you mean `loss`?",
    ],
    ["an unknown name", { set: { sed: "1" } }, "--set sed=1: sed: unknown option; expected one of"],
    [
      "a path to nowhere",
      { set: { "links[3].delay": "1 ms" } },
      "--set links[3].delay=1 ms: no place for `[3]`: `links` is a list of 1",
    ],
    [
      "a path through nothing",
      { set: { "node.sensor.broker": "b" } },
      "--set node.sensor.broker=b: no place for `node`: the experiment is a record without it; did you mean `nodes`?",
    ],
    [
      "a value without its unit",
      { set: { "links[0].delay": "5" } },
      "--set links[0].delay=5: links[0].delay: found 5; expected a duration",
    ],
    ["a value that is not YAML", { set: { drain: "[1" } }, "--set drain=[1:1:3: not YAML"],
    [
      "values that do not fit together",
      { factors: { loss: ["1 %", "3"] } },
      "--factor loss=1 %,3: factors.loss[1]: found 3; expected a percentage, as 1 % is; write 3 %",
    ],
    ["no replications", { replications: 0 }, "--replications 0: replications: found 0; expected at least 1"],
  ])("with %s are refused", async (_what, overrides, message) => {
    expect((await refusalOfText(TEXT, overrides)).slice(0, message.length)).toBe(message);
  });
});

describe("experiments that ship", () => {
  const files = readdirSync(EXPERIMENTS).filter((name) => /\.(yaml|ts)$/.test(name));

  it.each(files)("resolve: %s", async (file) => {
    const plan = await loadExperiment(`${EXPERIMENTS}${file}`, registry);
    expect(plan.cells.length).toBeGreaterThan(0);
    expect(plan.question).not.toBe("");
  });

  it("have cells in the order of their factors", async () => {
    const plan = await loadExperiment(`${EXPERIMENTS}mqtt-qos-under-loss.yaml`, registry);
    expect(plan.cells).toHaveLength(36);
    expect(plan.cells[35]?.label).toBe("transport=tcp,qos=2,loss=20 %");
  });
});

describe("a program", () => {
  it("gives the plan of the file that says the same", async () => {
    const program = `
import { defineExperiment } from "onceover";
const peers = ["sensor", "broker"] as const;
export default defineExperiment({
  name: "x",
  factors: { loss: ["0 %", "5 %"] },
  nodes: { sensor: { role: "mqtt.client", broker: "broker" }, broker: { role: "mqtt.broker" } },
  links: [{ between: [...peers], delay: "50 ms", loss: "\${loss}" }],
});
`;
    const fromProgram = await loadExperiment(filesOf({ "x.ts": program }), registry);
    const fromData = await planOf(`factors:\n  loss: [0 %, 5 %]\n${PAIR}    loss: \${loss}\n`);
    expect(fromProgram).toEqual(fromData);
  });

  it("may bring a model of its own", async () => {
    const model = `
const role = { name: "peer", summary: "A peer.", options: [], activities: [], metrics: [], gauges: [], build() {} };
export default { name: "mine", summary: "A model.", roles: [role], matches: () => false };
`;
    const path = filesOf({
      "x.yaml": "name: x\nmodels: [mine.ts]\nnodes: { a: { role: mine.peer } }\n",
      "mine.ts": model,
    });
    const plan = await loadExperiment(path, registry);
    expect(plan.models).toEqual(["mine.ts"]);
    expect(plan.cells[0]?.scenario.nodes[0]?.role).toBe("mine.peer");
  });
});
