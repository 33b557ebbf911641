import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { csvRow, rounded, TextFile } from "../../src/experiment/node/csv.js";
import { type Column, ParquetFile } from "../../src/experiment/node/parquet.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "onceover-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a row of CSV", () => {
  it("quotes what would be read as something else", () => {
    expect(csvRow(["a", 'say "no"', "x,y", "two\nlines", true, null, 7])).toBe(
      'a,"say ""no""","x,y","two\nlines",true,,7\n',
    );
  });

  it("rounds numbers to twelve significant digits", () => {
    expect(csvRow([0.1 + 0.2, 1 / 3, 123456789012345, -0, Number.NaN, Infinity])).toBe(
      "0.3,0.333333333333,123456789012000,0,,\n",
    );
    expect(Object.is(rounded(-1e-320 * 0), 0)).toBe(true);
  });
});

describe("a text file", () => {
  it("holds everything that was written, however much", () => {
    const file = new TextFile(join(folder, "text"));
    const row = "ü".repeat(1000);
    for (let i = 0; i < 1000; i++) file.write(row);
    file.close();
    expect(readFileSync(join(folder, "text"), "utf8")).toBe(row.repeat(1000));
  });
});

describe("a Parquet file", () => {
  const columns: Column[] = [
    { name: "cell", type: "INT32" },
    { name: "loss", type: "DOUBLE" },
    { name: "transport", type: "STRING" },
    { name: "clean", type: "BOOLEAN" },
  ];

  function write(name: string, rows: number): Buffer {
    const file = new ParquetFile(join(folder, name), columns, { experiment: "x" });
    for (let i = 0; i < rows; i++)
      file.write([i, i % 7 === 0 ? null : 0.1 + i / 3, `t${i % 3}`, i % 2 === 0]);
    file.close();
    return readFileSync(join(folder, name));
  }

  it("is read back by another library, over several row groups, with what is missing missing", async () => {
    const bytes = write("a", 25_000);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file: buffer });
    expect(rows).toHaveLength(25_000);
    expect(rows[0]).toEqual({ cell: 0, loss: null, transport: "t0", clean: true });
    expect(rows[24_998]).toEqual({
      cell: 24_998,
      loss: rounded(0.1 + 24_998 / 3),
      transport: "t2",
      clean: true,
    });
    const metadata = parquetMetadata(buffer);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([10_000, 10_000, 5_000]);
    expect(metadata.key_value_metadata).toContainEqual({ key: "experiment", value: "x" });
  });

  it("has the same bytes each time", () => {
    expect(write("a", 12_345).equals(write("b", 12_345))).toBe(true);
  });

  it("can be empty", async () => {
    const bytes = write("a", 0);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    expect(await parquetReadObjects({ file: buffer })).toEqual([]);
  });
});
