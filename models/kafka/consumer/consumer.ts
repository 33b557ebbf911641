/**
 * A consumer: fetches from leaders in the background, and has an application poll. With a group, its partitions and
 * where it begins in them are the group's; without one, all partitions of its topics are its own.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import { POSITION_ASSIGNED } from "../../../src/trace/index.js";
import { type ConnectionUser, Connections } from "../connections.js";
import { Metadata } from "../metadata.js";
import type { ParticipantMachine } from "../participant.js";
import type { Response } from "../protocol/frames.js";
import type { MemberIdentity } from "../protocol/messages.js";
import type { Committed } from "./commits.js";
import type { ConsumerConfig, Place } from "./consumer-config.js";
import { type ConsumerContext, METADATA } from "./consumer-context.js";
import { CONSUMER_TIMER, type ConsumerSink } from "./consumer-sink.js";
import { Fetches } from "./fetches.js";
import { GroupClient } from "./group-client.js";
import type { MembershipCounts } from "./membership.js";
import { type LoopUser, PollLoop } from "./poll-loop.js";
import { type PolledRecord, Position } from "./position.js";
import type { PolledRecords } from "./polled-records.js";
import { begin } from "./seek.js";

interface Seek {
  readonly topic: string | undefined;
  readonly place: Place;
  readonly finished: (now: Instant) => void;
}

export class Consumer implements ParticipantMachine, ConnectionUser<ConsumerContext>, LoopUser {
  readonly #config: ConsumerConfig;
  readonly #sink: ConsumerSink;
  readonly connections: Connections<ConsumerContext>;
  readonly #metadata: Metadata<ConsumerContext>;
  readonly #fetches: Fetches;
  readonly #loop: PollLoop;
  readonly #group: GroupClient | undefined;
  readonly #known = new Set<number>();
  /** Topics that all of their partitions' positions were known of. */
  readonly #ready = new Set<string>();
  readonly #seeks: Seek[] = [];
  #stopped: ((now: Instant) => void) | undefined;

  /** `reader`: on whose behalf it reads. */
  constructor(sink: ConsumerSink, config: ConsumerConfig, reader: number) {
    this.#sink = sink;
    this.#config = config;
    this.connections = new Connections(sink, config.connection, this);
    const { connections } = this;
    const metadata = new Metadata<ConsumerContext>(
      sink,
      config,
      connections,
      METADATA,
      CONSUMER_TIMER.metadata,
    );
    const end = (why: string, now: Instant): void => this.#end(why, now);
    const fetches = new Fetches(config, sink, connections, metadata, reader, end);
    const loop = new PollLoop(config.application, sink, this);
    this.#metadata = metadata;
    this.#fetches = fetches;
    this.#loop = loop;
    const { group } = config;
    const surroundings = { config, sink, connections, metadata, fetches, loop, end };
    this.#group = group === undefined ? undefined : new GroupClient(group, surroundings);
  }

  /** Keys that have a value in a table of what it has read. */
  get keysHeld(): number {
    return this.#fetches.buffer.table.size;
  }

  start(now: Instant): void {
    this.#metadata.refresh(now);
    this.#group?.start(now);
    this.#loop.start(now);
  }

  /** The process has died, and with it the positions and what was worked on. */
  crashed(now: Instant): void {
    this.#group?.forget(now);
    this.connections.forget();
    this.#metadata.forget();
    this.#fetches.forget();
    this.#loop.forget();
    this.#known.clear();
    this.#ready.clear();
    this.#seeks.length = 0;
    this.#fetches.buffer.table.forget();
    this.#stopped = undefined;
  }

  /** Records that another replica than the leader has sent. */
  get fromFollowers(): number {
    return this.#fetches.fromFollowers;
  }

  get lag(): number {
    return this.#fetches.lag;
  }

  get membership(): MembershipCounts {
    return this.#group ?? NO_GROUP;
  }

  /** Partitions that are its own, as far as it knows, with where it is in them. */
  get owned(): readonly { readonly name: string; readonly offset: number }[] {
    return [...this.#fetches.positions.values()].map(({ name, offset }) => ({ name, offset }));
  }

  /** Who it takes itself to be in its group. */
  get memberId(): string {
    return this.#group?.memberId ?? "";
  }

  /** Calls `visit` for each record that was fetched and that the application is not done with. */
  eachHeld(visit: (message: Message) => void): void {
    this.#loop.eachUnfinished(visit);
    this.#fetches.buffer.each(visit);
  }

  /** To go on elsewhere, from the next poll on; in one topic or in all. */
  seek(topic: string | undefined, place: Place, finished: (now: Instant) => void, now: Instant): void {
    this.#seeks.push({ topic, place, finished });
    this.#loop.wake(now);
  }

  // Of the application's worker

  /** What it was at is over; see `Worker`. */
  resume(progress: "done" | "dropped", now: Instant): void {
    this.#loop.resume(progress, now);
  }

  /** There is something to be done before poll returns the next records. */
  wake(now: Instant): void {
    this.#loop.wake(now);
  }

  /** Who commits; undefined: nobody whose commits count. */
  get identity(): MemberIdentity | undefined {
    return this.#group?.identity;
  }

  /** Goes on at what its group has committed; what was polled and is not done, and what was fetched, is dropped. */
  rewind(now: Instant): void {
    this.#loop.abandon();
    this.#group?.rewind(now);
  }

  /** Commits offsets of partitions that are its own; tries again until `deadline`, once if that is -Infinity. */
  commitOffsets(
    offsets: ReadonlyMap<string, number>,
    deadline: Instant,
    done: Committed,
    now: Instant,
  ): void {
    this.#group?.commitOffsets(offsets, deadline, done, now);
  }

  /** Goes on at `offset` in one of its partitions. To be called between polls. */
  goTo(partition: string, offset: number, now: Instant): void {
    for (const position of this.#fetches.positions.values()) {
      if (position.name !== partition) continue;
      this.#fetches.buffer.drop(position);
      begin(position, { to: "offset", offset }, this.#sink, now);
    }
  }

  /** It has polled all that was below the high watermarks of its topics when it was last told of those. */
  get isAtEnd(): boolean {
    const { positions } = this.#fetches;
    const whole = this.#config.topics.every((topic) => this.#metadata.partitionsOf(topic).length > 0);
    return whole && [...positions.values()].every(({ isAtEnd }) => isAtEnd);
  }

  /** The application meets an error that it does not survive. */
  fail(why: string, now: Instant): void {
    this.#end(why, now);
  }

  /** The application is to end when it is done with what it has polled; it closes its consumer. */
  stop(stopped: (now: Instant) => void, now: Instant): void {
    this.#stopped = stopped;
    if (this.#loop.hasEnded) stopped(now);
    else this.#loop.wake(now);
  }

  // ParticipantMachine

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.connections.timerFired(kind, id, now)) return;
    switch (kind) {
      case CONSUMER_TIMER.metadata:
        return this.#metadata.timerFired(now);
      case CONSUMER_TIMER.retry:
        return this.#fetches.pump(now);
      case CONSUMER_TIMER.processing:
      case CONSUMER_TIMER.worker:
        return this.#loop.timerFired(kind, now);
      default:
        this.#group?.timerFired(kind, now);
        this.#loop.wake(now);
    }
  }

  // ConnectionUser

  connectionReady(peer: number, now: Instant): void {
    this.#metadata.pursue(now);
    this.#group?.connectionReady(peer, now);
    this.#fetches.pump(now);
  }

  answered(peer: number, context: ConsumerContext, response: Response, now: Instant): void {
    if (context.kind === "metadata") {
      if (response.api === "Metadata") this.#learn(response.body, now);
    } else if (context.kind === "leader") {
      this.#fetches.answered(peer, response, now);
      this.#noteReady(now);
    } else this.#group?.answered(context, response, now);
    this.#loop.wake(now);
    this.#fetches.pump(now);
  }

  connectionLost(peer: number, unanswered: readonly ConsumerContext[], now: Instant): void {
    if (unanswered.some(({ kind }) => kind === "metadata")) this.#metadata.unanswered(now);
    this.#metadata.refresh(now);
    this.#group?.unanswered(peer, unanswered, now);
    this.#fetches.lost(peer, now);
    this.#fetches.pump(now);
  }

  // LoopUser

  attend(now: Instant): void {
    const stopped = this.#stopped;
    if (stopped !== undefined) {
      this.#loop.forget();
      if (this.#group === undefined) stopped(now);
      else this.#group.close(stopped, now);
      return;
    }
    this.#group?.attend(now);
    for (const { topic, place, finished } of this.#seeks.splice(0)) {
      for (const position of this.#fetches.positions.values()) {
        if (topic !== undefined && topic !== position.topic) continue;
        this.#fetches.buffer.drop(position);
        begin(position, place, this.#sink, now);
      }
      finished(now);
    }
  }

  take(most: number, polled: PolledRecords, now: Instant): void {
    this.#fetches.buffer.take(most, polled);
    // The next ones are asked for before the application gets to work on these.
    if (polled.count > 0) this.#fetches.pump(now);
  }

  commit(record: PolledRecord | undefined, now: Instant): void {
    if (this.#group === undefined) this.#loop.committed(now);
    else this.#group.commit(record, now);
  }

  /** The application has met an error that it does not survive: it closes its consumer. */
  #end(why: string, now: Instant): void {
    if (this.#loop.hasEnded) return;
    this.#loop.forget();
    this.#group?.leave(now);
    this.#sink.ended(why, now);
  }

  #learn(body: Parameters<Metadata<ConsumerContext>["learn"]>[0], now: Instant): void {
    this.#metadata.learn(body, now);
    for (const state of this.#metadata.partitions) {
      const { partition, topic, index, leaderEpoch } = state;
      if (!this.#known.has(partition)) {
        this.#known.add(partition);
        this.#sink.known(topic, index, now);
        if (this.#group === undefined) this.#begin(new Position(state), now);
      }
      this.#fetches.positions.get(partition)?.heed(leaderEpoch);
    }
  }

  /** Without a group, every partition is its own. */
  #begin(position: Position, now: Instant): void {
    this.#fetches.positions.set(position.partition, position);
    const { startFrom, autoOffsetReset } = this.#config;
    if (startFrom !== undefined) begin(position, startFrom, this.#sink, now);
    else if (autoOffsetReset === "none") this.#fetches.reset(position, now);
    else position.ask(autoOffsetReset, POSITION_ASSIGNED);
  }

  #noteReady(now: Instant): void {
    if (this.#ready.size === this.#config.topics.length) return;
    for (const topic of this.#config.topics) {
      const all = this.#metadata.partitionsOf(topic);
      if (this.#ready.has(topic) || all.length === 0) continue;
      if (!all.every(({ partition }) => this.#fetches.positions.get(partition)?.isKnown === true)) continue;
      this.#ready.add(topic);
      this.#sink.ready(topic, now);
    }
  }
}

const NO_GROUP = { commits: { count: 0, failed: 0 }, paused: 0, uncommitted: 0, lowered: 0 };
