import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyFolder, experiment, onceover, ONE_CELL, ROOT, spawned } from "./command-line.js";

let folder = "";
beforeEach(() => {
  folder = emptyFolder();
  writeFileSync(join(folder, "small.yaml"), experiment("small"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the command line", () => {
  it("prints its version and its help, with examples", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly version: string;
    };
    for (const option of ["--version", "-V"]) {
      expect(await spawned(folder, [option])).toMatchObject({ status: 0, out: `${version}\n`, err: "" });
    }
    const help = await spawned(folder, ["--help"]);
    expect(help).toMatchObject({ status: 0, err: "" });
    for (const name of ["run", "trace", "replay", "validate", "schema", "list", "new"]) {
      expect(help.out).toContain(`\n  ${name} `);
      const own = await onceover(folder, [name, "--help"]);
      expect(own).toMatchObject({ status: 0, err: "" });
      expect(own.out).toContain("Examples:");
      expect((await onceover(folder, ["help", name])).out).toBe(own.out);
    }
  });

  it.each([
    [["rnu", "small.yaml"], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [
      ["run", "small.yaml", "--relications", "3"],
      /unknown option '--relications'\n\(Did you mean --replications\?\)/,
    ],
    [["run"], /missing required argument 'file'/],
    [["run", "small.yaml", "--replications", "many"], /whole number of at least 1/],
    [["run", "small.yaml", "--replications", "0"], /whole number of at least 1/],
    [["run", "--jobs", "0", "small.yaml"], /whole number of at least 1 and at most 1024/],
    [["run", "--jobs", "1025", "small.yaml"], /at most 1024/],
    [["run", "small.yaml", "--format", "xml"], /Allowed choices are table, json, csv/],
    [["run", "small.yaml", "--set", "qos"], /name=value/],
    [["run", "small.yaml", "--factor", "qos="], /name=a,b/],
    [["run", "small.yaml", "--set", "qoss=1"], /qos/],
    [["run", "small.yaml", "small.yaml", "--out", "x"], /--out takes one experiment/],
    [["run", "small.yaml", "small.yaml", "--format", "json"], /one experiment/],
    [["run", "absent.yaml"], /absent\.yaml/],
    [["run", "."], /\./],
    [["trace", "small.yaml", "--cell", "losss=5%"], /no factor losss; did you mean loss\?/],
    [["trace", "small.yaml", "--cell", "loss=7%"], /loss is never 7%; its values are 0 %, 10 %/],
    [["trace", "small.yaml", "--from", "5"], /time with its unit/],
    [["trace", "small.yaml", "--from", "5s", "--to", "1s"], /--from lies after --to/],
    [["replay", "small.yaml"], /small\.yaml: it is not JSON/],
    [["replay", "absent.json"], /absent\.json: no such file/],
    [["replay", "."], /it is a folder/],
    [["new", "Not A Name"], /is no name for an experiment/],
    [["trace", "small.yaml", "-o", "no/such/folder.svg"], /folder\.svg: no such file or folder/],
  ])("refuses %j with status 2 and no stack", async (args, message) => {
    const { status, out, err } = await onceover(folder, args);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at /);
    expect([status, out]).toEqual([2, ""]);
  });
});

describe("onceover validate", () => {
  it("says ok of each file, or what is wrong with it, and goes on to the next", async () => {
    writeFileSync(join(folder, "bad.yaml"), experiment("bad", ["replicatons: 3"]));
    const { status, out, err } = await onceover(folder, ["validate", "bad.yaml", "small.yaml"]);
    expect(out).toBe("small.yaml: ok  4 cells × 4 replications = 16 runs\n");
    expect(err).toMatch(/^bad\.yaml:\d+:1: replicatons: .*did you mean `replications`\?/);
    expect(status).toBe(2);
  });
});

