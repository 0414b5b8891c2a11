import { dirname, join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile } from '../../ops/postgres/index.ts';
import { DuckDb, duckText } from '../duckdb.ts';

/** The columns of an event as DuckDB reads them; a line that has none of them reads as nulls. */
const columns = `{event_id: 'VARCHAR', ts: 'TIMESTAMP', req_id: 'VARCHAR', workspace_id: 'VARCHAR', user_id: 'VARCHAR',
agent_id: 'VARCHAR', tool: 'VARCHAR', action: 'VARCHAR', status: 'VARCHAR', duration_ms: 'INTEGER', in_size: 'INTEGER',
out_size: 'INTEGER', input_hash: 'VARCHAR', graph_run_id: 'VARCHAR', graph_node: 'VARCHAR', job_id: 'VARCHAR'}`;

export interface FileSet {
  /** Gzipped ones too. */
  readonly jsonl: readonly string[];
  readonly parquet: readonly string[];
  /** An event that is in two files of the set, or twice in one, counts once. */
  readonly distinct?: boolean;
}

/** A DuckDB in memory with one view, `event`, over JSONL and Parquet files. */
export class EventFiles implements AsyncDisposable {
  readonly #duck: DuckDb;

  private constructor(duck: DuckDb) {
    this.#duck = duck;
  }

  /**
   * @param sets at least one file among them; no event is in two sets
   * @param options.output the folder that files may be written into
   */
  static async open(sets: readonly FileSet[], options: { output?: string } = {}) {
    const read = sets.flatMap(({ jsonl, parquet }) => [...jsonl, ...parquet]).map((file) => dirname(file));
    const duck = await DuckDb.open({ folders: [...new Set([...read, ...(options.output ? [options.output] : [])])] });
    await duck.run(`create view event as ${sets.flatMap(selectFrom).join(' union all by name ')}`);
    return new EventFiles(duck);
  }

  /** Runs a query of ops/sql/tool-events/files. */
  async rows<R>(name: string, parameters: Record<string, string | null> = {}): Promise<R[]> {
    const { text } = await readSqlFile(builtinRoot, join(builtinSql, 'tool-events/files', `${name}.sql`));
    return this.#duck.rows<R>(text, parameters);
  }

  /** Writes every event into a Parquet file of the folder for output, in order of time. */
  async writeParquet(path: string): Promise<void> {
    await this.#duck.run(
      `copy (select * from event order by ts, event_id) to ${duckText(path)} (format parquet, compression zstd)`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#duck[Symbol.asyncDispose]();
  }
}

/** @returns nothing for a set without files */
function selectFrom({ jsonl, parquet, distinct }: FileSet): string[] {
  const json = `select * from read_json(${list(jsonl)}, format = 'newline_delimited', columns = ${columns}, ignore_errors = true) where event_id is not null`;
  const parts = [
    ...(jsonl.length > 0 ? [json] : []),
    ...(parquet.length > 0 ? [`from read_parquet(${list(parquet)})`] : []),
  ];
  if (parts.length === 0) return [];
  return [`(select ${distinct ? 'distinct on (event_id) ' : ''}* from (${parts.join(' union all by name ')}))`];
}

function list(paths: readonly string[]): string {
  return `[${paths.map(duckText).join(', ')}]`;
}
