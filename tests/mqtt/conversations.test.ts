/** Exchanges that go exactly so. `UPDATE=1` rewrites the files with what the machines say now: read the diff. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { replay } from "./support/conversation.js";

const folder = new URL("./conversations/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

describe("the machines keep to the conversation", () => {
  it.each(files)("%s", (name) => {
    const url = new URL(name, folder);
    const text = readFileSync(url, "utf8");
    const now = replay(text);
    if (process.env["UPDATE"] === "1") writeFileSync(url, now);
    else expect(now).toBe(text);
  });

  it("which has something to say in every file", () => {
    expect(files.length).toBeGreaterThan(5);
    for (const name of files) expect(readFileSync(new URL(name, folder), "utf8")).toMatch(/^(?![#>]).+/m);
  });
});
