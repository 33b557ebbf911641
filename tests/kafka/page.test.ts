/** The model's page tells the options as they are. `UPDATE=1` rewrites them. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kafka } from "../../models/kafka/index.js";
import { generatedPage } from "../model-page.js";

const url = new URL("../../models/kafka/README.md", import.meta.url);

it("says of every option what it is, what it may be, its default and where that comes from", async () => {
  const page = readFileSync(url, "utf8");
  const generated = await generatedPage(kafka, page);
  if (process.env["UPDATE"] === "1") writeFileSync(url, generated);
  else expect(page).toBe(generated);
});
