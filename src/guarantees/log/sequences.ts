/** Runs of records whose messages follow each other in their stream, too: what a producer has written at once. */
import type { RecordRun } from "../../trace/index.js";

/** Calls `visit` for the longest such parts of a run, in order; all of it, if it is one. */
export function eachSequence(run: RecordRun, visit: (sequence: RecordRun) => void): void {
  const { messages, from, to, offset } = run;
  let begin = from;
  while (begin < to) {
    const end = endOf(run, begin);
    visit(
      begin === from && end === to ? run : { messages, from: begin, to: end, offset: offset + begin - from },
    );
    begin = end;
  }
}

function endOf({ messages, to }: RecordRun, from: number): number {
  const first = messages[from];
  if (first === undefined) return to;
  const { stream, index } = first;
  let end = from + 1;
  for (; end < to; end++) {
    const message = messages[end];
    if (message?.stream !== stream || message.index !== index + end - from) break;
  }
  return end;
}
