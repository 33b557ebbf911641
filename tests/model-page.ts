/** The part of a model's page that is made from what the model says about itself. */
import { format } from "prettier";
import type {
  Model,
  OptionDescription,
  OptionValue,
  ProfileDescription,
  RoleDescription,
} from "../src/model/index.js";

const BEGIN = "<!-- generated: options -->\n";
const END = "<!-- end -->";

function defaultOf(option: OptionDescription): string {
  const value = option.default;
  if (value === undefined) return option.optional === true ? "none" : "must be given";
  return inWords(option, value);
}

function inWords(option: OptionDescription, value: OptionValue): string {
  if (option.kind === "count" && value === Number.MAX_SAFE_INTEGER) return "`unlimited`";
  if (option.kind === "duration") return durationOf(value as number);
  if (option.kind === "size") return `${value as number} B`;
  return `\`${JSON.stringify(value)}\``;
}

function durationOf(nanoseconds: number): string {
  if (nanoseconds === Number.MAX_SAFE_INTEGER) return "never";
  return nanoseconds % 1e9 === 0 ? `${nanoseconds / 1e9} s` : `${nanoseconds / 1e6} ms`;
}

function kindOf(option: OptionDescription): string {
  if (option.kind === "choice")
    return option.choices.map((choice: OptionValue) => `\`${choice}\``).join(", ");
  return option.kind === "list" || option.kind === "record" ? `${option.kind}, see below` : option.kind;
}

function table(options: readonly OptionDescription[]): string {
  const rows = options.map(
    (option) =>
      `| \`${option.name}\` | ${kindOf(option)} | ${defaultOf(option)} | ${option.summary} | ${option.source ?? ""} |`,
  );
  return [
    "| option | values | default | | source of the default |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function nested(option: OptionDescription): readonly OptionDescription[] | undefined {
  if (option.kind === "record") return option.fields;
  return option.kind === "list" ? nested(option.of) : undefined;
}

function profileTable({ name, summary, values }: ProfileDescription, role: RoleDescription): string[] {
  const rows = values.map(({ option, value, source }) => {
    const described = role.options.find((each) => each.name === option);
    if (described === undefined) throw new Error(`${name} has a value for ${option}, which is no option`);
    return `| \`${option}\` | ${inWords(described, value)} | ${source} |`;
  });
  const table = ["| option | value | source |", "| --- | --- | --- |", ...rows].join("\n");
  return [`Profile \`${name}\`: ${summary}`, table];
}

function section(model: string, role: RoleDescription): string {
  const parts = [`### \`${model}.${role.name}\``, table(role.options)];
  for (const option of role.options) {
    const fields = nested(option);
    if (fields !== undefined) parts.push(`In \`${option.name}\`:`, table(fields));
  }
  for (const profile of role.profiles ?? []) parts.push(...profileTable(profile, role));
  for (const activity of role.activities) {
    parts.push(`Activity \`${activity.name}\`: ${activity.summary}`);
    if (activity.options.length > 0) parts.push(table(activity.options));
  }
  parts.push("Metrics: " + role.metrics.map(({ name, summary }) => `\`${name}\` (${summary})`).join(" "));
  parts.push("Gauges: " + role.gauges.map(({ name, summary }) => `\`${name}\` (${summary})`).join(" "));
  return parts.join("\n\n");
}

/** The page with its options as they are. */
export async function generatedPage({ name, roles }: Model, page: string): Promise<string> {
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const generated = `\n${roles.map((role) => section(name, role)).join("\n\n")}\n\n`;
  const now = page.slice(0, begin) + generated + page.slice(page.indexOf(END));
  return format(now, { parser: "markdown", printWidth: 110 });
}
