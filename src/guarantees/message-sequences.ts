/** Messages that an application is told of at once, by the parts of which all can be said at once. */
import type { Message, MessageRun } from "../trace/index.js";
import { PublishedMessage } from "./stream.js";

/** Shorter ones are looked through again. */
const WORTH_KEEPING = 16;

/** A part of an array: messages that were published one after the other in one stream, none of them to be retained. */
interface Sequence {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the longest parts of runs whose messages were published one after the other in one stream, none of them to be
 * retained. Others are parts of their own. One array is told of several times, as a batch is when it is stored, when it is
 * acknowledged, when it is polled and when it is delivered: what was found in it is kept as long as it is.
 */
export class MessageSequences {
  readonly #found = new WeakMap<readonly Message[], Sequence>();

  /** Calls `visit` for those parts, in order. */
  each(run: MessageRun, visit: (sequence: MessageRun) => void): void {
    const { messages, from, to } = run;
    for (let begin = from; begin < to;) {
      const end = this.endOf(run, begin);
      visit(end - begin === to - from ? run : { messages, from: begin, to: end });
      begin = end;
    }
  }

  /** Where the part that begins at `from` ends. */
  endOf({ messages, to }: MessageRun, from: number): number {
    const found = messages.length < WORTH_KEEPING ? undefined : this.#found.get(messages);
    if (found !== undefined && found.from <= from && from < found.to) return Math.min(found.to, to);
    const end = endOfSequence(messages, from);
    if (end - from >= WORTH_KEEPING) this.#found.set(messages, { from, to: end });
    return Math.min(end, to);
  }
}

/** Where those messages of a run end that were published at the same instant as the one at `from`. */
export function endOfInstant({ messages, to }: MessageRun, from: number): number {
  const { publishedAt } = messages[from] as Message;
  let end = from + 1;
  while (end < to && (messages[end] as Message).publishedAt === publishedAt) end++;
  return end;
}

/** Calls `visit` for each message of a run. */
export function eachOf({ messages, from, to }: MessageRun, visit: (message: Message) => void): void {
  for (let place = from; place < to; place++) visit(messages[place] as Message);
}

function endOfSequence(messages: readonly Message[], from: number): number {
  const first = messages[from];
  let end = from + 1;
  if (!isPlain(first)) return end;
  const { stream, index } = first;
  for (; end < messages.length; end++) {
    const message = messages[end] as Message;
    if (message.stream !== stream || message.index !== index + end - from || !isPlain(message)) break;
  }
  return end;
}

function isPlain(message: Message | undefined): message is PublishedMessage {
  return message instanceof PublishedMessage && !message.retain;
}
