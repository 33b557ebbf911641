/**
 * The application: polls, works on what it got, commits as it was told to, polls again. While it works it hears of
 * nothing; what happens to its group it learns inside poll.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { ApplicationConfig } from "./consumer-config.js";
import { CONSUMER_TIMER, type ConsumerSink } from "./consumer-sink.js";
import type { PolledRecord } from "./position.js";
import { PolledRecords } from "./polled-records.js";
import type { Progress } from "./worker.js";

/** What the loop does its polling and committing with. */
export interface LoopUser {
  /** Inside poll: sees to the group and to commits that are due. */
  attend(now: Instant): void;
  /** What poll returns, perhaps nothing; asks for more in the background. */
  take(most: number, polled: PolledRecords, now: Instant): void;
  /** Commits everything polled, or up to and with one record; tells `committed` when that is over. */
  commit(record: PolledRecord | undefined, now: Instant): void;
}

type LoopState = "ended" | "polling" | "working" | "waiting" | "committing" | "full";

/** What the worker is at while the loop waits. */
type Wait = "poll" | "record" | "conclusion";

/** What comes next for the record that is worked on. */
type Step = "commit before" | "process" | "finish";

export class PollLoop {
  /** Since when it has not been inside poll. */
  busySince: Instant | undefined;
  readonly #config: ApplicationConfig;
  readonly #sink: ConsumerSink;
  readonly #user: LoopUser;
  readonly #polled = new PolledRecords();
  /** Records that another thread works on, if there is one. */
  readonly #handedOff: Message[] = [];
  #working = false;
  #state: LoopState = "ended";
  /** Of the record that is worked on. */
  #step: Step = "commit before";
  #waitsFor: Wait = "poll";
  /** All that poll returned was worked on, as far as the worker is concerned. */
  #workedOff = false;
  /** What poll returned is committed when all of it is done; that has been asked for. */
  #concluded = false;
  #awake = false;
  /** A commit is being asked for. */
  #asking = false;

  constructor(config: ApplicationConfig, sink: ConsumerSink, user: LoopUser) {
    this.#config = config;
    this.#sink = sink;
    this.#user = user;
  }

  get isPolling(): boolean {
    return this.#state === "polling";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  start(now: Instant): void {
    this.#state = "polling";
    this.wake(now);
  }

  /** The process has died, or the application has ended. */
  forget(): void {
    this.#state = "ended";
    this.#polled.clear();
    this.#handedOff.length = 0;
    this.#working = false;
    this.busySince = undefined;
  }

