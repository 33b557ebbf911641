/** What the file of a command provides. */
import type { Command } from "@commander-js/extra-typings";
import type { Status } from "./status.js";
import type { Terminal } from "./terminal.js";

/** Adds the command's arguments, options and action. The action tells `end` its status, or throws. */
export type AddCommand = (command: Command, terminal: Terminal, end: (status: Status) => void) => void;
