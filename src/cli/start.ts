/** Where the built command line begins: everything is loaded from here. */
import { version } from "../experiment/index.js";
import { main } from "./main.js";
import { processTerminal } from "./terminal.js";

process.stdout.on("error", leaveOnClosedPipe);
process.stderr.on("error", leaveOnClosedPipe);
process.exitCode = await main(process.argv.slice(2), version, processTerminal());

/** Whoever reads has seen enough (`onceover trace … | head`). */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}
