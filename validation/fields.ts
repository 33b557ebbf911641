/** Reads records of measurements strictly: a key that nobody has asked for is an error, never ignored. */

export class Fields {
  readonly #where: string;
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(where: string, record: Readonly<Record<string, unknown>> = {}) {
    this.#where = where;
    this.#record = record;
  }

  has(name: string): boolean {
    return this.#record[name] !== undefined;
  }

  number(name: string): number | undefined {
    return this.#read(name, (value): value is number => typeof value === "number", "a number");
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, (value): value is boolean => typeof value === "boolean", "true or false");
  }

  text(name: string): string | undefined {
    return this.#read(name, (value): value is string => typeof value === "string", "a text");
  }

  record(name: string): Fields | undefined {
    const isRecord = (value: unknown): value is Record<string, unknown> =>
      typeof value === "object" && value !== null && !Array.isArray(value);
    const value = this.#read(name, isRecord, "a record");
    return value === undefined ? undefined : new Fields(`${this.#where}.${name}`, value);
  }

  /** Keys that are known and say nothing about the simulation. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Throws when a key is left that nobody has asked for. */
  end(): void {
    const left = Object.keys(this.#record).filter((name) => !this.#asked.has(name));
    if (left.length === 0) return;
    throw new Error(`${this.#where}: unknown ${left.join(", ")}; known are ${[...this.#asked].join(", ")}`);
  }

  #read<Value>(name: string, is: (value: unknown) => value is Value, what: string): Value | undefined {
    this.#asked.add(name);
    const value = this.#record[name];
    if (value === undefined || value === null) return undefined;
    if (!is(value))
      throw new Error(`${this.#where}.${name}: expected ${what}, found ${JSON.stringify(value)}`);
    return value;
  }
}
