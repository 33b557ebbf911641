/**
 * Messages that are overdue: passed over by later ones of their stream, or still awaited when many others had
 * been published. At the end the lost ones are among them, or among the latest of their streams.
 */
import type { Pair } from "./pair.js";
import type { PublishedMessage, Stream } from "./stream.js";

const FEW = 1024;
/** Beyond this many, the latest are forgotten: a witness needs the first. */
const KEPT_MAX = 65_536;

export class Overdue {
  #messages: PublishedMessage[] = [];
  #limit: number = FEW;

  /** A message of a promise with quality 1 or more has been published. */
  published(message: PublishedMessage): void {
    const { stream, index } = message;
    const { recent } = stream;
    // Asked by number: the message that is pushed out was published long ago, and is not looked at in vain.
    while (isAwaited(stream, index - recent.size)) {
      if (!recent.growing) {
        const pushedOut = recent.find(index - recent.size);
        if (pushedOut !== undefined) this.#add(pushedOut);
        break;
      }
      recent.grow();
    }
    recent.add(message);
  }

  /** The same of messages that follow each other in one stream. */
  publishedAll(messages: readonly PublishedMessage[]): void {
    const last = messages.at(-1);
    if (last === undefined) return;
    const { recent } = last.stream;
    // Who awaits a message awaits all later ones: if nobody awaits what the last one pushes out, nor what the others do.
    if (isAwaited(last.stream, last.index - recent.size))
      for (const message of messages) this.published(message);
    else recent.addAll(messages);
  }

  /** Message `index` has been delivered before others, from `pair.highest` on. */
  passed({ highest, stream, entitledFrom }: Pair, index: number): void {
    for (let missing = index - 1; missing > highest && missing >= entitledFrom; missing--) {
      const message = stream.recent.find(missing);
      if (message === undefined) return;
      this.#add(message);
    }
  }

  /** The latest messages of the stream were promised by a session that was forgotten. */
  forgotten({ recent }: Stream): void {
    for (const message of recent.all()) this.#add(message);
  }

  /** The messages whose story is not over, in the order of their publication. */
  unsettled(streams: readonly Stream[]): PublishedMessage[] {
    const latest = streams.flatMap(({ recent }) => recent.all());
    return [...new Set([...this.#messages, ...latest])]
      .filter(isUnsettled)
      .sort((a, b) => a.publishedAt - b.publishedAt || a.stream.index - b.stream.index || a.index - b.index);
  }

  #add(message: PublishedMessage): void {
    if (message.overdue) return;
    message.noteOverdue();
    this.#messages.push(message);
    if (this.#messages.length >= this.#limit) this.#clear();
  }

  #clear(): void {
    const kept = this.#messages.filter(isUnsettled);
    if (kept.length > KEPT_MAX) kept.length = KEPT_MAX;
    this.#messages = kept;
    this.#limit = Math.max(FEW, 2 * kept.length);
  }
}

/** Whether somebody entitled to message `index` has got none as late as it. */
function isAwaited({ pairs }: Stream, index: number): boolean {
  if (index < 0) return false;
  for (let place = 0; place < pairs.length; place++) {
    const pair = pairs[place] as Pair;
    if (pair.highest < index && pair.entitledFrom <= index && pair.quality >= 1) return true;
  }
  return false;
}

/** Not acknowledged yet, or owed to somebody who has not got it. */
function isUnsettled({ stream, index, failed }: PublishedMessage): boolean {
  if (stream.acknowledged?.has(index) !== true) return !failed;
  for (const pair of stream.pairs) if (!pair.has(index) && pair.owes(index)) return true;
  return false;
}
