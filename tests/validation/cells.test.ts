/** From a measured cell to an experiment, and from its runs to the rig's measurements. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ExperimentDefinition } from "../../src/experiment/index.js";
import { experimentOf } from "../../validation/experiment-of-cell.js";
import type { MeasuredCell } from "../../validation/measured-cell.js";
import { simulateCell } from "../../validation/simulate-cell.js";
import { planOf } from "../experiment/load.js";

const cells = JSON.parse(
  readFileSync(new URL("../../docs/validation/reality-cells.json", import.meta.url), "utf8"),
) as MeasuredCell[];
const mqtt = cells.filter(({ kind }) => kind === "mqtt");

function cellNamed(name: string, changes: Readonly<Record<string, unknown>> = {}): MeasuredCell {
  const found = mqtt.find(({ cell }) => cell === name);
  if (found === undefined) throw new Error(`no cell ${name}`);
  return { ...found, ...changes };
}

function linkTo(experiment: ExperimentDefinition, to: string, from: string): unknown {
  return experiment.links?.find((link) => link.to === to && link.from === from);
}

const PLAIN = "mqtt-grid-d50-l2-q1";

describe("the experiment of a measured cell", () => {
  it("can be built for every MQTT cell, and is one that the simulator takes", async () => {
    expect(mqtt.length).toBeGreaterThan(100);
    for (const cell of mqtt.filter((_, index) => index % 12 === 0)) {
      const plan = await planOf(
        Object.entries(experimentOf(cell, [0, 1]))
          .filter(([key]) => key !== "name")
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join("\n"),
      );
      expect(plan.cells).toHaveLength(2);
    }
    for (const cell of mqtt) expect(() => experimentOf(cell, [0])).not.toThrow();
  });

  it("has the cell's loss in each direction, its jitter, its bursts and its bandwidth", () => {
    const link = { delay: 50, loss0: 0.1, loss1: 0.02, jitter: 30, bandwidth: 64_000, queue: 10 };
    const experiment = experimentOf(cellNamed(PLAIN, { link }), [0]);
    expect(linkTo(experiment, "broker", "pub")).toMatchObject({
      loss: 0.1,
      delay: "uniform(20 ms, 80.07 ms)",
      bandwidth: "64000 bit/s",
      queueLimit: "1250 B",
    });
    expect(linkTo(experiment, "sub", "broker")).toMatchObject({ loss: 0.02 });
    const bursts = experimentOf(cellNamed(PLAIN, { link: { delay: 50, burst: { p: 0.01, r: 0.3 } } }), [0]);
    expect(linkTo(bursts, "sub", "broker")).toMatchObject({
      loss: { gilbertElliott: { toBad: 0.01, toGood: 0.3, lossBad: 1, lossGood: 0 } },
    });
  });

  it("has the cell's clients and broker", () => {
    const load = {
      ...cellNamed(PLAIN).load,
      keepalive: 5,
      clientOpts: { protocolVersion: 5 },
      pubUnix: true,
    };
    const brokerConf = ["max_inflight_messages 0", "max_queued_messages 10"];
    const { nodes, links } = experimentOf(cellNamed(PLAIN, { load, brokerConf }), [0]);
    expect(nodes["pub"]).toMatchObject({ version: 5, keepAlive: "5 s", profile: "mqtt.js-5" });
    expect(nodes["broker"]).toMatchObject({ maxInflight: 65_000, maxQueued: 10, profile: "mosquitto-2.0" });
    expect(links).toContainEqual({ between: ["pub", "broker"], delay: "0 ms" });
  });

  it("has every replicate's outages in runs of its own", () => {
    const cell = cellNamed("mqtt-outage5-both-clean-q0");
    const [first, second] = [0, 1].map((replicate) => experimentOf(cell, [0], replicate).faults);
    expect(first).toHaveLength(2);
    expect(first).not.toEqual(second);
  });

  it.each([
    ["link", { delay: 50, colour: "red" }],
    ["load", { qos: 1, colour: "red" }],
    ["load", { qos: "one" }],
    ["load", { clientOpts: { colour: "red" } }],
    ["load", { arrival: "never" }],
    ["brokerConf", ["colour red"]],
    ["link", { delay: 50, burst: { p: 0.1 } }],
  ])("refuses what it does not know: %s %j", (name, value) => {
    expect(() => experimentOf(cellNamed(PLAIN, { [name]: value }), [0])).toThrow();
  });
});

describe("a simulated cell", () => {
  const small = { qos: 2, rate: 20, count: 100, size: 64, drain: 20 };

  it("is the same twice, and other in every run", async () => {
    const cell = cellNamed("mqtt-grid-d10-l2-q2", { load: small });
    const [once, again] = [await simulateCell(cell, 3), await simulateCell(cell, 3)];
    expect(once).toEqual(again);
    expect(new Set(once.map((run) => run.latency_mean_ms)).size).toBe(3);
  });

  it("takes the time of the link and of the processing where nothing is in the way", async () => {
    const cell = cellNamed("mqtt-nodelay-d50-l0-q2", { load: small });
    const [run] = await simulateCell(cell, 1);
    expect(run?.latency_p50_ms).toBeCloseTo(301.26, 0);
    expect(run?.leg1_mean_ms).toBeCloseTo(150.6, 1);
    expect(run).toMatchObject({ delivered_ratio: 1, duplicates: 0, sub_reconnects: 0, pub_reconnects: 0 });
  });

  it("counts what was lost, repeated and connected again", async () => {
    const [run] = await simulateCell(cellNamed("mqtt-outage90-both-persist-q1"), 1);
    expect(run).toMatchObject({ delivered_ratio: 1, sub_reconnects: 1, pub_reconnects: 1 });
    const [killed] = await simulateCell(cellNamed("mqtt-kill-down5-clean-q1-l0"), 1);
    expect(killed?.sub_reconnects).toBe(0);
    expect(Math.abs((killed?.delivered_ratio ?? 0) - 0.9)).toBeLessThan(0.01);
  });
});
