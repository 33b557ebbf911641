import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsdown";

/**
 * Packages that stay what they are: they load files of their own at run time, are too large and too seldom
 * needed to be copied, or must be the user's own. Everything else is bundled, in chunks that are loaded when they
 * are needed.
 */
const LEFT_OUTSIDE = ["piscina", "jsdom", "@observablehq/plot", "jiti", "fast-check"];

interface Chunk {
  readonly type: string;
  readonly moduleIds?: readonly string[];
}

/** Gathers the licences of what was bundled. */
const licences = {
  name: "licences",
  generateBundle(
    this: { emitFile: (file: { type: "asset"; fileName: string; source: string }) => unknown },
    _options: unknown,
    bundle: Readonly<Record<string, Chunk>>,
  ): void {
    const packages = new Set<string>();
    for (const chunk of Object.values(bundle)) {
      for (const id of chunk.moduleIds ?? []) {
        const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/")) ?? [];
        if (folder !== undefined) packages.add(folder);
      }
    }
    if (packages.size === 0) return;
    const texts = [...packages].sort((a, b) => (a < b ? -1 : 1)).map(licenceOf);
    this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENSES.txt", source: texts.join("\n\n") });
  },
};

function licenceOf(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text =
    file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  return `== ${about.name} ${about.version} (${about.license})\n\n${text}`;
}

const LIBRARY = {
  index: "src/index.ts",
  testing: "src/testing/index.ts",
  mqtt: "models/mqtt/index.ts",
  kafka: "models/kafka/index.ts",
};
const BASE = { format: "esm", platform: "node", target: "node20", fixedExtension: false } as const;

export default defineConfig([
  {
    ...BASE,
    entry: { ...LIBRARY, cli: "src/cli/start.ts", worker: "src/cli/worker.ts" },
    dts: false,
    treeshake: { moduleSideEffects: false },
    deps: { neverBundle: LEFT_OUTSIDE, alwaysBundle: [/./], onlyBundle: false },
    plugins: [licences],
  },
  ...(process.env.ONCEOVER_BUILD === "javascript"
    ? []
    : [{ ...BASE, entry: LIBRARY, dts: { emitDtsOnly: true }, clean: false }]),
]);