  /** Something may have come that poll returns or sees to. */
  wake(now: Instant): void {
    if (this.#awake) return;
    this.#awake = true;
    while (this.#state === "polling") {
      this.busySince = undefined;
      this.#user.attend(now);
      if (!this.isPolling) break;
      if (!this.#sink.polling(now)) {
        this.#wait("poll", now);
        break;
      }
      this.#user.take(this.#config.maxPollRecords, this.#polled, now);
      if (this.#polled.count === 0) break;
      this.busySince = now;
      this.#returned(now);
    }
    this.#awake = false;
  }

  /** The commit that the loop waits for is over, well or not. */
  committed(now: Instant): void {
    if (this.#state !== "committing") return;
    this.#state = "working";
    // Refused at once: whoever asked for it goes on.
    if (this.#asking) return;
    this.#work(now);
    this.wake(now);
  }

  /** The worker is done with what the loop waits for; a record counts as delivered unless it was dropped. */
  resume(progress: "done" | "dropped", now: Instant): void {
    if (this.#state !== "waiting") return;
    if (this.#waitsFor === "poll") this.#state = "polling";
    else {
      this.#state = "working";
      if (this.#waitsFor === "record") this.#finish(progress, now);
      else this.#workedOff = true;
      this.#work(now);
    }
    this.wake(now);
  }

  /** What was polled and is not done is not gone on with. */
  abandon(): void {
    this.#polled.clear();
  }

  timerFired(kind: number, now: Instant): void {
    if (kind === CONSUMER_TIMER.processing && this.#state === "working") this.#work(now);
    else if (kind === CONSUMER_TIMER.worker && this.#working) {
      this.#working = false;
      this.#finishHandedOff(now);
    }
    this.wake(now);
  }

  /** Calls `visit` for each record that was polled and is not done. */
  eachUnfinished(visit: (message: Message) => void): void {
    this.#polled.eachLeft(visit);
    for (const message of this.#handedOff) visit(message);
  }

  #returned(now: Instant): void {
    this.#polled.eachRun((position, run) => this.#sink.polled(position.name, run, now));
    const { commitAt, commitEach, handOff } = this.#config;
    this.#state = "working";
    this.#step = "commit before";
    this.#workedOff = false;
    this.#concluded = false;
    if (handOff > 0) this.#handOver(now);
    else if (commitAt === "before" && commitEach === "poll") {
      this.#concluded = true;
      this.#commit(undefined, now);
    }
    this.#work(now);
  }

  /** Goes on until something takes time. */
  #work(now: Instant): void {
    const { commitAt, commitEach } = this.#config;
    while (this.#state === "working") {
      if (this.#polled.isOver) {
        this.#conclude(now);
        continue;
      }
      if (this.#step === "commit before") {
        if (commitEach !== "record" && this.#sink.worksAtOnce) {
          this.#finishAll(now);
          continue;
        }
        this.#step = "process";
        if (commitEach === "record" && commitAt === "before") {
          this.#commit(this.#polled.record, now);
          continue;
        }
      }
      if (this.#step === "process") {
        this.#step = "finish";
        const time = this.#sink.processingTime();
        if (time > 0) return this.#sink.setTimer(CONSUMER_TIMER.processing, 0, after(now, time));
      }
      const progress = this.#sink.hasWorker
        ? this.#sink.work(this.#polled.message, this.#polled.record, now)
        : "done";
      if (progress === "later") return this.#wait("record", now);
      this.#finish(progress, now);
    }
  }

  /** Unless the worker has ended the application instead. */
  #wait(what: Wait, now: Instant): void {
    if (this.#state === "ended") return;
    this.#waitsFor = what;
    this.#state = "waiting";
    this.busySince ??= now;
  }

  /** The record is done; unless all of them were abandoned meanwhile. */
  #finish(progress: Exclude<Progress, "later">, now: Instant): void {
    if (this.#polled.isOver) return;
    const { commitAt, commitEach } = this.#config;
    const commits = commitEach === "record" && commitAt === "after";
    const record = commits ? this.#polled.record : undefined;
    this.#polled.position.done = this.#polled.offset + 1;
    if (progress === "done") this.#sink.delivered(this.#polled.message, now);
    this.#polled.advance();
    this.#step = "commit before";
    if (commits) this.#commit(record, now);
  }

  /** All records are done. */
  #finishAll(now: Instant): void {
    this.#polled.finish((position, run) => {
      position.done = run.offset + run.to - run.from;
      this.#sink.deliveredAll(run, now);
    });
  }

  /** All that poll returned is done, or given to the other thread. */
  #conclude(now: Instant): void {
    const { commitEach, handOff } = this.#config;
    if (!this.#workedOff) {
      if (!this.#sink.concluding(now)) return this.#wait("conclusion", now);
      this.#workedOff = true;
    }
    if (!this.#concluded && (commitEach === "poll" || handOff > 0)) {
      this.#concluded = true;
      this.#commit(undefined, now);
      if (this.#state !== "working") return;
    }
    this.#polled.clear();
    this.#state = handOff > 0 && this.#handedOff.length >= handOff ? "full" : "polling";
  }

  /** As far as the application commits by itself; waits if it does so synchronously. */
  #commit(record: PolledRecord | undefined, now: Instant): void {
    const { commit } = this.#config;
    if (commit === "auto" || commit === "none") return;
    if (commit === "sync") this.#state = "committing";
    this.#asking = true;
    this.#user.commit(record, now);
    this.#asking = false;
  }

  /** Gives the records to the other thread, and counts them as done: what is committed runs ahead of the work. */
  #handOver(now: Instant): void {
    for (; !this.#polled.isOver; this.#polled.advance()) {
      this.#handedOff.push(this.#polled.message);
      this.#polled.position.done = this.#polled.offset + 1;
    }
    this.#workOnHandedOff(now);
  }

  #workOnHandedOff(now: Instant): void {
    while (!this.#working && this.#handedOff.length > 0) {
      const time = this.#sink.processingTime();
      this.#working = time > 0;
      if (time > 0) this.#sink.setTimer(CONSUMER_TIMER.worker, 0, after(now, time));
      else this.#sink.delivered(this.#handedOff.shift() as Message, now);
    }
  }

  #finishHandedOff(now: Instant): void {
    this.#sink.delivered(this.#handedOff.shift() as Message, now);
    this.#workOnHandedOff(now);
    if (this.#state === "full" && this.#handedOff.length < this.#config.handOff) this.#state = "polling";
  }
}
