/** Each checker of logs on a small history that breaks it, and on one that does not. */
import { describe, expect, it } from "vitest";
import {
  type Message,
  POSITION_ASSIGNED,
  POSITION_RESET,
  POSITION_SOUGHT,
  TRANSACTION_ABORTED,
  TRANSACTION_COMMITTED,
  TRANSACTION_UNRESOLVED,
} from "../../src/trace/index.js";
import { CHECKS, History } from "../../src/guarantees/index.js";
import { ANNA, BEN, CARL, DORA, LogTelling, runOf, short } from "./log-histories.js";

const told = (telling: LogTelling, check: string): readonly string[] =>
  (telling.check(check).witness?.events ?? []).map(({ type, message, detail }) =>
    [type, message, detail].filter((word) => word !== undefined).join(" "),
  );

describe("the checkers of logs", () => {
  it("conclude where there are logs, in the order of their descriptions, and are unknown of nothing", () => {
    const { checks } = new LogTelling().conclude();
    expect(checks.map(({ check }) => check)).toEqual(CHECKS.map(({ name }) => name));
    expect(new Set(checks.map(({ verdict }) => verdict))).toEqual(new Set(["unknown"]));
    const without = new History(["anna"], () => true).conclude(1).checks.map(({ check }) => check);
    expect(without).toEqual(CHECKS.filter(({ logs }) => logs !== true).map(({ name }) => name));
  });

  it("hold of a log that is written and read as it should be", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const messages = [0, 1, 2, 3].map((offset) => telling.write(offset, offset % 2));
    telling.poll(CARL, 0, ...messages.slice(0, 3));
    telling.poll(CARL, 3, ...messages.slice(3));
    const violated = telling.conclude().checks.filter(({ violations }) => violations > 0);
    expect(violated).toEqual([]);
    const held = telling.conclude().checks.filter(({ verdict }) => verdict === "holds");
    expect(held.map(({ check, atRisk }) => [check, atRisk])).toEqual([
      ["lost-write", 4],
      ["unseen", 4],
      ["duplicate", 4],
      ["inconsistent-offsets", 4],
      ["poll-skip", 2],
      ["int-poll-skip", 2],
      ["nonmonotonic-poll", 2],
      ["int-nonmonotonic-poll", 2],
      ["nonmonotonic-send", 2],
    ]);
  });
});

describe("lost-write", () => {
  it("is an acknowledged record that a reader has passed and nobody polled", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const [first, , third] = [telling.write(0), telling.write(1), telling.write(2)];
    telling.poll(CARL, 0, first);
    telling.poll(CARL, 2, third);
    expect(short(telling.check("lost-write"))).toEqual(["violated", 3, 1]);
    expect(told(telling, "lost-write")).toEqual(["stored anna/p/q1#1 offset 1", "ended"]);
  });

  it("is one that another record took the place of", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    telling.write(0);
    telling.poll(CARL, 0, telling.write(0, BEN));
    expect(short(telling.check("lost-write"))).toEqual(["violated", 2, 1]);
  });

  it("is none that nobody has passed, that a reader began after, or that was not acknowledged", () => {
    const telling = new LogTelling();
    telling.write(0);
    telling.position(CARL, 1);
    const second = telling.write(1);
    telling.sendIn(telling.begin(), 2);
    const fourth = telling.write(3);
    telling.poll(CARL, 1, second);
    telling.poll(CARL, 3, fourth);
    telling.write(4);
    expect(short(telling.check("lost-write"))).toEqual(["holds", 2, 0]);
  });

  it("is none that the application sought past, or that another consumer polled", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    telling.position(DORA, 0);
    const messages = [telling.write(0), telling.write(1), telling.write(2), telling.write(3)] as const;
    telling.poll(CARL, 0, messages[0]);
    telling.position(CARL, 3, POSITION_SOUGHT);
    telling.poll(CARL, 3, messages[3]);
    expect(short(telling.check("lost-write"))).toEqual(["holds", 2, 0]);
    telling.poll(DORA, 0, messages[0]);
    telling.poll(DORA, 3, messages[3]);
    telling.poll(CARL, 1, messages[1], messages[2]);
    expect(short(telling.check("lost-write"))).toEqual(["holds", 4, 0]);
  });
});