describe("onceover trace", () => {
  const cell = ["trace", "small.yaml", "--cell", "qos=1,loss=10%"];

  it("shows the run that a sweep makes, event by event", async () => {
    const { status, out, err } = await onceover(folder, [...cell, "--replication", "2"]);
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ *time ms +event +where +what/);
    expect(out).toMatch(/sensor → broker +PUBLISH/);
    expect(out).toMatch(/ lost /);
  });

  it("gives every event to programs, or a part of the time", async () => {
    const all = await onceover(folder, [...cell, "--format", "jsonl"]);
    const events = all.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly at: number });
    expect(events.length).toBeGreaterThan(200);
    const part = await onceover(folder, [...cell, "--format", "jsonl", "--from", "10s", "--to", "12 s"]);
    const expected = events.filter(({ at }) => at >= 10e9 && at <= 12e9);
    expect(
      part.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(expected);
  });

  it("says so when it shows less than there is, or a cell that nobody chose", async () => {
    const { out, err } = await onceover(folder, ["trace", "small.yaml", "--limit", "5"]);
    expect(out.trimEnd().split("\n")).toHaveLength(6);
    expect(err).toMatch(/^the first of 4 cells, qos=0,loss=0 ?%: choose another with --cell\n/);
    expect(err).toMatch(/the first 5 of \d+ events: choose with --from, --to and --limit\n$/);
  });

  it("draws, in the format that the file's name says", async () => {
    await onceover(folder, [...cell, "-o", "run.svg"]);
    expect(readFileSync(join(folder, "run.svg"), "utf8")).toMatch(/^<svg /);
    const diagram = await onceover(folder, [...cell, "--format", "mermaid", "--limit", "20"]);
    expect(diagram.out).toMatch(/^sequenceDiagram\n/);
  });

  it("tells of segments and congestion windows at their level", async () => {
    const overTcp = experiment("over-tcp").replace("transport: datagram", "transport: tcp");
    writeFileSync(join(folder, "over-tcp.yaml"), overTcp);
    const lossy = ["trace", "over-tcp.yaml", "--cell", "qos=1,loss=10%", "--to", "8s"];
    const at = async (...options: string[]): Promise<string> =>
      (await onceover(folder, [...lossy, ...options])).out;
    expect(await at("--level", "segments")).toMatch(/ congestion +sensor → broker +open window 10 /);
    expect(await at()).not.toMatch(/ congestion /);
    expect(await at("--format", "jsonl")).toContain('"type":"congestion"');
    expect(await at("--format", "jsonl", "--level", "protocol")).not.toContain('"type":"congestion"');
    const drawn = await at("--format", "svg", "--level", "segments");
    expect(drawn).toContain("sensor → broker");
    const withoutPlots = await at("--format", "svg", "--level", "segments", "--no-plots");
    expect(withoutPlots).toMatch(/>seq \d+:\d+ ack \d+</);
    expect(withoutPlots).not.toContain("sensor → broker");
  });

  it("ends quietly when nobody reads on", async () => {
    const { spawnSync } = await import("node:child_process");
    const script = `node ${JSON.stringify(join(ROOT, "bin/onceover.js"))} ${cell.join(" ")} | head -n 1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
    expect(stdout).toMatch(/^ *time ms/);
    expect(stderr).toBe("");
  });
});

describe("onceover replay", () => {
  async function failure(): Promise<{ readonly path: string; readonly content: Record<string, unknown> }> {
    writeFileSync(
      join(folder, "lossy.yaml"),
      experiment("lossy", [ONE_CELL, "expect: [{ claim: at-most-once }]"]),
    );
    const { out } = await onceover(folder, ["run", "lossy.yaml"]);
    const path = join(folder, /onceover replay (\S+)/.exec(out)?.[1] ?? "");
    return { path, content: JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown> };
  }

  it("shows the run on demand, and tells the rest elsewhere", async () => {
    const { path } = await failure();
    const { status, out, err } = await onceover(folder, ["replay", path, "--format", "jsonl"]);
    expect(err).toMatch(/^reproduced /);
    expect(JSON.parse(out.slice(0, out.indexOf("\n")))).toHaveProperty("type");
    expect(status).toBe(1);
  });

  it("has status 4 when another run comes of it, and says which version had written it", async () => {
    const { path, content } = await failure();
    writeFileSync(path, JSON.stringify({ ...content, fingerprint: "0123456789abcdef", version: "0.0.1" }));
    const { status, out } = await onceover(folder, ["replay", path]);
    expect(out).toMatch(/^not reproduced .* has fingerprint 0123456789abcdef, this run [0-9a-f]{16}\n/);
    expect(out).toMatch(/written by version 0\.0\.1/);
    expect(status).toBe(4);
  });

  it("takes decisions from the file in place of chance", async () => {
    const { path, content } = await failure();
    const decisions = [{ source: "link/sensor>broker/loss", draw: 5, value: 1 }];
    writeFileSync(path, JSON.stringify({ ...content, decisions }));
    expect((await onceover(folder, ["replay", path])).status).toBe(4);
  });

  it.each([
    ["{}", /it is not a replay file/],
    ['{"replay": 2}', /its format is 2/],
    ['{"replay": 1}', /a part of it is missing/],
    ["[1", /it is not JSON/],
  ])("refuses %s", async (text, message) => {
    writeFileSync(join(folder, "bad.json"), text);
    const { status, err } = await onceover(folder, ["replay", "bad.json"]);
    expect([status, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe("onceover new", () => {
  it("writes an experiment that runs, and never over another file", async () => {
    expect(await onceover(folder, ["new", "my-question"])).toMatchObject({
      status: 0,
      out: "my-question.yaml\n",
    });
    const text = readFileSync(join(folder, "my-question.yaml"), "utf8");
    expect((await onceover(folder, ["validate", "my-question.yaml"])).status).toBe(0);
    expect(
      (
        await onceover(folder, [
          "run",
          "my-question.yaml",
          "--replications",
          "2",
          "--set",
          "loss=5%",
          "--set",
          "qos=1",
          "--quiet",
        ])
      ).status,
    ).toBe(0);
    writeFileSync(join(folder, "my-question.yaml"), `${text}# mine\n`);
    const again = await onceover(folder, ["new", "my-question"]);
    expect([again.status, again.err]).toEqual([
      2,
      "error: my-question.yaml is there already, and stays as it is\n",
    ]);
    expect(readFileSync(join(folder, "my-question.yaml"), "utf8")).toContain("# mine");
  });
});

