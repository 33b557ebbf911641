/**
 * The node of the simulation: three states (power, process, pause), a gate that every input of the program
 * passes, and, where the scenario asks for them, a CPU and a clock of its own.
 *
 * Nodes with nothing special are small: what is rare (a CPU, inputs held back, a clock that is wrong) is made
 * when it is needed.
 */
import {
  type Chance,
  type Duration,
  type Instant,
  type TimerOwner,
  type TimerSlot,
  type Timers,
  after,
} from "../kernel/index.js";
import { KIND, type Trace } from "../trace/index.js";
import { Clock, perfectClock } from "./clock.js";
import { Cpu, isFree } from "./cpu.js";
import { type Disk, SimulatedDisk } from "./disk.js";
import { InputQueue } from "./input-queue.js";
import { type InputTarget, type Node, handOver } from "./node.js";
import type { DiskSpec, HostSpec } from "./spec.js";

/** What nodes need of the simulation. */
export interface NodeSurroundings {
  readonly timers: Timers;
  readonly chance: Chance;
  readonly trace: Trace;
  /** Told after the program of each process that starts. */
  processStarted?(node: Node, now: Instant): void;
}

/** Whoever runs on the node is told when its process begins and ends. */
export interface NodeProgram {
  /** A process has started: at the beginning of the run, and after each crash. */
  start(now: Instant): void;
  /** The process has ended, or the power with it. No input comes until `start`. */
  crashed(now: Instant): void;
  /** The process is asked to end. Without this it does so at once; with it, when it has called `stopped`. */
  stopping?(now: Instant, stopped: (now: Instant) => void): void;
}

/** What lives below the process: told before the program is. */
export interface NodeSystem {
  processCrashed(now: Instant): void;
  powerLost(now: Instant): void;
}

/** What few nodes have: a CPU, a clock that is wrong, a disk, inputs that wait, something below the process. */
interface NodeExtras {
  system: NodeSystem | undefined;
  cpu: Cpu | undefined;
  clock: Clock | undefined;
  readonly diskSpec: DiskSpec | undefined;
  disk: SimulatedDisk | undefined;
  /** Inputs held back by a pause, where there is no CPU to hold them. */
  detained: InputQueue | undefined;
  /** When a process that was asked to end is killed. */
  killing: TimerSlot | undefined;
}

const RUNNING = 1;
const PAUSED = 2;
const UNPOWERED = 4;
/** Inputs cannot go straight through: there is a CPU, or earlier ones are being handed over. */
const DETAINED = 8;
const CONDITION_BITS = 4;
const CONDITIONS = (1 << CONDITION_BITS) - 1;

/** Codes of node events in the fingerprint. */
const EVENT = {
  "node-crashed": 1,
  "node-lost-power": 2,
  "node-restarted": 3,
  "node-paused": 4,
  "node-resumed": 5,
  "node-lost-disk": 6,
  "node-stopped": 7,
} as const;

export class SimulatedNode implements Node, TimerOwner {
  readonly index: number;
  readonly spec: HostSpec;
  protected readonly surroundings: NodeSurroundings;
  protected program: NodeProgram | undefined;
  /** Bits: what is so. Above them, how many processes have ended. */
  #condition = 0;
  #extras: NodeExtras | undefined;

  /** A node with the power on and no process. `index` is its place among all names in code-unit order. */
  constructor(spec: HostSpec, index: number, surroundings: NodeSurroundings) {
    this.index = index;
    this.spec = spec;
    this.surroundings = surroundings;
    if (spec.disk !== undefined) this.extras(spec.disk);
    if (spec.clock !== undefined) this.extras().clock = new Clock(spec.clock);
    if (spec.cpu !== undefined && (spec.cpu.priced === true || !isFree(spec.cpu.service))) {
      const source = surroundings.chance.source(`node/${spec.name}/service`);
      this.extras().cpu = new Cpu(spec.cpu, surroundings.timers, surroundings.chance, source);
      this.#condition = DETAINED;
    }
  }

  get name(): string {
    return this.spec.name;
  }

