/** Messages that an application is told of at once, by the parts of which all can be said at once. */
import type { Message, MessageRun } from "../trace/index.js";
import { PublishedMessage } from "./stream.js";

/**
 * Calls `visit` for the longest parts of a run, in order, whose messages were published one after the other in one
 * stream, none of them to be retained. Others are parts of their own.
 */
export function eachSequence(run: MessageRun, visit: (sequence: MessageRun) => void): void {
  const { messages, from, to } = run;
  for (let begin = from; begin < to;) {
    const end = endOfSequence(run, begin);
    visit(end - begin === to - from ? run : { messages, from: begin, to: end });
    begin = end;
  }
}

/** Calls `visit` for each message of a run. */
export function eachOf({ messages, from, to }: MessageRun, visit: (message: Message) => void): void {
  for (let place = from; place < to; place++) visit(messages[place] as Message);
}

/** Where the part that begins at `from` ends. */
export function endOfSequence({ messages, to }: MessageRun, from: number): number {
  const first = messages[from];
  let end = from + 1;
  if (!isPlain(first)) return end;
  const { stream, index } = first;
  for (; end < to; end++) {
    const message = messages[end];
    if (!isPlain(message) || message.stream !== stream || message.index !== index + end - from) break;
  }
  return end;
}

function isPlain(message: Message | undefined): message is PublishedMessage {
  return message instanceof PublishedMessage && !message.retain;
}
