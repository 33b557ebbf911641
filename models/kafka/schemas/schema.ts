/** Schemas of records, as small as Avro's rules of resolution allow: named fields of plain types, with or without a default. */

export const FIELD_TYPES = ["boolean", "int", "long", "float", "double", "string", "bytes"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** A reader fills it in where a writer had no such field. */
  readonly defaulted: boolean;
}

export interface Schema {
  readonly fields: readonly Field[];
}

/** What a value may be read as beside what it was written as (Avro 1.11, Schema Resolution). */
const PROMOTIONS: Readonly<Record<FieldType, readonly FieldType[]>> = {
  boolean: [],
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  double: [],
  string: ["bytes"],
  bytes: ["string"],
};

/** Whether whoever expects `reader` can read what was written as `writer`. Fields that it does not know it leaves out. */
export function canRead(reader: Schema, writer: Schema): boolean {
  return reader.fields.every(({ name, type, defaulted }) => {
    const written = writer.fields.find((field) => field.name === name);
    if (written === undefined) return defaulted;
    return written.type === type || PROMOTIONS[written.type].includes(type);
  });
}

/** As its canonical form, to tell schemas apart. */
export function schemaText({ fields }: Schema): string {
  return fields.map(({ name, type, defaulted }) => `${name}:${type}${defaulted ? "=" : ""}`).join(",");
}

export const COMPATIBILITY_MODES = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;
export type CompatibilityMode = (typeof COMPATIBILITY_MODES)[number];

/** Whether a subject takes the candidate as its next version, given those that it has, the oldest first. */
export function isCompatible(
  candidate: Schema,
  versions: readonly Schema[],
  mode: CompatibilityMode,
): boolean {
  if (mode === "NONE") return true;
  const transitive = mode.endsWith("_TRANSITIVE");
  const backward = mode.startsWith("BACKWARD") || mode.startsWith("FULL");
  const forward = mode.startsWith("FORWARD") || mode.startsWith("FULL");
  return (transitive ? versions : versions.slice(-1)).every(
    (version) => (!backward || canRead(candidate, version)) && (!forward || canRead(version, candidate)),
  );
}
