import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { describe as describeModels, jsonSchema } from "../../src/experiment/index.js";
import { registry } from "./load.js";

const EXPERIMENTS = new URL("../../experiments/", import.meta.url).pathname;
const schema = jsonSchema(registry);
const accepts = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);

const shipped = (name: string): Record<string, unknown> =>
  parse(readFileSync(`${EXPERIMENTS}${name}.yaml`, "utf8")) as Record<string, unknown>;

describe("the published schema", () => {
  it("is a JSON Schema of draft 7, and data", () => {
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it.each(["chance-of-delivery", "mqtt-qos-under-loss"])("accepts %s", (name) => {
    expect(accepts.safeParse(shipped(name)).error?.issues).toBeUndefined();
  });

  it.each<[string, (experiment: Record<string, unknown>) => void]>([
    ["an unknown section", (experiment) => (experiment["replicatons"] = 3)],
    ["an unknown option", (experiment) => Object.assign(node(experiment, "sensor"), { keepAlve: "10 s" })],
    [
      "an option of another role",
      (experiment) => Object.assign(node(experiment, "broker"), { cleanStart: true }),
    ],
    [
      "a duration without a unit",
      (experiment) => Object.assign(node(experiment, "sensor"), { keepAlive: 50 }),
    ],
    ["an unknown role", (experiment) => Object.assign(node(experiment, "sensor"), { role: "mqtt.clint" })],
    ["a transport that is none", (experiment) => (experiment["transport"] = { kind: "udp" })],
    ["a TLS that is none", (experiment) => (experiment["transport"] = { kind: "tcp", tls: "1.1" })],
    ["an unknown activity", (experiment) => (experiment["workload"] = [{ node: "sensor", pubish: {} }])],
    [
      "a loss that is none",
      (experiment) => (experiment["links"] = [{ between: ["a", "b"], loss: { bursts: 1 } }]),
    ],
    ["no nodes", (experiment) => delete experiment["nodes"]],
  ])("refuses %s", (_what, spoil) => {
    const experiment = shipped("chance-of-delivery");
    spoil(experiment);
    expect(accepts.safeParse(experiment).success).toBe(false);
  });

  it.each([
    { tls: "1.3" },
    { tls: 1.2 },
    { tls: { resumed: true, certificateChain: "3 kB" }, webSocket: true },
    { webSocket: { path: "/feed" } },
    { tls: "${tls}", webSocket: "${webSocket}" },
  ])("accepts %j over TCP", (layers) => {
    const experiment = shipped("chance-of-delivery");
    experiment["transport"] = { kind: "tcp", ...layers };
    expect(accepts.safeParse(experiment).error?.issues).toBeUndefined();
  });

  it("accepts an expression in place of any single value", () => {
    const experiment = shipped("chance-of-delivery");
    Object.assign(node(experiment, "sensor"), {
      keepAlive: "${x}",
      cleanStart: "${y}",
      maxQueued: "${2 * z}",
    });
    expect(accepts.safeParse(experiment).success).toBe(true);
  });

  it("describes every option of every role, with its default as a file would write it", () => {
    const text = JSON.stringify(schema);
    for (const { role } of registry.roles) {
      for (const option of role.options) expect(text).toContain(JSON.stringify(option.summary).slice(1, -1));
    }
    expect(text).toContain('"default":"60 s"'.replace("60 s", "1 min"));
  });
});

function node(experiment: Record<string, unknown>, name: string): object {
  return (experiment["nodes"] as Record<string, object>)[name] ?? {};
}

describe("the description for lists", () => {
  const described = describeModels(registry);

  it("names roles, options of records in lists, activities, metrics, claims and options of TCP", () => {
    const client = described.roles.find(({ name }) => name === "mqtt.client");
    expect(client?.options.find(({ name }) => name === "keepAlive")).toMatchObject({
      kind: "duration",
      default: "1 min",
      required: false,
    });
    expect(client?.options.find(({ name }) => name === "broker")).toMatchObject({
      kind: "node (mqtt.broker)",
      required: true,
    });
    expect(client?.options.map(({ name }) => name)).toContain("subscribe[].filter");
    expect(client?.activities.map(({ name }) => name)).toContain("publish");
    expect(described.metrics.map(({ name }) => name)).toContain("delivered_ratio");
    expect(described.claims.map(({ name }) => name)).toContain("exactly-once");
    expect(described.transport.find(({ name }) => name === "rtoMin")).toMatchObject({ default: "200 ms" });
    expect(described.transport.map(({ name }) => name)).toContain("tls.certificateChain");
    expect(described.transport.map(({ name }) => name)).toContain("webSocket.path");
  });
});
