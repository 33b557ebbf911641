/** Which schemas a registry takes, and what becomes of records whose schema it refuses, or their readers do not expect. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import {
  COMPATIBILITY_MODES,
  FIELD_TYPES,
  type Field,
  type FieldType,
  type Schema,
  canRead,
  isCompatible,
} from "../../models/kafka/schemas/schema.js";
import { SchemaRegistry } from "../../models/kafka/schemas/schema-registry.js";
import { type ApplicationRun, runApplications } from "./support/application-clusters.js";
import { crash, paced } from "./support/clusters.js";

const SEED = 20;
const NAMES = ["id", "amount", "note"];

const schemas: fc.Arbitrary<Schema> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      type: fc.constantFrom(...FIELD_TYPES),
      defaulted: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: NAMES.length },
  )
  .map((fields) => ({ fields }));

/** Reads a value that was written with `writer`, field by field; throws where Avro's reader would. */
function read(reader: Schema, writer: Schema): void {
  const value = new Map(writer.fields.map(({ name, type }) => [name, type]));
  for (const { name, type, defaulted } of reader.fields) {
    const written = value.get(name);
    if (written !== undefined) convert(written, type);
    else if (!defaulted) throw new Error(`${name} is missing`);
  }
}

function convert(from: FieldType, to: FieldType): void {
  const numbers: readonly FieldType[] = ["int", "long", "float", "double"];
  const texts: readonly FieldType[] = ["string", "bytes"];
  const widens = numbers.includes(from) && numbers.indexOf(to) >= numbers.indexOf(from);
  const isText = texts.includes(from) && texts.includes(to);
  if (from !== to && !widens && !isText) throw new Error(`${from} is no ${to}`);
}

function reads(reader: Schema, writer: Schema): boolean {
  try {
    read(reader, writer);
    return true;
  } catch {
    return false;
  }
}

const schema = (...fields: (Partial<Field> & Pick<Field, "name">)[]): Schema => ({
  fields: fields.map((field) => ({ type: "string", defaulted: false, ...field })),
});

