/** What links need of the simulation. */
import type { Chance, Simulation } from "../kernel/index.js";
import type { Trace } from "../trace/index.js";
import type { NetworkStatistics } from "./statistics.js";

export interface LinkSurroundings {
  readonly simulation: Simulation;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;
}
