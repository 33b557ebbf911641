export { sequenceDiagram, type SequenceDiagramOptions } from "./sequence-diagram.js";
export { mermaid, type MermaidOptions } from "./mermaid.js";
export type { Level } from "./story.js";
