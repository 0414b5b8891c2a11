/** A DuckDB in memory. The package is loaded when it is needed: it is large, and few commands read files. */
export class DuckDb implements AsyncDisposable {
  readonly #connection: import('@duckdb/node-api').DuckDBConnection;
  readonly #close: () => void;

  private constructor(connection: import('@duckdb/node-api').DuckDBConnection, close: () => void) {
    this.#connection = connection;
    this.#close = close;
  }

  static async open(): Promise<DuckDb> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    const connection = await instance.connect();
    return new DuckDb(connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
  }

  async run(statement: string): Promise<void> {
    await this.#connection.run(statement);
  }

  /** Rows with values as JSON has them. */
  async rows<R>(query: string, parameters: Record<string, string> = {}): Promise<R[]> {
    const result = await this.#connection.runAndReadAll(query, parameters);
    return result.getRowObjectsJson() as R[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

/** A literal of DuckDB's SQL. */
export function duckText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
