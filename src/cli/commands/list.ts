/** `onceover list`: what there is to write into an experiment file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  describe,
  type DescribedName,
  type DescribedOption,
  type DescribedRole,
  nearest,
} from "../../experiment/index.js";
import { LINK_PRESETS } from "../../network/index.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";
import { UserError } from "../status.js";
import { wrapped } from "../table.js";
import type { Terminal } from "../terminal.js";

type Screen = Pick<Terminal, "colors" | "columns">;

/** Name and what it is. */
type Entry = readonly [name: string, summary: string];

const EXAMPLES = `
Examples:
  onceover list
  onceover list metrics
  onceover list mqtt.client
`;

const SECTIONS: Readonly<Record<string, () => readonly Entry[]>> = {
  models: () => [
    ...registry.models.map(({ name, summary }): Entry => [name, summary]),
    ...describe(registry).roles.map(({ name, summary }): Entry => [`  ${name}`, summary]),
  ],
  claims: () => describe(registry).claims.map(({ name, summary }): Entry => [name, summary]),
  metrics: () => {
    const { metrics, roles } = describe(registry);
    const byName = new Map([...metrics, ...roles.flatMap((role) => role.metrics)].map((of) => [of.name, of]));
    return [...byName.values()].map(nameEntry);
  },
  links: () => LINK_PRESETS.map(({ name, summary }): Entry => [name, summary]),
  tcp: () => describe(registry).transport.map(optionEntry),
  experiments: shippedExperiments,
};

export const add: AddCommand = (command, terminal) => {
  command
    .argument("[what]", `${Object.keys(SECTIONS).join(", ")}, or a role such as mqtt.client`)
    .addHelpText("after", EXAMPLES)
    .action((what) => {
      terminal.out(what === undefined ? everything(terminal) : one(what, terminal));
    });
};

function everything(screen: Screen): string {
  const sections = Object.entries(SECTIONS).map(([title, entries]) => section(title, entries(), screen));
  return sections.join("\n");
}

function one(what: string, screen: Screen): string {
  const entries = SECTIONS[what];
  if (entries !== undefined && Object.hasOwn(SECTIONS, what)) return section(what, entries(), screen);
  const { roles } = describe(registry);
  const role = roles.find(({ name }) => name === what);
  if (role !== undefined) return rolePage(role, screen);
  const known = [...Object.keys(SECTIONS), ...roles.map(({ name }) => name)];
  const near = nearest(what, known);
  const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UserError(`there is no list of ${what}; ${hint}`);
}

function rolePage(role: DescribedRole, screen: Screen): string {
  const parts = [
    `${screen.colors.bold(role.name)}  ${role.summary}\n`,
    section("options", role.options.map(optionEntry), screen),
    ...role.profiles.map(({ name, summary, values }) => {
      const entries = values.map(({ option, value, source }): Entry => [option, `${value} [${source}]`]);
      return section(`profile: ${name}  ${summary}`, entries, screen);
    }),
    ...role.activities.map(({ name, summary, options }) => {
      return section(`${name}: ${summary}`, options.map(optionEntry), screen);
    }),
    section("metrics", role.metrics.map(nameEntry), screen),
    section("gauges, for series", role.gauges.map(nameEntry), screen),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function optionEntry(option: DescribedOption): Entry {
  const { name, kind, summary, source, required } = option;
  const fallback = option.default === undefined ? "" : `, default ${option.default}`;
  const words = `${summary} (${kind}${fallback}${required ? ", must be given" : ""})`;
  return [name, source === undefined ? words : `${words} [${source}]`];
}

function nameEntry({ name, summary, unit }: DescribedName): Entry {
  return [name, unit === "" ? summary : `${summary} (${unit})`];
}

function section(title: string, entries: readonly Entry[], screen: Screen): string {
  if (entries.length === 0) return "";
  const left = Math.max(...entries.map(([name]) => name.length)) + 4;
  const lines = entries.flatMap(([name, summary]) => {
    const [first = "", ...others] = wrapped(summary.replaceAll("`", ""), (screen.columns ?? Infinity) - left);
    return [`  ${name}`.padEnd(left) + first, ...others.map((line) => " ".repeat(left) + line)];
  });
  return `${screen.colors.bold(title)}\n${lines.map((line) => `${line.trimEnd()}\n`).join("")}`;
}

/** The experiments that come with the package, by the path to run them by, with their questions. */
function shippedExperiments(): Entry[] {
  const folder = fileURLToPath(new URL("../experiments", import.meta.url));
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => /\.(yaml|ts)$/.test(name));
  return files
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name): Entry => {
      const path = join(folder, name);
      const [, question = ""] = /^\s*question: *["']?(.*?)["']?,?$/m.exec(readFileSync(path, "utf8")) ?? [];
      const near = relative(process.cwd(), path);
      return [near.startsWith("..") ? path : near, question];
    });
}
