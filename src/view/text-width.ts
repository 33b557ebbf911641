/**
 * How wide a text is, without a font at hand: advance widths of the sans-serif that the drawings ask for
 * (Helvetica and the faces that are metrically like it), in thousandths of the font size.
 */

const BY_WIDTH: readonly (readonly [number, string])[] = [
  [191, "'"],
  [222, "ijl"],
  [260, "|"],
  [278, " !,./:;I[\\]ft·"],
  [334, '()-{}r`"'],
  [389, "*"],
  [469, "^"],
  [500, "Jckvsxyz"],
  [556, "#$0123456789?L_abdeghnopqu–µ"],
  [584, "+<=>~×±"],
  [611, "FTZ"],
  [667, "&ABEKPSVXY"],
  [722, "CDHNRUw"],
  [778, "GOQ"],
  [838, "✓✗"],
  [833, "Mm"],
  [889, "%"],
  [944, "W"],
  [1015, "@—…→←↔"],
];

const WIDTHS: ReadonlyMap<string, number> = new Map(
  BY_WIDTH.flatMap(([width, characters]) => [...characters].map((character) => [character, width] as const)),
);

/** Letters of other scripts: about as wide as a capital; ideographs and emoji: a whole em. */
const OTHER = 700;
const WIDE = 1000;
const WIDE_FROM = 0x2e80;

/** Faces differ a little: room to spare. */
const SPARE = 1.03;
const BOLD = 1.08;

/** Width of `text` in the unit of `size`. */
export function textWidth(text: string, size: number, bold: boolean = false): number {
  let thousandths = 0;
  for (const character of text) thousandths += WIDTHS.get(character) ?? otherWidth(character);
  return (thousandths / 1000) * size * SPARE * (bold ? BOLD : 1);
}

function otherWidth(character: string): number {
  return (character.codePointAt(0) ?? 0) >= WIDE_FROM ? WIDE : OTHER;
}

/** `text`, or as much of its beginning as fits into `width` with an ellipsis. */
export function fitText(text: string, size: number, width: number, bold: boolean = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, size, bold) > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Breaks `text` at spaces into lines of at most `width`; a longer word is cut. */
export function wrapText(text: string, size: number, width: number, bold: boolean = false): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/u)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size, bold) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== "") lines.push(line);
  return lines.map((each) => fitText(each, size, width, bold));
}
