import type { Loaded, SignalDefinitions } from '../../ops/config/index.ts';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { cell, code, line } from '../../ops/markdown.ts';
import { DuckDb } from '../duckdb.ts';
import { csvSource, duckColumns } from './csv-source.ts';
import type { Manifest } from './manifest.ts';
import { readPredicate } from './predicate.ts';
import { fullName } from './resolve.ts';

/** How often a signal was found in a snapshot, and in which rows. */
export interface SignalCount {
  readonly id: string;
  readonly table: string;
  readonly where: string;
  readonly type: 'positive' | 'negative';
  readonly incidence: 'fallback' | 'empty-result' | null;
  readonly input: string | null;
  /** Rows of the table; null when it is not in the snapshot, and then nothing is known. */
  readonly examined: number | null;
  readonly count: number | null;
  readonly key: readonly string[];
  /** Keys of the rows, in order. */
  readonly candidates: readonly (readonly (string | null)[])[];
}

/**
 * Counts signals over the files of a snapshot, without the database.
 * @throws SNAPSHOT_REFUSED for a definition that is more than a condition, SNAPSHOT_SIGNAL for one that cannot be evaluated
 */
export async function countSignals(
  { signals }: SignalDefinitions,
  manifest: Pick<Manifest, 'tables'>,
  folder: string,
  schema = 'public',
): Promise<SignalCount[]> {
  await using duck = await DuckDb.open({ folders: [folder] });
  const counts: SignalCount[] = [];
  for (const { id, table: given, where, type, incidence = null } of signals) {
    const name = fullName(given, schema).join('.');
    const { text } = await readPredicate(where, `The signal ${id}`);
    const table = manifest.tables.find((one) => `${one.schema}.${one.table}` === name);
    const base = { id, table: name, where, type, incidence };
    if (!table) {
      counts.push({ ...base, input: null, examined: null, count: null, key: [], candidates: [] });
      continue;
    }
    const key = table.key ?? table.columns.map((column) => column.name);
    const texts = key.map((column) => `cast(t.${duckColumns([column])} as varchar)`).join(', ');
    const source = `${csvSource({ folder, table }, true)} as t`;
    try {
      const candidates: (string | null)[][] = [];
      const query = `select ${texts} from ${source} where (${text}\n) order by ${duckColumns(key, 't.')}`;
      for await (const rows of duck.pieces(query)) candidates.push(...rows);
      counts.push({ ...base, input: table.file, examined: table.rows, count: candidates.length, key, candidates });
    } catch (error) {
      throw new DrydockError(
        'SNAPSHOT_SIGNAL',
        `The signal ${id} cannot be counted over ${name}: ${messageOf(error)}.`,
        {
          hint: 'Use columns that the snapshot holds, and functions that DuckDB has as well.',
          cause: error,
        },
      );
    }
  }
  return counts;
}

/** An analysis as the seed asks for it: scope, inputs, exact definitions, counts, candidate rows. */
export function signalManifest(
  definitions: Loaded<SignalDefinitions>,
  counts: readonly SignalCount[],
  manifest: Pick<Manifest, 'branch' | 'commit_sha' | 'snapshot_generated_at_utc'>,
) {
  const { branch, commit_sha, snapshot_generated_at_utc } = manifest;
  return {
    scope: { branch, commit_sha, snapshot_generated_at_utc },
    definitions_sha256: definitions.sha256,
    input_files: [...new Set(counts.flatMap(({ input }) => input ?? []))].sort(),
    signals: counts,
  };
}

/** Candidates that a person reads; the JSON has all of them. */
const shown = 50;

export function signalMarkdown(title: string, analysis: ReturnType<typeof signalManifest>): string {
  const { scope, definitions_sha256: hash, input_files: inputs, signals } = analysis;
  return [
    `# ${title}`,
    '',
    `Scope: ${cell(scope.branch)} at ${scope.commit_sha}, snapshot of ${scope.snapshot_generated_at_utc}.`,
    `Definitions: sha256 ${hash}. Inputs: ${cell(inputs.join(', ')) || 'none'}.`,
    ...(signals.length === 0 ? ['', 'No signal of this type is defined.'] : []),
    ...signals.flatMap(({ id, table, where, count, examined, key, candidates }) => [
      '',
      `## ${line(id)}`,
      '',
      `${code(table)} where ${code(where.replace(/\s+/g, ' '))}`,
      '',
      count === null ? 'The table is not in the snapshot.' : `${count} of ${examined} rows.`,
      ...(candidates.length > 0 ? ['', line(rowsInWords(key, candidates))] : []),
    ]),
    '',
  ].join('\n');
}

function rowsInWords(key: readonly string[], candidates: readonly (readonly unknown[])[]): string {
  const first = candidates.slice(0, shown).map((values) => values.join('/'));
  return `Rows by ${key.join(', ')}: ${first.join(', ')}`;
}
