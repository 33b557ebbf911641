export type { EventQueue } from "./event-queue.js";
export { HeapQueue } from "./heap-queue.js";
export { type Actor, type ActorId, type RunEnd, type SimulationLimits, Simulation } from "./simulation.js";
export { type TimerOwner, type TimerSlot, Timers } from "./timers.js";
export { type Duration, type Instant, MICROSECOND, MILLISECOND, NEVER, SECOND, after } from "./time.js";
export type { Chance, ChanceHandle, Decision } from "./chance.js";
export type { Distribution } from "./distribution.js";
