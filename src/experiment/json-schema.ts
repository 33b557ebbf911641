/** The schema of experiment files for editors. */
import { z } from "zod";
import type { Registry } from "../scenario/index.js";
import { PRESETS } from "./resolve/link-presets.js";
import { ExperimentSchema } from "./schema/experiment.js";
import { PUBLISHED } from "./schema/field.js";

const OPTIONS = { io: "input", target: "draft-7", unrepresentable: "any" } as const;

/** A JSON Schema (draft 7) of experiment files, with the options of the registered models. */
export function jsonSchema(registry: Registry): Readonly<Record<string, unknown>> {
  const schema = new ExperimentSchema(registry, [...PRESETS.keys()], () => []);
  const published = inWords(schema.root) as Record<string, unknown>;
  const { $schema, ...rest } = published;
  return { $schema, title: "Onceover experiment", ...rest };
}

function inWords(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, {
    ...OPTIONS,
    override: ({ zodSchema, jsonSchema: json }) => {
      const published = PUBLISHED.get(zodSchema);
      if (published !== undefined) {
        Object.assign(json, inWords(published));
        delete json.$schema;
      }
      const { default: fallback } = (z.globalRegistry.get(zodSchema) ?? {}) as { readonly default?: unknown };
      if (fallback !== undefined) Object.assign(json, { default: fallback });
    },
  });
}
