/** Profiles: a product's values in place of the defaults, and what the file says in place of both. */
import { describe, expect, it } from "vitest";
import { describeRole } from "../../src/experiment/index.js";
import { profiledOptions } from "../../src/experiment/schema/profile.js";
import type { RegisteredRole } from "../../src/scenario/index.js";
import { PAIR, planOf, refusalOfText, registry } from "./load.js";

const SECOND = 1_000_000_000;

async function optionsOf(node: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const plan = await planOf(text);
  return plan.cells[0]?.scenario.nodes.find(({ name }) => name === node)?.options ?? {};
}

const withProfile = (lines: string): string => `
nodes:
  sensor: { role: mqtt.client, broker: broker }
  broker: { role: mqtt.broker, ${lines} }
links:
  - { between: [sensor, broker], delay: 50 ms }
`;

describe("a profile", () => {
  it("fills in what the file leaves out", async () => {
    const options = await optionsOf("broker", withProfile("profile: mosquitto-2.0"));
    expect(options).toMatchObject({
      receiveMaximum: 20,
      whenExceeded: "refuse",
      keepAlivePolling: 6 * SECOND,
      qos2DeliveredAt: "pubrel",
    });
  });

  it("gives way to what the file says", async () => {
    const text = withProfile("profile: mosquitto-2.0, receiveMaximum: 7, keepAlivePolling: 0 s");
    expect(await optionsOf("broker", text)).toMatchObject({
      receiveMaximum: 7,
      keepAlivePolling: 0,
      whenExceeded: "refuse",
    });
  });

  it("is the specification's where none is named", async () => {
    const plain = await optionsOf("broker", PAIR);
    expect(plain).toMatchObject({ whenExceeded: "disconnect", keepAlivePolling: 0, receiveMaximum: 65_535 });
    expect(await optionsOf("broker", withProfile("profile: spec"))).toEqual(plain);
  });

  it("leaves no trace but its values: the resolved scenario needs no profile to be understood", async () => {
    const options = await optionsOf("broker", withProfile("profile: mosquitto-2.0"));
    expect(options).not.toHaveProperty("profile");
  });

  it("may be chosen by a factor", async () => {
    const plan = await planOf(
      `factors: { product: [spec, mosquitto-2.0] }${withProfile('profile: "${product}"')}`,
    );
    const polling = plan.cells.map(
      ({ scenario }) => scenario.nodes.find(({ name }) => name === "broker")?.options["keepAlivePolling"],
    );
    expect(polling).toEqual([0, 6 * SECOND]);
  });

  it("of another role is refused", async () => {
    expect(await refusalOfText(withProfile("profile: mqtt.js-5"))).toContain("expected one of `spec` or");
  });

  it("that names an option that is not there does not build a schema", () => {
    const stray = { name: "p", summary: "", values: [{ option: "colour", value: "red", source: "" }] };
    expect(() => profiledOptions([], stray)).toThrow("profile p has a value for colour");
  });
});

describe("the shipped profiles", () => {
  const profiled = registry.roles.flatMap((role) =>
    (role.role.profiles ?? []).map((profile) => [profile.name, role, profile] as const),
  );

  it("are there", () => {
    expect(profiled.map(([name]) => name)).toEqual(["mqtt.js-5", "mosquitto-2.0"]);
  });

  it.each(profiled)("%s has a source for each value and no value twice", (_name, _role, { values }) => {
    expect(values.every(({ source }) => source.length > 5)).toBe(true);
    const options = values.map(({ option }) => option);
    expect(new Set(options).size).toBe(options.length);
  });

  it.each(profiled)(
    "%s has only values that a file could give, which come to the same",
    async (name, role) => {
      const described = describeRole(role as RegisteredRole).profiles.find(
        (profile) => profile.name === name,
      );
      const given = described?.values.map(({ option, value }) => `${option}: ${value}`).join(", ") ?? "";
      const side = role.name === "mqtt.broker" ? "broker" : "sensor";
      const text = (lines: string): string => `
nodes:
  sensor: { role: mqtt.client, broker: broker${side === "sensor" ? `, ${lines}` : ""} }
  broker: { role: mqtt.broker${side === "broker" ? `, ${lines}` : ""} }
links:
  - { between: [sensor, broker], delay: 50 ms }
`;
      expect(await optionsOf(side, text(given))).toEqual(await optionsOf(side, text(`profile: ${name}`)));
    },
  );
});
