import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentsOf, emptyFolder, experiment, ONE_CELL, onceover, spawned, start } from "./command-line.js";

let folder = "";
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, lines: readonly string[] = []): string {
  writeFileSync(join(folder, `${name}.yaml`), experiment(name, lines));
  return `${name}.yaml`;
}

describe("onceover run", () => {
  it("prints a table, writes a whole folder and says where the report is", async () => {
    const file = write("small");
    const { status, out, err } = await spawned(folder, ["run", file]);
    expect(err).toContain("What arrives?");
    expect(out).toMatch(/^qos +loss +delivered +duplicates +p50 ms +p99 ms +verdict\n/);
    expect(out).toMatch(/\n {2}0 {3}0 % {2}100\.0 % ± 0\.0 .*–\n/);
    expect(out).toMatch(/\n {2}1 {2}10 % {2}100\.0 % ± 0\.0 .*holds\n/);
    expect(out.trimEnd().split("\n").at(-1)).toBe("report: results/small/report.html");
    expect(out).not.toContain("\u001b");
    expect(status).toBe(0);
    expect(readdirSync(join(folder, "results"))).toEqual(["small"]);
    const files = readdirSync(join(folder, "results/small"));
    for (const name of ["runs.csv", "runs.parquet", "summary.csv", "manifest.json", "report.html"]) {
      expect(files).toContain(name);
    }
    const rows = readFileSync(join(folder, "results/small/runs.csv"), "utf8").trimEnd().split("\n");
    expect(rows[0]).toBe(
      "cell,qos,loss,replication,seed,delivered_ratio,duplicates,latency_p50_ms,latency_p99_ms,verdict,fingerprint",
    );
    expect(rows).toHaveLength(1 + 4 * 4);
    expect(rows[1]).toMatch(/^0,0,0,0,5,1,0,40(\.\d+)?,.*,holds,[0-9a-f]{16}$/);
  });

  it("gives the same bytes with 1, 2 and 4 workers, wherever they are written", async () => {
    const file = write("jobs", ["messages: true", "expect: [{ claim: at-most-once, when: loss > 0 }]"]);
    const folders: Map<string, string>[] = [];
    for (const jobs of ["1", "2", "4"]) {
      const out = join(folder, `out-${jobs}`);
      const { status } = await spawned(folder, ["run", file, "--jobs", jobs, "--out", out, "--quiet"]);
      expect(status).toBe(1);
      folders.push(contentsOf(out));
    }
    expect([...(folders[0]?.keys() ?? [])]).toContain("messages.csv");
    expect(folders[1]).toEqual(folders[0]);
    expect(folders[2]).toEqual(folders[0]);
    for (const [path, text] of folders[0] ?? []) {
      if (!path.endsWith(".parquet")) expect(text, path).not.toContain(folder);
    }
  });

  it("says what did not come out as stated and how to replay it, and the replay shows it", async () => {
    const file = write("lossy", ["expect: [{ claim: at-least-once }, { claim: at-most-once }]"]);
    const { status, out } = await onceover(folder, ["run", file, "--factor", "qos=1", "--set", "loss=10%"]);
    expect(status).toBe(1);
    const line = /replay +onceover (replay (\S+))\n/.exec(out);
    expect(out).toMatch(/violated +at-most-once/);
    const replay = await onceover(folder, (line?.[1] ?? "").split(" "));
    expect(replay.err).toBe("");
    expect(replay.out).toMatch(
      /^reproduced +lossy, replication \d of qos=1,loss=10 ?%, fingerprint [0-9a-f]{16}\n/,
    );
    expect(replay.out).toMatch(/violated +at-most-once: \d+ of \d+/);
    expect(replay.status).toBe(1);
  });

  it.each([
    ["holds", "{ claim: at-least-once, when: qos == 1 }", 0],
    ["is violated as stated", "{ claim: at-most-once, is: violated, when: qos == 1 and loss > 0 }", 0],
    ["does not hold", "{ claim: at-most-once, when: loss > 0 }", 1],
    ["does not fail as stated", "{ claim: at-least-once, is: violated }", 1],
    ["was never at risk", "{ claim: will }", 3],
  ])("gives its status when an expectation %s", async (_, expectation, status) => {
    const file = write("status", [ONE_CELL, `expect: [${expectation}]`, "replications: 2"]);
    const ended = await onceover(folder, ["run", file, "--quiet"]);
    expect(ended).toMatchObject({ status, err: "" });
  });

  it("takes seed, replications, factors and fixed factors from the command line", async () => {
    const file = write("changed");
    const args = [
      "--seed",
      "77",
      "--replications",
      "2",
      "--factor",
      "loss=1%,2%,3%",
      "--set",
      "qos=1",
      "--quiet",
    ];
    await onceover(folder, ["run", file, ...args]);
    const rows = readFileSync(join(folder, "results/changed/runs.csv"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(1);
    expect(rows.map((row) => row.split(",").slice(0, 5).join(","))).toEqual([
      "0,1,0.01,0,77",
      "0,1,0.01,1,77",
      "1,1,0.02,0,77",
      "1,1,0.02,1,77",
      "2,1,0.03,0,77",
      "2,1,0.03,1,77",
    ]);
  });

  it("prints JSON or CSV for programs, with its talk elsewhere", async () => {
    const file = write("programs");
    const json = await onceover(folder, ["run", file, "--format", "json"]);
    const document = JSON.parse(json.out) as { readonly cells: readonly { readonly factors: unknown }[] };
    expect(document.cells).toHaveLength(4);
    expect(document.cells[1]).toMatchObject({ factors: { qos: 0, loss: 0.1 }, n: 4, verdict: null });
    expect(json.err).toContain("report: results/programs/report.html");
    const csv = await onceover(folder, ["run", file, "--format", "csv", "--quiet"]);
    expect(csv.out).toBe(readFileSync(join(folder, "results/programs/summary.csv"), "utf8"));
    expect(csv.err).toBe("");
  });
});

describe("onceover run and the screen", () => {
  it("has no colours in a pipe, unless they are asked for, and never against NO_COLOR", async () => {
    const file = write("colours", [ONE_CELL, "replications: 1"]);
    const run = ["run", file, "--jobs", "1"];
    expect((await spawned(folder, run)).out).not.toContain("\u001b");
    expect((await spawned(folder, run, { FORCE_COLOR: "1" })).out).toContain("\u001b[32mholds");
    expect((await spawned(folder, run, { CI: "true" })).out).not.toContain("\u001b");
    const both = await spawned(folder, run, { FORCE_COLOR: "1", NO_COLOR: "1" });
    expect(both.out + both.err).not.toContain("\u001b");
  });

  it("leaves out what does not fit, and says so", async () => {
    const file = write("narrow", ["replications: 2"]);
    const run = ["run", file, "--quiet"];
    const wide = await onceover(folder, run, { columns: 80 });
    expect(wide.out).toBe(`qos  loss       delivered  duplicates  p50 ms  p99 ms  verdict
  0   0 %  100.0 %  ± 0.0        0.00    40.0      40  –
  0  10 %   82.0 % ± 50.8        0.00    40.0      40  –
  1   0 %  100.0 %  ± 0.0        0.00    40.0      40  holds
  1  10 %  100.0 %  ± 0.0        8.50    40.0     790  holds
report: results/narrow/report.html
`);
    const narrow = await onceover(folder, run, { columns: 40 });
    expect(narrow.out).toBe(`qos  loss  delivered  verdict
  0   0 %    100.0 %  –
  0  10 %     82.0 %  –
  1   0 %    100.0 %  holds
  1  10 %    100.0 %  holds
and in summary.csv: duplicates, p50 ms,…
report: results/narrow/report.html
`);
  });
});

describe("onceover run and what is there already", () => {
  it("refuses the results of another experiment, and replaces them by force", async () => {
    const file = write("twice", [ONE_CELL, "replications: 1"]);
    await onceover(folder, ["run", file, "--quiet"]);
    const before = contentsOf(join(folder, "results"));
    const refused = await onceover(folder, ["run", file, "--seed", "6", "--quiet"]);
    expect(refused.status).toBe(2);
    expect(refused.err).toMatch(/^error: results\/twice holds the results of another version.*--force\n$/);
    expect(contentsOf(join(folder, "results"))).toEqual(before);
    expect((await onceover(folder, ["run", file, "--seed", "6", "--quiet", "--force"])).status).toBe(0);
    expect(contentsOf(join(folder, "results"))).not.toEqual(before);
  });

  it("writes the same experiment anew, to the same bytes", async () => {
    const file = write("again", [ONE_CELL, "replications: 2"]);
    await onceover(folder, ["run", file, "--quiet"]);
    const before = contentsOf(join(folder, "results"));
    expect((await onceover(folder, ["run", file, "--quiet"])).status).toBe(0);
    expect(contentsOf(join(folder, "results"))).toEqual(before);
  });

  it("does not touch a folder of other things, nor a file", async () => {
    const file = write("other", [ONE_CELL]);
    mkdirSync(join(folder, "thesis"));
    writeFileSync(join(folder, "thesis/chapter.tex"), "precious");
    const args = ["run", file, "--force", "--out"];
    expect(await onceover(folder, [...args, "thesis"])).toMatchObject({ status: 2, out: "" });
    expect(await onceover(folder, [...args, "thesis/chapter.tex"])).toMatchObject({ status: 2, out: "" });
    expect(await onceover(folder, [...args, "thesis/chapter.tex/deep"])).toMatchObject({
      status: 2,
      out: "",
    });
    expect(readFileSync(join(folder, "thesis/chapter.tex"), "utf8")).toBe("precious");
  });
});

describe("an experiment with a model of its own", () => {
  const model = `export default {
  name: "coin",
  summary: "Coins.",
  matches: () => false,
  roles: [{
    name: "tosser", summary: "Tosses coins.", activities: [], gauges: [],
    options: [{ name: "tosses", kind: "count", summary: "How often." }],
    metrics: [{ name: "coin_heads", unit: "", summary: "Heads.", over: "sum" }],
    build: ({ chance }: any, { tosses }: any) => {
      const source = chance.source("coin");
      let heads = 0;
      return {
        start: () => {
          if (tosses === 13) throw new Error("the coin is stuck in a crack");
          for (let toss = 0; toss < tosses; toss++) heads += chance.choose(source, 2);
        },
        crashed: () => undefined, operation: () => ({ perform: () => undefined }), reportHeld: () => undefined,
        metrics: () => ({ coin_heads: heads }), gauges: () => ({}), snapshot: () => ({}),
      };
    },
  }],
};
`;

  function own(name: string, tosses: number): string {
    writeFileSync(join(folder, "coin.ts"), model);
    const lines = [
      "replications: 8",
      "seed: 1",
      "models: [./coin.ts]",
      "metrics: [coin_heads]",
      "horizon: 1 s",
    ];
    const node = `nodes: { hand: { role: coin.tosser, tosses: ${tosses} } }`;
    writeFileSync(
      join(folder, `${name}.yaml`),
      [`name: ${name}`, "question: Heads?", ...lines, node].join("\n"),
    );
    return `${name}.yaml`;
  }

  it("runs in this thread and in others alike", async () => {
    const file = own("heads", 100);
    expect(await spawned(folder, ["run", file, "--quiet", "--jobs", "1", "--out", "one"])).toMatchObject({
      status: 0,
      err: "",
    });
    expect(await spawned(folder, ["run", file, "--quiet", "--jobs", "2", "--out", "two"])).toMatchObject({
      status: 0,
      err: "",
    });
    expect(contentsOf(join(folder, "two"))).toEqual(contentsOf(join(folder, "one")));
  });

  it("ends with 4 when a run throws, says which, and shows the stack to who asks for it", async () => {
    const file = own("stuck", 13);
    const { status, out, err } = await spawned(folder, ["run", file, "--quiet", "--jobs", "2"]);
    expect([status, out]).toEqual([4, ""]);
    expect(err).toMatch(/^fault +replication \d of the only cell: the coin is stuck in a crack\n/);
    expect(err).toMatch(/ONCEOVER_DEBUG=1/);
    expect(err).not.toMatch(/\n +at /);
    const again = /onceover (trace stuck\.yaml --replication \d)\n/.exec(err)?.[1] ?? "";
    const traced = await spawned(folder, again.split(" "), { ONCEOVER_DEBUG: "1" });
    expect(traced.status).toBe(4);
    expect(traced.err).toMatch(/^error: the coin is stuck in a crack\n.*\n +at /);
  });
});

describe("a sweep that is interrupted", () => {
  const long = ["factors: { qos: [2], loss: [10 %] }", "replications: 600", "messages: true"];

  it("by Ctrl-C keeps what is done, ends with 130 and prints the line that goes on", async () => {
    const file = write("stopped", long);
    const { process: child, ended } = start(folder, ["run", file, "--jobs", "1"]);
    await journalled(join(folder, "results/stopped.partial/journal"), 20_000);
    child.kill("SIGINT");
    const { status, err } = await ended;
    expect(status).toBe(130);
    expect(err).toMatch(/interrupted: [1-9]\d* of 600 runs are kept in results\/stopped\.partial\n/);
    const line = /go on with +onceover (.*)\n/.exec(err)?.[1] ?? "";
    expect(line).toBe("run stopped.yaml --resume");
    expect(existsSync(join(folder, "results/stopped"))).toBe(false);
    expect((await onceover(folder, ["run", file, "--quiet"])).status).toBe(2);
    expect((await onceover(folder, [...line.split(" "), "--quiet"])).status).toBe(0);
    expect(readdirSync(join(folder, "results"))).toEqual(["stopped"]);
  });

  it("by SIGKILL at any moment resumes to the same bytes", async () => {
    const file = write("killed", long);
    await spawned(folder, ["run", file, "--quiet", "--out", "whole"]);
    const whole = contentsOf(join(folder, "whole"));
    const journal = join(folder, "killed.partial/journal");
    const jobs = ["1", "2", "2"];
    for (const [kill, bytes] of [300, 30_000, 120_000].entries()) {
      const args = ["run", file, "--quiet", "--out", "killed", "--resume", "--jobs", jobs[kill] ?? "1"];
      const { process: child, ended } = start(folder, args);
      await journalled(journal, bytes);
      child.kill("SIGKILL");
      expect((await ended).signal).toBe("SIGKILL");
      expect(existsSync(join(folder, "killed"))).toBe(false);
    }
    const last = await spawned(folder, ["run", file, "--quiet", "--out", "killed", "--resume"]);
    expect(last.status).toBe(0);
    expect(contentsOf(join(folder, "killed"))).toEqual(whole);
  });
});

/** Waits until the journal has grown to `bytes`: the sweep is in the middle of it. */
async function journalled(path: string, bytes: number): Promise<void> {
  for (;;) {
    if (existsSync(path) && readFileSync(path).length >= bytes) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