describe("unseen", () => {
  it("is an acknowledged record that somebody was to read and nobody polled, once faults have healed", () => {
    const unseen = (healed: boolean): readonly (string | number)[] => {
      const telling = new LogTelling(healed);
      telling.position(CARL, 0);
      telling.poll(CARL, 0, telling.write(0));
      telling.write(1);
      return short(telling.check("unseen"));
    };
    expect(unseen(true)).toEqual(["violated", 2, 1]);
    expect(unseen(false)).toEqual(["unknown", 2, 0]);
  });

  it("is none where nobody reads, and none that stood before everybody's beginning", () => {
    const telling = new LogTelling();
    telling.write(0);
    expect(short(telling.check("unseen"))).toEqual(["unknown", 0, 0]);
    telling.position(CARL, 1);
    telling.poll(CARL, 1, telling.write(1));
    expect(short(telling.check("unseen"))).toEqual(["holds", 1, 0]);
  });
});

describe("committed-ahead", () => {
  const readers = (): LogTelling => {
    const telling = new LogTelling();
    telling.assign(CARL);
    telling.position(CARL, 0);
    return telling;
  };

  it("is a commit past a record that the group never is done with", () => {
    const telling = readers();
    const [first, second] = [telling.write(0), telling.write(1)];
    telling.poll(CARL, 0, first, second);
    telling.process(first);
    telling.commit(2);
    expect(short(telling.check("committed-ahead"))).toEqual(["violated", 2, 1]);
    expect(told(telling, "committed-ahead")).toEqual([
      "polled anna/p/q1#1 offset 1",
      "committed p offset 2",
      "ended",
    ]);
  });

  it("is none where the work is done before or after, by whichever member, or below where the group began", () => {
    const telling = new LogTelling();
    telling.write(0);
    telling.assign(CARL);
    telling.position(CARL, 1);
    const [first, second, third] = [telling.write(1), telling.write(2), telling.write(3)];
    telling.poll(CARL, 1, first, second, third);
    telling.process(first);
    telling.commit(3);
    telling.process(second);
    expect(short(telling.check("committed-ahead"))).toEqual(["holds", 2, 0]);
  });

  it("does not ask for what a control record or an aborted transaction takes up", () => {
    const telling = readers();
    const first = telling.write(0);
    const transaction = telling.begin(BEN);
    const aborted = telling.sendIn(transaction, 1, BEN);
    telling.end(transaction, TRANSACTION_ABORTED, [aborted]);
    const last = telling.write(3);
    telling.poll(CARL, 0, first);
    telling.poll(CARL, 3, last);
    for (const message of [first, last]) telling.process(message);
    telling.commit(4);
    expect(short(telling.check("committed-ahead"))).toEqual(["holds", 2, 0]);
    expect(short(telling.check("poll-skip"))).toEqual(["holds", 2, 0]);
    expect(short(telling.check("lost-write"))).toEqual(["holds", 2, 0]);
  });
});

describe("duplicate and inconsistent-offsets", () => {
  it("tell one record at two offsets, and two at one", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const first = telling.write(0);
    telling.poll(CARL, 0, first, first);
    telling.write(5);
    telling.poll(DORA, 5, telling.send(BEN));
    expect(short(telling.check("duplicate"))).toEqual(["violated", 3, 1]);
    expect(told(telling, "duplicate")).toEqual([
      "published anna/p/q1#0",
      "polled anna/p/q1#0 offset 0",
      "polled anna/p/q1#0 offset 1",
    ]);
    expect(short(telling.check("inconsistent-offsets"))).toEqual(["violated", 2, 1]);
    expect(told(telling, "inconsistent-offsets")).toEqual([
      "stored anna/p/q1#1 offset 5",
      "polled ben/p/q1#0 offset 5",
    ]);
  });

  it("take no offence at one record that many read", () => {
    const telling = new LogTelling();
    const messages = [0, 1, 2].map((offset) => telling.write(offset));
    for (const consumer of [CARL, DORA, CARL]) {
      telling.position(consumer, 0);
      telling.poll(consumer, 0, ...messages);
    }
    expect(short(telling.check("duplicate"))).toEqual(["holds", 3, 0]);
    expect(short(telling.check("inconsistent-offsets"))).toEqual(["holds", 9, 0]);
  });
});

