/** What one checker has found so far: how often its situation arose, how often that went wrong, and the first time. */
import { verdictOf } from "../checks/verdict-of.js";
import type { CheckResult, Witness } from "../verdict.js";

export class Finding {
  readonly check: string;
  /** How often the situation arose. */
  atRisk = 0;
  /** How often neither can be said. */
  open = 0;
  #violations = 0;
  #witness: Witness | undefined;

  constructor(check: string) {
    this.check = check;
  }

  /** It went wrong. `show` is asked for the first time only. */
  violated(show: () => Witness): void {
    this.#violations++;
    this.#witness ??= show();
  }

  result(): CheckResult {
    return verdictOf(this.check, this.atRisk, this.#violations, this.open, this.#witness);
  }
}
