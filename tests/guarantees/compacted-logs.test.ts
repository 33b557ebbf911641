/** What compaction may take from a log is missed by no checker, and what it may not is. */
import { describe, expect, it } from "vitest";
import { DELIVERY_LIVE, POSITION_SOUGHT, TRANSACTION_ABORTED } from "../../src/trace/index.js";
import { ANNA, BEN, CARL, LogTelling, runOf, short } from "./log-histories.js";

const MISSING = ["lost-write", "unseen", "poll-skip", "committed-ahead"] as const;

/** Carl reads from the beginning on, for a group that commits at the end. */
function reading(): LogTelling {
  const telling = new LogTelling();
  telling.assign(CARL);
  telling.position(CARL, 0);
  return telling;
}

const missed = (telling: LogTelling): readonly string[] =>
  MISSING.filter((check) => telling.check(check).violations > 0);

describe("a record of a compacted partition", () => {
  it("is not missed when a later one of its key stands there, or when it deletes its key", () => {
    const telling = reading();
    telling.put(0, "a");
    telling.put(1, "b");
    telling.put(2, "b", true);
    const last = telling.put(3, "a");
    telling.poll(CARL, 3, last);
    telling.process(last);
    telling.commit(4);
    expect(missed(telling)).toEqual([]);
  });

  it("is missed when it is the last of its key, and when the partition is none that is compacted", () => {
    const compacted = reading();
    compacted.put(0, "a");
    const other = compacted.put(1, "b");
    compacted.poll(CARL, 1, other);
    compacted.process(other);
    compacted.commit(2);
    expect(missed(compacted)).toEqual(MISSING);
    const plain = reading();
    plain.write(0);
    const last = plain.write(1);
    plain.poll(CARL, 1, last);
    plain.process(last);
    plain.commit(2);
    expect(missed(plain)).toEqual(MISSING);
  });

  it("is missed when only an aborted record of its key, or one of another partition, stands behind it", () => {
    const telling = reading();
    telling.put(0, "a");
    telling.put(5, "a", false, "q");
    const transaction = telling.begin(BEN);
    const aborted = telling.send(BEN);
    telling.history.log.keyed(aborted, "a", false);
    telling.history.log.transactionSent(transaction, aborted);
    telling.history.log.stored(runOf(1, aborted), telling.at);
    telling.end(transaction, TRANSACTION_ABORTED, [aborted]);
    const other = telling.put(3, "b");
    telling.poll(CARL, 3, other);
    telling.process(other);
    telling.commit(4);
    expect(missed(telling)).toEqual(MISSING);
  });

  it("is owed to nobody whose subscription began before it was written, unless it is the last of its key", () => {
    const lost = (deletes: boolean): readonly number[] => {
      const telling = new LogTelling();
      const { history } = telling;
      history.subscribing(CARL, "p", 1, telling.at);
      history.subscribed(CARL, "p", 1, telling.at);
      telling.position(CARL, 0);
      telling.put(0, "a");
      telling.put(1, "b", deletes);
      const last = telling.put(2, "a");
      telling.poll(CARL, 2, last);
      history.delivered(CARL, last, DELIVERY_LIVE, telling.at);
      const { checks, pairs } = telling.conclude();
      const violations = ["at-least-once", "acknowledged-durable", "exactly-once"].map(
        (name) => checks.find(({ check }) => check === name)?.violations ?? NaN,
      );
      const witness = checks.find(({ check }) => check === "at-least-once")?.witness;
      expect(witness?.what.startsWith("anna/p/q1#1 ")).toBe(deletes ? undefined : true);
      return [...violations, pairs.lost, pairs.entitled, pairs.delivered];
    };
    expect(lost(true)).toEqual([0, 0, 0, 0, 1, 1]);
    expect(lost(false)).toEqual([1, 1, 1, 1, 2, 1]);
  });

  it("does not tear the transaction that it was written in", () => {
    const torn = (key: string): number => {
      const telling = reading();
      const transaction = telling.begin();
      const messages = ["a", "b"].map((name, offset) => {
        const message = telling.send();
        telling.history.log.keyed(message, name, false);
        telling.history.log.transactionSent(transaction, message);
        telling.history.log.stored(runOf(offset, message), telling.at);
        return message;
      });
      telling.end(transaction, undefined, messages);
      telling.poll(CARL, 0, ...messages.slice(0, 1));
      telling.poll(CARL, 3, telling.put(3, key));
      return telling.check("torn-transaction").violations;
    };
    expect([torn("b"), torn("c")]).toEqual([0, 1]);
  });
});

describe("a skip that is looked at before all is told", () => {
  /** More gaps than are kept, each of a record that a much later one replaces, and that nobody was told of so far. */
  const gaps = (replaced: boolean): LogTelling => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const keys = 9_000;
    for (let n = 0; n < keys; n++) {
      telling.put(2 * n, `key ${n}`);
      telling.poll(CARL, 2 * n + 1, telling.put(2 * n + 1, "x"));
    }
    for (let n = 0; n < keys; n++) {
      if (replaced || n !== 70) telling.poll(CARL, 2 * keys + n, telling.put(2 * keys + n, `key ${n}`));
    }
    return telling;
  };

  it("is judged by what is known at the end", () => {
    expect(short(gaps(true).check("poll-skip"))).toEqual(["holds", 18_000, 0]);
    expect(short(gaps(false).check("poll-skip"))).toEqual(["violated", 17_999, 1]);
  });
});

describe("runs that were forgotten", () => {
  it("still tell which records were replaced, and by whom", () => {
    const telling = new LogTelling();
    telling.position(CARL, 0);
    const [first] = [telling.put(0, "a"), telling.put(1, "b")];
    telling.poll(CARL, 0, first);
    telling.poll(CARL, 2, telling.put(2, "b"));
    // Each a run of its own: two producers in turn.
    for (let n = 3; n < 70_000; n++) telling.poll(CARL, n, telling.write(n, n % 2 === 0 ? ANNA : BEN));
    for (const check of ["lost-write", "poll-skip", "unseen"])
      expect(telling.check(check).violations).toBe(0);
  });
});

describe("last-value", () => {
  it("is violated by a reader that had got a record of the key and passes the last one", () => {
    const telling = reading();
    telling.poll(CARL, 0, telling.put(0, "a"));
    telling.put(1, "a", true);
    telling.poll(CARL, 2, telling.put(2, "b"));
    expect(short(telling.check("last-value"))).toEqual(["violated", 2, 1]);
    expect(telling.check("last-value").witness?.what).toBe(
      "carl got offset 0 of p, read on beyond 1, and did not get what stands there: anna/p/q1#1, the last " +
        "record of the same key.",
    );
  });

  it("holds of one that gets the last record, or never had one of the key", () => {
    const telling = reading();
    telling.put(0, "a");
    telling.put(1, "a", true);
    telling.poll(CARL, 2, telling.put(2, "b"));
    telling.put(3, "b");
    telling.poll(CARL, 4, telling.put(4, "b"));
    expect(short(telling.check("last-value"))).toEqual(["holds", 1, 0]);
  });

  it("asks nothing of what the application sought past, or of what is still to be read", () => {
    const telling = reading();
    telling.poll(CARL, 0, telling.put(0, "a"));
    telling.put(1, "a");
    telling.position(CARL, 2, POSITION_SOUGHT);
    telling.poll(CARL, 2, telling.put(2, "b"));
    telling.put(3, "b");
    expect(short(telling.check("last-value"))).toEqual(["unknown", 0, 0]);
  });
});
