/** Turns whatever was thrown into a message and a status. A stack is shown to who asks for it. */
import { ExperimentError, FolderError, ReplayFileError, reasonOf } from "../experiment/index.js";
import { STATUS, type Status, UserError } from "./status.js";

export interface Explained {
  readonly text: string;
  readonly status: Status;
}

export function explain(error: unknown, debug: boolean): Explained {
  if (error instanceof ExperimentError) return { text: error.message, status: STATUS.wrongInput };
  if (error instanceof UserError || error instanceof FolderError || error instanceof ReplayFileError) {
    return { text: error.message, status: STATUS.wrongInput };
  }
  if (isFileError(error)) {
    const place = error.path === undefined ? "cannot read or write" : error.path;
    return { text: `${place}: ${reasonOf(error)}`, status: STATUS.wrongInput };
  }
  return { text: faultText(error, debug), status: STATUS.fault };
}

/** What to say of a fault of the simulator itself. */
export function faultText(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const stack = debug && error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : "";
  const hint = debug
    ? ""
    : "\nThis is a fault of onceover. Please report it, with what ONCEOVER_DEBUG=1 prints.";
  return `${message}${stack}${hint}`;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
