/** The database on a node, and its role. */
import { type Duration, type Instant, MICROSECOND, MILLISECOND } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place, Program, RoleDescription } from "../../../src/model/index.js";
import { type Application, DELIVERY_LIVE } from "../../../src/trace/index.js";
import { Database, type Result, SQL, type Statement } from "./database.js";
import { Answerer, type Oracle } from "./exchange.js";

const EVERYBODY = -1;
/** Who inserts a row is told that it is there. */
const QUALITY = 1;

export const TABLE_NAME = {
  pattern: "^[A-Za-z0-9._-]{1,249}$",
  patternHelp: "a table's name: letters, digits, . _ -",
};

export const DATABASE: RoleDescription = {
  name: "database",
  summary: "A database outside of Kafka, for connectors: what it has written survives every crash.",
  options: [
    {
      name: "commitTime",
      kind: "duration",
      min: 0,
      default: 2 * MILLISECOND,
      summary: "How long a statement takes that writes, beside its rows; one at a time.",
      source: "assumed: a synced write to a solid-state disk and its network",
    },
    {
      name: "rowTime",
      kind: "duration",
      min: 0,
      default: 20 * MICROSECOND,
      summary: "How long each row takes that is written.",
      source: "assumed: 50,000 rows a second",
    },
  ],
  activities: [
    {
      name: "insert",
      summary:
        "Inserts a row into a table, for a source connector to find. It counts as published to the table.",
      options: [
        { name: "table", kind: "text", ...TABLE_NAME, summary: "The table." },
        { name: "value", kind: "size", min: 0, max: 1_048_000, default: 100, summary: "Bytes of the row." },
      ],
    },
  ],
  metrics: [
    {
      name: "kafka_rows_stored",
      unit: "",
      over: "sum",
      summary: "Rows that sink connectors have made of records, copies included.",
    },
    {
      name: "kafka_rows_repeated",
      unit: "",
      over: "sum",
      summary: "Of these, copies of rows that were there.",
    },
    {
      name: "kafka_rows_recognised",
      unit: "",
      over: "sum",
      summary: "Rows that were written again and recognised, by their key or by the offset beside them.",
    },
  ],
  gauges: [],
};

export class DatabaseProgram implements Program, Oracle<Statement, Result> {
  readonly #place: Place;
  readonly #database: Database;
  readonly #commitTime: Duration;
  readonly #rowTime: Duration;
  readonly #answerer: Answerer<Statement, Result>;

  constructor(place: Place, options: OptionValues) {
    this.#place = place;
    const { application, simulation } = place;
    // Whoever wrote it may never learn that it is there: it counts from here.
    this.#database = new Database((reader, message) =>
      application.delivered(reader, message, DELIVERY_LIVE, simulation.now),
    );
    this.#commitTime = options["commitTime"] as number;
    this.#rowTime = options["rowTime"] as number;
    this.#answerer = new Answerer(place, SQL, this);
  }

  start(): void {
    this.#answerer.listen();
  }

  crashed(): void {}

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    if (activity !== "insert") throw new Error(`a database knows no activity ${activity}`);
    const { application, node } = this.#place;
    const table = options["table"] as string;
    const bytes = options["value"] as number;
    return {
      perform: (now) => {
        const row = application.publish(node.index, table, QUALITY, bytes, false, now);
        this.#database.insert(table, row);
        application.acknowledged(row, now);
        finished(now);
      },
    };
  }

  reportHeld(application: Application): void {
    this.#database.eachInserted((row) => application.held(EVERYBODY, row));
  }

  metrics(): Readonly<Record<string, number>> {
    const { stored, repeated, recognised } = this.#database.counts;
    return {
      kafka_rows_stored: stored,
      kafka_rows_repeated: repeated,
      kafka_rows_recognised: recognised,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return {};
  }

  snapshot(): unknown {
    return this.metrics();
  }

  // Oracle

  answer(statement: Statement): Result {
    return this.#database.answer(statement);
  }

  cost(statement: Statement): Duration {
    return statement.ask === "write" ? this.#commitTime + statement.rows.length * this.#rowTime : 0;
  }
}

/** One statement at a time, if it takes any. */
export function databaseCores(options: OptionValues): number | undefined {
  return options["commitTime"] === 0 && options["rowTime"] === 0 ? undefined : 1;
}
