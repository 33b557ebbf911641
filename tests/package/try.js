/**
 * Packs the package, installs it in an empty folder as a stranger would, and uses it there: the command line, an
 * experiment of the package, an experiment in TypeScript, the types.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "onceover-package-"));
const user = join(folder, "user");

function run(cwd, command, ...args) {
  console.log(`$ ${[command, ...args].join(" ")}`);
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${command} ended with status ${status}:\n${stdout}`);
  return stdout;
}

function expect(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`);
  console.log(`  ${what}`);
}

try {
  run(root, "npx", "publint", "--strict");
  const [packed] = JSON.parse(
    run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder),
  );
  const names = packed.files.map(({ path }) => path);
  const strangers = names.filter(
    (name) => !/^(bin|dist|experiments|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(name),
  );
  expect(
    strangers.length === 0,
    `the package holds nothing that does not belong there ${strangers.join(" ")}`,
  );
  expect(
    names.includes("dist/index.d.ts") && names.includes("dist/worker.js"),
    "it holds types and the worker",
  );
  console.log(`  ${names.length} files, ${(packed.unpackedSize / 2 ** 20).toFixed(1)} MB`);

  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  run(user, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, packed.filename));
  expect(run(user, "npx", "onceover", "--version") === `${version}\n`, "onceover --version");
  const file = "node_modules/onceover/experiments/chance-of-delivery.yaml";
  expect(
    run(user, "npx", "onceover", "validate", file).includes(": ok"),
    "an experiment of the package is valid",
  );
  const table = run(user, "npx", "onceover", "run", file, "--replications", "5", "--jobs", "2", "--quiet");
  expect(table.includes("report: results/chance-of-delivery/report.html"), "it runs, with two workers");
  run(user, "npx", "onceover", "new", "mine");
  expect(run(user, "npx", "onceover", "validate", "mine.yaml").includes(": ok"), "a new experiment is valid");
  const first = readFileSync(join(user, "mine.yaml"), "utf8").split("\n")[0];
  expect(
    first === "# yaml-language-server: $schema=./node_modules/onceover/dist/experiment.schema.json",
    "it tells editors where its schema is",
  );
  tryLibrary();
  console.log("the package works");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A program of a user: typed, and run by Node as it stands. */
function tryLibrary() {
  const program = `import { History, RandomChance, Registry, defineExperiment, sequenceDiagram } from "onceover";
import { kafka } from "onceover/kafka";
import { mqtt } from "onceover/mqtt";
const registry: Registry = new Registry([mqtt, kafka]);
const chance: RandomChance = new RandomChance("1", 0);
const picture: string = sequenceDiagram([]);
console.log(typeof History, typeof defineExperiment, registry.models.length, chance.source("a"), picture.length > 0);
`;
  writeFileSync(join(user, "program.ts"), program);
  const compiler = [
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--lib",
    "es2023,dom",
    "program.ts",
  ];
  run(user, join(root, "node_modules/.bin/tsc"), ...compiler);
  expect(
    run(user, "node", "program.js") === "function function 2 0 true\n",
    "the library runs and has its types",
  );
}
