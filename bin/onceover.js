#!/usr/bin/env node
// The version is asked for by scripts that wait for it: it is answered without loading anything.
import { readFileSync } from "node:fs";

const [only, ...others] = process.argv.slice(2);
if (others.length === 0 && (only === "--version" || only === "-V")) {
  const about = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  console.log(about.version);
} else {
  await import("../dist/cli.js");
}
