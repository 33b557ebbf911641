/**
 * The measurements: one record a cell, as `docs/validation/reality-cells.json` has them. Times are milliseconds
 * unless their name says otherwise, probabilities 0..1.
 */

/** Over the replicates of a cell. */
export interface MeasuredValue {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface MeasuredCell {
  readonly cell: string;
  readonly kind: string;
  readonly replicates: number;
  readonly link: Readonly<Record<string, unknown>>;
  readonly load: Readonly<Record<string, unknown>>;
  readonly nodelay?: boolean;
  /** Congestion control of both ends. */
  readonly cc?: string;
  /** Lines of the broker's configuration file. */
  readonly brokerConf?: readonly string[];
  readonly outages_per_replicate?: readonly (readonly Outage[])[];
  readonly outages?: readonly Outage[];
  readonly killSub?: readonly Kill[];
  readonly messages_total: number;
  /** The rest by name, such as `latency_mean_ms`. */
  readonly [name: string]: unknown;
}

/** From when on, counted from the first slot, and how long the link carries nothing. */
export interface Outage {
  readonly at: number;
  readonly len: number;
}

/** When the subscriber's process is killed, and after how long it is started again. */
export interface Kill {
  readonly at: number;
  readonly down: number;
}

/** A measured value; undefined where the cell has none. */
export function measured(cell: MeasuredCell, name: string): MeasuredValue | undefined {
  return cell[name] as MeasuredValue | undefined;
}

/** Messages published in one run. */
export function messagesOf(cell: MeasuredCell): number {
  return cell.load["count"] as number;
}

/** The larger of the two directions' loss probabilities. */
export function lossOf({ link }: MeasuredCell): number {
  const both = numberOr(link["loss"], 0);
  return Math.max(numberOr(link["loss0"], both), numberOr(link["loss1"], both));
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
