export { sequenceDiagram, type SequenceDiagramOptions } from "./sequence-diagram.js";
export { mermaid, type MermaidOptions } from "./mermaid.js";
export type { Level } from "./story.js";
export { escapeText } from "./svg.js";
export { fitText, textWidth, wrapText } from "./text-width.js";
