/**
 * Which runs are still to be made. A side that is to hold gets all of them. One that is to break gets them by blocks
 * of eight, until the claim broke in one: what is made depends on what earlier blocks showed, never on who was faster.
 */
import { type Claim, SIDES, type SideName } from "./claim.js";
import type { SideRun } from "./run-side.js";

export const BLOCK = 8;

/** Runs `from` … `to` - 1 of one side. */
export interface Assignment {
  readonly claim: string;
  readonly side: SideName;
  readonly from: number;
  readonly to: number;
}

interface SideState {
  readonly claim: string;
  readonly side: SideName;
  readonly runs: SideRun[];
  /** Handed out so far. */
  planned: number;
}

export class ClaimAgenda {
  readonly #states: readonly SideState[];
  readonly #runsMax: number;
  #turn = 0;

  /** `sides`: only these. `runsMax` may be `Infinity`. */
  constructor(claims: readonly Claim[], runsMax: number, sides: readonly SideName[] = SIDES) {
    this.#runsMax = runsMax;
    this.#states = claims.flatMap(({ id, sides: own }) =>
      sides
        .filter((side) => own[side] !== undefined)
        .map((side): SideState => ({ claim: id, side, runs: [], planned: 0 })),
    );
  }

  /** Runs that are made. */
  get finished(): number {
    return this.#states.reduce((sum, { runs }) => sum + runs.length, 0);
  }

  /** Runs that are decided on: a side that is to break may turn out to need more. */
  get planned(): number {
    return this.#states.reduce((sum, state) => {
      const known =
        state.side === "holds" ? this.#runsMax : state.planned + (this.#isReady(state) ? BLOCK : 0);
      return sum + Math.min(this.#runsMax, known);
    }, 0);
  }

  /** Whether all that was asked for is done. */
  get done(): boolean {
    return this.#states.every((state) => !this.#isOpen(state) && state.runs.length === state.planned);
  }

  /** The next few runs, each side in turn; undefined: none is ready. */
  take(): Assignment | undefined {
    for (let n = 0; n < this.#states.length; n++) {
      const state = this.#states[(this.#turn + n) % this.#states.length] as SideState;
      if (!this.#isReady(state)) continue;
      this.#turn = (this.#turn + n + 1) % this.#states.length;
      const from = state.planned;
      state.planned = Math.min(this.#runsMax, from + BLOCK);
      return { claim: state.claim, side: state.side, from, to: state.planned };
    }
    return undefined;
  }

  finish({ claim, side }: Assignment, runs: readonly SideRun[]): void {
    this.#state(claim, side)?.runs.push(...runs);
  }

  runsOf(claim: string, side: SideName): readonly SideRun[] {
    return this.#state(claim, side)?.runs ?? [];
  }

  #state(claim: string, side: SideName): SideState | undefined {
    return this.#states.find((state) => state.claim === claim && state.side === side);
  }

  #isOpen({ side, runs, planned }: SideState): boolean {
    if (planned >= this.#runsMax) return false;
    return side === "holds" || !runs.some(({ verdict }) => verdict === "violated");
  }

  #isReady(state: SideState): boolean {
    return this.#isOpen(state) && (state.side === "holds" || state.runs.length === state.planned);
  }
}
