/**
 * An event-sourced service: a command is held against the state, which is what all events add up to, and becomes an
 * event if that allows it. Of one key one command is decided at a time, the others wait.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { BatchOutcome } from "../producer/producer-sink.js";
import type { Snapshot } from "../record-contents.js";
import type { ServiceConfig } from "./service-options.js";

export interface Command {
  readonly key: string;
  readonly valueBytes: number;
  finished(now: Instant): void;
}

/** What the service asks of its process. */
export interface ServiceHost {
  /** In a transaction its end tells, and `settled` is not called. */
  append(
    command: Command,
    accepted: (event: Message) => void,
    settled: (outcome: BatchOutcome, now: Instant) => void,
    now: Instant,
  ): void;
  appendSnapshot(snapshot: Snapshot, now: Instant): void;
  readonly mayBegin: boolean;
  begin(now: Instant): void;
  commit(now: Instant): void;
}

/** A command that has become an event, as far as its producer is concerned. */
interface Attempt {
  readonly command: Command;
  event: Message | undefined;
  /** It was read back. */
  read: boolean;
}

export class Service {
  readonly counts = { accepted: 0, refused: 0, failed: 0 };
  /** Acknowledged to this service, whichever of its processes it was: its state must have them all. */
  readonly #acknowledged = new Map<string, number>();
  readonly #config: ServiceConfig;
  readonly #host: ServiceHost;
  /** What the events that were read add up to, by key, and where the next one is read. */
  readonly #logged = new Map<string, number>();
  readonly #offsets = new Map<string, number>();
  /** Acknowledged, in the state, and not read yet. */
  readonly #early = new Set<Message>();
  readonly #earlyCounts = new Map<string, number>();
  readonly #waiting: Command[] = [];
  /** By key. */
  readonly #attempts = new Map<string, Attempt>();
  /** Of the open transaction. */
  #together: Attempt[] | undefined;
  #serving = false;
  /** Fenced: it serves no more. */
  #over = false;
  #pursuing = false;
  #unseen = false;
  #sinceSnapshot = 0;

  constructor(config: ServiceConfig, host: ServiceHost) {
    this.#config = config;
    this.#host = host;
  }

  get isServing(): boolean {
    return this.#serving;
  }

  get waiting(): number {
    return this.#waiting.length + this.#attempts.size;
  }