describe("aborted-read", () => {
  it("is a poll of a record that has failed, or fails later", () => {
    const telling = new LogTelling();
    const [first, second, third] = [telling.send(), telling.send(), telling.send()];
    telling.poll(CARL, 0, first, third);
    telling.failed(first);
    telling.failed(second);
    expect(short(telling.check("aborted-read"))).toEqual(["violated", 2, 1]);
    telling.poll(CARL, 2, second);
    expect(short(telling.check("aborted-read"))).toEqual(["violated", 2, 2]);
  });

  it("is not at risk where nothing fails, and holds where nobody polls what did", () => {
    const telling = new LogTelling();
    telling.poll(CARL, 0, telling.send());
    expect(short(telling.check("aborted-read"))).toEqual(["unknown", 0, 0]);
    telling.failed(telling.send());
    expect(short(telling.check("aborted-read"))).toEqual(["holds", 1, 0]);
  });
});

describe("polls", () => {
  type Five = readonly [Message, Message, Message, Message, Message];
  const written = (): readonly [LogTelling, Five] => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    return [telling, [0, 1, 2, 3, 4].map((offset) => telling.write(offset)) as unknown as Five];
  };
  const kinds = ["poll-skip", "int-poll-skip", "nonmonotonic-poll", "int-nonmonotonic-poll"];
  const found = (telling: LogTelling): readonly number[] =>
    kinds.map((kind) => telling.check(kind).violations);

  it("may not skip a record or go back, between two polls or within one", () => {
    const [telling, [a, b, c, d, e]] = written();
    telling.poll(CARL, 0, a);
    telling.poll(CARL, 2, c);
    expect(found(telling)).toEqual([1, 0, 0, 0]);
    telling.poll(CARL, 1, b);
    expect(found(telling)).toEqual([1, 0, 1, 0]);
    const at = telling.at;
    for (const [offset, message] of [
      [2, c],
      [4, e],
      [3, d],
    ] as const) {
      telling.history.log.polled(CARL, "p", runOf(offset, message), at);
    }
    expect(found(telling)).toEqual([1, 1, 1, 1]);
  });

  it("may skip what is no record, as far as anybody was told by the end", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const late = telling.send();
    telling.poll(CARL, 2, telling.write(2));
    expect(found(telling)).toEqual([0, 0, 0, 0]);
    const other = new LogTelling();
    other.position(CARL, 0);
    const later = other.send();
    other.poll(CARL, 2, other.write(2));
    other.stored(later, 1);
    expect(found(other)).toEqual([1, 0, 0, 0]);
    telling.failed(late);
    expect(found(telling)).toEqual([0, 0, 0, 0]);
  });

  it("may go elsewhere when the application seeks, and when a group assigns the partition anew", () => {
    const [telling, [a, , c, d]] = written();
    telling.poll(CARL, 0, a);
    telling.position(CARL, 2, POSITION_SOUGHT);
    telling.poll(CARL, 2, c);
    telling.assign(CARL);
    telling.position(CARL, 0);
    telling.poll(CARL, 0, a);
    telling.assign(DORA);
    telling.position(DORA, 3);
    telling.poll(DORA, 3, d);
    expect(found(telling)).toEqual([0, 0, 0, 0]);
  });

  it("may not be sent elsewhere by a policy: what a reset skips is skipped", () => {
    const [telling, messages] = written();
    telling.poll(CARL, 0, messages[0]);
    telling.position(CARL, 3, POSITION_RESET);
    telling.poll(CARL, 3, messages[3]);
    expect(found(telling)).toEqual([1, 0, 0, 0]);
    expect(telling.check("poll-skip").witness?.what).toContain("by a reset");
    telling.position(CARL, 1, POSITION_RESET);
    telling.poll(CARL, 1, messages[1]);
    expect(found(telling)).toEqual([1, 0, 1, 0]);
  });

  it("of a group are reset against what the group has read", () => {
    const [telling, messages] = written();
    telling.assign(DORA);
    telling.position(DORA, 0);
    telling.poll(DORA, 0, messages[0], messages[1]);
    telling.revoke(DORA);
    telling.assign(CARL);
    telling.position(CARL, 4, POSITION_RESET);
    telling.poll(CARL, 4, messages[4]);
    expect(found(telling)).toEqual([1, 0, 0, 0]);
  });

  it("that begin by a policy have skipped nothing", () => {
    const [telling, messages] = written();
    telling.position(DORA, 3, POSITION_RESET);
    telling.poll(DORA, 3, messages[3]);
    expect(found(telling)).toEqual([0, 0, 0, 0]);
  });
});

