/** Small clusters in which producers work in transactions over two topics, and what became of each transaction. */
import { type Chance, MILLISECOND, RandomChance, SECOND } from "../../../src/kernel/index.js";
import type { Model, OptionValues } from "../../../src/model/index.js";
import { type FaultSpec, LINUX_TCP, type LinkSpec } from "../../../src/network/index.js";
import {
  type ActivitySpec,
  type Assembly,
  type NodeSpec,
  type Pace,
  Registry,
  type RunResult,
  type Scenario,
  assemble,
  collect,
} from "../../../src/scenario/index.js";
import { DELIVERY_LIVE, type LogApplication, type Message } from "../../../src/trace/index.js";
import { type KafkaRules, kafkaModel } from "../../../models/kafka/index.js";
import { completeOptions } from "../../complete-options.js";
import { BROKERS } from "./clusters.js";

export const TOPICS: readonly string[] = ["debits", "credits"];

export interface TransactionSpec {
  readonly controller?: OptionValues;
  readonly broker?: OptionValues;
  /** Of single brokers, beside those of all. */
  readonly each?: Readonly<Record<string, OptionValues>>;
  readonly producer?: OptionValues;
  /** A second producer, of the same transactional id unless told otherwise. */
  readonly other?: OptionValues;
  readonly otherPace?: Pace;
  /** Of the consumer that reads committed records; the other one reads all. */
  readonly consumer?: OptionValues;
  readonly transact?: OptionValues;
  readonly pace?: Pace;
  readonly faults?: readonly FaultSpec[];
  readonly horizon?: number;
  /** Kafka, if not as it is. */
  readonly model?: (broken: Partial<KafkaRules>) => Model;
  /** Packets that one link loses. */
  readonly loss?: Pick<LinkSpec, "from" | "to" | "loss">;
}

/** What is known of one transaction, from what the applications saw. */
export interface Transaction {
  readonly producer: number;
  readonly messages: Message[];
  /** 0: committed, 1: aborted, 2: unresolved; undefined: it lasts. */
  outcome: number | undefined;
}

/** A run and all of its transactions, with what each consumer got of them. */
export class Ledger {
  readonly transactions: Transaction[] = [];
  /** By consumer: how often it got a message. */
  readonly delivered = new Map<string, Map<Message, number>>();
  /** When the reader of committed records got a message first. */
  readonly seenAt = new Map<Message, number>();
  readonly assembly: Assembly;

  constructor(assembly: Assembly) {
    this.assembly = assembly;
    const { history } = assembly;
    const log: LogApplication = history.log;
    log.transactionBegun = (producer: number) =>
      this.transactions.push({ producer, messages: [], outcome: undefined }) - 1;
    log.transactionSent = (transaction: number, message: Message) => {
      this.transactions[transaction]?.messages.push(message);
    };
    log.transactionEnded = (transaction: number, outcome: number) => {
      const found = this.transactions[transaction];
      if (found !== undefined) found.outcome = outcome;
    };
    const deliver = history.delivered.bind(history);
    history.delivered = (recipient, message, kind, now) => {
      this.#got(recipient, message, now);
      deliver(recipient, message, kind, now);
    };
    history.deliveredAll = (recipient, { messages, from, to }, now) => {
      for (const message of messages.slice(from, to)) {
        history.delivered(recipient, message, DELIVERY_LIVE, now);
      }
    };
  }

  #got(recipient: number, message: Message, now: number): void {
    const name = this.assembly.trace.nodeNames[recipient] ?? "";
    let own = this.delivered.get(name);
    if (own === undefined) this.delivered.set(name, (own = new Map()));
    own.set(message, (own.get(message) ?? 0) + 1);
    if (name === "committed" && !this.seenAt.has(message)) this.seenAt.set(message, now);
  }

  /** How many of the transaction's messages the consumer got. */
  seen({ messages }: Transaction, consumer = "committed"): number {
    return messages.filter((message) => this.delivered.get(consumer)?.has(message) === true).length;
  }

  /** Transactions of that outcome. */
  ended(outcome: number): Transaction[] {
    return this.transactions.filter((each) => each.outcome === outcome);
  }

  /** What a reader of committed records must not have seen: anomalies by name, with how many transactions show it. */
  anomalies(): Record<string, number> {
    const all = this.transactions;
    const count = (test: (each: Transaction, seen: number) => boolean): number =>
      all.filter((each) => test(each, this.seen(each))).length;
    const found = {
      "aborted read": count(({ outcome }, seen) => outcome === 1 && seen > 0),
      torn: count(({ messages }, seen) => seen > 0 && seen < messages.length),
      lost: count(({ outcome, messages }, seen) => outcome === 0 && seen === 0 && messages.length > 0),
      unfinished: count(({ outcome }) => outcome === undefined),
    };
    return Object.fromEntries(Object.entries(found).filter(([, times]) => times > 0));
  }
}

