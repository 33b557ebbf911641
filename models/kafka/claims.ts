/**
 * The register of claims about Kafka: a row for each sentence that its documentation, its sources and its improvement
 * proposals say about guarantees, by the numbers under which they are collected.
 */
import type { ClaimRegister } from "../../src/claims/index.js";
import { COMMIT_CLAIMS } from "./claims/commits.js";
import { GROUP_CLAIMS } from "./claims/groups.js";
import { PRODUCER_CLAIMS } from "./claims/producers.js";
import { READER_CLAIMS } from "./claims/readers.js";
import { REPLICATION_CLAIMS } from "./claims/replication.js";
import { TRANSACTION_CLAIMS } from "./claims/transactions.js";
import { TRUNCATION_CLAIMS } from "./claims/truncation.js";

const claims = [
  ...PRODUCER_CLAIMS,
  ...TRANSACTION_CLAIMS,
  ...REPLICATION_CLAIMS,
  ...TRUNCATION_CLAIMS,
  ...READER_CLAIMS,
  ...COMMIT_CLAIMS,
  ...GROUP_CLAIMS,
].sort((a, b) => numberOf(a.id) - numberOf(b.id));

export const kafkaClaims: ClaimRegister = { model: "kafka", claims };

function numberOf(id: string): number {
  return Number(id.slice(1));
}
