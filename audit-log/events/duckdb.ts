import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile } from '../../ops/postgres/index.ts';

/** The columns of an event as DuckDB reads them; a line that has none of them reads as nulls. */
const columns = `{event_id: 'VARCHAR', ts: 'TIMESTAMP', req_id: 'VARCHAR', workspace_id: 'VARCHAR', user_id: 'VARCHAR',
agent_id: 'VARCHAR', tool: 'VARCHAR', action: 'VARCHAR', status: 'VARCHAR', duration_ms: 'INTEGER', in_size: 'INTEGER',
out_size: 'INTEGER', input_hash: 'VARCHAR', graph_run_id: 'VARCHAR', graph_node: 'VARCHAR', job_id: 'VARCHAR'}`;

/** A DuckDB in memory with one view, `event`, over JSONL and Parquet files. The package is loaded when it is needed. */
export class EventFiles implements AsyncDisposable {
  readonly #connection: import('@duckdb/node-api').DuckDBConnection;
  readonly #close: () => void;

  private constructor(connection: import('@duckdb/node-api').DuckDBConnection, close: () => void) {
    this.#connection = connection;
    this.#close = close;
  }

  /** @param files at least one; an event that is in two of them counts once when `distinct` is asked for */
  static async open(
    files: { jsonl: readonly string[]; parquet: readonly string[] },
    options: { distinct?: boolean } = {},
  ) {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    const connection = await instance.connect();
    const opened = new EventFiles(connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
    await connection.run(viewOf(files, options.distinct === true));
    return opened;
  }

  /** Runs a query of ops/sql/tool-events/files. */
  async rows<R>(name: string, parameters: Record<string, string> = {}): Promise<R[]> {
    const { text } = await readSqlFile(builtinRoot, join(builtinSql, 'tool-events/files', `${name}.sql`));
    const result = await this.#connection.runAndReadAll(text, parameters);
    return result.getRowObjectsJson() as R[];
  }

  /** Writes every event into a Parquet file, in order of time. */
  async writeParquet(path: string): Promise<void> {
    await this.#connection.run(
      `copy (select * from event order by ts, event_id) to ${quoted(path)} (format parquet, compression zstd)`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

function viewOf(
  { jsonl, parquet }: { jsonl: readonly string[]; parquet: readonly string[] },
  distinct: boolean,
): string {
  const json = `select * from read_json(${list(jsonl)}, format = 'newline_delimited', columns = ${columns}, ignore_errors = true) where event_id is not null`;
  const parts = [
    ...(jsonl.length > 0 ? [json] : []),
    ...(parquet.length > 0 ? [`from read_parquet(${list(parquet)})`] : []),
  ];
  const all = `select ${distinct ? 'distinct on (event_id) ' : ''}* from (${parts.join(' union all by name ')})`;
  return `create view event as ${all}`;
}

function list(paths: readonly string[]): string {
  return `[${paths.map(quoted).join(', ')}]`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
