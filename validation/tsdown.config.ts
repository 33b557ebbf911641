import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "main.ts", worker: "worker.ts" },
  outDir: "../dist-validation",
  format: "esm",
  platform: "node",
  target: "node20",
  dts: false,
  fixedExtension: false,
  deps: { neverBundle: ["prettier"] },
});
