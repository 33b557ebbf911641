import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal, JournalError } from "../../src/experiment/node/journal.js";
import type { RunRecord } from "../../src/experiment/node/record.js";
import { record } from "./records.js";

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "onceover-journal-"));
  path = join(folder, "journal");
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(): Journal {
  const journal = Journal.open(path, "digest");
  if (typeof journal === "string") throw new Error(journal);
  return journal;
}

function write(records: readonly RunRecord[]): Buffer {
  const journal = Journal.create(path, "digest");
  journal.append(records);
  journal.close();
  return readFileSync(path);
}

describe("the journal of a sweep", () => {
  it("gives back what was written to it, in whatever order", () => {
    const journal = Journal.create(path, "digest");
    journal.append([record(1, 0), record(0, 2)]);
    journal.append([record(0, 0, "späť – ünïcode")]);
    expect(journal.read(0, 0)).toEqual(record(0, 0, "späť – ünïcode"));
    expect(journal.read(0, 2)).toEqual(record(0, 2));
    expect(journal.read(1, 0)).toEqual(record(1, 0));
    expect([journal.has(0, 1), journal.has(1, 0), journal.has(2, 0)]).toEqual([false, true, false]);
    journal.close();
  });

  it("has the same runs when it is opened again, and takes more", () => {
    write([record(0, 0), record(0, 1)]);
    const journal = open();
    journal.append([record(0, 2)]);
    journal.close();
    const again = open();
    expect(again.runs).toBe(3);
    expect([0, 1, 2].map((replication) => again.read(0, replication))).toEqual([
      record(0, 0),
      record(0, 1),
      record(0, 2),
    ]);
    again.close();
  });

  it("cut off at any byte, keeps every run before the cut and makes place for the others", () => {
    const records = [record(0, 0), record(0, 1, "€"), record(1, 0)];
    const whole = write(records);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
        writeFileSync(path, whole);
        truncateSync(path, cut);
        const opened = Journal.open(path, "digest");
        if (typeof opened === "string") return opened === "torn" && cut < (ends[0] ?? 0);
        const kept = records.filter((_, i) => (ends[i + 1] ?? 0) <= cut);
        expect(opened.runs).toBe(kept.length);
        opened.append(records.slice(kept.length));
        opened.close();
        return readFileSync(path).equals(whole);
      }),
      {
        seed: 7,
        numRuns: 150,
        examples: [[0], [whole.length], ...ends.map((end): [number] => [end])],
      },
    );
  });

  it("passes over a line that was damaged, whichever byte of it", () => {
    const whole = write([record(0, 0), record(0, 1)]);
    const line = whole.indexOf(10) + 1;
    const end = whole.indexOf(10, line);
    fc.assert(
      fc.property(fc.integer({ min: line, max: end - 1 }), fc.integer({ min: 11, max: 255 }), (at, byte) => {
        const damaged = Buffer.from(whole);
        if (damaged[at] === byte) return;
        damaged[at] = byte;
        writeFileSync(path, damaged);
        const journal = open();
        expect([journal.has(0, 0), journal.has(0, 1)]).toEqual([false, true]);
        journal.close();
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it("is not opened for another experiment, nor when it is not there", () => {
    expect(Journal.open(path, "digest")).toBe("absent");
    write([record(0, 0)]);
    expect(Journal.open(path, "another")).toBe("foreign");
  });

  it("notices that somebody else has changed a line meanwhile", () => {
    write([record(0, 0)]);
    const journal = open();
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = 35;
    writeFileSync(path, bytes);
    expect(() => journal.read(0, 0)).toThrow(JournalError);
    journal.close();
  });
});