describe("onceover list", () => {
  it("lists what there is to write, and everything about a role", async () => {
    const { status, out } = await spawned(folder, ["list"]);
    expect(status).toBe(0);
    expect(out.match(/^\S+$/gm)).toEqual(["models", "claims", "metrics", "links", "tcp", "experiments"]);
    expect(out).toMatch(/^ {4}mqtt\.client +\S/m);
    expect(out).toMatch(/^ {2}delivered_ratio +\S/m);
    expect(out).toMatch(/^ {2}lte +\S/m);
    expect((await onceover(folder, ["list", "claims"])).out).toMatch(/^claims\n {2}no-creation +\S/);
    const role = await onceover(folder, ["list", "mqtt.client"]);
    expect(role.out).toMatch(/^mqtt\.client {2}\S/);
    expect(role.out).toMatch(/^ {2}cleanStart +.*\(boolean, default true\)/m);
  });

  it("keeps to the width of the screen", async () => {
    const { out } = await onceover(folder, ["list", "claims"], { columns: 60 });
    expect(out.split("\n").filter((line) => line.length > 60)).toEqual([]);
    expect(out.split("\n").length).toBeGreaterThan(12);
  });

  it("says what a profile makes of a role's options, and where that is from", async () => {
    const { out } = await onceover(folder, ["list", "mqtt.broker"]);
    expect(out).toMatch(/^profile: mosquitto-2\.0 {2}\S/m);
    expect(out).toMatch(/^ {2}keepAlivePolling +6 s \[src\/keepalive\.c/m);
  });

  it("refuses what it has no list of", async () => {
    const { status, err } = await onceover(folder, ["list", "metrix"]);
    expect([status, err]).toEqual([2, "error: there is no list of metrix; did you mean metrics?\n"]);
  });
});

describe("onceover schema", () => {
  it("prints JSON Schema, or writes it", async () => {
    const { out } = await onceover(folder, ["schema"]);
    expect(JSON.parse(out)).toHaveProperty("$schema");
    await onceover(folder, ["schema", "-o", "schema.json"]);
    expect(readFileSync(join(folder, "schema.json"), "utf8")).toBe(out);
    mkdirSync(join(folder, "taken"));
    expect((await onceover(folder, ["schema", "-o", "taken"])).status).toBe(2);
    expect(existsSync(join(folder, "taken"))).toBe(true);
  });
});
