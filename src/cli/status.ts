/** Exit statuses, and the errors that carry one. */

export const STATUS = {
  /** Everything came out as stated. */
  asStated: 0,
  /** An expectation did not. */
  notAsStated: 1,
  /** The file or the options are wrong. */
  wrongInput: 2,
  /** Something could not be shown. */
  unknown: 3,
  /** A fault of the simulator, or a replay that does not reproduce. */
  fault: 4,
  interrupted: 130,
} as const;

export type Status = (typeof STATUS)[keyof typeof STATUS];

/** From the gravest: where several statuses apply, the first of these is given. */
const BY_GRAVITY: readonly Status[] = [
  STATUS.interrupted,
  STATUS.wrongInput,
  STATUS.fault,
  STATUS.notAsStated,
  STATUS.unknown,
];

export function gravest(statuses: readonly Status[]): Status {
  return BY_GRAVITY.find((status) => statuses.includes(status)) ?? STATUS.asStated;
}

/** What was asked for cannot be done. The message is for the user, who can do something about it. */
export class UserError extends Error {
  override name = "UserError";
}
