/** The broker on a node: binds the machine to the network, the disk, the timers, the application and the trace. */
import {
  type Duration,
  type Instant,
  MICROSECOND,
  type TimerOwner,
  type TimerSlot,
} from "../../../src/kernel/index.js";
import { type DiskFile, EPOCH, type InputTarget } from "../../../src/host/index.js";
import type { Operation, OptionValues, Place, Program } from "../../../src/model/index.js";
import type { Channel, ChannelUser } from "../../../src/network/index.js";
import type { Application, Content } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { DiskLogDirectory, type LogDirectory } from "../log/log-directory.js";
import { type BrokerCosts, answerCost, requestCost } from "../costs.js";
import { NOTE } from "../notes.js";
import { BROKER_SERVICE, CLIENT_SERVICE, Participant, SOCKET_OPTIONS } from "../participant.js";
import type { Request, Response } from "../protocol/frames.js";
import { BROKER_TIMER_NAMES, type BrokerSink } from "./broker-sink.js";
import type { BrokerConfig } from "./broker-config.js";
import { Broker } from "./broker.js";
import { commandOf } from "./commands.js";

const EVERYBODY = -1;
/** `{"version":"0","brokerEpoch":"1"}`, about. */
const ENDING_BYTES = 32;

export class BrokerProgram extends Participant implements Program, BrokerSink {
  protected readonly machine: Broker;
  protected override readonly service: string = BROKER_SERVICE;
  /** By connection: those that others have opened. */
  readonly #clients = new Map<number, Channel>();
  readonly #acceptingClients: ChannelUser;
  readonly #acceptingBrokers: ChannelUser;
  readonly #costs: BrokerCosts;
  readonly #disk: InputTarget<undefined>;
  #directory: DiskLogDirectory | undefined;
  /** Ends the process once it has done what it is at. */
  readonly #fatal: TimerOwner = { timerFired: (_kind, _id, now) => this.place.node.crash(now) };
  #halt: TimerSlot | undefined;
  #connections = 0;
  #truncated = 0;
  #diverging = 0;
  #elected = 0;
  #isrChanges = 0;
  #torn = 0;
  #recovered = 0;
  #deleted = 0;
  #compacted = 0;
  #expired = 0;
  #diskFailures = 0;
  #rebalances = 0;
  #lowered = 0;
  #timedOut = 0;

  constructor(place: Place, config: BrokerConfig) {
    super(place, [...CONNECTION_TIMERS, ...BROKER_TIMER_NAMES]);
    this.#costs = config.costs;
    this.machine = new Broker(this, config);
    this.#disk = { input: (id, _content, now) => this.machine.transferred(id, now) };
    this.#acceptingClients = this.#listener((channel) => this.machine.handler.accepted(channel.tag));
    this.#acceptingBrokers = this.#listener(() => undefined);
  }

  // Program