  get powered(): boolean {
    return (this.#condition & UNPOWERED) === 0;
  }

  get running(): boolean {
    return (this.#condition & RUNNING) !== 0;
  }

  get paused(): boolean {
    return (this.#condition & PAUSED) !== 0;
  }

  get disk(): Disk {
    const { timers, chance } = this.surroundings;
    const extras = this.extras();
    return (extras.disk ??= new SimulatedDisk(extras.diskSpec, this, timers, chance));
  }

  /** Changes whenever a process ends: what belongs to an earlier one is void. */
  get incarnation(): number {
    return this.#condition >> CONDITION_BITS;
  }

  /** Inputs that wait: for a core, or for the node to resume. */
  get inputsWaiting(): number {
    return this.#extras?.cpu?.waiting ?? this.#extras?.detained?.size ?? 0;
  }

  /** Who is told when the process begins and ends. */
  attachProgram(program: NodeProgram): void {
    this.program = program;
  }

  /** What lives below the process. */
  attachSystem(system: NodeSystem): void {
    this.extras().system = system;
  }

  input<Content>(target: InputTarget<Content>, code: number, content: Content, now: Instant): void {
    if ((this.#condition & CONDITIONS) === RUNNING) target.input(code, content, now);
    else if (this.running) this.detain(target as InputTarget<unknown>, code, content, 1, now);
  }

  inputs<Content>(
    target: InputTarget<Content>,
    code: number,
    content: Content,
    times: number,
    now: Instant,
  ): void {
    if ((this.#condition & CONDITIONS) === RUNNING) {
      for (let left = times; left > 0 && this.running;) left -= handOver(target, code, content, left, now);
    } else if (this.running) this.detain(target as InputTarget<unknown>, code, content, times, now);
  }

  wallClock(now: Instant): number {
    return this.#extras?.clock?.read(now) ?? perfectClock(now);
  }

  /** The process starts, with the power on. Nothing happens if it runs already. */
  start(now: Instant): void {
    if (this.running) return;
    this.#condition = (this.#condition & ~(UNPOWERED | PAUSED)) | RUNNING;
    this.program?.start(now);
    this.surroundings.processStarted?.(this, now);
  }

  /** The process dies; the operating system lives on. Nothing happens if none runs. */
  crash(now: Instant): void {
    if (!this.running) return;
    this.happened("node-crashed", now);
    this.endProcess();
    this.#extras?.disk?.processCrashed();
    this.#extras?.system?.processCrashed(now);
    this.program?.crashed(now);
  }

  /**
   * The process is asked to end, and killed if it has not done so after `limit`. Nothing happens if none runs, or
   * it was asked before.
   */
  stop(limit: Duration, now: Instant): void {
    const extras = this.extras();
    const program = this.program;
    if (!this.running || extras.killing !== undefined) return;
    if (program?.stopping === undefined && !this.paused) return this.stopped(now);
    extras.killing = this.surroundings.timers.create(this, 0, 0);
    this.surroundings.timers.set(extras.killing, after(now, limit));
    // A process that is paused hears of it when it resumes.
    this.input({ input: (_code, _nothing, at) => this.asked(at) }, 0, undefined, now);
  }

  private asked(now: Instant): void {
    const incarnation = this.incarnation;
    if (this.program?.stopping === undefined) return this.stopped(now);
    this.program.stopping(now, (at) => {
      if (incarnation === this.incarnation) this.stopped(at);
    });
  }

  /** @internal A process that was asked to end has taken too long. */
  timerFired(_kind: number, _id: number, now: Instant): void {
    this.crash(now);
  }

  /** The power fails: the process, if one runs, and the operating system die. */
  losePower(now: Instant): void {
    if (!this.powered) return;
    this.happened("node-lost-power", now);
    const ran = this.running;
    this.endProcess();
    this.#condition |= UNPOWERED;
    this.#extras?.disk?.powerLost(now);
    this.#extras?.system?.powerLost(now);
    if (ran) this.program?.crashed(now);
  }

  /** The power fails, and when it is back the disk is an empty one. */
  loseDisk(now: Instant): void {
    this.losePower(now);
    this.happened("node-lost-disk", now);
    this.#extras?.disk?.lost();
  }

  /** Starts the process after a crash; one that runs is ended first. */
  restart(now: Instant): void {
    this.crash(now);
    this.happened("node-restarted", now);
    this.start(now);
  }

  /** The process takes no inputs and loses none. Nothing happens if none runs, or it is paused. */
  pause(now: Instant): void {
    if (!this.running || this.paused) return;
    this.happened("node-paused", now);
    this.#condition |= PAUSED;
    this.#extras?.cpu?.pause(now);
  }

  /** The process takes inputs again, first those that waited, in their order. */
  resume(now: Instant): void {
    if (!this.paused) return;
    this.happened("node-resumed", now);
    this.#condition &= ~PAUSED;
    const cpu = this.#extras?.cpu;
    if (cpu !== undefined) cpu.resume(now);
    else this.handOver(now);
  }

  /** Moves the wall clock by `by`, which may be negative. */
  skew(by: Duration): void {
    const extras = this.extras();
    extras.clock ??= new Clock({ offset: 0, drift: 0 });
    extras.clock.skew(by);
  }

  private detain(
    target: InputTarget<unknown>,
    code: number,
    content: unknown,
    times: number,
    now: Instant,
  ): void {
    const extras = this.extras();
    if (extras.cpu !== undefined) {
      extras.cpu.accept(target, code, content, times, now);
    } else {
      extras.detained ??= new InputQueue();
      extras.detained.push(target, code, content, times);
    }
  }

  /** Inputs that come up meanwhile queue behind those that waited. */
  private handOver(now: Instant): void {
    const extras = this.#extras;
    const queue = extras?.detained;
    if (extras === undefined || queue === undefined) return;
    const incarnation = this.incarnation;
    this.#condition |= DETAINED;
    while (queue.size > 0 && !this.paused && incarnation === this.incarnation) {
      const { target, code, content } = queue.head;
      queue.shift();
      target.input(code, content, now);
    }
    if (incarnation !== this.incarnation) return;
    this.#condition &= ~DETAINED;
    if (queue.size === 0) extras.detained = undefined;
  }

  /** The process has ended by itself. */
  private stopped(now: Instant): void {
    this.happened("node-stopped", now);
    this.endProcess();
    this.#extras?.disk?.processCrashed();
    this.#extras?.system?.processCrashed(now);
    this.program?.crashed(now);
  }

  private endProcess(): void {
    this.#condition += 1 << CONDITION_BITS;
    this.#condition &= ~(RUNNING | PAUSED);
    const extras = this.#extras;
    if (extras?.killing !== undefined) {
      this.surroundings.timers.release(extras.killing);
      extras.killing = undefined;
    }
    if (extras?.cpu !== undefined) {
      extras.cpu.clear();
    } else {
      this.#condition &= ~DETAINED;
      if (extras !== undefined) extras.detained = undefined;
    }
  }

  private extras(diskSpec?: DiskSpec): NodeExtras {
    return (this.#extras ??= {
      system: undefined,
      cpu: undefined,
      clock: undefined,
      diskSpec,
      disk: undefined,
      detained: undefined,
      killing: undefined,
    });
  }

  private happened(type: keyof typeof EVENT, now: Instant): void {
    const { trace } = this.surroundings;
    trace.mix(KIND.node, this.index, EVENT[type], now);
    if (trace.keeping) trace.keep({ type, at: now, node: this.name });
  }
}

/** The nodes of `specs`, numbered in code-unit order of their names. Throws when a name stands twice. */
export function buildNodes(specs: readonly HostSpec[], surroundings: NodeSurroundings): SimulatedNode[] {
  return numbered(specs, (spec, index) => new SimulatedNode(spec, index, surroundings));
}

/** As `buildNodes`, for nodes that are more than that. */
export function numbered<Spec extends HostSpec, Built>(
  specs: readonly Spec[],
  build: (spec: Spec, index: number) => Built,
): Built[] {
  const sorted = [...specs].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sorted.map((spec, index) => {
    if (sorted[index + 1]?.name === spec.name) throw new Error(`two nodes are called ${spec.name}`);
    return build(spec, index);
  });
}