describe("nonmonotonic-send", () => {
  it("is a later send at an earlier offset, in whichever order the offsets are told", () => {
    const inOrder = new LogTelling();
    inOrder.write(5);
    inOrder.write(3);
    expect(short(inOrder.check("nonmonotonic-send"))).toEqual(["violated", 1, 1]);
    const late = new LogTelling();
    const [first, second] = [late.send(), late.send()];
    late.stored(second, 3);
    late.stored(first, 5);
    expect(short(late.check("nonmonotonic-send"))).toEqual(["violated", 1, 1]);
  });

  it("is also seen by who polls what its producer never heard of", () => {
    const telling = new LogTelling();
    const [first, second] = [telling.send(), telling.send()];
    telling.poll(CARL, 0, second, first);
    expect(short(telling.check("nonmonotonic-send"))).toEqual(["violated", 1, 1]);
  });

  it("is none where offsets rise, told late or not, and none of two producers", () => {
    const telling = new LogTelling();
    const [first, second] = [telling.send(), telling.send()];
    telling.stored(second, 5);
    telling.stored(first, 3);
    telling.write(0, BEN);
    telling.write(7);
    expect(short(telling.check("nonmonotonic-send"))).toEqual(["holds", 2, 0]);
  });
});

describe("single-owner", () => {
  it("is broken while two members believe that they own a partition; for how long is measured", () => {
    const telling = new LogTelling();
    telling.assign(CARL);
    telling.assign(DORA);
    telling.revoke(CARL);
    expect(short(telling.check("single-owner"))).toEqual(["violated", 1, 1]);
    expect(telling.history.log.ownerOverlap).toBe(1_000_000);
  });

  it("holds where a partition is given up before it is assigned again, and in two groups", () => {
    const telling = new LogTelling();
    telling.assign(CARL);
    telling.revoke(CARL);
    telling.assign(DORA);
    const other = telling.history.recipient("others");
    telling.history.log.assigned(other, CARL, "p", telling.at);
    expect(short(telling.check("single-owner"))).toEqual(["holds", 1, 0]);
  });
});

describe("time without an owner", () => {
  it("is counted from when the last owner gives a partition up until there is another one, or all is over", () => {
    const telling = new LogTelling();
    telling.assign(CARL);
    telling.revoke(CARL);
    telling.assign(DORA);
    telling.assign(CARL, "q");
    telling.revoke(CARL, "q");
    telling.check("single-owner");
    const { unowned } = telling.history.log;
    // One millisecond of p, and q until the end, which is one later.
    expect(unowned).toBe(2_000_000);
  });

  it("is a standstill of the group while none of its partitions has one", () => {
    const telling = new LogTelling();
    telling.assign(CARL);
    telling.assign(DORA, "q");
    telling.revoke(CARL);
    telling.assign(CARL);
    telling.revoke(CARL);
    telling.revoke(DORA, "q");
    telling.write(0);
    telling.assign(CARL);
    telling.check("single-owner");
    // From when q is given up to when p is assigned again.
    expect(telling.history.log.standstill).toBe(3_000_000);
  });

  it("is none before the first owner, and none while there are two", () => {
    const telling = new LogTelling();
    telling.write(0);
    telling.assign(CARL);
    telling.assign(DORA);
    telling.revoke(CARL);
    telling.check("single-owner");
    expect(telling.history.log.unowned).toBe(0);
  });
});

