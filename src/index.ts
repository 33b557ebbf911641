/** The library: what an experiment in TypeScript, a notebook, a test or a script needs. */
export * from "./kernel/index.js";
export * from "./trace/index.js";
export * from "./host/index.js";
export * from "./network/index.js";
export * from "./model/index.js";
export * from "./guarantees/index.js";
export * from "./scenario/index.js";
export * from "./experiment/index.js";
export * from "./view/index.js";
