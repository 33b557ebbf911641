export { sequenceDiagram, type SequenceDiagramOptions } from "./sequence-diagram.js";
export type { Level } from "./story.js";
