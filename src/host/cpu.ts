/**
 * A CPU: k cores that serve inputs in the order in which they came, each input on one core for its service
 * time and what its target says that it costs, without pre-emption. An input reaches its target when its service ends.
 */
import {
  type Chance,
  type ChanceHandle,
  type Duration,
  type Instant,
  type TimerOwner,
  type TimerSlot,
  type Timers,
  after,
} from "../kernel/index.js";
import { InputQueue, type Waiting } from "./input-queue.js";
import { type InputTarget, handOver } from "./node.js";
import type { CpuSpec } from "./spec.js";

/** One core: idle while it has no target. */
interface Core {
  readonly timer: TimerSlot;
  target: InputTarget<unknown> | undefined;
  code: number;
  content: unknown;
  /** Where what comes for the target waits until this input is done; undefined unless its inputs stay in order. */
  behind: InputQueue | undefined;
  /** Service time left when the node was paused. */
  left: number;
}

export class Cpu implements TimerOwner {
  readonly #spec: CpuSpec;
  readonly #timers: Timers;
  readonly #chance: Chance;
  readonly #service: ChanceHandle;
  /** Inputs take no time but what their targets say. */
  readonly #free: boolean;
  readonly #waiting = new InputQueue();
  /** Cores that serve a target whose inputs stay in order. */
  #ordering = 0;
  readonly #spare: InputQueue[] = [];
  /** The target that was last found to cost nothing: most inputs in a row are of one. */
  #costless: InputTarget<unknown> | undefined = undefined;
  /** Made when they are first needed; never more than the specification has. */
  readonly #cores: Core[] = [];
  readonly #idle: number[] = [];
  /** Cores that serve no input, made or not. */
  #coresLeft: number;
  #paused = false;
  /** Changes whenever a process dies: what is left of its inputs is void. */
  #incarnation = 0;
  /** What is handed over now goes before anything else that waits. */
  #serving = false;

  /** Draws the service times from `source`. Throws when there is not at least one core. */
  constructor(spec: CpuSpec, timers: Timers, chance: Chance, source: ChanceHandle) {
    if (!(spec.cores >= 1)) throw new Error(`a CPU needs at least one core, not ${spec.cores}`);
    this.#spec = spec;
    this.#coresLeft = spec.cores;
    this.#timers = timers;
    this.#chance = chance;
    this.#service = source;
    this.#free = isFree(spec.service);
  }

  /** Inputs that wait for a core, or for an earlier one of their target. */
  get waiting(): number {
    return this.#cores.reduce((count, { behind }) => count + (behind?.size ?? 0), this.#waiting.size);
  }

  /** Cores that serve an input. */
  get busy(): number {
    return this.#spec.cores - this.#coresLeft;
  }

  /** The same input `times` times. */
  accept(target: InputTarget<unknown>, code: number, content: unknown, times: number, now: Instant): void {
    const incarnation = this.#incarnation;
    let left = times;
    // An input may be the last one that the process handles.
    while (left > 0 && incarnation === this.#incarnation) {
      const behind = this.#behindOf(target);
      if (behind !== undefined) return behind.push(target, code, content, left);
      // What costs nothing occupies no core, but waits for one while all are busy.
      const straight = this.#free && this.#waiting.size === 0 && !this.#paused && this.#coresLeft > 0;
      if (!straight || this.#costOf(target, code, content) > 0) {
        this.#waiting.push(target, code, content, left);
        return this.#serve(now);
      }
      left -= handOver(target, code, content, left, now);
    }
  }

