/** Opens a page in a headless browser of the system and waits until it has reported. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Browser {
  readonly name: string;
  readonly path: string;
  readonly options: (profile: string) => readonly string[];
}

/** Debian's browsers, as `.ci/run` installs them. */
export const BROWSERS: readonly Browser[] = [
  {
    name: "Chromium",
    path: "/usr/bin/chromium",
    options: (profile) => [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${profile}`,
    ],
  },
  {
    name: "Firefox",
    path: "/usr/bin/firefox-esr",
    options: (profile) => ["--headless", "--no-remote", "--profile", profile],
  },
];

/** Serves `files` by path on a port of its own and hands every POST to `received`. */
export async function serve(
  files: ReadonlyMap<string, { readonly type: string; readonly body: string }>,
  received: (path: string, body: string) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (request.method === "POST") {
      void bodyOf(request).then((body) => {
        response.end();
        received(path, body);
      });
      return;
    }
    const file = files.get(path);
    response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" });
    response.end(file?.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** Opens `url`, resolves with what `done` resolves with, and closes the browser. */
export async function visit<Result>(browser: Browser, url: string, done: Promise<Result>): Promise<Result> {
  if (!existsSync(browser.path)) {
    throw new Error(`${browser.path} is not installed: apt-get install chromium firefox-esr`);
  }
  const profile = mkdtempSync(join(tmpdir(), "onceover-browser-"));
  const child = spawn(browser.path, [...browser.options(profile), url], { stdio: "ignore", detached: true });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${browser.name} ended early with status ${code}`)));
  });
  try {
    return await Promise.race([done, ended]);
  } finally {
    ended.catch(() => undefined);
    if (child.pid !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGKILL");
      await gone;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
