/** `onceover claims` as a user calls it, in this process. */
import { afterAll, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, onceover, ROOT } from "./command-line.js";

const folder = emptyFolder();
afterAll(() => process.chdir(ROOT));

const claims = (...args: readonly string[]): ReturnType<typeof onceover> =>
  onceover(folder, ["claims", "--model", "kafka", "--jobs", "1", "--quiet", ...args], { columns: 70 });

describe("onceover claims", () => {
  it("prints a table that fits, the sentence, and the line that replays", { timeout: 60_000 }, async () => {
    const { status, out } = await claims("--claim", "K18", "--runs", "1");
    expect(out).toMatch(/^claim +side +verdict/);
    const [table = ""] = out.split("\n\n");
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(70);
    expect(out).toContain("onceover claims --model kafka --claim K18 --side breaks --run 0");
    // The twin is not caught in its first run.
    expect(status).toBe(3);
  });

  it("makes one run again, says what broke, and draws it", { timeout: 60_000 }, async () => {
    const args = ["--claim", "K18", "--side", "breaks", "--run", "0"];
    const { status, out } = await claims(...args, "-o", "run.svg");
    expect(status).toBe(0);
    expect(out).toContain("broken");
    expect(out).toContain("violated  acknowledged-durable");
    expect(readFileSync(join(folder, "run.svg"), "utf8")).toContain("<svg");
    expect((await claims(...args)).out).toBe(out);
  });

  it("shows only the side that is asked for", { timeout: 60_000 }, async () => {
    const { status, out } = await claims("--claim", "K18", "--side", "breaks", "--runs", "1");
    expect(status).toBe(0);
    expect(out).not.toMatch(/holds|twin/);
  });

  it("refuses what there is not, with the nearest name", async () => {
    expect(await claims("--claim", "K44")).toMatchObject({ status: 2 });
    expect((await claims("--claim", "K44")).err).toContain("did you mean K4?");
    expect((await onceover(folder, ["claims", "--model", "mqtt"])).err).toContain("there are kafka");
    expect((await claims("--run", "3")).err).toContain("--claim and --side");
  });

  it("begins nothing when there is no time", async () => {
    const { status, out } = await claims("--claim", "K18", "--budget", "0s", "--format", "json");
    expect(status).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ claims: [{ claim: "K18", standing: "unknown" }] });
  });
});
