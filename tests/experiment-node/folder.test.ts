import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderError, MANIFEST, ResultsFolder } from "../../src/experiment/node/folder.js";
import { record } from "./records.js";

let base = "";
let out = "";
const plain = { resume: false, force: false };
const resume = { resume: true, force: false };
const force = { resume: false, force: true };

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "onceover-folder-"));
  out = join(base, "deep", "results");
});
afterEach(() => rmSync(base, { recursive: true }));

function complete(folder: ResultsFolder, digest: string): void {
  const drafts = folder.drafts();
  writeFileSync(join(drafts, MANIFEST), JSON.stringify({ digest }));
  writeFileSync(join(drafts, "runs.csv"), digest);
  folder.finish();
}

function interrupted(digest: string): void {
  const folder = ResultsFolder.claim(out, digest, plain);
  folder.journal.append([record(0, 0)]);
  folder.leave();
}

describe("a folder of results", () => {
  it("is absent until it is whole, and leaves nothing beside it", () => {
    const folder = ResultsFolder.claim(out, "a", plain);
    writeFileSync(join(folder.drafts(), MANIFEST), JSON.stringify({ digest: "a" }));
    expect(existsSync(out)).toBe(false);
    folder.finish();
    expect(readdirSync(out)).toEqual([MANIFEST]);
    expect(readdirSync(join(base, "deep"))).toEqual(["results"]);
  });

  it("is written anew for the same experiment, with nothing of before in it", () => {
    complete(ResultsFolder.claim(out, "a", plain), "a");
    writeFileSync(join(out, "stray"), "");
    complete(ResultsFolder.claim(out, "a", plain), "a");
    expect(readdirSync(out).sort()).toEqual([MANIFEST, "runs.csv"]);
  });

  it("of another experiment is refused, and replaced by force", () => {
    complete(ResultsFolder.claim(out, "a", plain), "a");
    expect(() => ResultsFolder.claim(out, "b", plain)).toThrow(/another version.*--force/);
    expect(() => ResultsFolder.claim(out, "b", resume)).toThrow(FolderError);
    complete(ResultsFolder.claim(out, "b", force), "b");
    expect(readFileSync(join(out, "runs.csv"), "utf8")).toBe("b");
  });

  it("that holds something else is refused, even by force", () => {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "thesis.tex"), "precious");
    expect(() => ResultsFolder.claim(out, "a", plain)).toThrow(/something else/);
    expect(() => ResultsFolder.claim(out, "a", force)).toThrow(/something else/);
    expect(readFileSync(join(out, "thesis.tex"), "utf8")).toBe("precious");
    expect(() => ResultsFolder.claim("/", "a", force)).toThrow(FolderError);
  });

  it("may be there already if it is empty", () => {
    mkdirSync(out, { recursive: true });
    complete(ResultsFolder.claim(out, "a", plain), "a");
    expect(existsSync(join(out, MANIFEST))).toBe(true);
  });

  it("cannot take the place of a file, or be made below one", () => {
    mkdirSync(join(base, "deep"));
    writeFileSync(out, "");
    expect(() => ResultsFolder.claim(out, "a", force)).toThrow(/not a folder/);
    expect(() => ResultsFolder.claim(join(out, "below"), "a", plain)).toThrow(
      /a part of the path is not a folder/,
    );
  });
});

describe("what an interrupted sweep has left", () => {
  it("is gone on with when asked to, and never discarded by accident", () => {
    interrupted("a");
    expect(() => ResultsFolder.claim(out, "a", plain)).toThrow(/1 finished run.*--resume/);
    const folder = ResultsFolder.claim(out, "a", resume);
    expect(folder.journal.read(0, 0)).toEqual(record(0, 0));
    complete(folder, "a");
    expect(readdirSync(join(base, "deep"))).toEqual(["results"]);
  });

  it("is discarded by force", () => {
    interrupted("a");
    const folder = ResultsFolder.claim(out, "a", force);
    expect(folder.journal.runs).toBe(0);
    folder.leave();
  });

  it("of another experiment is discarded by force only", () => {
    interrupted("a");
    expect(() => ResultsFolder.claim(out, "b", resume)).toThrow(/another version.*--force/);
    ResultsFolder.claim(out, "b", force).leave();
  });

  it("is nothing to keep when no run had finished", () => {
    ResultsFolder.claim(out, "a", plain).leave();
    ResultsFolder.claim(out, "a", plain).leave();
    writeFileSync(join(`${out}.partial`, "journal"), "torn");
    ResultsFolder.claim(out, "a", resume).leave();
  });

  it("is not mistaken for a stranger's folder of that name", () => {
    mkdirSync(`${out}.partial`, { recursive: true });
    writeFileSync(join(`${out}.partial`, "thesis.tex"), "precious");
    expect(() => ResultsFolder.claim(out, "a", force)).toThrow(/in the way/);
    expect(existsSync(join(`${out}.partial`, "thesis.tex"))).toBe(true);
  });
});