  start(now: Instant): void {
    const { network, node } = this.place;
    network.listen(node, CLIENT_SERVICE, this.#acceptingClients, SOCKET_OPTIONS);
    network.listen(node, BROKER_SERVICE, this.#acceptingBrokers, SOCKET_OPTIONS);
    this.machine.start(now);
  }

  crashed(_now: Instant): void {
    this.forget();
    this.#clients.clear();
    this.#directory?.close();
    if (this.#halt !== undefined) this.place.timers.release(this.#halt);
    this.#halt = undefined;
    this.machine.crashed();
  }

  stopping(now: Instant, stopped: (now: Instant) => void): void {
    this.#note(NOTE.stopping, () => "asks to end");
    this.machine.end(stopped, now);
  }

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    const command = commandOf(activity, options, this.place, finished);
    return { perform: (now) => this.machine.command(command, now) };
  }

  /**
   * What a leader holds beyond where a recipient reads is still to be read by it, and what stands beyond the offsets
   * that a group has committed may be. A partition that nobody has read is held for everybody.
   */
  reportHeld(application: Application): void {
    for (const { leads, state } of this.machine.replicas) {
      if (!leads) continue;
      let read = false;
      for (const [reader, offsets] of this.machine.handler.consumed) {
        const offset = offsets.get(state.partition);
        if (offset === undefined) continue;
        read = true;
        this.#hold(application, reader, state.partition, offset);
      }
      if (!read) this.#hold(application, EVERYBODY, state.partition, 0);
    }
    for (const { name, offsets } of this.groups) {
      const group = application.recipient(name);
      for (const { partition, offset } of offsets) this.#hold(application, group, partition, offset);
    }
  }

  /** The groups that it coordinates, and what they have committed. */
  get groups(): Broker["groups"] {
    return this.machine.groups;
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      kafka_truncated_records: this.#truncated,
      kafka_diverging_records: this.#diverging,
      kafka_leader_elections: this.#elected,
      kafka_isr_changes: this.#isrChanges,
      kafka_torn_tails: this.#torn,
      kafka_recovered_bytes: this.#recovered,
      kafka_segments_deleted: this.#deleted,
      kafka_records_compacted: this.#compacted,
      kafka_producers_expired: this.#expired,
      kafka_disk_failures: this.#diskFailures,
      kafka_rebalances: this.#rebalances,
      kafka_commits_lowered: this.#lowered,
      kafka_transactions_fenced: this.#timedOut,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    let led = 0;
    let uncommitted = 0;
    let bytes = 0;
    for (const replica of this.machine.replicas) {
      bytes += replica.log.bytes;
      if (!replica.leads) continue;
      led++;
      uncommitted += replica.log.endOffset - replica.highWatermark;
    }
    return { kafka_partitions_led: led, kafka_uncommitted_records: uncommitted, kafka_log_bytes: bytes };
  }

  snapshot(): unknown {
    return [...this.machine.replicas].map((replica) => {
      const { state, leads, highWatermark, lastStableOffset, maximalIsr, log } = replica;
      return {
        partition: `${state.topic}-${state.index}`,
        leads,
        lastStableOffset,
        leaderEpoch: state.leaderEpoch,
        isr: state.isr,
        maximalIsr,
        highWatermark,
        logStartOffset: log.startOffset,
        logEndOffset: log.endOffset,
        log: log.entries,
        producers: log.producers.snapshot(),
      };
    });
  }

  protected override answerCost(response: Response): Duration {
    return answerCost(this.#costs, response);
  }

  // BrokerSink

  respond(connection: number, response: Response): void {
    this.#clients.get(connection)?.send(response);
  }

  disconnect(connection: number): void {
    this.#clients.get(connection)?.close();
    this.#clients.delete(connection);
  }

  transfer(bytes: number, sync: boolean, id: number): boolean {
    return this.place.node.disk.transfer(bytes, sync, this.#disk, id, this.place.simulation.now);
  }

  openDirectory(): LogDirectory {
    const { node, simulation, timers } = this.place;
    this.#directory = new DiskLogDirectory(node, simulation, timers, () => this.diskFailed());
    return this.#directory;
  }

  clock(): Instant {
    const { node, simulation } = this.place;
    return (node.wallClock(simulation.now) - EPOCH) * MICROSECOND;
  }

  diskFailed(): void {
    const { timers, simulation } = this.place;
    if (this.#halt !== undefined) return;
    this.#diskFailures++;
    this.#halt = timers.create(this.#fatal, 0, 0);
    timers.set(this.#halt, simulation.now);
    this.#note(NOTE.diskFailed, () => "halts: its disk takes no more");
  }

  recovered(bytes: number, damaged: boolean): void {
    this.#recovered += bytes;
    if (damaged) this.#torn++;
  }

  deleted(partition: number, segments: number, startOffset: number): void {
    this.#deleted += segments;
    this.#note(
      NOTE.deleted,
      () => `deletes ${segments} segments of p${partition}, which now starts at ${startOffset}`,
    );
  }

  cleaned(partition: number, records: number): void {
    this.#compacted += records;
    this.#note(NOTE.cleaned, () => `compacts p${partition}: ${records} records go`);
  }

  producersExpired(count: number): void {
    this.#expired += count;
    this.#note(NOTE.producersExpired, () => `forgets ${count} producers`);
  }

  endCleanly(brokerEpoch: number): void {
    const record = this.#endings();
    record.append(brokerEpoch, ENDING_BYTES, this.place.simulation.now);
    record.synced();
  }

  endedInEpoch(): number {
    const record = this.#endings();
    const epoch = record.entries.at(-1) ?? -1;
    record.truncate(0, this.place.simulation.now);
    return epoch;
  }

  leaderElected(partition: number, leaderEpoch: number): void {
    this.#elected++;
    this.#note(NOTE.leaderElected, () => `leads p${partition} in epoch ${leaderEpoch}`);
  }

  truncated(partition: number, records: number, offset: number): void {
    this.#truncated += records;
    this.#note(NOTE.truncated, () => `cuts ${records} records off p${partition}, down to offset ${offset}`);
  }

  diverged(partition: number, follower: number, records: number): void {
    this.#diverging += records;
    this.#note(NOTE.diverged, () => {
      const name = this.place.trace.nodeNames[follower] ?? String(follower);
      return `has p${partition} otherwise than ${name}: ${records} records`;
    });
  }

  isrProposed(partition: number, isr: readonly number[]): void {
    this.#isrChanges++;
    this.#note(NOTE.isrProposed, () => {
      const names = isr.map((id) => this.place.trace.nodeNames[id] ?? String(id));
      return `asks for the in-sync replicas of p${partition} to be ${names.join(", ")}`;
    });
  }

  commitLowered(group: string, partition: number, from: number, to: number): void {
    this.#lowered++;
    this.#note(
      NOTE.commitLowered,
      () => `takes ${to} for committed by ${group} in p${partition} after ${from}`,
    );
  }

