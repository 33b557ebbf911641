/** `onceover schema`: what editors check experiment files by. */
import { writeFile } from "node:fs/promises";
import { jsonSchema } from "../../experiment/index.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";

const EXAMPLES = `
An editor with a YAML language server completes and checks a file that begins with the line
  # yaml-language-server: $schema=PATH

Examples:
  onceover schema -o experiment.schema.json
`;

export const add: AddCommand = (command, terminal) => {
  command
    .option("-o, --output <file>", "write to a file")
    .addHelpText("after", EXAMPLES)
    .action(async ({ output }) => {
      const text = `${JSON.stringify(jsonSchema(registry), null, 2)}\n`;
      if (output === undefined) terminal.out(text);
      else await writeFile(output, text);
    });
};