  /** The process has died: whatever was waiting or in service is gone. */
  clear(): void {
    this.#incarnation++;
    this.#waiting.clear();
    this.#paused = false;
    this.#cores.forEach((core, index) => {
      core.behind?.clear();
      if (core.target !== undefined) this.#release(core, index);
    });
  }

  /** Services stop where they are. */
  pause(now: Instant): void {
    this.#paused = true;
    for (const core of this.#cores) {
      if (core.target === undefined) continue;
      core.left = this.#timers.deadline(core.timer) - now;
      this.#timers.cancel(core.timer);
    }
  }

  /** Services go on where they stopped. */
  resume(now: Instant): void {
    this.#paused = false;
    for (const core of this.#cores) {
      if (core.target !== undefined) this.#timers.set(core.timer, after(now, core.left));
    }
    this.#serve(now);
  }

  /** @internal The service on core number `index` has ended. */
  timerFired(_kind: number, index: number, now: Instant): void {
    const core = this.#cores[index] as Core;
    const { target, code, content } = core;
    this.#release(core, index);
    if (target === undefined) return;
    this.#serving = true;
    target.input(code, content, now);
    this.#serving = false;
    this.#serve(now);
  }

  /** Where what comes for the target waits while an earlier one of it is in service; undefined while none is. */
  #behindOf(target: InputTarget<unknown>): InputQueue | undefined {
    if (this.#ordering === 0) return undefined;
    for (const core of this.#cores) {
      if (core.target === target && core.behind !== undefined) return core.behind;
    }
    return undefined;
  }

  /** Starts what there are cores for, and hands over what costs nothing. */
  #serve(now: Instant): void {
    if (this.#serving) return;
    this.#serving = true;
    this.#serveWaiting(now);
    this.#serving = false;
  }

  #serveWaiting(now: Instant): void {
    while (!this.#paused && this.#waiting.size > 0) {
      const { target, code, content } = this.#waiting.head;
      const behind = this.#behindOf(target);
      if (behind !== undefined) {
        behind.push(target, code, content, 1);
        this.#waiting.shift();
        continue;
      }
      if (this.#coresLeft === 0) return;
      const cost = this.#costOf(target, code, content);
      if (this.#free && cost === 0) {
        this.#handOver(this.#waiting.head, now);
        continue;
      }
      const core = this.#takeIdleCore();
      core.target = target;
      core.code = code;
      core.content = content;
      this.#waiting.shift();
      if (target.ordered === true && this.#spec.cores > 1) {
        core.behind = this.#spare.pop() ?? new InputQueue();
        this.#ordering++;
      }
      const service = this.#free ? 0 : this.#chance.duration(this.#service, this.#spec.service);
      this.#timers.set(core.timer, after(now, service + cost));
    }
  }

  /** Of inputs that are all alike the last one stays in line: what the others give the CPU to do comes behind it. */
  #handOver({ target, code, content, times }: Waiting, now: Instant): void {
    if (times === 1) {
      this.#waiting.shift();
      target.input(code, content, now);
      return;
    }
    const incarnation = this.#incarnation;
    const taken = handOver(target, code, content, times - 1, now);
    if (incarnation === this.#incarnation) this.#waiting.shift(taken);
  }

  /** Only while one is. */
  #takeIdleCore(): Core {
    this.#coresLeft--;
    const idle = this.#idle.pop();
    if (idle !== undefined) return this.#cores[idle] as Core;
    const timer = this.#timers.create(this, 0, this.#cores.length);
    const core: Core = { timer, target: undefined, code: 0, content: undefined, behind: undefined, left: 0 };
    this.#cores.push(core);
    return core;
  }

  /** What has come for the core's target meanwhile waits in line again. */
  #release(core: Core, index: number): void {
    this.#timers.cancel(core.timer);
    core.target = undefined;
    core.content = undefined;
    this.#idle.push(index);
    this.#coresLeft++;
    const { behind } = core;
    if (behind === undefined) return;
    core.behind = undefined;
    this.#ordering--;
    behind.moveTo(this.#waiting);
    this.#spare.push(behind);
  }

  #costOf(target: InputTarget<unknown>, code: number, content: unknown): Duration {
    if (target === this.#costless) return 0;
    if (target.cost !== undefined) return target.cost(code, content);
    this.#costless = target;
    return 0;
  }
}

/** Whether a service time is none. */
export function isFree({ kind, ...more }: CpuSpec["service"]): boolean {
  return kind === "constant" && "value" in more && more.value === 0;
}
