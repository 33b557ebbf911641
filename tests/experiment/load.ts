/** Loads experiments from texts, as from files of their own. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type ExperimentPlan,
  ExperimentError,
  loadExperiment,
  type Overrides,
} from "../../src/experiment/index.js";
import { Registry } from "../../src/scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { mqtt } from "../../models/mqtt/index.js";

export const registry: Registry = new Registry([kafka, mqtt]);

/** A new folder with these files; gives the path of the first. */
export function filesOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "onceover-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return join(folder, Object.keys(files)[0] ?? "");
}

/** The plan of a YAML text; `name: x` is put before it. */
export function planOf(text: string, overrides: Overrides = {}): Promise<ExperimentPlan> {
  return loadExperiment(filesOf({ "x.yaml": `name: x\n${text}` }), registry, overrides);
}

/** What a file is refused with, without the folder it lies in. Fails when it is accepted. */
export async function refusalOf(path: string, overrides: Overrides = {}): Promise<string> {
  try {
    await loadExperiment(path, registry, overrides);
  } catch (error) {
    if (error instanceof ExperimentError) return error.message.replaceAll(`${dirname(path)}/`, "");
    throw error;
  }
  throw new Error(`${path} was accepted`);
}

/** The refusal of a YAML text without its first line, `name: x`, being shown. */
export function refusalOfText(text: string, overrides: Overrides = {}): Promise<string> {
  return refusalOf(filesOf({ "x.yaml": `name: x\n${text}` }), overrides);
}

/** A sensor, a broker and a link, to which tests add what they are about. */
export const PAIR = `
nodes:
  sensor: { role: mqtt.client, broker: broker }
  broker: { role: mqtt.broker }
links:
  - between: [sensor, broker]
    delay: 50 ms
`;
