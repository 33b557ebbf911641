import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageSequences } from "../../src/guarantees/message-sequences.js";
import { PublishedMessage, RetainedMessage, Stream } from "../../src/guarantees/stream.js";
import { Message } from "../../src/trace/index.js";

const STREAMS = [new Stream(0, 0, "s", 1, false), new Stream(1, 0, "t", 1, false)] as const;

/** Kinds of messages: most are plain. */
function made(kind: number, stream: Stream, index: number): Message {
  if (kind === 1) return new RetainedMessage(stream, index, 0, 10, true);
  if (kind === 2) return new Message(stream, index, 0, 10, false);
  return new PublishedMessage(stream, index, 0, 10, false);
}

/** A stretch of one stream with a message of some kind at its end. */
const stretch = fc
  .tuple(fc.constantFrom(...STREAMS), fc.nat(5), fc.integer({ min: 1, max: 40 }), fc.nat(4))
  .map(([stream, first, length, kind]) =>
    Array.from({ length }, (_, n) => made(n === length - 1 ? kind : 0, stream, first + n)),
  );

/** By the definition: each message that does not follow the one before it begins a part of its own. */
function naive(messages: readonly Message[], from: number, to: number): number[] {
  const isPlain = (message: Message): boolean => message instanceof PublishedMessage && !message.retain;
  const begins: number[] = [];
  for (let place = from; place < to; place++) {
    const [before, message] = [messages[place - 1], messages[place]] as [Message, Message];
    const follows =
      place > from &&
      isPlain(before) &&
      isPlain(message) &&
      before.stream === message.stream &&
      before.index + 1 === message.index;
    if (!follows) begins.push(place);
  }
  return begins;
}

describe("the sequences of a run", () => {
  it("are the longest ones, however often and from wherever an array is looked through", () => {
    const places = fc.array(fc.tuple(fc.nat(120), fc.nat(120)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), places, (stretches, asked) => {
        const messages = stretches.flat();
        const sequences = new MessageSequences();
        for (const [one, other] of asked) {
          const [from, to] = [one, other]
            .map((place) => place % (messages.length + 1))
            .sort((a, b) => a - b) as [number, number];
          const found: number[] = [];
          let end = from;
          sequences.each({ messages, from, to }, (sequence) => {
            expect([sequence.messages, sequence.from]).toEqual([messages, end]);
            found.push(sequence.from);
            end = sequence.to;
          });
          expect([found, end]).toEqual([naive(messages, from, to), to]);
        }
      }),
      { seed: 41, numRuns: 300 },
    );
  });
});
