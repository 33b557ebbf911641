/** From an experiment file to a plan. */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import type { Model } from "../model/index.js";
import { Registry } from "../scenario/index.js";
import { defineExperiment } from "./define-experiment.js";
import { ExperimentError, foundInWords, printable } from "./diagnostic.js";
import { digestOf } from "./digest.js";
import { overridden, type Overrides } from "./overrides.js";
import type { ExperimentPlan } from "./plan.js";
import { PRESETS } from "./resolve/link-presets.js";
import { needsParser, resolvePlan } from "./resolve/plan.js";
import { Refusal } from "./schema/field.js";
import { delaysBelow, pathBelow } from "./source/data-file.js";
import { importDefault, moduleSource } from "./source/module-source.js";
import type { Problem, Source } from "./source/source.js";
import { yamlSource } from "./source/yaml-source.js";
import { version } from "./version.js";

export const FILE_BYTES_MAX: number = 1024 * 1024;

const DATA = [".yaml", ".yml"];
const PROGRAM = [".ts", ".mts", ".js", ".mjs"];

/**
 * Reads, checks and resolves the experiment at `path`. A YAML file is only read; a TypeScript file is a program
 * and is run.
 *
 * Throws `ExperimentError` with everything that is wrong, in order of position.
 */
export async function loadExperiment(
  path: string,
  registry: Registry,
  overrides: Overrides = {},
): Promise<ExperimentPlan> {
  const declared = await readSource(path);
  const models = await extendedRegistry(declared, path, registry);
  const source = overridden(declared, overrides);
  const parse = needsParser(source.data)
    ? (await import("./expression/parse.js")).parseExpression
    : undefined;
  const plan = resolvePlan(source, declared, {
    registry: models,
    presets: PRESETS,
    delays: delaysBelow(dirname(resolve(path))),
    parse,
    fileName: basename(path, extname(path)),
  });
  return { ...plan, digest: digestOf(plan, version) };
}

/**
 * `registry` with the models that the experiment at `path` brings along, which are programs and are run. A worker
 * thread that is to run the experiment's scenarios needs the same.
 */
export async function registryFor(path: string, registry: Registry): Promise<Registry> {
  return extendedRegistry(await readSource(path), path, registry);
}

async function readSource(path: string): Promise<Source> {
  const file = printable(path);
  const ending = extname(path);
  if (!DATA.includes(ending) && !PROGRAM.includes(ending)) {
    const expected = "a file that ends in .yaml, or .ts for a program";
    throw new ExperimentError([{ file, path: "", found: "not an experiment file by its name", expected }]);
  }
  const text = readText(path, file);
  if (DATA.includes(ending)) return yamlSource(text, file);
  return moduleSource(await importDefault(resolve(path), file, text, { defineExperiment }), file, text);
}

function readText(path: string, file: string): string {
  const refused = (found: string, expected?: string): ExperimentError =>
    new ExperimentError([{ file, path: "", found, ...(expected === undefined ? {} : { expected }) }]);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw refused("not a file");
    if (stat.size > FILE_BYTES_MAX)
      throw refused(`a file of ${stat.size} bytes`, `at most ${FILE_BYTES_MAX}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof ExperimentError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw refused("no such file");
    throw refused(
      code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "not UTF-8 text" : `cannot be read (${code ?? "?"})`,
    );
  }
}

async function extendedRegistry(source: Source, path: string, registry: Registry): Promise<Registry> {
  const data = source.data as { readonly models?: unknown } | null | undefined;
  const files = data !== null && typeof data === "object" ? data.models : undefined;
  if (files === undefined) return registry;
  if (!Array.isArray(files)) {
    throw refusedAt(source, { path: ["models"], found: foundInWords(files), expected: "a list of files" });
  }
  const added: Model[] = [];
  for (const [index, file] of (files as unknown[]).entries()) {
    added.push(await loadModel(source, dirname(resolve(path)), file, index));
  }
  return new Registry([...registry.models, ...added]);
}

async function loadModel(source: Source, folder: string, file: unknown, index: number): Promise<Model> {
  const path = ["models", index];
  const expected = "a program in the experiment's folder or below, such as ./mine.ts";
  const real = typeof file === "string" ? pathBelow(folder, file, expected) : new Refusal(expected);
  if (real instanceof Refusal) {
    throw refusedAt(source, { path, found: real.found ?? foundInWords(file), expected });
  }
  const model = await importDefault(real, String(file), readText(real, String(file)), { defineExperiment });
  const { name, roles, matches } = (model ?? {}) as Partial<Model>;
  if (typeof name === "string" && Array.isArray(roles) && typeof matches === "function")
    return model as Model;
  throw refusedAt(source, {
    path,
    found: "a program without a model",
    expected: "a Model as its default export",
  });
}

function refusedAt(source: Source, problem: Problem): ExperimentError {
  return new ExperimentError([source.locate(problem)]);
}
