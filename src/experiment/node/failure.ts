/** Replay files: everything that one run needs to be made again, and what is expected of it. */
import type { Decision } from "../../kernel/index.js";
import type { Scenario } from "../../scenario/index.js";
import type { Cell, ExperimentPlan, FactorValue } from "../plan.js";

export interface ReplayFile {
  /** Format of the file. */
  readonly replay: 1;
  /** Version of the simulator that wrote it. */
  readonly version: string;
  readonly experiment: string;
  readonly cell: string;
  readonly factors: Readonly<Record<string, FactorValue>>;
  readonly seed: string;
  readonly replication: number;
  /** What did not come out as stated, in words. */
  readonly deviating: readonly string[];
  /** Fingerprint of the run. */
  readonly fingerprint: string;
  /** Decisions taken elsewhere than chance would have; empty for a run as it came. */
  readonly decisions: readonly Decision[];
  readonly scenario: Scenario;
}

/** `text` is not a replay file. The message says why. */
export class ReplayFileError extends Error {
  override name = "ReplayFileError";
}

export function parseReplayFile(text: string): ReplayFile {
  const content = parsed(text);
  if (typeof content !== "object" || content === null || !("replay" in content)) {
    throw new ReplayFileError("it is not a replay file: they are written into failures/ of a results folder");
  }
  const file = content as Partial<ReplayFile>;
  if (file.replay !== 1)
    throw new ReplayFileError(`its format is ${String(file.replay)}, this version knows 1`);
  const whole =
    typeof file.version === "string" &&
    typeof file.seed === "string" &&
    typeof file.fingerprint === "string" &&
    Number.isSafeInteger(file.replication) &&
    Array.isArray(file.decisions) &&
    Array.isArray(file.scenario?.nodes);
  if (!whole) throw new ReplayFileError("a part of it is missing");
  return file as ReplayFile;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReplayFileError("it is not JSON");
  }
}

const NAME_LENGTH_MAX = 100;

/** The file's name: the cell in the characters that every file system and shell takes as they are. */
export function replayFileName(plan: ExperimentPlan, cell: Cell, replication: number): string {
  const name = plainName(cell.label);
  const alone = plan.cells.every((other) => other.index === cell.index || plainName(other.label) !== name);
  const stem = alone && name !== "" ? name : `cell-${cell.index}${name === "" ? "" : `,${name}`}`;
  return `${stem}-${replication}.json`;
}

function plainName(label: string): string {
  return label
    .replaceAll(/ ?%/g, "pct")
    .replaceAll(/[^A-Za-z0-9=,.+_-]/g, "")
    .replace(/^[.-]+/, "")
    .slice(0, NAME_LENGTH_MAX);
}
