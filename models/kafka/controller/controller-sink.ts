/** What a controller asks of its host. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ParticipantSink } from "../participant.js";
import type { Response } from "../protocol/frames.js";
import type { DecisionSink } from "./decisions.js";

export interface ControllerSink extends ParticipantSink, DecisionSink {
  /** On a connection that a broker or another controller has opened. */
  respond(connection: number, response: Response): void;
  /** Between one and two times `base`, by chance. */
  scattered(base: Duration): Duration;
  /** Is the active controller from now on. */
  tookOffice(epoch: number): void;
}

/** Timers by kind, after those of connections. */
export const CONTROLLER_TIMER = { session: 2, newsWait: 3, commit: 4, balance: 5, quorum: 6 } as const;
export const CONTROLLER_TIMER_NAMES = [
  "session",
  "metadata wait",
  "commit",
  "leader balance",
  "quorum",
] as const;