  rebalanced(group: string, generation: number, members: number): void {
    this.#rebalances++;
    this.#note(NOTE.rebalanced, () => `${group} begins generation ${generation} with ${members} members`);
  }

  #hold(application: Application, recipient: number, partition: number, from: number): void {
    const log = this.machine.replica(partition)?.log;
    for (const stored of log?.read(from, log.endOffset, Infinity) ?? []) {
      stored.eachRecord((message, place) => {
        if (stored.baseOffset + place >= from) application.held(recipient, message);
      });
    }
  }

  transactionEnded(transactionalId: string, committed: boolean, timedOut: boolean): void {
    if (timedOut) this.#timedOut++;
    this.#note(NOTE.transactionDecided, () => {
      const why = timedOut ? ", against its producer" : "";
      return `${committed ? "commits" : "aborts"} the transaction of ${transactionalId}${why}`;
    });
  }

  #listener(accepted: (channel: Channel) => void): ChannelUser {
    return {
      channelOpened: (channel) => {
        channel.tag = this.#connections++;
        this.#clients.set(channel.tag, channel);
        accepted(channel);
      },
      channelReceived: (channel, content, now) => this.#asked(channel, content, now),
      channelClosed: (channel, _reason, now) => this.#ended(channel, now),
      contentCost: (_channel, content) => requestCost(this.#costs, content as unknown as Request),
    };
  }

  #asked(channel: Channel, content: Content, now: Instant): void {
    if (this.#clients.get(channel.tag) !== channel) return;
    this.machine.receive(channel.tag, content as unknown as Request, now);
  }

  #ended(channel: Channel, now: Instant): void {
    if (this.#clients.get(channel.tag) !== channel) return;
    this.#clients.delete(channel.tag);
    this.machine.handler.closed(channel.tag, now);
  }

  /** What a process that ended in good order leaves behind: the broker epoch in which it did [KIP-966]. */
  #endings(): DiskFile<number> {
    return this.place.node.disk.file<number>("clean-shutdown");
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}
