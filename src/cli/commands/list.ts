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
import type { Colors } from "../terminal.js";

/** Name and what it is, in one line each. */
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
    return [...metrics, ...roles.flatMap((role) => role.metrics)].map(nameEntry);
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
      terminal.out(what === undefined ? everything(terminal.colors) : one(what, terminal.colors));
    });
};

function everything(colors: Colors): string {
  const sections = Object.entries(SECTIONS).map(([title, entries]) => section(title, entries(), colors));
  return sections.join("\n");
}

function one(what: string, colors: Colors): string {
  const entries = SECTIONS[what];
  if (entries !== undefined && Object.hasOwn(SECTIONS, what)) return section(what, entries(), colors);
  const { roles } = describe(registry);
  const role = roles.find(({ name }) => name === what);
  if (role !== undefined) return rolePage(role, colors);
  const known = [...Object.keys(SECTIONS), ...roles.map(({ name }) => name)];
  const near = nearest(what, known);
  const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UserError(`there is no list of ${what}; ${hint}`);
}

function rolePage(role: DescribedRole, colors: Colors): string {
  const parts = [
    `${colors.bold(role.name)}  ${role.summary}\n`,
    section("options", role.options.map(optionEntry), colors),
    ...role.activities.map(({ name, summary, options }) => {
      return section(`${name}: ${summary}`, options.map(optionEntry), colors);
    }),
    section("metrics", role.metrics.map(nameEntry), colors),
    section("gauges, for series", role.gauges.map(nameEntry), colors),
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

function section(title: string, entries: readonly Entry[], colors: Colors): string {
  if (entries.length === 0) return "";
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`.trimEnd());
  return `${colors.bold(title)}\n${lines.join("\n")}\n`;
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
