import { join } from 'node:path';
import { rolesOf } from '../../ops/contract/index.ts';
import type { Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import {
  oneStatement,
  parseScript,
  readSqlFolder,
  requireHeader,
  sectionsOf,
  type SqlFile,
  type SqlSection,
} from '../../ops/postgres/index.ts';
import { nodesOf } from '../lint/walk.ts';

/** A query that an application sends, as the role that sends it. */
export interface WorkloadQuery {
  readonly file: SqlFile;
  readonly title: string;
  readonly as: string;
  readonly statement: SqlSection;
  /** A query whose rows are the values of $1, $2 …, in turn. */
  readonly parameters: SqlSection | undefined;
}

/** A relation as a query names it. */
export interface NamedTable {
  readonly schema: string;
  readonly name: string;
}

/**
 * The workload queries of a project, in order of name: one statement a file, or the sections `parameters` and `query`.
 * @throws WORKLOAD_ROLE when one runs as nobody of the contract
 */
export async function loadWorkload({ config, root }: Project): Promise<WorkloadQuery[]> {
  const { workload } = config.performance;
  if (workload === undefined) return [];
  const files = await readSqlFolder(root, join(root, workload));
  const known = new Set(rolesOf(config));
  return Promise.all(files.map((file) => queryOf(file, known)));
}

async function queryOf(file: SqlFile, known: ReadonlySet<string>): Promise<WorkloadQuery> {
  const as = requireHeader(file, 'as');
  if (!known.has(as)) {
    throw new DrydockError('WORKLOAD_ROLE', `${file.path} runs as ${as}, which is no role of the contract.`, {
      hint: 'Name in "-- as:" the role that the application has.',
    });
  }
  const { parameters, query } = sectionsOf(file);
  return { file, title: requireHeader(file, 'title'), as, statement: query ?? (await oneStatement(file)), parameters };
}

/** Every relation that the queries name; one without a schema is looked for where Postgres looks last. */
export async function tablesNamed(queries: readonly WorkloadQuery[]): Promise<NamedTable[]> {
  const trees = await Promise.all(queries.map(({ file }) => parseScript(file.text)));
  return nodesOf(trees).flatMap(({ schemaname: schema = 'public', relname: name }) =>
    typeof name === 'string' ? [{ schema: String(schema), name }] : [],
  );
}
