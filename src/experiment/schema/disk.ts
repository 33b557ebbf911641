/**
 * The disk of a node:
 *
 *     disk: { sync: lognormal(median=2 ms, sigma=0.5), capacity: 10 GB }
 */
import type { z } from "zod";
import { SECOND } from "../../kernel/index.js";
import type { OptionDescription } from "../../model/index.js";
import type { DiskSpec } from "../../scenario/index.js";
import type { ReadDelays } from "./distribution.js";
import { record } from "./field.js";
import { optionShape } from "./option.js";

const NOTHING = { kind: "constant", value: 0 } as const;

/** By the names of `DiskSpec`. */
const FIELDS: readonly OptionDescription[] = [
  {
    name: "write",
    kind: "distribution",
    default: NOTHING,
    summary: "How long a write takes, whatever its size.",
    source: "a write goes to the page cache",
  },
  {
    name: "sync",
    kind: "distribution",
    default: NOTHING,
    summary: "How much longer a write takes that is synced.",
    source: "nothing is assumed of the device",
  },
  {
    name: "bandwidth",
    kind: "rate",
    min: 1,
    optional: true,
    summary: "How fast the device writes. Left out: the size costs nothing.",
  },
  {
    name: "writeback",
    kind: "duration",
    never: true,
    default: 30 * SECOND,
    summary: "After this time the operating system has written back what no program synced.",
    source: "Linux vm.dirty_expire_centisecs",
  },
  {
    name: "tearing",
    kind: "probability",
    default: 0,
    summary: "Chance that a power loss leaves a part of the first write that it takes from a file.",
    source: "nothing is assumed of the device",
  },
  {
    name: "capacity",
    kind: "size",
    min: 1,
    optional: true,
    summary: "How much it holds. Left out: it never fills.",
  },
];

export function diskField(delays: ReadDelays): z.ZodType<DiskSpec> {
  const what = `a record with ${FIELDS.map(({ name }) => name).join(", ")}`;
  return record(
    optionShape(FIELDS, delays),
    what,
    "The disk. Left out: it takes no time and never fills.",
  ) as unknown as z.ZodType<DiskSpec>;
}