describe("the lag of a group", () => {
  it("is from what it has committed, or from where it began, to the end of the log", () => {
    const telling = new LogTelling();
    const { log } = telling.history;
    const lag = (): number => log.lags.reduce((sum, each) => sum + each.lag, 0);
    telling.write(0);
    telling.write(1);
    expect(lag()).toBe(0);
    telling.assign(CARL);
    telling.position(CARL, 1);
    expect(lag()).toBe(1);
    telling.write(2);
    telling.write(3, BEN, "q");
    expect(lag()).toBe(2);
    telling.assign(DORA, "q");
    telling.position(DORA, 0, POSITION_ASSIGNED, "q");
    expect([lag(), log.lagMax]).toEqual([6, 6]);
    telling.commit(3);
    telling.commit(4, "q");
    expect([lag(), log.lagMax]).toEqual([0, 6]);
    telling.commit(1);
    expect(lag()).toBe(2);
  });

  it("is not less than nothing, and each group's own", () => {
    const telling = new LogTelling();
    telling.write(0);
    telling.assign(CARL);
    telling.position(CARL, 0);
    telling.commit(5);
    const other = telling.history.recipient("others");
    telling.history.log.assigned(other, DORA, "p", telling.at);
    telling.position(DORA, 0);
    expect(telling.history.log.lags).toEqual([
      { group: telling.group, lag: 0 },
      { group: other, lag: 1 },
    ]);
  });
});

