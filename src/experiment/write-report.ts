/** Puts the report and its plots into a folder of results. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReport, type ReportInput } from "./report.js";

/** Writes `report.html` and `plots/*.svg` below `folder`, which exists. */
export async function writeReport(folder: string, input: ReportInput): Promise<void> {
  const { html, plots } = await renderReport(input);
  writeFileSync(join(folder, "report.html"), html);
  if (plots.length === 0) return;
  mkdirSync(join(folder, "plots"), { recursive: true });
  for (const { name, svg } of plots) writeFileSync(join(folder, "plots", name), svg);
}
