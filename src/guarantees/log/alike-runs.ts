/**
 * Runs of records whose messages follow each other in their stream, too, as a producer has written them, and whose
 * places were all told before, or were all not.
 */
import type { RecordRun } from "../../trace/index.js";
import type { MessageSequences } from "../message-sequences.js";
import type { LogPartition } from "./log-partition.js";

/** Calls `visit` for the longest such parts of a run, in order; all of it, if it is one. */
export function eachAlike(
  { order }: LogPartition,
  sequences: MessageSequences,
  run: RecordRun,
  visit: (sequence: RecordRun) => void,
): void {
  const { messages, from, to } = run;
  for (let begin = from; begin < to;) {
    const offset = run.offset + begin - from;
    const length = order.alike(offset, sequences.endOf(run, begin) - begin);
    const end = begin + length;
    visit(length === to - from ? run : { messages, from: begin, to: end, offset });
    begin = end;
  }
}
