import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { DuckDb, duckText } from '../duckdb.ts';
import { fetchFile } from '../inventory/index.ts';
import { fields, packed, type Problem, type RecordFields } from './proof/index.ts';

/** A month that is in a file: a row of audit.audit_cold_file. */
export interface ColdFile {
  readonly month: string;
  readonly file: string;
  readonly sha256: string;
}

/** A line of a cold file: a record, or an encrypted personal part of one. */
export type ColdLine = RecordFields & {
  readonly kind: 'record' | 'personal';
  readonly part: string | null;
  readonly key_id: string | null;
  readonly cipher: string | null;
};

const coldColumns = ['kind', ...fields, 'part', 'key_id', 'cipher'] as const;

/** The cold files of a record, opened to be compared with what was sealed. A file that changed is a problem, and is still read where it can be. */
export class ColdFiles implements AsyncDisposable {
  readonly problems: readonly Problem[];
  readonly #duck: DuckDb | undefined;
  readonly #open: AsyncDisposableStack;

  private constructor(duck: DuckDb | undefined, problems: readonly Problem[], open: AsyncDisposableStack) {
    this.#duck = duck;
    this.problems = problems;
    this.#open = open;
  }

  /** @param endpoint of an S3 server that is not Amazon's */
  static async open(files: readonly ColdFile[], endpoint: string | undefined): Promise<ColdFiles> {
    await using opening = new AsyncDisposableStack();
    if (files.length === 0) return new ColdFiles(undefined, [], opening.move());
    const copies = opening.use(await LocalCopies.make(endpoint));
    const duck = opening.use(
      await DuckDb.open({ folders: [copies.folder, ...files.filter(isLocal).map(({ file }) => dirname(file))] }),
    );
    const problems: Problem[] = [];
    const readable: string[] = [];
    for (const file of files) {
      const { path, problem } = await looked(duck, copies, file);
      if (problem) problems.push(problem);
      if (path) readable.push(duckText(path));
    }
    const source = readable.length > 0 ? `read_parquet([${readable.join(', ')}])` : emptyRelation;
    await duck.run(`create view line as select * from ${source}`);
    return new ColdFiles(duck, problems, opening.move());
  }

  /** Packed entries of the records of these transactions, in any order. */
  async packed(from: string, to: string): Promise<Buffer> {
    if (!this.#duck) return Buffer.alloc(0);
    const rows = await this.#duck.rows<RecordFields>(
      `select ${fields.join(', ')} from line
       where kind = 'record' and transaction_id::ubigint >= ${BigInt(from)} and transaction_id::ubigint < ${BigInt(to)}`,
    );
    return Buffer.concat(rows.map(packed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

/** Cold files as DuckDB can read them: what lies in a bucket is copied to a folder that goes away. */
export class LocalCopies implements AsyncDisposable {
  readonly folder: string;
  readonly #endpoint: string | undefined;

  private constructor(folder: string, endpoint: string | undefined) {
    this.folder = folder;
    this.#endpoint = endpoint;
  }

  static async make(endpoint: string | undefined): Promise<LocalCopies> {
    return new LocalCopies(await mkdtemp(join(tmpdir(), 'drydock-cold-')), endpoint);
  }

  /** @returns where the file can be read, and the hash of its bytes */
  async of(file: string): Promise<{ path: string; sha256: string }> {
    const content = await fetchFile(file, this.#endpoint);
    if (isLocal({ file })) return { path: file, sha256: sha256(content) };
    const path = join(this.folder, basename(file));
    await writeFile(path, content, { mode: 0o600 });
    return { path, sha256: sha256(content) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function isLocal({ file }: Pick<ColdFile, 'file'>): boolean {
  return !file.startsWith('s3://');
}

/** Every line of one cold file. */
export async function coldLines(path: string): Promise<ColdLine[]> {
  await using duck = await DuckDb.open({ folders: [dirname(path)] });
  return await duck.rows<ColdLine>(`select ${coldColumns.join(', ')} from read_parquet([${duckText(path)}])`);
}

/** Writes a Parquet file from lines of JSON. */
export async function writeCold(jsonl: string, parquet: string): Promise<void> {
  await using duck = await DuckDb.open({ folders: [jsonl, parquet].map((file) => dirname(file)) });
  const columns = coldColumns.map((name) => `${name}: 'VARCHAR'`).join(', ');
  const source = `read_json([${duckText(jsonl)}], format = 'newline_delimited', columns = {${columns}}, maximum_object_size = 1073741824)`;
  await duck.run(
    `copy (select * from ${source} order by kind desc, transaction_id::ubigint, created_at, id) to ${duckText(parquet)} (format parquet, compression zstd)`,
  );
}

/** A file that was edited is read where it still can be, so that its records are named too. */
async function looked(
  duck: DuckDb,
  copies: LocalCopies,
  { file, sha256: frozen, month }: ColdFile,
): Promise<{ path?: string; problem?: Problem }> {
  const problem = (kind: string, what: string) => ({
    kind,
    message: `${file}, the records of ${month.slice(0, 7)}, ${what}.`,
  });
  try {
    const copy = await copies.of(file);
    if (copy.sha256 === frozen) return { path: copy.path };
    await duck.rows(`select count(*) from read_parquet([${duckText(copy.path)}])`);
    return { path: copy.path, problem: problem('file-edited', 'is not the file that was frozen') };
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'is gone' : `cannot be read: ${messageOf(error).split('\n')[0]}`;
    return { problem: problem('file-lost', why) };
  }
}

const emptyRelation = `(select ${coldColumns.map((name) => `null::varchar as ${name}`).join(', ')} where false)`;
