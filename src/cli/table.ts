/** Text in columns that fit the terminal: what does not fit is shortened or left out, never wrapped. */

export interface TableColumn {
  readonly header: string;
  readonly align: "left" | "right";
  /** One text a row. */
  readonly cells: readonly string[];
  /** The same with less detail, for when space is short. */
  readonly shorter?: readonly string[];
  /** Columns of the highest number are left out first; 0 is never left out. */
  readonly dispensable: number;
  /** Colours a padded cell. */
  readonly paint?: (padded: string, row: number) => string;
}

export interface FittedTable {
  /** Lines without line feeds, the header first. */
  readonly lines: readonly string[];
  /** Headers of the columns that were left out. */
  readonly leftOut: readonly string[];
}

const GAP = "  ";
const CELL_WIDTH_MIN = 6;

/** Lays the columns out in at most `width` characters; undefined: as wide as they are. */
export function fitTable(
  columns: readonly TableColumn[],
  width: number | undefined,
  paintHeader: (text: string) => string = (text) => text,
): FittedTable {
  const { shown, leftOut } = fit(columns, width ?? Infinity);
  const widths = shown.map(columnWidth);
  const rows = shown[0]?.cells.length ?? 0;
  const lines = [
    paintHeader(line(shown.map((column, i) => pad(column.header, column.align, widths[i] ?? 0)))),
  ];
  for (let row = 0; row < rows; row++) {
    lines.push(
      line(
        shown.map((column, i) => {
          const padded = pad(column.cells[row] ?? "", column.align, widths[i] ?? 0);
          return column.paint === undefined ? padded : column.paint(padded, row);
        }),
      ),
    );
  }
  return { lines, leftOut };
}

function fit(
  columns: readonly TableColumn[],
  width: number,
): { readonly shown: readonly TableColumn[]; readonly leftOut: readonly string[] } {
  let shown = columns;
  if (totalWidth(shown) > width) {
    shown = shown.map((column) =>
      column.shorter === undefined ? column : { ...column, cells: column.shorter },
    );
  }
  const leftOut: string[] = [];
  while (totalWidth(shown) > width) {
    const last = shown.reduce(
      (found, column, i) =>
        column.dispensable > 0 && column.dispensable >= (shown[found]?.dispensable ?? 0) ? i : found,
      -1,
    );
    if (last < 0) break;
    leftOut.unshift(shown[last]?.header ?? "");
    shown = shown.filter((_, i) => i !== last);
  }
  while (totalWidth(shown) > width) {
    const widest = shown.reduce(
      (found, column, i) => (columnWidth(column) > columnWidth(shown[found]) ? i : found),
      0,
    );
    const limit = columnWidth(shown[widest]) - 1;
    if (limit < CELL_WIDTH_MIN) break;
    shown = shown.map((column, i) => (i === widest ? cut(column, limit) : column));
  }
  return { shown, leftOut };
}

function cut(column: TableColumn, width: number): TableColumn {
  return {
    ...column,
    header: shorten(column.header, width),
    cells: column.cells.map((cell) => shorten(cell, width)),
  };
}

/** At most `width` characters, the last one an ellipsis if something is missing. */
export function shorten(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function columnWidth(column: TableColumn | undefined): number {
  if (column === undefined) return 0;
  return column.cells.reduce((width, cell) => Math.max(width, length(cell)), length(column.header));
}

function totalWidth(columns: readonly TableColumn[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column), GAP.length * (columns.length - 1));
}

function pad(text: string, align: "left" | "right", width: number): string {
  const space = " ".repeat(Math.max(0, width - length(text)));
  return align === "left" ? text + space : space + text;
}

function line(cells: readonly string[]): string {
  return cells.join(GAP).trimEnd();
}

function length(text: string): number {
  return [...text].length;
}

const WRAPPED_WIDTH_MIN = 24;

/** Lines of at most `width` characters, broken at spaces; a column too narrow to read is not kept to. */
export function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= Math.max(width, WRAPPED_WIDTH_MIN)) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
