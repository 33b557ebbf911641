/** What a workload is: portions of the same work, done by the project and by the least code that can do it. */

/** What one portion came to. */
export interface Portion {
  /** Units of work: events, messages, distinct deliveries. */
  readonly units: number;
  /** What shows that the work was done right, such as a mean that theory knows. */
  readonly check?: string;
}

export interface Workload {
  readonly name: string;
  /** One portion of the work, through the project. */
  readonly project: () => Portion;
  /** The same work by hand. Absent where a ratio to a limit makes no sense. */
  readonly limit?: () => Portion;
}

/** A figure that is not a rate: measured once, in a process of its own. */
export interface Measurement {
  readonly name: string;
  readonly measure: () => Promise<MeasurementResult> | MeasurementResult;
}

export interface MeasurementResult {
  readonly perCpuSecond?: number;
  /** The figure that the bar is set for. */
  readonly ratio?: number;
  readonly check: string;
}

/** One line of the results, as `--json` prints it; what does not apply is left out. */
export interface BenchResult {
  readonly name: string;
  readonly perCpuSecond?: number;
  readonly limitPerCpuSecond?: number;
  readonly ratio?: number;
  readonly peakRssMB: number;
  readonly check?: string;
}
