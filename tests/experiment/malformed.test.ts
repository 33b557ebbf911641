/**
 * Files that are wrong, each with the message that it is refused with, to the letter. In `malformed/`, NAME.txt
 * belongs to NAME.yaml (`npx vitest run tests/experiment/malformed.test.ts -u` rewrites them: read the difference); what cannot lie in the repository (programs that do not compile, large files, symbolic
 * links) is written here.
 */
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesOf, PAIR, refusalOf } from "./load.js";

const FOLDER = new URL("malformed", import.meta.url).pathname;
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

describe("the corpus of malformed files", () => {
  it("holds at least sixty", () => {
    expect(files.length).toBeGreaterThanOrEqual(60);
  });

  it.each(files)("%s is refused with its message", async (name) => {
    const message = join(FOLDER, name.replace(/yaml$/, "txt"));
    expect(existsSync(message)).toBe(true);
    await expect(`${await refusalOf(join(FOLDER, name))}\n`).toMatchFileSnapshot(message);
  });

  it("never shows a stack, an engine's error text, a raw control character or an empty list of what was expected", () => {
    const messages = files.map((name) => readFileSync(join(FOLDER, name.replace(/yaml$/, "txt")), "utf8"));
    const suspicious = /\n\s+at |call stack|TypeError|undefined|\[object|Invalid input|expected ;|expected $/;
    expect(messages.filter((message) => suspicious.test(message))).toEqual([]);
    expect(messages.filter((message) => /[\u0000-\u0009\u000b-\u001f\u007f]/.test(message))).toEqual([]);
  });
});

describe("a file that cannot be read", () => {
  it("does not exist", async () => {
    expect(await refusalOf("/nowhere/x.yaml")).toBe("x.yaml: no such file");
  });

  it("is a folder", async () => {
    const path = filesOf({ "x.yaml/inside": "" });
    expect(await refusalOf(dirname(path))).toBe("x.yaml: not a file");
  });

  it("has another ending", async () => {
    expect(await refusalOf(filesOf({ "x.toml": "" }))).toBe(
      "x.toml: not an experiment file by its name; expected a file that ends in .yaml, or .ts for a program",
    );
  });

  it("is larger than a mebibyte", async () => {
    const path = filesOf({ "x.yaml": `name: x\n${"#".repeat(1024 * 1024)}\n` });
    expect(await refusalOf(path)).toBe("x.yaml: a file of 1048585 bytes; expected at most 1048576");
  });

  it("is not UTF-8", async () => {
    expect(await refusalOf(filesOf({ "x.yaml": new Uint8Array([0x6e, 0xff, 0xfe]) }))).toBe(
      "x.yaml: not UTF-8 text",
    );
  });
});

describe("a data file", () => {
  const experiment = `name: x\n${PAIR.replace("50 ms", "empirical(file = delays.csv)")}`;

  it("may not be a symbolic link that leads outside the experiment's folder", async () => {
    const elsewhere = filesOf({ "secret.csv": "1 ms\n" });
    const path = filesOf({ "x.yaml": experiment });
    symlinkSync(elsewhere, join(dirname(path), "delays.csv"));
    expect(await refusalOf(path)).toContain(
      "links[0].delay: `delays.csv` leads outside the experiment's folder; expected a file in the experiment's folder",
    );
  });

  it("may not be a folder", async () => {
    const path = filesOf({ "x.yaml": experiment, "delays.csv/inside": "" });
    expect(await refusalOf(path)).toContain("links[0].delay: `delays.csv` is not a file");
  });

  it("may not be larger than eight mebibytes", async () => {
    const path = filesOf({ "x.yaml": experiment, "delays.csv": "1 ms\n".repeat(2 * 1024 * 1024) });
    expect(await refusalOf(path)).toContain(
      "`delays.csv` has 10485760 bytes; expected at most 8388608 bytes",
    );
  });
});

/** Programs, and what they are refused with. */
const PROGRAMS: Readonly<Record<string, readonly [program: string, message: string]>> = {
  "does not compile": [
    'export default { name: "x", nodes: [ };\n',
    'x.ts:1:37: the program cannot be run: Unexpected token\n    1 | export default { name: "x", nodes: [ };\n                                            ^',
  ],
  throws: [
    "const nothing = undefined;\nexport default nothing.name;\n",
    "x.ts:2:1: the program cannot be run: Cannot read properties of undefined (reading 'name')\n    2 | export default nothing.name;\n        ^",
  ],
  "throws something that is no error": ['throw "a tantrum";\n', "x.ts: the program cannot be run: a tantrum"],
  "imports what is not there": [
    'import { nothing } from "./not-there.js";\nexport default nothing;\n',
    "x.ts:1:1: the program cannot be run: Cannot find module './not-there.js'",
  ],
  "has no default export": [
    'export const experiment = { name: "x" };\n',
    "x.ts: no default export; expected an experiment",
  ],
  "exports a text": ['export default "x";\n', "x.ts: found `x`; expected a record with name and nodes"],
  "holds a function": [
    'export default { name: "x", nodes: () => ({}) };\n',
    'x.ts:1:29: nodes: found a function; expected data: a record, list, text, number or boolean\n    1 | export default { name: "x", nodes: () => ({}) };\n                                    ^',
  ],
  "holds an object that is more than data": [
    'export default { name: "x", seed: new Date(0), nodes: {} };\n',
    'x.ts:1:29: seed: found a Date; expected data: a record, list, text, number or boolean\n    1 | export default { name: "x", seed: new Date(0), nodes: {} };\n                                    ^',
  ],
  "holds a number that is none": [
    'export default { name: "x", seed: 0 / 0, nodes: {} };\n',
    'x.ts:1:29: seed: found NaN; expected a finite number\n    1 | export default { name: "x", seed: 0 / 0, nodes: {} };\n                                    ^',
  ],
  "holds itself": [
    'const all: Record<string, unknown> = { name: "x" };\nall.nodes = all;\nexport default all;\n',
    "x.ts: nodes.nodes.nodes: nested more than 64 deep",
  ],
  "has an unknown option": [
    `import { defineExperiment } from "onceover";
export default defineExperiment({
  name: "x",
  nodes: {
    sensor: { role: "mqtt.client", broker: "broker", keepAlve: "10 s" },
    broker: { role: "mqtt.broker" },
  },
  links: [{ between: ["sensor", "broker"], delay: "50 ms" }],
});
`,
    "x.ts:5:54: nodes.sensor.keepAlve: unknown option; expected one of",
  ],
};

describe("a program that", () => {
  it.each(Object.keys(PROGRAMS))("%s is refused with a message", async (what) => {
    const [program, message] = PROGRAMS[what] ?? ["", ""];
    const refusal = await refusalOf(filesOf({ "x.ts": program }));
    expect(refusal.slice(0, message.length)).toBe(message);
    expect(refusal).not.toMatch(/\n\s+at /);
  });

  it("brings a model without one is refused", async () => {
    const path = filesOf({
      "x.yaml": `name: x\nmodels: [mine.ts]\n${PAIR}`,
      "mine.ts": "export default 7;\n",
    });
    expect(await refusalOf(path)).toBe(
      "x.yaml:2:10: models[0]: a program without a model; expected a Model as its default export\n    2 | models: [mine.ts]\n                 ^",
    );
  });
});
