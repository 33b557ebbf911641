/** The same seed gives the same run in Node, in Debian's Chromium and in Debian's Firefox. */
import { build } from "vite";
import { expect, it } from "vitest";
import { RandomChance } from "../../src/kernel/index.js";
import { runOne } from "../../src/scenario/index.js";
import { goldenRuns, registry } from "../golden/golden-runs.js";
import { BROWSERS, serve, visit } from "./browsers.js";
import type { RunOrder, RunReport } from "./page.js";

const orders: RunOrder[] = (await goldenRuns()).map(({ id, scenario, seed, replication }) => ({
  id,
  scenario,
  seed,
  replication,
}));
const here: RunReport = Object.fromEntries(
  orders.map(({ id, scenario, seed, replication }) => {
    const result = runOne(scenario, registry, new RandomChance(seed, replication));
    return [id, { fingerprint: result.fingerprint, metrics: JSON.stringify(result.metrics) }];
  }),
);
const page = await bundle(new URL("page.ts", import.meta.url).pathname);

it.each(BROWSERS)("$name makes the same runs as Node, to the last digit of every metric", async (browser) => {
  expect(await reportOf(browser)).toEqual(here);
});

async function reportOf(browser: (typeof BROWSERS)[number]): Promise<RunReport> {
  const files = new Map([
    ["/", { type: "text/html", body: '<!doctype html><script type="module" src="/page.js"></script>' }],
    ["/page.js", { type: "text/javascript", body: page }],
    ["/orders.json", { type: "application/json", body: JSON.stringify(orders) }],
  ]);
  const answer = withResolvers<RunReport>();
  const { url, server } = await serve(files, (path, body) => {
    if (path === "/report") answer.resolve(JSON.parse(body) as RunReport);
    else answer.reject(new Error(`the page failed: ${body}`));
  });
  try {
    return await visit(browser, url, answer.promise);
  } finally {
    server.close();
  }
}

/** The page and everything it imports, as one script. */
async function bundle(entry: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry, formats: ["es"], fileName: "page" } },
  });
  const [chunk] = (Array.isArray(output) ? output : [output]).flatMap((part) =>
    "output" in part ? part.output : [],
  );
  if (chunk?.type !== "chunk") throw new Error("the page was not bundled");
  return chunk.code;
}

function withResolvers<Value>(): {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
