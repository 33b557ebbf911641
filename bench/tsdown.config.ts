import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "main.ts" },
  outDir: "../dist-bench",
  format: "esm",
  platform: "node",
  target: "node20",
  dts: false,
  fixedExtension: false,
});
