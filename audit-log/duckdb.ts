import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface DuckOptions {
  /** The folders that queries may read and write; everything else on the machine and on the network is closed to them. */
  readonly folders: readonly string[];
  /** What it may keep in memory, such as `200MB`; what is more goes to `spill`. */
  readonly memory?: string;
  /** A folder for what does not fit. */
  readonly spill?: string;
}

/** A query may hold words of somebody else's, a condition or a name: none of them opens what these close. */
const locked = ['autoinstall_known_extensions = false', 'enable_external_access = false', 'lock_configuration = true'];

/** A DuckDB in memory, for queries over files. The package is loaded when it is needed. */
export class DuckDb implements AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #close: () => void;

  private constructor(connection: DuckDBConnection, close: () => void) {
    this.#connection = connection;
    this.#close = close;
  }

  static async open({ folders, memory, spill }: DuckOptions): Promise<DuckDb> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      ...(memory && { memory_limit: memory }),
      ...(spill && { temp_directory: spill }),
    });
    const connection = await instance.connect();
    await connection.run(
      `set allowed_directories = [${folders.map((folder) => duckText(resolve(folder))).join(', ')}]`,
    );
    for (const setting of locked) await connection.run(`set ${setting}`);
    return new DuckDb(connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** The rows of a query as JSON values. */
  async rows<R>(sql: string, parameters: Record<string, string | null> = {}): Promise<R[]> {
    const result = await this.#connection.runAndReadAll(sql, parameters);
    return result.getRowObjectsJson() as R[];
  }

  /** The rows of a query whose columns are all texts, some at a time. */
  async *pieces(sql: string): AsyncGenerator<(string | null)[][]> {
    const result = await this.#connection.stream(sql);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      yield chunk.getRows() as (string | null)[][];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

/** A string literal of DuckDB. */
export function duckText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An identifier of DuckDB. */
export function duckName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
