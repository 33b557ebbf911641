/**
 * The workload: what a node is made to do, and how often.
 *
 *     - node: sensor
 *       publish: { topic: garden/moisture, qos: 1, start: 5 s, every: 1 s, count: 200 }
 *
 * Without `every` and `window` it is done once, at `start`. With `arrival: poisson` the gaps are exponential with
 * mean `every`; with `uniform-slot` it happens once in each slot of that length; with `closed` (or a `window`) as
 * soon as fewer than `window` are unfinished. Without `count` it goes on until the horizon, which must be given.
 */
import type { z } from "zod";
import type { ActivityDescription, OptionValue, OptionValues } from "../../model/index.js";
import type { Pace } from "../../scenario/index.js";
import { record, type Refusal, scalar } from "./field.js";
import type { ReadDelays } from "./distribution.js";
import { instant, positiveDuration } from "./fault.js";
import { optionShape } from "./option.js";
import { readChoice, readCount } from "./scalar.js";

export const ARRIVALS = ["fixed", "poisson", "uniform-slot", "closed"] as const;

/** How often and when, as far as it was said. */
export interface GivenPace {
  readonly start?: number | undefined;
  readonly every?: number | undefined;
  readonly count?: number | undefined;
  readonly arrival?: Exclude<Pace["kind"], "once"> | undefined;
  readonly window?: number | undefined;
}

export interface GivenActivity {
  readonly options: OptionValues;
  readonly pace: GivenPace;
}

const PACE = {
  start: instant("When it is done first. Default: 0 s.").optional(),
  every: positiveDuration("Time from one to the next.").optional(),
  count: scalar(
    (value) => readCount(value, { min: 1 }),
    [{ type: "integer", minimum: 1 }],
    "How many times. Default: once, or until the horizon when `every` or `window` is given.",
  ).optional(),
  arrival: scalar(
    (value) => readChoice(value, ARRIVALS) as string | Refusal,
    [{ enum: ARRIVALS }],
    "How `every` is meant: exactly, as a mean, as slots, or not at all but by a `window`.",
    "fixed",
  ).optional(),
  window: scalar(
    (value) => readCount(value, { min: 1 }),
    [{ type: "integer", minimum: 1 }],
    "With `arrival: closed`: so many may be unfinished.",
  ).optional(),
};

/** The names that pacing takes from an activity's record; no option can be called so. */
export const PACE_NAMES: readonly string[] = Object.keys(PACE);

export function activitySchema(activity: ActivityDescription, delays: ReadDelays): z.ZodType<GivenActivity> {
  const what = `a record of options for ${activity.name}`;
  return record({ ...optionShape(activity.options, delays), ...PACE }, what, activity.summary).transform(
    (given: Readonly<Record<string, unknown>>): GivenActivity => {
      const members = Object.entries(given);
      return {
        options: Object.fromEntries(members.filter(([name]) => !PACE_NAMES.includes(name))) as Readonly<
          Record<string, OptionValue>
        >,
        pace: Object.fromEntries(members.filter(([name]) => PACE_NAMES.includes(name))) as GivenPace,
      };
    },
  ) as unknown as z.ZodType<GivenActivity>;
}
