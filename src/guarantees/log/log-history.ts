/** The history of partitioned logs: offsets, positions, groups and transactions, as the application saw them. */
import type { LogApplication } from "../../trace/index.js";

export class LogHistory implements LogApplication {
  #transactions = 0;

  stored(): void {}

  polled(): void {}

  positioned(): void {}

  assigned(): void {}

  revoked(): void {}

  committed(): void {}

  transactionBegun(): number {
    return this.#transactions++;
  }

  transactionSent(): void {}

  transactionOffset(): void {}

  transactionEnded(): void {}
}