describe("a schema", () => {
  it("reads what another one has written exactly if its reader can make every field of it", () => {
    fc.assert(
      fc.property(schemas, schemas, (reader, writer) => canRead(reader, writer) === reads(reader, writer)),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it.each(COMPATIBILITY_MODES)(
    "is the next version under %s exactly if all of whom that asks can read",
    (mode) => {
      fc.assert(
        fc.property(schemas, fc.array(schemas, { maxLength: 4 }), (candidate, versions) => {
          const asked = mode.includes("TRANSITIVE")
            ? versions
            : versions.slice(Math.max(0, versions.length - 1));
          const backward = /BACKWARD|FULL/.test(mode)
            ? asked.every((version) => reads(candidate, version))
            : true;
          const forward = /FORWARD|FULL/.test(mode)
            ? asked.every((version) => reads(version, candidate))
            : true;
          return isCompatible(candidate, versions, mode) === (backward && forward);
        }),
        { seed: SEED, numRuns: 1_000 },
      );
    },
  );
});

describe("a registry", () => {
  const register = (registry: SchemaRegistry, given: Schema, subject = "orders-value"): unknown =>
    registry.answer({ ask: "register", subject, schema: given });
  const first = schema({ name: "id" });
  const more = schema({ name: "id" }, { name: "note" });
  const optional = schema({ name: "id" }, { name: "note", defaulted: true });

  it("answers 409 to a version that its mode does not allow, and gives it no id", () => {
    const registry = new SchemaRegistry("BACKWARD", true);
    expect(register(registry, first)).toMatchObject({ status: 200, id: 1 });
    expect(register(registry, more)).toEqual({ status: 409 });
    expect(register(registry, optional)).toMatchObject({ status: 200, id: 2 });
    expect(registry.answer({ ask: "schema", id: 3 })).toEqual({ status: 404 });
  });

  it("knows a version again, whatever came after it, and one schema by one id in all subjects", () => {
    const registry = new SchemaRegistry("FORWARD", true);
    register(registry, first);
    register(registry, more);
    expect(register(registry, first)).toMatchObject({ status: 200, id: 1 });
    expect(register(registry, more, "returns-value")).toMatchObject({ status: 200, id: 2 });
  });

  it("that looks at the latest version only lets in what an older one cannot be read with", () => {
    const removed = schema({ name: "note", defaulted: true });
    const retyped = schema({ name: "note", defaulted: true }, { name: "id", type: "long", defaulted: true });
    for (const [mode, status] of [
      ["BACKWARD", 200],
      ["BACKWARD_TRANSITIVE", 409],
    ] as const) {
      const registry = new SchemaRegistry(mode, true);
      register(registry, first);
      register(registry, removed);
      expect(register(registry, retyped)).toMatchObject({ status });
    }
  });
});

describe("producers and a sink with a registry", () => {
  const before: OptionValues = { fields: [{ name: "id", type: "long" }] };
  /** Readers of the schema before cannot read it, nor the other way round. */
  const after: OptionValues = { fields: [{ name: "id", type: "string" }] };

  interface RegistrySpec {
    readonly compatibility: string;
    readonly refusesIncompatible?: boolean;
    readonly away?: number;
  }

  /** 400 records with the schema before, and in the middle of them 100 with the one after. */
  const writing = ({ compatibility, refusesIncompatible = true, away }: RegistrySpec): ApplicationRun =>
    runApplications(
      {
        topics: [{ name: "orders", minInsyncReplicas: 2 }],
        residents: {
          registry: { role: "schema-registry", options: { compatibility } },
          shop: { role: "producer", options: { topics: ["orders"], schemaRegistry: "registry" } },
          store: { role: "database" },
          archive: {
            role: "sink",
            options: {
              topics: ["orders"],
              name: "archive",
              database: "store",
              schemaRegistry: "registry",
              readerSchema: before,
              onPoison: "skip",
              offsetFlushInterval: 5 * SECOND,
            },
          },
        },
        tasks: [
          {
            node: "shop",
            activity: "send",
            options: { topic: "orders", schema: before },
            pace: paced(8, 20, 400),
          },
          {
            node: "shop",
            activity: "send",
            options: { topic: "orders", schema: after },
            pace: paced(11, 20, 100),
          },
        ],
        ...(away === undefined ? {} : { faults: [crash("registry", away, 5)] }),
        horizon: 40,
      },
      { refusesIncompatible },
    );
  const sum = ({ result }: ApplicationRun, name: string): number => result.metrics[name] ?? NaN;

  it("write and read with ids that they asked for once", () => {
    const run = writing({ compatibility: "NONE" });
    // Two registrations, and two schemas by their ids.
    expect(sum(run, "kafka_schema_requests")).toBe(4);
  });

  it("send nothing of an incompatible version: each send of it fails", () => {
    const refused = writing({ compatibility: "BACKWARD" });
    expect([
      sum(refused, "kafka_rows_stored"),
      sum(refused, "kafka_sends_refused"),
      sum(refused, "kafka_schemas_refused"),
      sum(refused, "kafka_records_skipped"),
    ]).toEqual([400, 100, 100, 0]);
  });

  it("meet poison where nobody refuses: with NONE, or a registry that does not look", () => {
    for (const spec of [
      { compatibility: "NONE" },
      { compatibility: "BACKWARD", refusesIncompatible: false },
    ]) {
      const run = writing(spec);
      expect([sum(run, "kafka_rows_stored"), sum(run, "kafka_records_skipped"), sum(run, "lost")]).toEqual([
        400, 100, 100,
      ]);
    }
  });

  it("go on without the registry as long as they meet no schema that they do not know", () => {
    const run = writing({ compatibility: "NONE", away: 10 });
    // Those of the second schema fail until the registry is back.
    expect(sum(run, "kafka_rows_stored")).toBe(400);
    expect(sum(run, "kafka_sends_refused")).toBeGreaterThan(50);
    expect(sum(run, "kafka_sends_refused") + sum(run, "kafka_records_skipped")).toBe(100);
  });
});
