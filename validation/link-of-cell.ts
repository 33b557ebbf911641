/**
 * The impaired link of a cell. In the rig publisher and subscriber share it; here each has one of its own, which is
 * the same thing for delay and independent losses. With bursts or little bandwidth the two would meet the same burst
 * and the same queue; that is not modelled.
 */
import type { LinkDefinition } from "../src/experiment/index.js";
import { Fields } from "./fields.js";
import type { MeasuredCell } from "./measured-cell.js";

export interface CellLink {
  /** One way. */
  readonly delayMs: number;
  readonly lossy: boolean;
  /** The directed link between a client and the broker. */
  readonly link: (from: string, to: string) => LinkDefinition;
}

/** The rig's relay releases packets up to so much late, 0.035 ms on average. */
const RELEASED_LATE_MAX_MS = 0.07;

/** Bytes of a packet, for queues that are counted in packets: a PUBLISH of 64 bytes with its headers. */
const PACKET_BYTES = 125;

/** Throws on what it does not know. */
export function linkOf(cell: MeasuredCell): CellLink {
  const fields = new Fields(`${cell.cell}: link`, cell.link);
  const delayMs = fields.number("delay") ?? 0;
  const jitter = fields.number("jitter") ?? 0;
  const loss = fields.number("loss") ?? 0;
  const up = lossForm(fields, "loss0", loss);
  const down = lossForm(fields, "loss1", loss);
  const burst = burstOf(fields);
  const common = {
    delay: `uniform(${delayMs - jitter} ms, ${latest(delayMs + jitter)} ms)`,
    ...optional("bandwidth", bandwidthOf(fields)),
    ...optional("queueLimit", queueOf(fields)),
    ...optional("duplication", fields.number("dup") ?? fields.number("duplicate")),
    ...optional("reorder", fields.boolean("reorder")),
  };
  fields.end();
  const link = (from: string, to: string): LinkDefinition => ({
    from,
    to,
    ...common,
    loss: burst ?? (to === "broker" ? up : down),
  });
  return { delayMs, lossy: up > 0 || down > 0 || burst !== undefined, link };
}

function latest(ms: number): number {
  return Math.round((ms + RELEASED_LATE_MAX_MS) * 1e6) / 1e6;
}

function lossForm(fields: Fields, name: string, fallback: number): number {
  return fields.number(name) ?? fallback;
}

/** Losses in bursts: their share and mean length in packets, or a Gilbert–Elliott chain, by any of its usual letters. */
function burstOf(fields: Fields): LinkDefinition["loss"] | undefined {
  const burst = fields.record("burst") ?? fields.record("bursts") ?? fields.record("ge");
  if (burst === undefined) return undefined;
  const first = (...names: readonly string[]): number | undefined =>
    names.map((name) => burst.number(name)).find((value) => value !== undefined);
  const loss = first("loss");
  const length = first("length", "len", "mean");
  const toBad = first("toBad", "p", "pGB", "p_gb", "gb");
  const toGood = first("toGood", "r", "pBG", "p_bg", "bg");
  const lossGood = first("lossGood", "good", "k") ?? 0;
  const lossBad = first("lossBad", "bad", "h") ?? 1;
  burst.end();
  if (toBad !== undefined && toGood !== undefined)
    return { gilbertElliott: { toBad, toGood, lossGood, lossBad } };
  if (loss !== undefined && length !== undefined) return { burst: { loss, length } };
  throw new Error("bursts need a loss and a length, or the two probabilities of changing state");
}

/** `bandwidth` and `rate` are bit/s, `kbit` and `mbit` what they say. */
function bandwidthOf(fields: Fields): string | undefined {
  const bits = fields.number("bandwidth") ?? fields.number("rate") ?? fields.number("bps");
  const kbit = fields.number("kbit") ?? fields.number("kbps") ?? fields.number("bandwidth_kbit");
  const mbit = fields.number("mbit") ?? fields.number("mbps");
  const rate =
    bits ?? (kbit === undefined ? undefined : 1e3 * kbit) ?? (mbit === undefined ? undefined : 1e6 * mbit);
  return rate === undefined ? undefined : `${rate} bit/s`;
}

/** `queue` counts packets, `queueBytes` bytes. */
function queueOf(fields: Fields): string | undefined {
  const packets = fields.number("queue") ?? fields.number("queuePackets");
  const bytes = fields.number("queueBytes") ?? (packets === undefined ? undefined : packets * PACKET_BYTES);
  return bytes === undefined ? undefined : `${bytes} B`;
}

function optional(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}
