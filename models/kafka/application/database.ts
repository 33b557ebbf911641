/**
 * A database outside of Kafka: tables that connectors write to and read from. A statement is carried out whole, or not
 * at all, and what it has changed survives every crash.
 */
import type { Message } from "../../../src/trace/index.js";
import type { Language, Saying } from "./exchange.js";

/** How records become rows. `transactional`: with the offset of the next one, all or nothing. */
export type InsertMode = "append" | "upsert" | "transactional";

/** A record on its way into a table. */
export interface RecordRow {
  readonly partition: string;
  readonly offset: number;
  readonly message: Message;
}

export type Statement =
  | {
      readonly ask: "write";
      readonly table: string;
      readonly mode: InsertMode;
      /** On whose behalf the records were read. */
      readonly reader: number;
      readonly rows: readonly RecordRow[];
    }
  /** Where the records go on, by partition, of which rows were written in transactions. */
  | { readonly ask: "offsets"; readonly table: string }
  /** At most so many of the rows that follow on number `after`, in order. */
  | { readonly ask: "read"; readonly table: string; readonly after: number; readonly most: number };

export interface Result {
  readonly offsets: ReadonlyMap<string, number>;
  /** What was read, and the number of the first of them. */
  readonly rows: readonly Message[];
  readonly first: number;
}

class Table {
  /** Rows that somebody inserted, from number 1 on. */
  readonly inserted: Message[] = [];
  /** Rows that were made of records: how many of each, by partition and offset. */
  readonly made = new Map<string, Map<number, number>>();
  readonly offsets = new Map<string, number>();
}

export class Database {
  readonly counts = { stored: 0, repeated: 0, recognised: 0 };
  readonly #tables = new Map<string, Table>();
  readonly #made: (reader: number, message: Message) => void;

  /** `made`: told of each row that there is now of a record, copies included. */
  constructor(made: (reader: number, message: Message) => void) {
    this.#made = made;
  }

  answer(statement: Statement): Result {
    const table = this.#table(statement.table);
    if (statement.ask === "offsets") return { ...NOTHING, offsets: new Map(table.offsets) };
    if (statement.ask === "read") {
      const { after, most } = statement;
      return { ...NOTHING, rows: table.inserted.slice(after, after + most), first: after + 1 };
    }
    for (const row of statement.rows) {
      if (this.#write(table, statement.mode, row)) this.#made(statement.reader, row.message);
    }
    return NOTHING;
  }

  insert(name: string, row: Message): void {
    this.#table(name).inserted.push(row);
  }

  eachInserted(visit: (row: Message) => void): void {
    for (const { inserted } of this.#tables.values()) inserted.forEach(visit);
  }

  /** False: it is there, and known again. */
  #write(table: Table, mode: InsertMode, { partition, offset }: RecordRow): boolean {
    let made = table.made.get(partition);
    if (made === undefined) table.made.set(partition, (made = new Map()));
    if (mode === "transactional") {
      // Whoever writes it again, it is known by where it stands.
      if (offset < (table.offsets.get(partition) ?? 0)) {
        this.counts.recognised++;
        return false;
      }
      table.offsets.set(partition, offset + 1);
    }
    const copies = made.get(offset) ?? 0;
    if (copies > 0 && mode === "upsert") {
      this.counts.recognised++;
      return false;
    }
    made.set(offset, copies + 1);
    this.counts.stored++;
    if (copies > 0) this.counts.repeated++;
    return true;
  }

  #table(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new Table()));
    return table;
  }
}

const NOTHING: Result = { offsets: new Map(), rows: [], first: 0 };

/** A statement's text, once prepared, is a name; each parameter has its length before it. */
const STATEMENT_BYTES = 64;
const ROW_BYTES = 24;

/** Sizes are those of no particular product. */
export const SQL: Language<Statement, Result> = {
  protocol: "SQL",
  service: "sql",
  question: (statement): Saying => {
    const { ask, table } = statement;
    if (ask === "offsets") return { name: "SELECT", detail: `offsets of ${table}`, bytes: STATEMENT_BYTES };
    if (ask === "read") {
      return { name: "SELECT", detail: `${table} after ${statement.after}`, bytes: STATEMENT_BYTES };
    }
    const detail = `${statement.rows.length} rows into ${table}`;
    const name = statement.mode === "append" ? "INSERT" : "UPSERT";
    return { name, detail, bytes: STATEMENT_BYTES + rowBytes(statement.rows.map(({ message }) => message)) };
  },
  answer: ({ rows, offsets }): Saying => {
    const bytes = STATEMENT_BYTES + rowBytes(rows) + offsets.size * ROW_BYTES;
    return { name: "RESULT", detail: rows.length === 0 ? "" : `${rows.length} rows`, bytes };
  },
};

function rowBytes(rows: readonly Message[]): number {
  return rows.reduce((bytes, { payloadBytes }) => bytes + ROW_BYTES + payloadBytes, 0);
}
