/**
 * The simulation loop: a clock, a sequence counter and a queue of integers.
 *
 * An event is addressed to an *actor* (a subsystem: the timers, the links, a workload) with a *code* that the
 * actor understands (a timer's slot, a link's index). Both are packed into the 32-bit integer that the queue
 * keeps, so that scheduling and dispatching allocate nothing. Events at one instant run in the order in which
 * they were scheduled.
 */
import type { EventQueue } from "./event-queue.js";
import { NEVER, type Instant } from "./time.js";
import { LadderQueue } from "./ladder-queue.js";

/** Something that events are addressed to. */
export interface Actor {
  fire(code: number, now: Instant): void;
}

/** A registered actor: a small integer. */
export type ActorId = number;

/** At most this many actors; codes use the remaining bits of a 32-bit integer. */
export const ACTOR_BITS = 6;
export const ACTORS_MAX: number = 1 << ACTOR_BITS;
const CODE_MAX: number = (1 << (31 - ACTOR_BITS)) - 1;

/** Why `run` returned. `livelock`: too many events at one instant. `exhausted`: more than `eventsMax` events. */
export type RunEnd = "horizon" | "idle" | "stopped" | "livelock" | "exhausted";

export interface SimulationLimits {
  /** Events that may share one instant before the run is called a livelock. Default 1,000,000. */
  readonly eventsAtOneInstantMax?: number;
  /** Events in the whole run. Default: no limit. */
  readonly eventsMax?: number;
}

/** `eventsMax` is looked at once in so many events, so that the counter is compared with a small integer. */
const CHECKPOINT_EVERY = 1_000_000_000;

export class Simulation {
  /** The instant of the event being processed. */
  now: Instant = 0;
  /** Events processed so far. */
  eventsProcessed = 0;

  private readonly queue: EventQueue;
  private readonly actors: Actor[] = [];
  private readonly eventsAtOneInstantMax: number;
  private readonly eventsMax: number;
  private nextSequence = 0;
  private eventsAtNow = 0;
  /** Number of events at which `eventsMax` is looked at. */
  private checkpoint: number;
  /** Why the current `run` is to return after the event being processed. */
  private end: RunEnd | undefined = undefined;

  constructor(limits: SimulationLimits = {}, queue: EventQueue = new LadderQueue()) {
    this.queue = queue;
    this.eventsAtOneInstantMax = limits.eventsAtOneInstantMax ?? 1_000_000;
    this.eventsMax = limits.eventsMax ?? Infinity;
    this.checkpoint = Math.min(this.eventsMax, CHECKPOINT_EVERY);
  }

  /** Gives `actor` its number. Throws when more than `ACTORS_MAX` register. */
  register(actor: Actor): ActorId {
    if (this.actors.length === ACTORS_MAX) throw new Error(`more than ${ACTORS_MAX} actors`);
    return this.actors.push(actor) - 1;
  }

  /** Number of pending events. */
  get pending(): number {
    return this.queue.size;
  }

  /** Takes the next sequence number, for an event that is kept outside the queue until it is due. */
  takeSequence(): number {
    return this.nextSequence++;
  }

  /** Schedules `code` for `actor` at `at` (not before now; `NEVER` is not scheduled at all). */
  schedule(at: Instant, actor: ActorId, code: number): void {
    this.scheduleInSequence(at, this.nextSequence++, actor, code);
  }

  /** As `schedule`, in the place of an event whose sequence number was taken earlier. */
  scheduleInSequence(at: Instant, sequence: number, actor: ActorId, code: number): void {
    if (at >= this.now && at < NEVER && code <= CODE_MAX) {
      this.queue.push(at, sequence, actor | (code << ACTOR_BITS));
    } else this.refuse(at, code);
  }

  /** The sequence number of the event being processed. */
  get sequence(): number {
    return this.queue.sequence;
  }

  /** Drops pending events of `actor` for which `keep` is false. */
  purge(actor: ActorId, keep: (code: number, at: Instant, sequence: number) => boolean): void {
    this.queue.purge(
      (at, sequence, event) =>
        (event & (ACTORS_MAX - 1)) !== actor || keep(event >>> ACTOR_BITS, at, sequence),
    );
  }

  /** Makes the current `run` return after the event being processed. */
  stop(): void {
    this.end = "stopped";
  }

  /** Processes the earliest event; false when none is pending. */
  step(): boolean {
    this.end = "stopped";
    return this.process(NEVER);
  }

  /**
   * Processes every event up to and including `until`, then sets the clock to `until`. Throws a RangeError when
   * `until` is not an instant: a whole number of nanoseconds up to 2^53 - 1, which is 104 days.
   */
  run(until: Instant): RunEnd {
    if (!Number.isSafeInteger(until) || until < this.now) throw notAHorizon(until, this.now);
    this.end = undefined;
    if (this.process(until) && this.end !== undefined) return this.end;
    this.now = until;
    this.eventsAtNow = 0;
    return this.queue.size === 0 ? "idle" : "horizon";
  }

  /** Hands events up to `until` to their actors; true as soon as `end` is set, false when there are no more. */
  private process(until: Instant): boolean {
    const queue = this.queue;
    const actors = this.actors;
    while (queue.popUntil(until)) {
      const at = queue.at;
      if (at !== this.now) {
        this.now = at;
        this.eventsAtNow = 1;
      } else if (++this.eventsAtNow >= this.eventsAtOneInstantMax) {
        this.end = "livelock";
      }
      if (++this.eventsProcessed >= this.checkpoint) this.passCheckpoint();
      const event = queue.event;
      (actors[event & (ACTORS_MAX - 1)] as Actor).fire(event >>> ACTOR_BITS, at);
      if (this.end !== undefined) return true;
    }
    return false;
  }

  private passCheckpoint(): void {
    if (this.eventsProcessed >= this.eventsMax) this.end = "exhausted";
    else this.checkpoint = Math.min(this.eventsMax, this.eventsProcessed + CHECKPOINT_EVERY);
  }

  /** What is not scheduled: `NEVER` silently, an instant that has passed with an error. */
  private refuse(at: Instant, code: number): void {
    if (code > CODE_MAX) throw new RangeError(`the code ${code} does not fit into an event`);
    if (at >= NEVER) return;
    throw new RangeError(`an event scheduled at ${at} ns lies before now, ${this.now} ns`);
  }
}

function notAHorizon(until: Instant, now: Instant): RangeError {
  const reason =
    until < now ? `it lies before now, ${now} ns` : "instants are whole nanoseconds up to 2^53 - 1";
  return new RangeError(`cannot run until ${until} ns: ${reason}`);
}
