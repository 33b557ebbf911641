/**
 * Cycles among transactions, in the terms of Adya and Jepsen: an edge *ww* leads from one whose record stands before
 * another one's in a partition, an edge *wr* from one whose record the other polled.
 *
 * - G0: a cycle of ww. Kafka's transactions do not isolate writes: allowed.
 * - G1c: a cycle of wr. Forbidden.
 * - G1c-ww: a cycle of both. Allowed, because its ww are.
 *
 * Looked at are committed transactions, each when it ends, with those among the 64 that ended before it which are
 * connected to it through ones that were open at the same time.
 */
import type { CheckResult, Witness } from "../verdict.js";
import { Finding } from "./finding.js";
import type { LogRecords } from "./log-records.js";
import type { Transaction } from "./transaction.js";

const ENDED_MAX = 64;

type Edge = "ww" | "wr";

export class Cycles {
  readonly #records: LogRecords;
  readonly #g0 = new Finding("G0");
  readonly #g1c = new Finding("G1c");
  readonly #g1cWithWw = new Finding("G1c-ww");
  /** Committed, the oldest first. */
  readonly #ended: Transaction[] = [];

  constructor(records: LogRecords) {
    this.#records = records;
  }

  /** Those that ended lately, and were committed. */
  get ended(): readonly Transaction[] {
    return this.#ended;
  }

  committed(transaction: Transaction): void {
    const others = this.#connected(transaction);
    this.#ended.push(transaction);
    if (this.#ended.length > ENDED_MAX) this.#ended.shift();
    if (others.some((other) => transaction.sharesPartitionWith(other))) this.#g0.atRisk++;
    if (transaction.read.size > 0) {
      this.#g1c.atRisk++;
      this.#g1cWithWw.atRisk++;
    }
    if (others.length === 0) return;
    this.#look(this.#g0, transaction, others, ["ww"]);
    if (!this.#look(this.#g1c, transaction, others, ["wr"])) {
      this.#look(this.#g1cWithWw, transaction, others, ["ww", "wr"]);
    }
  }

  results(): CheckResult[] {
    return [this.#g0, this.#g1c, this.#g1cWithWw].map((finding) => finding.result());
  }

  /** The latest ones that overlapped with it, or with one that did. */
  #connected(transaction: Transaction): Transaction[] {
    const found = [transaction];
    for (let at = this.#ended.length - 1; at >= 0; at--) {
      const other = this.#ended[at] as Transaction;
      if (found.some((each) => each.overlaps(other))) found.push(other);
    }
    return found.slice(1);
  }

  /** Looks for a way from the transaction back to itself along such edges; along ww and wr, with one wr at least. */
  #look(
    finding: Finding,
    start: Transaction,
    others: readonly Transaction[],
    kinds: readonly Edge[],
  ): boolean {
    const needsRead = kinds.length === 2;
    const all = [start, ...others];
    const visited = new Set<string>();
    const search = (from: Transaction, read: boolean, way: readonly Transaction[]): boolean => {
      for (const to of all) {
        for (const kind of kinds) {
          if (!leads(from, to, kind)) continue;
          const hasRead = read || kind === "wr";
          if (to === start) {
            if (from === start || (needsRead && !hasRead)) continue;
            finding.violated(() => this.#show(way, kinds));
            return true;
          }
          const state = `${to.id} ${hasRead}`;
          if (visited.has(state)) continue;
          visited.add(state);
          if (search(to, hasRead, [...way, to])) return true;
        }
      }
      return false;
    };
    return search(start, false, [start]);
  }

  #show(way: readonly Transaction[], kinds: readonly Edge[]): Witness {
    const { events } = this.#records;
    return {
      what: `Transactions ${way.map(({ id }) => id).join(" → ")} → ${way[0]?.id ?? ""} are a cycle of ${kinds.join(" and ")}.`,
      events: way
        .flatMap(({ id, producer, begunAt, endedAt }) => [
          events.record("transaction-begun", producer, `transaction ${id}`, undefined, begunAt),
          events.record("transaction-ended", producer, `transaction ${id}`, "committed", endedAt),
        ])
        .sort((a, b) => a.at - b.at),
    };
  }
}

function leads(from: Transaction, to: Transaction, kind: Edge): boolean {
  if (from === to) return false;
  return kind === "ww" ? from.precedes(to) : to.read.has(from);
}
