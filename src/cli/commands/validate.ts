/** `onceover validate`: are these files experiments? */
import { ExperimentError, loadExperiment } from "../../experiment/index.js";
import type { AddCommand } from "../command.js";
import { registry } from "../models.js";
import { sizeInWords } from "../run-report.js";
import { STATUS } from "../status.js";

const EXAMPLES = `
Every file is read, checked and resolved as for a run, cell by cell; nothing is run. A .ts file is a program: to
read it is to run its code.

Examples:
  onceover validate experiments/*.yaml
`;

export const add: AddCommand = (command, terminal, end) => {
  command
    .argument("<file...>", "experiment files")
    .addHelpText("after", EXAMPLES)
    .action(async (files) => {
      for (const file of files) {
        try {
          const plan = await loadExperiment(file, registry);
          terminal.out(`${file}: ${terminal.colors.green("ok")}  ${sizeInWords(plan)}\n`);
        } catch (error) {
          if (!(error instanceof ExperimentError)) throw error;
          terminal.err(`${error.message}\n`);
          end(STATUS.wrongInput);
        }
      }
    });
};
