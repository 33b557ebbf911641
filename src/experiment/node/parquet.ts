/** The rows of a CSV file once more as Parquet, in row groups of a fixed size: only one is held in memory. */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { type CsvValue, rounded } from "./csv.js";

export interface Column {
  readonly name: string;
  readonly type: "DOUBLE" | "INT32" | "BOOLEAN" | "STRING";
}

const ROWS_PER_GROUP = 10_000;

export class ParquetFile {
  readonly #file: number;
  readonly #columns: readonly Column[];
  readonly #writer: ByteWriter = new ByteWriter();
  readonly #parquet: ParquetWriter;
  #rows: CsvValue[][];

  /** `about` becomes the file's key-value metadata. */
  constructor(path: string, columns: readonly Column[], about: Readonly<Record<string, string>>) {
    this.#file = openSync(path, "w");
    this.#columns = columns;
    this.#rows = columns.map(() => []);
    this.#parquet = new ParquetWriter({
      writer: this.#writer,
      schema: schemaFromColumnData({
        columnData: columns.map(({ name, type }) => ({ name, type, data: [] })),
      }),
      kvMetadata: Object.entries(about).map(([key, value]) => ({ key, value })),
      createdBy: "onceover",
    });
  }

  /** One value a column. Numbers are rounded as in the CSV file. */
  write(values: readonly CsvValue[]): void {
    values.forEach((value, i) => {
      (this.#rows[i] as CsvValue[]).push(typeof value === "number" ? rounded(value) : value);
    });
    if ((this.#rows[0]?.length ?? 0) >= ROWS_PER_GROUP) this.#group();
  }

  close(): void {
    if ((this.#rows[0]?.length ?? 0) > 0) this.#group();
    void this.#parquet.finish();
    this.#flush();
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #group(): void {
    void this.#parquet.write({
      columnData: this.#columns.map(({ name }, i) => ({ name, data: this.#rows[i] as CsvValue[] })),
      rowGroupSize: ROWS_PER_GROUP,
    });
    this.#rows = this.#columns.map(() => []);
    this.#flush();
  }

  /** Moves what the writer holds to the file. Its `offset` goes on counting, its buffer begins anew. */
  #flush(): void {
    const writer = this.#writer;
    const bytes = new Uint8Array(writer.buffer, 0, writer.index);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written);
    }
    writer.index = 0;
  }
}
