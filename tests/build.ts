/**
 * Before any test: builds dist/ if a source is newer, for the tests that start the command line as users do. If
 * that fails there is no command line, and those tests fail; the others go on. Temporary folders of tests lie in
 * one, which is removed after the last test.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;
const SOURCES = ["src", "models", "tsdown.config.ts", "package.json"];
const BUILT = "dist/cli.js";

export default function setUp(): () => void {
  const temporary = mkdtempSync(join(tmpdir(), "onceover-tests-"));
  process.env.TMPDIR = temporary;
  build();
  return () => rmSync(temporary, { recursive: true, force: true });
}

function build(): void {
  const built = statSync(join(ROOT, BUILT), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (SOURCES.every((source) => newest(join(ROOT, source)) <= built)) return;
  try {
    execFileSync("npx", ["tsdown", "--log-level", "error"], {
      cwd: ROOT,
      env: { ...process.env, ONCEOVER_BUILD: "javascript" },
      stdio: "ignore",
    });
  } catch {
    rmSync(join(ROOT, BUILT), { force: true });
    process.stderr.write("npm run build fails: so will the tests of the command line\n");
  }
}

/** When the file, or any below the folder, was last changed. */
function newest(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, newest(join(path, name))),
    found.mtimeMs,
  );
}
