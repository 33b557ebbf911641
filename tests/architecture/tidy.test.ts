/** House rules that linters cannot know. Each failure says what to do. */
import { existsSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;

/** Files that are one idea and longer than the limit, each with the reason. */
const LONGER_FILES: Readonly<Record<string, string>> = {
  "src/kernel/ladder-queue.ts": "one data structure in one buffer, whose inner loops must see each other",
};

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(path));

const sources = tracked.filter((path) => /^(src|models)\/.*\.ts$/.test(path));
const documents = tracked.filter((path) => path.endsWith(".md"));
const experiments = tracked.filter((path) => /^experiments\/[^/]+\.(yaml|ts)$/.test(path));
const text = (path: string): string => readFileSync(path, "utf8");

describe("source files", () => {
  it(`have at most ${FILE_LINES_MAX} lines: open a folder or find the second idea`, () => {
    const long = sources
      .filter((path) => !(path in LONGER_FILES))
      .map((path) => ({ path, lines: text(path).split("\n").length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  it("that are excused from the length limit still need the excuse", () => {
    const excused = Object.keys(LONGER_FILES).filter(
      (path) => !existsSync(path) || text(path).split("\n").length - 1 <= FILE_LINES_MAX,
    );
    expect(excused).toEqual([]);
  });

  it(`have functions of at most ${FUNCTION_LINES_MAX} lines: name the steps`, () => {
    expect(sources.flatMap(longFunctions)).toEqual([]);
  });

  it("are not called utils, helpers, manager or misc: name the idea", () => {
    expect(sources.filter((path) => /(^|\/)(utils?|helpers?|managers?|misc|common)[./]/.test(path))).toEqual(
      [],
    );
  });

  it("leave nothing for later and say nothing twice: no TODO, FIXME, XXX, HACK", () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b/;
    const here = "tests/architecture/tidy.test.ts";
    const code = tracked.filter((path) => /^(src|models|tests|bench|experiments)\/.*\.(ts|yaml)$/.test(path));
    expect(code.filter((path) => path !== here && marks.test(text(path)))).toEqual([]);
  });

  it("open with what they are: a comment before the first line of code, except an index", () => {
    const silent = sources.filter(
      (path) => !path.endsWith("/index.ts") && !/^(#!.*\n)?\/\*\*/.test(text(path)),
    );
    expect(silent).toEqual([]);
  });

  it("use the words of the glossary: no chaos", () => {
    expect(sources.filter((path) => /chaos/i.test(text(path)))).toEqual([]);
  });
});

describe("documents", () => {
  it("have one title each", () => {
    const titles = (path: string): number =>
      text(path)
        .replace(/```[\s\S]*?```/g, "")
        .split("\n")
        .filter((line) => line.startsWith("# ")).length;
    const untitled = documents.filter((path) => titles(path) !== 1);
    expect(untitled).toEqual([]);
  });

  it("link only to what exists", () => {
    const broken = documents.flatMap((path) =>
      [...text(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? "")
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(normalize(join(dirname(path), target))))
        .map((target) => `${path} → ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe("models", () => {
  const headings = [
    "What it models",
    "Scope and limitations",
    "States and messages",
    "Options",
    "Trace events",
    "Checks",
    "Examples",
    "Validation",
  ];
  const models = [...new Set(sources.flatMap((path) => /^models\/([^/]+)\//.exec(path)?.[1] ?? []))];

  it.each(models)("%s has a page with the fixed headings in their order", (model) => {
    const found = [...text(`models/${model}/README.md`).matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    expect(found.filter((heading) => headings.includes(heading ?? ""))).toEqual(headings);
  });

  it.each(models)("%s cites a clause in code exactly if a conformance test names it", (model) => {
    const cited = clauses(sources.filter((path) => path.startsWith(`models/${model}/`)));
    const tested = clauses(tracked.filter((path) => path.startsWith(`tests/${model}/`)));
    expect(cited.filter((clause) => !tested.includes(clause))).toEqual([]);
    expect(tested.filter((clause) => !cited.includes(clause))).toEqual([]);
  });
});

describe("experiments", () => {
  it.each(experiments)("%s has a page on what to see", (path) => {
    expect(existsSync(path.replace(/\.(yaml|ts)$/, ".md"))).toBe(true);
  });

  it.each(experiments)("%s has golden fingerprints", (path) => {
    const name = /([^/]+)\.(yaml|ts)$/.exec(path)?.[1] ?? "";
    expect(text("tests/golden/fingerprints.csv")).toContain(`\n${name},`);
  });
});

/** The clause tags, such as `[MQTT-4.4.0-1]`, that the files cite. */
function clauses(paths: readonly string[]): string[] {
  const tags = paths.flatMap((path) => [...text(path).matchAll(/\[(MQTT-[0-9.]+-[0-9]+)\]/g)]);
  return [...new Set(tags.map((match) => match[1] ?? ""))].sort((a, b) => (a < b ? -1 : 1));
}

function longFunctions(path: string): string[] {
  const file = ts.createSourceFile(path, text(path), ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
      const last = file.getLineAndCharacterOfPosition(node.getEnd()).line;
      if (last - first + 1 > FUNCTION_LINES_MAX) found.push(`${path}:${first + 1} ${last - first + 1} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