  get applied(): number {
    let applied = this.#early.size;
    for (const count of this.#logged.values()) applied += count;
    return applied;
  }

  get missing(): number {
    let missing = 0;
    for (const [key, count] of this.#acknowledged) missing += Math.max(0, count - this.#count(key));
    return missing;
  }

  get exceeded(): number {
    let exceeded = 0;
    for (const count of this.#logged.values()) exceeded += Math.max(0, count - this.#config.capacity);
    return exceeded;
  }

  command(command: Command, now: Instant): void {
    if (this.#over) return this.#fail(command, now);
    this.#waiting.push(command);
    this.#pursue(now);
  }

  /** Instead of what was read so far. */
  load({ counts, offsets }: Snapshot): void {
    for (const [key, count] of counts) this.#logged.set(key, count);
    for (const [partition, offset] of offsets) this.#offsets.set(partition, offset);
  }

  get offsets(): ReadonlyMap<string, number> {
    return this.#offsets;
  }

  /** An event is read, the service's own or another instance's. */
  read(event: Message, key: string, partition: string, offset: number, now: Instant): void {
    add(this.#logged, key, 1);
    this.#offsets.set(partition, offset + 1);
    this.#sinceSnapshot++;
    const attempt = this.#attempts.get(key);
    if (this.#early.delete(event)) add(this.#earlyCounts, key, -1);
    else if (attempt !== undefined && attempt.event === event) {
      attempt.read = true;
      if (this.#config.applyAt === "log") {
        this.#attempts.delete(key);
        this.#accept(attempt.command, now);
      }
    }
    this.#pursue(now);
  }

  /** It has read everything that was there: the state is up to date. */
  serve(now: Instant): void {
    this.#serving = true;
    this.#pursue(now);
  }

  /** Transactions may begin. */
  ready(now: Instant): void {
    this.#pursue(now);
  }

  transactionOver(outcome: BatchOutcome, now: Instant): void {
    const together = this.#together ?? [];
    this.#together = undefined;
    for (const attempt of together) this.#settle(attempt, outcome, now);
    this.#pursue(now);
  }

  /** The process has died. */
  end(): void {
    this.#serving = false;
    this.#over = false;
    this.#logged.clear();
    this.#offsets.clear();
    this.#early.clear();
    this.#earlyCounts.clear();
    this.#waiting.length = 0;
    this.#attempts.clear();
    this.#together = undefined;
    this.#sinceSnapshot = 0;
  }

  /** It can write nothing any more: who waits for it is told. */
  stopServing(now: Instant): void {
    this.#serving = false;
    this.#over = true;
    const open = [...[...this.#attempts.values()].map(({ command }) => command), ...this.#waiting.splice(0)];
    this.#attempts.clear();
    this.#together = undefined;
    for (const command of open) this.#fail(command, now);
  }

  /** Answers may bring new commands at once: they wait until those before them are seen to. */
  #pursue(now: Instant): void {
    this.#unseen = true;
    if (this.#pursuing) return;
    this.#pursuing = true;
    while (this.#unseen) {
      this.#unseen = false;
      this.#decide(now);
    }
    this.#pursuing = false;
  }

  #decide(now: Instant): void {
    if (!this.#serving) return;
    const { snapshotEvery, fenced } = this.#config;
    if (fenced && (this.#together !== undefined || !this.#host.mayBegin)) return;
    const chosen = this.#choose(now);
    const snapshots = snapshotEvery > 0 && this.#sinceSnapshot >= snapshotEvery;
    if (chosen.length === 0 && !snapshots) return;
    if (fenced) {
      this.#together = chosen;
      this.#host.begin(now);
    }
    for (const attempt of chosen) this.#append(attempt, now);
    if (snapshots) this.#snapshot(now);
    if (fenced) this.#host.commit(now);
  }

  /** Those that the state allows and whose keys are free; what it does not allow is refused. */
  #choose(now: Instant): Attempt[] {
    const chosen: Attempt[] = [];
    for (const command of this.#waiting.splice(0)) {
      if (this.#attempts.has(command.key)) this.#waiting.push(command);
      else if (this.#count(command.key) < this.#config.capacity) {
        const attempt: Attempt = { command, event: undefined, read: false };
        this.#attempts.set(command.key, attempt);
        chosen.push(attempt);
      } else {
        this.counts.refused++;
        command.finished(now);
      }
    }
    return chosen;
  }

  #append(attempt: Attempt, now: Instant): void {
    const accepted = (event: Message): void => {
      attempt.event = event;
    };
    const settled = (outcome: BatchOutcome, at: Instant): void => {
      this.#settle(attempt, outcome, at);
      this.#pursue(at);
    };
    this.#host.append(attempt.command, accepted, settled, now);
  }

  #settle(attempt: Attempt, outcome: BatchOutcome, now: Instant): void {
    const { command, event } = attempt;
    const { key } = command;
    if (outcome === "acknowledged") add(this.#acknowledged, key, 1);
    if (this.#attempts.get(key) !== attempt) return;
    if (outcome !== "acknowledged") {
      this.#attempts.delete(key);
      return this.#fail(command, now);
    }
    // It is answered when it comes back.
    if (this.#config.applyAt === "log" || event === undefined) return;
    this.#attempts.delete(key);
    if (!attempt.read) {
      this.#early.add(event);
      add(this.#earlyCounts, key, 1);
    }
    this.#accept(command, now);
  }

  #snapshot(now: Instant): void {
    this.#sinceSnapshot = 0;
    const snapshot = { counts: new Map(this.#logged), offsets: new Map(this.#offsets) };
    this.#host.appendSnapshot(snapshot, now);
  }

  #accept(command: Command, now: Instant): void {
    this.counts.accepted++;
    command.finished(now);
  }

  #fail(command: Command, now: Instant): void {
    this.counts.failed++;
    command.finished(now);
  }

  #count(key: string): number {
    return (this.#logged.get(key) ?? 0) + (this.#earlyCounts.get(key) ?? 0);
  }
}

function add(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}