describe("transactions", () => {
  it("may not poll their own records before they are over (precommitted-read)", () => {
    const telling = new LogTelling();
    const transaction = telling.begin();
    const own = telling.sendIn(transaction, 0);
    telling.poll(ANNA, 1, telling.write(1, BEN));
    expect(short(telling.check("precommitted-read"))).toEqual(["holds", 1, 0]);
    telling.poll(ANNA, 0, own);
    expect(short(telling.check("precommitted-read"))).toEqual(["violated", 2, 1]);
    telling.end(transaction, TRANSACTION_COMMITTED, [own]);
    telling.poll(ANNA, 0, own);
    expect(short(telling.check("precommitted-read"))).toEqual(["violated", 2, 1]);
  });

  it.each([TRANSACTION_COMMITTED, TRANSACTION_ABORTED, TRANSACTION_UNRESOLVED])(
    "are torn when a part of them was polled and the rest passed, outcome %s",
    (outcome) => {
      const telling = new LogTelling();
      telling.position(CARL, 0);
      const transaction = telling.begin();
      const [first, second] = [telling.sendIn(transaction, 0), telling.sendIn(transaction, 1)];
      if (outcome === TRANSACTION_UNRESOLVED)
        telling.history.log.transactionEnded(transaction, outcome, telling.at);
      else telling.end(transaction, outcome, [first, second]);
      telling.poll(CARL, 0, first);
      expect(short(telling.check("torn-transaction"))).toEqual(["unknown", 1, 0]);
      telling.poll(CARL, 3, telling.write(3, BEN));
      expect(telling.check("torn-transaction").violations).toBe(1);
    },
  );

  it("are whole when all or none was polled", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const [one, other] = [telling.begin(), telling.begin(BEN)];
    const [first, second] = [telling.sendIn(one, 0), telling.sendIn(one, 2)];
    const aborted = telling.sendIn(other, 1, BEN);
    telling.end(one, TRANSACTION_COMMITTED, [first, second]);
    telling.end(other, TRANSACTION_ABORTED, [aborted]);
    telling.poll(CARL, 0, first);
    telling.poll(CARL, 2, second);
    expect(short(telling.check("torn-transaction"))).toEqual(["holds", 1, 0]);
  });

  it("of which nobody told where they stand are torn when a part was polled by the end", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const transaction = telling.begin();
    const first = telling.sendIn(transaction, -1);
    telling.sendIn(transaction, -1);
    telling.poll(CARL, 0, first);
    expect(telling.check("torn-transaction").verdict).toBe("violated");
  });

  it("may have others' records between theirs (int-send-skip), and are in a cycle then (G0)", () => {
    const telling = new LogTelling();
    const [one, other] = [telling.begin(), telling.begin(BEN)];
    const first = telling.sendIn(one, 0);
    const between = telling.sendIn(other, 1, BEN);
    const last = telling.sendIn(one, 2);
    telling.end(other, TRANSACTION_COMMITTED, [between]);
    telling.end(one, TRANSACTION_COMMITTED, [first, last]);
    expect(short(telling.check("int-send-skip"))).toEqual(["violated", 1, 1]);
    expect(short(telling.check("G0"))).toEqual(["violated", 1, 1]);
    expect(CHECKS.filter(({ allowed }) => allowed !== undefined).map(({ name }) => name)).toEqual([
      "int-send-skip",
      "G0",
      "G1c-ww",
    ]);
  });

  it("one after the other in each partition are in no cycle, three around are", () => {
    const write = (turned: boolean): LogTelling => {
      const telling = new LogTelling();
      const ids = [ANNA, BEN, CARL].map((producer) => telling.begin(producer));
      ["p", "q", "r"].forEach((partition, n) => {
        const [low, high] = turned && n === 2 ? [1, 0] : [0, 1];
        telling.sendIn(ids[n] as number, low, n, partition);
        telling.sendIn(ids[(n + 1) % 3] as number, high, (n + 1) % 3, partition);
      });
      for (const id of ids) telling.end(id);
      return telling;
    };
    expect(write(false).check("G0").verdict).toBe("violated");
    expect(short(write(true).check("G0"))).toEqual(["holds", 2, 0]);
  });

  it("that read each other's records while both are open are in a cycle that is forbidden (G1c)", () => {
    const telling = new LogTelling();
    const [one, other] = [telling.begin(), telling.begin(BEN)];
    const mine = telling.sendIn(one, 0);
    const theirs = telling.sendIn(other, 0, BEN, "q");
    telling.poll(ANNA, 0, theirs);
    telling.poll(BEN, 0, mine);
    telling.end(one, TRANSACTION_COMMITTED, [mine]);
    telling.end(other, TRANSACTION_COMMITTED, [theirs]);
    expect(short(telling.check("G1c"))).toEqual(["violated", 2, 1]);
    expect(telling.check("G1c-ww").violations).toBe(0);
  });

  it("that one reads and precedes are in a cycle that is allowed (G1c-ww)", () => {
    const telling = new LogTelling();
    const [one, other] = [telling.begin(), telling.begin(BEN)];
    const read = telling.sendIn(one, 0, ANNA, "q");
    const before = telling.sendIn(other, 0, BEN);
    const after = telling.sendIn(one, 1);
    telling.end(one, TRANSACTION_COMMITTED, [read, after]);
    telling.poll(BEN, 0, read);
    telling.end(other, TRANSACTION_COMMITTED, [before]);
    expect(short(telling.check("G1c-ww"))).toEqual(["violated", 1, 1]);
    expect([telling.check("G1c").verdict, telling.check("G0").verdict]).toEqual(["holds", "holds"]);
  });
});

describe("the lag", () => {
  it("is the time from acknowledgement to the first poll", () => {
    const telling = new LogTelling();
    const early = telling.send();
    telling.poll(CARL, 0, early);
    const message = telling.write(1);
    telling.now += 9;
    telling.poll(CARL, 1, message);
    telling.poll(DORA, 1, message);
    expect(telling.history.log.realtimeLag.count).toBe(2);
    expect(telling.history.log.realtimeLag.max).toBe(10_000_000);
  });
});