export function paced(start: number, everyMs: number, count: number): Pace {
  return { kind: "fixed", start: start * SECOND, every: everyMs * MILLISECOND, count };
}

/** Runs to the horizon, and tells `look` of every hundredth of a second if there is one. */
export function runTransactions(
  spec: TransactionSpec,
  broken: Partial<KafkaRules> = {},
  seed = "transactions",
  look?: (assembly: Assembly) => void,
  lookEvery: number = 10 * MILLISECOND,
): { readonly ledger: Ledger; readonly result: RunResult } {
  const assembly = assembledTransactions(spec, broken, new RandomChance(seed, 0));
  const ledger = new Ledger(assembly);
  const until = (spec.horizon ?? 60) * SECOND;
  const step = look === undefined ? until : lookEvery;
  for (let now = 0; now <= until; now += step) {
    while (assembly.simulation.run(now) === "stopped");
    look?.(assembly);
  }
  return { ledger, result: collect(assembly, "horizon") };
}

export function assembledTransactions(
  spec: TransactionSpec,
  broken: Partial<KafkaRules>,
  chance: Chance,
  trace = false,
): Assembly {
  const registry = new Registry([(spec.model ?? kafkaModel)(broken)]);
  const clients = { bootstrap: BROKERS, topics: TOPICS };
  const node = (name: string, role: string, given: OptionValues): NodeSpec => ({
    name,
    role: `kafka.${role}`,
    options: completeOptions(registry.role(`kafka.${role}`)?.role.options ?? [], given),
    transport: LINUX_TCP,
  });
  const transactionState = { partitions: 1, replicationFactor: 3, minInsyncReplicas: 2 };
  const topics = TOPICS.map((name) => ({ name, partitions: 2, minInsyncReplicas: 2 }));
  const producer = { ...clients, transactionalId: "transfers", linger: 0, ...spec.producer };
  const nodes = [
    node("controller", "controller", { brokers: BROKERS, topics, transactionState, ...spec.controller }),
    ...BROKERS.map((name) =>
      node(name, "broker", { controller: "controller", ...spec.broker, ...spec.each?.[name] }),
    ),
    node("producer", "producer", producer),
    ...(spec.other === undefined ? [] : [node("other", "producer", { ...producer, ...spec.other })]),
    node("committed", "consumer", {
      ...clients,
      isolation: "read_committed",
      autoOffsetReset: "earliest",
      ...spec.consumer,
    }),
    node("all", "consumer", { ...clients, autoOffsetReset: "earliest" }),
  ];
  const activities = registry.role("kafka.producer")?.role.activities ?? [];
  const transact = activities.find(({ name }) => name === "transact")?.options ?? [];
  const given = { topics: TOPICS, records: 4, keys: 7, ...spec.transact };
  const activity = (name: string, pace: Pace): ActivitySpec => ({
    node: name,
    activity: "transact",
    options: completeOptions(transact, given),
    pace,
  });
  const pace = spec.pace ?? paced(4, 100, 100);
  const workload = [
    activity("producer", pace),
    ...(spec.other === undefined ? [] : [activity("other", spec.otherPace ?? pace)]),
  ];
  const scenario: Scenario = {
    nodes,
    links: linksOf(
      nodes.map(({ name }) => name),
      spec.loss,
    ),
    workload,
    faults: spec.faults ?? [],
    warmup: 0,
    drain: 3_600 * SECOND,
    messages: false,
  };
  return assemble(scenario, registry, chance, { trace });
}

/** Between brokers, and between brokers and everybody else. */
function linksOf(names: readonly string[], lossy: TransactionSpec["loss"]): LinkSpec[] {
  const delay = { kind: "uniform", min: 200_000, max: 800_000 } as const;
  const usual = { delay, loss: { kind: "none" }, duplication: 0, corruption: 0, reorder: false } as const;
  return names.flatMap((from) =>
    names
      .filter((to) => from !== to && (BROKERS.includes(from) || BROKERS.includes(to)))
      .map((to) =>
        lossy?.from === from && lossy.to === to ? { ...usual, ...lossy } : { from, to, ...usual },
      ),
  );
}
