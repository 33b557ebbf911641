/** The few words of HTML that the report is written in. */
import { escapeText } from "../../view/index.js";

/** An element with escaped attributes around markup. */
export function tag(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(value)}"`);
  return `<${name}${written.join("")}>${children.join("")}</${name}>`;
}

/** A section with a heading; "" without content. */
export function section(heading: string, ...content: string[]): string {
  const body = content.filter((part) => part !== "").join("\n");
  return body === "" ? "" : `<section>\n<h2>${escapeText(heading)}</h2>\n${body}\n</section>`;
}

/** Text that a code face shows, escaped. */
export function code(text: string): string {
  return `<code>${escapeText(text)}</code>`;
}

export type Sign = "good" | "bad" | "open";

const SIGNS: Readonly<Record<Sign, string>> = { good: "✓", bad: "✗", open: "?" };

/** A verdict: a sign and a word, so that nothing hangs on the colour. */
export function verdict(sign: Sign, words: string): string {
  return `<span class="${sign}"><b aria-hidden="true">${SIGNS[sign]}</b> ${escapeText(words)}</span>`;
}
