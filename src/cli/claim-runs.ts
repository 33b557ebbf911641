/** Keeps a crew busy with the runs of claims until all are made, or time is up. */
import {
  type Claim,
  ClaimAgenda,
  type ClaimOutcome,
  claimOutcome,
  type Drawing,
  type SideName,
} from "../claims/index.js";
import type { ClaimCrew } from "./claim-crew.js";
import type { ProgressCount } from "./progress.js";

export interface ClaimWork {
  readonly model: string;
  readonly claims: readonly Claim[];
  readonly sides: readonly SideName[];
  readonly drawing: Drawing;
  /** Of each side; `Infinity`: as many as there is time for. */
  readonly runs: number;
  readonly crew: ClaimCrew;
  /** Whether time is up. */
  readonly isOver: () => boolean;
  readonly onProgress: (count: ProgressCount) => void;
}

export interface ClaimResults {
  readonly outcomes: readonly ClaimOutcome[];
  /** All that was asked for has been made. */
  readonly complete: boolean;
}

export async function makeClaimRuns(work: ClaimWork): Promise<ClaimResults> {
  const { model, claims, sides, drawing, runs, crew, isOver, onProgress } = work;
  const agenda = new ClaimAgenda(claims, runs, sides);
  const underWay = new Set<Promise<void>>();
  for (;;) {
    while (underWay.size < crew.size && !isOver()) {
      const assignment = agenda.take();
      if (assignment === undefined) break;
      const task = crew.perform({ ...assignment, model, drawing }).then((made) => {
        agenda.finish(assignment, made);
        underWay.delete(task);
        onProgress({ finished: agenda.finished, planned: agenda.planned });
      });
      underWay.add(task);
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay);
  }
  const outcomes = claims.map((claim) => claimOutcome(claim, (side) => agenda.runsOf(claim.id, side), sides));
  return { outcomes, complete: agenda.done };
}
