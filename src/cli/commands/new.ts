/** `onceover new`: a small experiment to begin with. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddCommand } from "../command.js";
import { UserError } from "../status.js";

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export const add: AddCommand = (command, terminal) => {
  command
    .argument("<name>", "the experiment's name, in small letters, digits and hyphens; also the file's")
    .addHelpText("after", "\nExamples:\n  onceover new my-question && onceover run my-question.yaml\n")
    .action(async (name) => {
      if (!NAME.test(name)) {
        throw new UserError(
          `\`${name}\` is no name for an experiment: small letters, digits and hyphens are`,
        );
      }
      const file = `${name}.yaml`;
      try {
        await writeFile(file, experiment(name), { flag: "wx" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        throw new UserError(`${file} is there already, and stays as it is`);
      }
      terminal.out(`${file}\n`);
      terminal.err(`next: onceover run ${file}\n`);
    });
};

function experiment(name: string): string {
  return `${schemaLine()}# What to ask first: what does each quality of service make of a lossy network?
name: ${name}
question: What arrives of what was published, and how late?

factors:
  qos: [0, 1, 2]
  loss: [0 %, 5 %, 10 %]
replications: 10
seed: 1

transport: datagram
nodes:
  sensor:
    role: mqtt.client
    broker: broker
  broker:
    role: mqtt.broker
  screen:
    role: mqtt.client
    broker: broker
    subscribe:
      - filter: room/#
        qos: \${qos}
links:
  - between: [sensor, broker]
    delay: 20 ms
    loss: \${loss}
  - between: [broker, screen]
    delay: 20 ms
    loss: \${loss}
workload:
  - node: sensor
    publish:
      topic: room/temperature
      qos: \${qos}
      every: 1 s
      count: 100
      start: 5 s

metrics: [delivered_ratio, duplicates, latency_p50_ms, latency_p99_ms]
expect:
  - claim: at-least-once
    when: qos >= 1
  - claim: exactly-once
    when: qos == 2
plots:
  - title: What arrives
    x: loss
    y: delivered_ratio
    color: qos
`;
}

/** Tells editors where the schema is, if the package is installed beside the file. */
function schemaLine(): string {
  const schema = fileURLToPath(new URL("./experiment.schema.json", import.meta.url));
  const path = relative(process.cwd(), schema);
  if (path.startsWith("..") || !existsSync(schema) || dirname(path) === "") return "";
  return `# yaml-language-server: $schema=./${path.replaceAll("\\", "/")}\n`;
}
